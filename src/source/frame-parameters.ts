/** What loops over frames of a file are told, and what they find out; see loops/frames/add-up.ts. */

import { emptyFrameSums, type WritableFrameSums } from '../core/frame-sums.js';
import type { SumPlan } from '../pcapng/summing-loop.js';

// Words of the parameters; the same in loops/frames/add-up.ts, in bytes.
const INTERFACE = 0;
const MOST_BYTES = 1;
const QUEUE_LOW = 2;
const QUEUE_HIGH = 3;
const FIRST_TICK_LOW = 4;
const FIRST_TICK_HIGH = 5;
const TICKS = 6;
const TICK_BEFORE = 7;
const END_AFTER = 8;
const CAPTURED_BYTES = 9;
/** Of the parameters as floats of 64 bits. */
const ORIGINAL_BYTES = 5;
const SHORTENED = 12;
const LEAST_SHORTENED = 13;
const MOST_SHORTENED = 14;
const UNORDERED = 15;
const EARLIEST_TICK = 16;
const LATEST_TICK = 17;
const LAST_TICK = 18;
const NO_QUEUE = 0xffff_ffff;

/** The parameters of a loop, in its memory. */
export class FrameParameters {
  /** Bytes that they take. */
  static readonly sizeBytes: number = 80;

  /** What the last frames came to. */
  readonly sums: WritableFrameSums = emptyFrameSums();
  /** Time of the last of them, in nanoseconds within its second. */
  lastNanoseconds = 0;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;

  /** @param at where in the loop's memory they lie: a multiple of 8 */
  constructor(buffer: ArrayBuffer, at: number) {
    this.#words = new Uint32Array(buffer, at, FrameParameters.sizeBytes / 4);
    this.#floats = new Float64Array(buffer, at, FrameParameters.sizeBytes / 8);
  }

  /** Address in the loop's memory behind the last frame's block. */
  get endAfter(): number {
    return this.#words[END_AFTER]!;
  }

  /** Tells the loop which frames to take. */
  set(plan: SumPlan): void {
    const words = this.#words;
    words[INTERFACE] = plan.interfaceId;
    words[MOST_BYTES] = plan.maxBlockBytes;
    words[QUEUE_LOW] = plan.queue ?? NO_QUEUE;
    words[QUEUE_HIGH] = plan.queue === undefined ? NO_QUEUE : 0;
    words[FIRST_TICK_LOW] = plan.firstTickLow;
    words[FIRST_TICK_HIGH] = plan.firstTickHigh;
    words[TICKS] = plan.ticks;
    words[TICK_BEFORE] = plan.nanosecondsBefore / plan.nsPerTick;
  }

  /**
   * Takes what the loop found out into the members.
   *
   * @param frames that it took; at least 1
   */
  take(frames: number, nsPerTick: number): void {
    const words = this.#words;
    const { sums } = this;
    sums.frames = frames;
    sums.capturedBytes = words[CAPTURED_BYTES]!;
    sums.originalBytes = this.#floats[ORIGINAL_BYTES]!;
    sums.shortenedFrames = words[SHORTENED]!;
    sums.leastShortened = words[LEAST_SHORTENED]!;
    sums.mostShortened = words[MOST_SHORTENED]!;
    sums.unorderedFrames = words[UNORDERED]!;
    sums.earliestNanoseconds = words[EARLIEST_TICK]! * nsPerTick;
    sums.latestNanoseconds = words[LATEST_TICK]! * nsPerTick;
    this.lastNanoseconds = words[LAST_TICK]! * nsPerTick;
  }
}
