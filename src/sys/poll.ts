/** Waiting for any of several file descriptors. */

import { POLLIN } from './constants.js';
import { libc } from './libc.js';

/** A set of file descriptors to wait for; laid out once. */
export class PollSet {
  readonly #entries: Int32Array;
  readonly #count: number;

  constructor(fds: readonly number[]) {
    this.#count = fds.length;
    this.#entries = new Int32Array(fds.length * 2);
    for (const [index, fd] of fds.entries()) this.#entries[index * 2] = fd;
  }

  /**
   * Waits until one of them can be read or has an error.
   *
   * @param timeoutMs whole milliseconds from 0
   * @returns false when the time ran out or a signal came
   */
  wait(timeoutMs: number): boolean {
    for (let index = 0; index < this.#count; index++) this.#entries[index * 2 + 1] = POLLIN;
    return libc().poll(this.#entries, this.#count, timeoutMs) > 0;
  }
}
