/** What a copy keeps in mind of one interface of one input, from its description to its section's end. */

import type { Loss } from '../core/loss.js';
import { addLosses } from '../gaps/loss-sum.js';
import { LossCarrier } from './loss-carrier.js';

/** if_tsresol for units of 10^−9 s. */
const NANOSECONDS = 9;

/** An interface as far as a copy looks at it. */
export interface CopiedInterface {
  readonly id: number;
  readonly name: string | undefined;
  readonly linkType: number;
  readonly snapshotLength: number;
  /** if_tsresol */
  readonly timestampResolution: number;
  /** if_tsoffset */
  readonly timestampOffsetSeconds: bigint;
}

/** The books of one interface while it is copied. */
export class InterfaceRecord {
  readonly described: CopiedInterface;
  /** Its number in the output's section. */
  readonly outputId: number;
  /** Whether the input's writer places every loss that a frame follows. */
  readonly writerPlacesLosses: boolean;
  /** Whether its times are nanoseconds since 1970, as an encoder writes them. */
  readonly inNanoseconds: boolean;
  /** What waits for a frame whose ring isn't stated; each ring has a carrier of its own. */
  readonly carrier: LossCarrier = new LossCarrier();
  readonly #carriers = new Map<number, LossCarrier>();
  /** Frames of the input so far. */
  frames = 0;
  /** Time of the last of them, in seconds and nanoseconds since 1970. */
  lastSeconds = 0;
  lastNanoseconds = 0;
  /** Frames of these that the output doesn't have. */
  leftOut = 0;
  /** Frames lost, by the input's frames so far. */
  placed = 0;
  /** Whether a frame of the input said something about loss before it. */
  hasPlaces = false;
  /** `dropped` of the last statistics; undefined: none yet, or they don't say. */
  dropped: number | undefined = undefined;
  /** Whether the last statistics say how many frames were delivered. */
  statesDelivered = false;
  /** Frames and lost ones since the last statistics. */
  framesSince = 0;
  lostSince = false;
  /** `leftOut` as the last statistics say it. */
  leftOutStated = 0;
  /** Time of the last frame or statistics, in the interface's units. */
  ticksHigh = 0;
  ticksLow = 0;

  constructor(described: CopiedInterface, outputId: number, writerPlacesLosses: boolean) {
    this.described = described;
    this.outputId = outputId;
    this.writerPlacesLosses = writerPlacesLosses;
    const { timestampResolution, timestampOffsetSeconds } = described;
    this.inNanoseconds = timestampResolution === NANOSECONDS && timestampOffsetSeconds === 0n;
  }

  /** What waits for a frame of that ring. */
  carrierOf(queue: number | undefined): LossCarrier {
    if (queue === undefined) return this.carrier;
    let carrier = this.#carriers.get(queue);
    if (carrier === undefined) {
      carrier = new LossCarrier();
      this.#carriers.set(queue, carrier);
    }
    return carrier;
  }

  /** What waits for a frame, of whichever ring; undefined: nothing. */
  get pending(): Loss | undefined {
    let sum = this.carrier.pending;
    for (const { pending } of this.#carriers.values()) {
      if (pending !== undefined) sum = sum === undefined ? pending : addLosses(sum, pending);
    }
    return sum;
  }

  /** Whether the last statistics are older than frames after them, and say so by their counts. */
  get isOutdated(): boolean {
    return this.statesDelivered && this.framesSince > 0;
  }

  /** Frames that the input's records say were lost, in gaps and by its totals. */
  get lost(): number {
    return this.isOutdated ? this.placed : Math.max(this.dropped ?? 0, this.placed);
  }

  /** Books a frame of the input, before it is decided what becomes of it. */
  book(loss: Loss | undefined): void {
    this.frames++;
    this.framesSince++;
    if (loss === undefined) return;
    this.hasPlaces = true;
    this.lostSince = true;
    this.placed += loss.lost;
  }

  /** Books statistics of the input. */
  bookStatistics(dropped: number | undefined, delivered: number | undefined): void {
    this.statesDelivered = delivered !== undefined;
    this.dropped = dropped;
    this.framesSince = 0;
    this.leftOutStated = this.leftOut;
    this.lostSince = false;
  }
}
