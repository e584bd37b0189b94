/** A loop's compiled code, and whether this processor can run it. */

import { readFileSync } from 'node:fs';
import { type LoopFunction, LoopMemory } from '../core/loop-memory.js';

/** A loop that is ready, and its memory. */
export interface ReadyLoop {
  readonly run: LoopFunction;
  readonly buffer: ArrayBuffer;
}

/** One module of `loops` with one function; make one for the whole process. */
export class LoopCode {
  readonly #file: URL;
  readonly #functionName: string;
  /** A processor doesn't learn more instructions while we run. */
  #isRefused: boolean = false;

  /** @param file the module, read when it is first wanted */
  constructor(file: URL, functionName: string) {
    this.#file = file;
    this.#functionName = functionName;
  }

  /**
   * The loop over new memory; undefined where there is none to be had (see `LoopMemory.allocate`), or this
   * processor can't run the code, which is tried once.
   */
  load(sizeBytes: number): ReadyLoop | undefined {
    if (this.#isRefused) return undefined;
    const memory = LoopMemory.allocate(sizeBytes);
    if (memory === undefined) return undefined;
    const run = this.over(memory);
    return run === undefined ? undefined : { run, buffer: memory.buffer };
  }

  /** The loop over memory that is there already; undefined where this processor can't run the code. */
  over(memory: LoopMemory): LoopFunction | undefined {
    if (this.#isRefused) return undefined;
    const run = memory.load(readFileSync(this.#file))?.[this.#functionName];
    this.#isRefused = run === undefined;
    return run;
  }
}
