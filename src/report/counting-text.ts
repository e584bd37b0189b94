/** The decimal digits of a number that mostly goes up by one, as frame numbers do. */

import type { AsciiWriter } from '../analysis/ascii-writer.js';
import { AsciiText } from '../analysis/ascii-writer.js';

const BLANK = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
/** Digits of the largest number, 2^53 − 1, and a multiple of 8. */
const CAPACITY = 16;

/** Keeps the text of the last number: that of the next one differs in the last digit, nearly always. */
export class CountingText {
  /** Blanks and digits, as wide as the column. */
  readonly #text = new AsciiText(CAPACITY);
  #value = -1;

  /**
   * Appends a number, right-aligned.
   *
   * @param value 0 … 2^53 − 1
   * @param width how wide the column is so far, at most 16
   * @returns how wide it is now: wider where the number needs it
   */
  write(value: number, width: number, out: AsciiWriter): number {
    const text = this.#text;
    if (value !== this.#value + 1 || width !== text.length || !this.#countUp()) {
      text.set(`${value}`.padStart(width));
    }
    this.#value = value;
    out.copy(text);
    return text.length;
  }

  /** Adds one to the text; false where that needs another digit. */
  #countUp(): boolean {
    const { bytes, length } = this.#text;
    for (let at = length - 1; at >= 0; at -= 1) {
      const digit = bytes[at]!;
      if (digit !== DIGIT_9) {
        bytes[at] = digit === BLANK ? DIGIT_0 + 1 : digit + 1;
        return true;
      }
      bytes[at] = DIGIT_0;
    }
    return false;
  }
}
