/** The loop that adds up the frames of a file, and the memory it needs; see loops/sum-frames.ts. */

import { readFileSync } from 'node:fs';
import { emptyFrameSums, type WritableFrameSums } from '../core/frame-sums.js';
import { type LoopFunction, LoopMemory } from '../core/loop-memory.js';
import type { SummingLoop, SumPlan } from '../pcapng/summing-loop.js';

/** Room for the longest block that is believed. Pages that no file has touched take no memory. */
const ROOM_BYTES = 16 * 1024 * 1024;
const PARAMETER_BYTES = 80;

// Words of the parameters; the same in loops/sum-frames.ts, in bytes.
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

/** One that no file uses: files are mostly read one after the other. */
let idle: SumLoop | undefined;

/** Adds up frames that lie in its memory. */
export class SumLoop implements SummingLoop {
  readonly room: Uint8Array;
  readonly sums: WritableFrameSums = emptyFrameSums();
  endAfter = 0;
  lastNanoseconds = 0;
  readonly #sumFrames: LoopFunction;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;

  private constructor(sumFrames: LoopFunction, buffer: ArrayBuffer) {
    this.room = new Uint8Array(buffer, 0, ROOM_BYTES);
    this.#sumFrames = sumFrames;
    this.#words = new Uint32Array(buffer, ROOM_BYTES, PARAMETER_BYTES / 4);
    this.#floats = new Float64Array(buffer, ROOM_BYTES, PARAMETER_BYTES / 8);
  }

  /** A loop for one file; undefined where there is no WebAssembly, or no memory for it. */
  static take(): SumLoop | undefined {
    const kept = idle;
    idle = undefined;
    if (kept !== undefined) return kept;
    const memory = LoopMemory.allocate(ROOM_BYTES + PARAMETER_BYTES);
    if (memory === undefined) return undefined;
    const code = readFileSync(new URL('../loops/sum-frames.wasm', import.meta.url));
    const sumFrames = memory.load(code)?.['sumFrames'];
    return sumFrames === undefined ? undefined : new SumLoop(sumFrames, memory.buffer);
  }

  sum(at: number, end: number, plan: SumPlan): number {
    const { nsPerTick } = plan;
    const words = this.#words;
    words[INTERFACE] = plan.interfaceId;
    words[MOST_BYTES] = plan.maxBlockBytes;
    words[QUEUE_LOW] = plan.queue ?? 0xffff_ffff;
    words[QUEUE_HIGH] = plan.queue === undefined ? 0xffff_ffff : 0;
    words[FIRST_TICK_LOW] = plan.firstTickLow;
    words[FIRST_TICK_HIGH] = plan.firstTickHigh;
    words[TICKS] = plan.ticks;
    words[TICK_BEFORE] = plan.nanosecondsBefore / nsPerTick;
    const frames = this.#sumFrames(at, end, ROOM_BYTES);
    if (frames === 0) return 0;
    const sums = this.sums;
    sums.frames = frames;
    sums.capturedBytes = words[CAPTURED_BYTES]!;
    sums.originalBytes = this.#floats[ORIGINAL_BYTES]!;
    sums.shortenedFrames = words[SHORTENED]!;
    sums.leastShortened = words[LEAST_SHORTENED]!;
    sums.mostShortened = words[MOST_SHORTENED]!;
    sums.unorderedFrames = words[UNORDERED]!;
    sums.earliestNanoseconds = words[EARLIEST_TICK]! * nsPerTick;
    sums.latestNanoseconds = words[LATEST_TICK]! * nsPerTick;
    this.endAfter = words[END_AFTER]!;
    this.lastNanoseconds = words[LAST_TICK]! * nsPerTick;
    return frames;
  }

  release(): void {
    idle = this;
  }
}
