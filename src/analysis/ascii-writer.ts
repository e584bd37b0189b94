/**
 * ASCII text put straight into bytes: no string is made, so there is nothing to collect later.
 *
 * Digits go by fours, from a table of 10,000 words, and texts made before by eights: a store of eight
 * bytes costs what one of a single byte does. So some methods write a few bytes more than the text
 * has, which the text after it covers: `ROOM_BYTES` must be free beyond the last one.
 */

/** How many bytes beyond its text a writer may touch. */
export const ROOM_BYTES = 16;

const DIGIT_0 = 0x30;
const GROUP = 10_000;
const TWO_GROUPS = GROUP * GROUP;
/** What turns leading zeros of a group into blanks: three of them, two, one. */
const THREE_BLANKS = 0x101010;
const TWO_BLANKS = 0x1010;
const ONE_BLANK = 0x10;
/** The order in which this host keeps the bytes of a number. */
const hasLittleEnd: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Four digits each, 0000 … 9999, the first one in the lowest byte. */
const GROUPS: Int32Array = Int32Array.from({ length: GROUP }, (_, value) => {
  const thousands = (value / 1000) | 0;
  const hundreds = ((value / 100) | 0) % 10;
  const tens = ((value / 10) | 0) % 10;
  return 0x30303030 | ((value % 10) << 24) | (tens << 16) | (hundreds << 8) | thousands;
});

/** `0.` … `255.`, the first character in the lowest byte; and how many characters that is. */
const OCTETS: Int32Array = Int32Array.from({ length: 256 }, (_, value) => wordOf(`${value}.`));
const OCTET_LENGTHS: Uint8Array = Uint8Array.from({ length: 256 }, (_, value) =>
  value < 10 ? 2 : value < 100 ? 3 : 4,
);
/** `00:` … `ff:`. */
const HEX_PAIRS: Int32Array = Int32Array.from({ length: 256 }, (_, value) =>
  wordOf(`${value.toString(16).padStart(2, '0')}:`),
);

/** Up to four characters, the first one in the lowest byte. */
function wordOf(text: string): number {
  let word = 0;
  for (let i = text.length - 1; i >= 0; i -= 1) word = (word << 8) | text.charCodeAt(i);
  return word;
}

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
    this.longs(text.longs, 0, text.length);
  }

  /** Appends `length` characters from `longs[first]` on; may touch seven bytes more. */
  longs(longs: Float64Array, first: number, length: number): void {
    const { at } = this;
    const view = this.#view;
    for (let done = 0, index = first; done < length; done += 8, index += 1) {
      view.setFloat64(at + done, longs[index]!, hasLittleEnd);
    }
    this.at = at + length;
  }

  /** Appends the digits of a whole number, 0 … 2^53 − 1; may touch three bytes more. */
  decimal(value: number): void {
    if (value < GROUP) {
      this.#short(value);
      return;
    }
    if (value > 0xffffffff) {
      this.text(`${value}`);
      return;
    }
    this.unsigned(value | 0);
  }

  /** Appends the digits of a number of 32 bits, taken as unsigned; may touch three bytes more. */
  unsigned(word: number): void {
    const value = word >>> 0;
    if (value < GROUP) {
      this.#short(value);
      return;
    }
    const high = (value / GROUP) >>> 0;
    if (high < GROUP) {
      this.#short(high);
      this.#group(value - high * GROUP);
      return;
    }
    const highest = (high / GROUP) >>> 0;
    this.#short(highest);
    this.#group(high - highest * GROUP);
    this.#group(value - high * GROUP);
  }

  /** Appends nine digits of a number below 10^9, with leading zeros. */
  nine(value: number): void {
    const first = (value / TWO_GROUPS) | 0;
    const rest = value - first * TWO_GROUPS;
    const high = (rest / GROUP) | 0;
    this.#bytes[this.at] = DIGIT_0 + first;
    this.at += 1;
    this.#group(high);
    this.#group(rest - high * GROUP);
  }

  /** Appends a number below 100,000, with blanks before it so that it takes five characters. */
  rightOfFive(value: number): void {
    const { at } = this;
    const view = this.#view;
    if (value >= GROUP) {
      const first = (value / GROUP) | 0;
      this.#bytes[at] = DIGIT_0 + first;
      view.setInt32(at + 1, GROUPS[value - first * GROUP]!, true);
    } else {
      let digits = GROUPS[value]!;
      if (value < 1000) {
        digits -= value < 10 ? THREE_BLANKS : value < 100 ? TWO_BLANKS : ONE_BLANK;
      }
      this.#bytes[at] = 0x20;
      view.setInt32(at + 1, digits, true);
    }
    this.at = at + 5;
  }

  /** Appends four bytes as `192.0.2.1`; may touch one byte more. */
  ipv4(bytes: Uint8Array, from: number): void {
    const view = this.#view;
    let { at } = this;
    for (let index = from; index < from + 4; index += 1) {
      const octet = bytes[index]!;
      view.setInt32(at, OCTETS[octet]!, true);
      at += OCTET_LENGTHS[octet]!;
    }
    this.at = at - 1;
  }

  /** Appends six bytes as `02:00:5e:10:00:01`; may touch two bytes more. */
  mac(bytes: Uint8Array, from: number): void {
    const view = this.#view;
    let { at } = this;
    for (let index = from; index < from + 6; index += 1, at += 3) {
      view.setInt32(at, HEX_PAIRS[bytes[index]!]!, true);
    }
    this.at = at - 1;
  }

  /** One to four digits. */
  #short(value: number): void {
    const { at } = this;
    const count = value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
    this.#view.setInt32(at, GROUPS[value]! >>> ((4 - count) << 3), true);
    this.at = at + count;
  }

  /** Four digits. */
  #group(value: number): void {
    this.#view.setInt32(this.at, GROUPS[value]!, true);
    this.at += 4;
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
