/** The loop that adds up the frames of a file, and the memory it needs; see loops/sum-frames.ts. */

import type { FrameSums } from '../core/frame-sums.js';
import type { LoopFunction } from '../core/loop-memory.js';
import type { SummingLoop, SumPlan } from '../pcapng/summing-loop.js';
import { FrameParameters } from './frame-parameters.js';
import { LoopCode, type ReadyLoop } from './loop-code.js';

/** Room for the longest block that is believed. Pages that no file has touched take no memory. */
const ROOM_BYTES = 16 * 1024 * 1024;

const code = new LoopCode(new URL('../loops/sum-frames.wasm', import.meta.url), 'sumFrames');
/** One that no file uses: files are mostly read one after the other. */
let idle: SumLoop | undefined;

/** Adds up frames that lie in its memory. */
export class SumLoop implements SummingLoop {
  readonly room: Uint8Array;
  readonly sums: FrameSums;
  endAfter = 0;
  lastNanoseconds = 0;
  readonly isFull: boolean = false;
  readonly #sumFrames: LoopFunction;
  readonly #parameters: FrameParameters;

  private constructor({ run, buffer }: ReadyLoop) {
    this.room = new Uint8Array(buffer, 0, ROOM_BYTES);
    this.#sumFrames = run;
    this.#parameters = new FrameParameters(buffer, ROOM_BYTES);
    this.sums = this.#parameters.sums;
  }

  /** A loop for one file; undefined where there is no WebAssembly, or no memory for it. */
  static take(): SumLoop | undefined {
    const kept = idle;
    idle = undefined;
    if (kept !== undefined) return kept;
    const ready = code.load(ROOM_BYTES + FrameParameters.sizeBytes);
    return ready === undefined ? undefined : new SumLoop(ready);
  }

  sum(at: number, end: number, plan: SumPlan): number {
    const parameters = this.#parameters;
    parameters.set(plan);
    const frames = this.#sumFrames(at, end, ROOM_BYTES);
    if (frames === 0) return 0;
    parameters.take(frames, plan.nsPerTick);
    this.endAfter = parameters.endAfter;
    this.lastNanoseconds = parameters.lastNanoseconds;
    return frames;
  }

  release(): void {
    idle = this;
  }
}
