/** ASCII text, made before or made now, that goes straight into bytes; see `ascii-bytes.ts`. */

import { putIpv4, putLongs, putMac, putNine, putShort, putUnsigned } from './ascii-bytes.js';

/** Below it a number has at most four digits. */
const GROUP = 10_000;

/**
 * Text that is copied eight bytes at a time.
 *
 * Only for printable ASCII: as a number of 64 bits such text is never "not a number", which a copy
 * might change.
 */
export class AsciiText {
  /** The characters; from `length` on they mean nothing. */
  readonly bytes: Uint8Array;
  /** The same memory. */
  readonly longs: Float64Array;
  /** How many characters there are. */
  length = 0;

  /** @param capacity the longest text, in characters; a multiple of 8 */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.longs = new Float64Array(this.bytes.buffer);
  }

  /** A text that never changes. */
  static of(text: string): AsciiText {
    const made = new AsciiText((text.length + 7) & ~7);
    made.set(text);
    return made;
  }

  /** Takes another text, of ASCII characters, at most as long as the capacity. */
  set(text: string): void {
    for (let i = 0; i < text.length; i += 1) this.bytes[i] = text.charCodeAt(i);
    this.length = text.length;
  }
}

/** Writes text into a buffer from a place on; the caller makes sure of the room. */
export class AsciiWriter {
  /** Index of the next byte. */
  at = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);

  /** Where the text goes. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The same memory, for the functions of `ascii-bytes.ts`. */
  get view(): DataView {
    return this.#view;
  }

  /** Goes on at `at` of a buffer, which it holds until another is given. */
  open(bytes: Uint8Array, at: number): void {
    this.at = at;
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Appends a text of ASCII characters. */
  text(text: string): void {
    const { at } = this;
    const bytes = this.#bytes;
    const { length } = text;
    for (let index = 0; index < length; index += 1) bytes[at + index] = text.charCodeAt(index);
    this.at = at + length;
  }

  /** Appends one character by its code. */
  code(code: number): void {
    this.#bytes[this.at] = code;
    this.at += 1;
  }

  /** Appends blanks; nothing where `count` is negative. */
  blanks(count: number): void {
    const { at } = this;
    const bytes = this.#bytes;
    for (let index = 0; index < count; index += 1) bytes[at + index] = 0x20;
    if (count > 0) this.at = at + count;
  }

  /** Appends a text made before; may touch seven bytes more. */
  copy(text: AsciiText): void {
    this.at = putLongs(this.#view, this.at, text.longs, 0, text.length);
  }

  /** Appends the digits of a whole number, 0 … 2^53 − 1; may touch three bytes more. */
  decimal(value: number): void {
    if (value < GROUP) this.at = putShort(this.#view, this.at, value);
    else if (value > 0xffffffff) this.text(`${value}`);
    else this.at = putUnsigned(this.#view, this.at, value | 0);
  }

  /** Appends nine digits of a number below 10^9, with leading zeros. */
  nine(value: number): void {
    this.at = putNine(this.#view, this.at, value);
  }

  /** Appends four bytes as `192.0.2.1`; may touch one byte more. */
  ipv4(bytes: Uint8Array, from: number): void {
    this.at = putIpv4(this.#view, this.at, bytes, from);
  }

  /** Appends six bytes as `02:00:5e:10:00:01`; may touch two bytes more. */
  mac(bytes: Uint8Array, from: number): void {
    this.at = putMac(this.#view, this.at, bytes, from);
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
