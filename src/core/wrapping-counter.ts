/** Widens a wrapping 32-bit kernel counter into an exact running total. */
export class WrappingCounter {
  #last32: number;
  #total = 0;

  /** @param start32 the counter's value where counting starts (its low 32 bits are used) */
  constructor(start32 = 0) {
    this.#last32 = start32 >>> 0;
  }

  /** Events since the start; never wraps (2^53 frames at 100 million a second are 2.8 years). */
  get total(): number {
    return this.#total;
  }

  /**
   * Takes the counter's present value.
   *
   * Exact while fewer than 2^32 events fall between two readings; a reading equal to the
   * previous one means no event, not 2^32 of them.
   *
   * @returns events since the previous reading (0 … 2^32 − 1)
   */
  advance(reading32: number): number {
    const delta = (reading32 - this.#last32) >>> 0;
    this.#last32 = reading32 >>> 0;
    this.#total += delta;
    return delta;
  }
}
