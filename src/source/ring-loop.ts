/** The loop that turns a ring's frames into blocks of a capture file; see loops/ring-to-pcapng.ts. */

import { type EncodingMemory, type RunPlan, SLACK_WORDS } from '../core/frame-run.js';
import type { LoopFunction, LoopMemory } from '../core/loop-memory.js';
import { checksumFlags } from './checksum-flags.js';
import { FLAGS_BY_PACKET_TYPE } from './live-options.js';
import { LoopCode } from './loop-code.js';

/** Bytes of the area that blocks are encoded to: small enough for a processor's second-level cache. */
const AREA_BYTES = 256 * 1024;
const STATUS_COUNT = 512;
/** The last that a frame's time can name: 32 bits. */
const LATEST_SECOND = 0xffff_ffff;

// Words of the parameters; the same in loops/ring-to-pcapng.ts, in bytes.
const FLAGS_BY_KIND = STATUS_COUNT;
const INTERFACE = 520;
const SNAPSHOT_LENGTH = 521;
const QUEUE_LOW = 522;
const QUEUE_HIGH = 523;
const FIRST_SECOND = 524;
const LAST_SECOND = 525;
const HEADER_AFTER = 526;
const END_AFTER = 527;
const SECONDS_AFTER = 528;
const NANOSECONDS_AFTER = 529;
const RING = 531;
const RING_END = 532;
const BLOCK_BYTES = 533;
const NO_QUEUE = -1;
const PARAMETER_BYTES = 4096;

const code = new LoopCode(new URL('../loops/ring-to-pcapng.wasm', import.meta.url), 'encodeFrames');

/** Where blocks of frames lie in a loop's memory. */
export interface LoopRing {
  /** Address of the first byte. */
  readonly at: number;
  /** Bytes of all blocks. */
  readonly sizeBytes: number;
  /** Bytes of one. */
  readonly blockBytes: number;
}

/** Frames in a loop's memory, and an area there to encode them to. */
export class RingLoop {
  /** Bytes that a loop wants of the memory beside the frames. */
  static readonly neededBytes: number = PARAMETER_BYTES + AREA_BYTES + SLACK_WORDS * 4;

  /** Where blocks go. */
  readonly area: EncodingMemory;
  /** Word of the area behind the last block. */
  encodedTo = 0;
  /** Time of the frame that was taken last, in seconds and nanoseconds. */
  seconds = 0;
  nanoseconds = 0;
  readonly #encodeFrames: LoopFunction;
  readonly #parameters: Int32Array;
  readonly #parametersAt: number;
  readonly #areaAt: number;

  private constructor(
    encodeFrames: LoopFunction,
    buffer: ArrayBuffer,
    roomAt: number,
    snapshotLength: number,
    ring: LoopRing,
  ) {
    this.#encodeFrames = encodeFrames;
    this.#parametersAt = roomAt;
    this.#parameters = new Int32Array(buffer, roomAt, PARAMETER_BYTES / 4);
    this.#areaAt = roomAt + PARAMETER_BYTES;
    const areaBytes = AREA_BYTES + SLACK_WORDS * 4;
    this.area = {
      bytes: new Uint8Array(buffer, this.#areaAt, areaBytes),
      words: new Int32Array(buffer, this.#areaAt, areaBytes / 4),
      longs: new BigInt64Array(buffer, this.#areaAt, areaBytes / 8),
    };
    for (let status = 0; status < STATUS_COUNT; status++) {
      this.#parameters[status] = checksumFlags(status);
    }
    this.#parameters.set(FLAGS_BY_PACKET_TYPE, FLAGS_BY_KIND);
    this.#parameters[SNAPSHOT_LENGTH] = snapshotLength;
    this.#parameters[RING] = ring.at;
    this.#parameters[RING_END] = ring.at + ring.sizeBytes;
    this.#parameters[BLOCK_BYTES] = ring.blockBytes;
  }

  /**
   * A loop over frames in that memory; undefined where this processor can't run it.
   *
   * @param memory where the frames lie, up to `roomAt`
   * @param ring the blocks that they lie in; frames of a block end with one whose offset to the next is 0
   * @param roomAt first of `neededBytes` bytes that are the loop's own: a multiple of 8
   * @param snapshotLength bytes that a frame has at most once its VLAN tag is back
   */
  static over(
    memory: LoopMemory,
    roomAt: number,
    snapshotLength: number,
    ring: LoopRing,
  ): RingLoop | undefined {
    const encodeFrames = code.over(memory);
    if (encodeFrames === undefined) return undefined;
    return new RingLoop(encodeFrames, memory.buffer, roomAt, snapshotLength, ring);
  }

  /** Address behind the frames that were taken: the next one's header. */
  get headerAfter(): number {
    return this.#parameters[HEADER_AFTER]! >>> 0;
  }

  /**
   * Encodes frames as `FrameRun.encode` does.
   *
   * @param header address of the first one's header
   * @param at word of the area where the first block goes
   * @param most frames at most, no more than there are
   */
  encode(header: number, at: number, most: number, plan: RunPlan): number {
    const { firstSecond, lastSecond } = plan;
    if (lastSecond < 0 || firstSecond > LATEST_SECOND) return 0;
    const parameters = this.#parameters;
    parameters[INTERFACE] = plan.interfaceId;
    parameters[QUEUE_LOW] = plan.queue ?? NO_QUEUE;
    parameters[QUEUE_HIGH] = plan.queue === undefined ? NO_QUEUE : 0;
    parameters[FIRST_SECOND] = Math.max(firstSecond, 0);
    parameters[LAST_SECOND] = Math.min(lastSecond, LATEST_SECOND);
    const count = this.#encodeFrames(
      header,
      most,
      this.#areaAt + at * 4,
      this.#areaAt + plan.end * 4,
      this.#parametersAt,
    );
    if (count === 0) return 0;
    this.encodedTo = ((parameters[END_AFTER]! >>> 0) - this.#areaAt) / 4;
    this.seconds = parameters[SECONDS_AFTER]! >>> 0;
    this.nanoseconds = parameters[NANOSECONDS_AFTER]!;
    return count;
  }
}
