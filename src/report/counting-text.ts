/** The decimal digits of a number that mostly goes up by one, as frame numbers do. */

import { putLongs, putRightOfFour } from '../analysis/ascii-bytes.js';
import { AsciiText } from '../analysis/ascii-writer.js';

/** The last digits, which are made anew each time. */
const LOW_DIGITS = 4;
const LOW = 10_000;
const REHEARSAL_MASK = 31;
/** Digits of the largest number, 2^53 − 1, and a multiple of 8. */
const CAPACITY = 16;
/** Up to it a number is divided as one of 32 bits. */
const WORD = 0xffffffff;

/** Keeps what is before the last four digits: ten thousand numbers in a row share it. */
export class CountingText {
  /** Blanks and digits, as wide as the column but for the last digits. */
  readonly #head = new AsciiText(CAPACITY);
  #high = -1;
  #width = -1;

  /**
   * Writes a number, right-aligned; `width` says afterwards how wide.
   *
   * @param value 0 … 2^53 − 1
   * @param width how wide the column is so far, 5 … 16; it is widened where the number needs it
   * @returns the place after it
   */
  put(view: DataView, at: number, value: number, width: number): number {
    const high = value <= WORD ? (value / LOW) >>> 0 : Math.floor(value / LOW);
    const isOther = high !== this.#high || width !== this.#width;
    // The first numbers rehearse what is seldom done, or the compiler would leave it out until it happens.
    if (isOther || (high === 0 && (value & REHEARSAL_MASK) === 0)) this.#makeHead(high, width);
    const head = this.#head;
    const next = putLongs(view, at, head.longs, 0, head.length);
    return putRightOfFour(view, next, value - high * LOW, high === 0);
  }

  /** How many characters the last number took. */
  get width(): number {
    return this.#head.length + LOW_DIGITS;
  }

  #makeHead(high: number, width: number): void {
    const digits = high === 0 ? '' : `${high}`;
    this.#head.set(digits.padStart(width - LOW_DIGITS));
    this.#high = high;
    this.#width = this.width;
  }
}
