/** ASCII text put straight into bytes: no string is made, so there is nothing to collect later. */

/** 00, 01, … 99, two bytes each. */
const DIGIT_PAIRS: Uint8Array = Uint8Array.from({ length: 200 }, (_, index) => {
  const value = index >> 1;
  return 0x30 + (index % 2 === 0 ? Math.floor(value / 10) : value % 10);
});

/** Writes text into a buffer from a place on; the caller makes sure of the room. */
export class AsciiWriter {
  /** Where the text goes. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Index of the next byte. */
  at = 0;

  /** Appends a text of ASCII characters. */
  text(text: string): void {
    const { bytes, at } = this;
    const { length } = text;
    for (let index = 0; index < length; index += 1) bytes[at + index] = text.charCodeAt(index);
    this.at = at + length;
  }

  /** Appends one character by its code. */
  code(code: number): void {
    this.bytes[this.at] = code;
    this.at += 1;
  }

  /** Appends blanks; nothing where `count` is negative. */
  blanks(count: number): void {
    const { bytes, at } = this;
    for (let index = 0; index < count; index += 1) bytes[at + index] = 0x20;
    if (count > 0) this.at = at + count;
  }

  /** Appends the digits of a whole number, 0 … 2^53 − 1. */
  decimal(value: number): void {
    if (value < 100_000) {
      this.#digits(value, digitCount(value));
      return;
    }
    if (value >= 100_000 * 0x7fffffff) {
      this.text(`${value}`);
      return;
    }
    // Two halves that are small integers: division of those is several times faster.
    const high = Math.floor(value / 100_000);
    this.#digits(high, digitCount(high));
    this.#digits(value - high * 100_000, 5);
  }

  /** Appends exactly `count` digits of a whole number, 0 … 2^31 − 1, with leading zeros. */
  padded(value: number, count: number): void {
    this.#digits(value, count);
  }

  /** Appends bytes from the start of another buffer. */
  copy(from: Uint8Array, length: number): void {
    const { bytes, at } = this;
    for (let index = 0; index < length; index += 1) bytes[at + index] = from[index]!;
    this.at = at + length;
  }

  // Two digits a turn, from a table: division is what costs.
  #digits(value: number, count: number): void {
    const { bytes, at } = this;
    let rest = value | 0;
    let index = at + count;
    while (index - at >= 2) {
      const quotient = (rest / 100) | 0;
      const pair = (rest - quotient * 100) << 1;
      index -= 2;
      bytes[index] = DIGIT_PAIRS[pair]!;
      bytes[index + 1] = DIGIT_PAIRS[pair + 1]!;
      rest = quotient;
    }
    if (index > at) bytes[at] = 0x30 + (rest % 10);
    this.at = at + count;
  }
}

/** How many digits a whole number has, 0 … 2^53 − 1. */
export function digitCount(value: number): number {
  // The lengths that ports, window and length fields have come first, as comparisons of integers.
  if (value < 100) return value < 10 ? 1 : 2;
  if (value < 10_000) return value < 1000 ? 3 : 4;
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  let count = 7;
  for (let limit = 1e7; value >= limit && limit <= 1e15; limit *= 10) count += 1;
  return count;
}
