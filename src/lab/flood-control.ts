/**
 * The memory a flood's worker and its owner share: commands one way, progress the other.
 *
 * Both sides read it at any time without a message passing, so that a thread blocked in a capture
 * still sees how far the flood is.
 *
 *     bytes 0–3    command (i32): run, pause, stop; the worker sleeps on this word
 *     bytes 4–7    state (i32)
 *     bytes 8–15   frames sent (u64)
 *     bytes 16–23  retries (u64)
 *     bytes 24–31  microseconds spent sending (u64)
 */

import type { FloodOptions } from './flood.js';

/** What the owner wants of the worker. */
export const FloodCommand = { Run: 0, Pause: 1, Stop: 2 } as const;

/** What the worker is doing; the numbers only go up, except between running and paused. */
export const FloodState = { Starting: 0, Running: 1, Paused: 2, Finished: 3, Failed: 4 } as const;

const SIZE_BYTES = 32;
const COMMAND = 0;
const STATE = 1;
const SENT = 1;
const RETRIES = 2;
const ELAPSED_US = 3;

/** What the worker says: that it has its socket, or why the system refused it something. */
export type FloodMessage =
  | { readonly ready: true }
  | {
      readonly ready: false;
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
      readonly syscall: string;
      readonly errno: number;
    };

/** What the worker is started with. */
export interface FloodWorkerData {
  readonly memory: SharedArrayBuffer;
  readonly options: FloodOptions;
}

/** A view of that memory; either side makes its own over the same buffer. */
export class FloodControl {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #longs: BigUint64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(SIZE_BYTES)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#longs = new BigUint64Array(memory);
  }

  /** One of `FloodCommand`. */
  get command(): number {
    return Atomics.load(this.#words, COMMAND);
  }

  /** Gives a command and wakes the worker; a stop is never taken back. */
  give(command: number): void {
    if (this.command === FloodCommand.Stop) return;
    Atomics.store(this.#words, COMMAND, command);
    Atomics.notify(this.#words, COMMAND);
  }

  /** Sleeps until the command is another one, or the time is over. Blocks the thread. */
  waitWhile(command: number, timeoutMs?: number): void {
    Atomics.wait(this.#words, COMMAND, command, timeoutMs);
  }

  /** One of `FloodState`. */
  get state(): number {
    return Atomics.load(this.#words, STATE);
  }

  set state(state: number) {
    Atomics.store(this.#words, STATE, state);
    Atomics.notify(this.#words, STATE);
  }

  /** Frames sent so far. */
  get sent(): number {
    return Number(Atomics.load(this.#longs, SENT));
  }

  /** Times the kernel had no room for a frame, which then was offered again. */
  get retries(): number {
    return Number(Atomics.load(this.#longs, RETRIES));
  }

  /** Time from the first frame to the last, pauses included. */
  get elapsedMs(): number {
    return Number(Atomics.load(this.#longs, ELAPSED_US)) / 1000;
  }

  /** Says how far the worker is. */
  report(sent: number, retries: number, elapsedMs: number): void {
    Atomics.store(this.#longs, RETRIES, BigInt(retries));
    Atomics.store(this.#longs, ELAPSED_US, BigInt(Math.round(elapsedMs * 1000)));
    Atomics.store(this.#longs, SENT, BigInt(sent));
  }
}
