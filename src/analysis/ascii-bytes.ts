/**
 * ASCII text put straight into bytes: no string is made, so there is nothing to collect later.
 *
 * Each function writes at a place of a `DataView` and returns the place after it: a line made of them
 * keeps its place in a register. Digits go by fours, from a table of 10,000 words, and texts made
 * before by eights: a store of eight bytes costs what one of a single byte does. So some write a few
 * bytes more than the text has, which the text after it covers; they must be free beyond the last one.
 */

const DIGIT_0 = 0x30;
const BLANK = 0x20;
const GROUP = 10_000;
const TWO_GROUPS = GROUP * GROUP;
/** What turns the zeros before so many digits of a group into blanks. */
const ZEROS: Int32Array = Int32Array.of(0, 0x101010, 0x1010, 0x10, 0);
/** The order in which this host keeps the bytes of a number. */
export const hasLittleEnd: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Four digits each, 0000 … 9999, the first one in the lowest byte. */
const GROUPS: Int32Array = fourDigits();
/** Where numbers of one digit more begin; the first is such that 0 has a digit. */
const POWERS: Int32Array = Int32Array.of(0, 10, 100, 1000, GROUP);
/** `0.` … `255.`, the first character in the lowest byte; and how many characters that is. */
const OCTETS: Int32Array = Int32Array.from({ length: 256 }, (_, value) => wordOf(`${value}.`));
const OCTET_LENGTHS: Uint8Array = Uint8Array.from({ length: 256 }, (_, value) =>
  value < 10 ? 2 : value < 100 ? 3 : 4,
);
/** `00:` … `ff:`. */
const HEX_PAIRS: Int32Array = Int32Array.from({ length: 256 }, (_, value) =>
  wordOf(`${value.toString(16).padStart(2, '0')}:`),
);

/** Copies the table of four digits each, 0000 … 9999, the first one in the lowest byte: 10,000 words. */
export function copyGroups(to: Int32Array): void {
  to.set(GROUPS);
}

/** Nested loops: every start pays for it, and nothing is compiled yet. */
function fourDigits(): Int32Array {
  const words = new Int32Array(GROUP);
  let at = 0;
  for (let upper = 0; upper < 100; upper += 1) {
    const first = 0x30303030 + ((upper / 10) | 0) + (upper % 10) * 0x100;
    for (let tens = 0; tens < 10; tens += 1) {
      for (let word = first + tens * 0x1_0000, end = at + 10; at < end; word += 0x100_0000) {
        words[at] = word;
        at += 1;
      }
    }
  }
  return words;
}

/** Up to four characters, the first one in the lowest byte. */
function wordOf(text: string): number {
  let word = 0;
  for (let i = text.length - 1; i >= 0; i -= 1) word = (word << 8) | text.charCodeAt(i);
  return word;
}

/** Writes a text of ASCII characters. */
export function putText(view: DataView, at: number, text: string): number {
  const { length } = text;
  for (let index = 0; index < length; index += 1) view.setUint8(at + index, text.charCodeAt(index));
  return at + length;
}

/**
 * Copies `length` characters from `longs[first]` on; may touch seven bytes more.
 *
 * Only for printable ASCII: as a number of 64 bits such text is never "not a number", which a copy
 * might change.
 */
export function putLongs(
  view: DataView,
  at: number,
  longs: Float64Array,
  first: number,
  length: number,
): number {
  for (let done = 0, index = first; done < length; done += 8, index += 1) {
    view.setFloat64(at + done, longs[index]!, hasLittleEnd);
  }
  return at + length;
}

/** A text of up to eight characters for `putLong`. */
export function longOf(text: string): number {
  const view = new DataView(new ArrayBuffer(8));
  putText(view, 0, text);
  return view.getFloat64(0, hasLittleEnd);
}

/** Writes `length` characters of what `longOf` made; touches eight bytes. */
export function putLong(view: DataView, at: number, long: number, length: number): number {
  view.setFloat64(at, long, hasLittleEnd);
  return at + length;
}

/**
 * `putLongs` for texts that mostly have up to 32 characters: without a loop for those, since their
 * lengths differ and a processor would guess its end wrong. Touches 32 bytes at least.
 */
export function putFourLongs(
  view: DataView,
  at: number,
  longs: Float64Array,
  first: number,
  length: number,
): number {
  view.setFloat64(at, longs[first]!, hasLittleEnd);
  view.setFloat64(at + 8, longs[first + 1]!, hasLittleEnd);
  view.setFloat64(at + 16, longs[first + 2]!, hasLittleEnd);
  view.setFloat64(at + 24, longs[first + 3]!, hasLittleEnd);
  if (length > 32) putLongs(view, at + 32, longs, first + 4, length - 32);
  return at + length;
}

/** Writes the digits of a number of 32 bits, taken as unsigned; may touch three bytes more. */
export function putUnsigned(view: DataView, at: number, word: number): number {
  const value = word >>> 0;
  if (value < GROUP) return putShort(view, at, value);
  const high = (value / GROUP) >>> 0;
  const low = value - high * GROUP;
  let next = at;
  if (high < GROUP) next = putShort(view, at, high);
  else {
    const highest = (high / GROUP) >>> 0;
    next = putShort(view, at, highest);
    view.setInt32(next, GROUPS[high - highest * GROUP]!, true);
    next += 4;
  }
  view.setInt32(next, GROUPS[low]!, true);
  return next + 4;
}

/** How many digits a number below 10,000 has; without branches, as a processor can't guess the next one's. */
function digitsOfShort(value: number): number {
  const most = ((32 - Math.clz32(value | 1)) * 1233) >>> 12;
  return most + 1 - ((value - POWERS[most]!) >>> 31);
}

/** Writes the digits of a number below 10,000; may touch three bytes more. */
export function putShort(view: DataView, at: number, value: number): number {
  const count = digitsOfShort(value);
  view.setInt32(at, GROUPS[value]! >>> ((4 - count) << 3), true);
  return at + count;
}

/** Writes four digits of a number below 10,000, with leading zeros. */
export function putGroup(view: DataView, at: number, value: number): number {
  view.setInt32(at, GROUPS[value]!, true);
  return at + 4;
}

/** Writes nine digits of a number below 10^9, with leading zeros. */
export function putNine(view: DataView, at: number, value: number): number {
  // As integers, or the compiler divides numbers with a fraction.
  const whole = value >>> 0;
  const first = (whole / TWO_GROUPS) >>> 0;
  const rest = whole - first * TWO_GROUPS;
  const high = (rest / GROUP) >>> 0;
  view.setUint8(at, DIGIT_0 + first);
  view.setInt32(at + 1, GROUPS[high]!, true);
  view.setInt32(at + 5, GROUPS[rest - high * GROUP]!, true);
  return at + 9;
}

/**
 * Writes a number below 10,000 as four characters.
 *
 * @param isBlank whether blanks stand before it; zeros otherwise
 */
export function putRightOfFour(
  view: DataView,
  at: number,
  value: number,
  isBlank: boolean,
): number {
  const count = isBlank ? digitsOfShort(value) : 4;
  view.setInt32(at, GROUPS[value]! - ZEROS[count]!, true);
  return at + 4;
}

/** Writes a number below 100,000, with blanks before it so that it takes five characters. */
export function putRightOfFive(view: DataView, at: number, value: number): number {
  if (value < GROUP) {
    view.setUint8(at, BLANK);
    return putRightOfFour(view, at + 1, value, true);
  }
  const first = (value / GROUP) | 0;
  view.setUint8(at, DIGIT_0 + first);
  return putGroup(view, at + 1, value - first * GROUP);
}

/** Writes four bytes as `192.0.2.1`; may touch one byte more. */
export function putIpv4(view: DataView, at: number, bytes: Uint8Array, from: number): number {
  let next = at;
  for (let index = from; index < from + 4; index += 1) {
    const octet = bytes[index]!;
    view.setInt32(next, OCTETS[octet]!, true);
    next += OCTET_LENGTHS[octet]!;
  }
  return next - 1;
}

/** Writes six bytes as `02:00:5e:10:00:01`; may touch two bytes more. */
export function putMac(view: DataView, at: number, bytes: Uint8Array, from: number): number {
  let next = at;
  for (let index = from; index < from + 6; index += 1, next += 3) {
    view.setInt32(next, HEX_PAIRS[bytes[index]!]!, true);
  }
  return next - 1;
}
