/**
 * Numbers, addresses and texts made before, put straight into memory.
 *
 * Each function writes at an address and returns the one behind what it wrote; it may overwrite up to 15
 * bytes more, which the text behind covers. Digits go by fours, from a table.
 */

import { GROUPS, HEX_PAIRS, LAST_OCTETS, OCTET_LENGTHS, OCTETS } from './memory';

const GROUP: u32 = 10_000;
const BLANKS: u32 = 0x2020_2020;

export function be16(at: usize): u32 {
  return <u32>bswap<u16>(load<u16>(at));
}

export function be32(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

function group(value: u32): u32 {
  return load<u32>(GROUPS + ((<usize>value) << 2));
}

/** How many digits a number below 10,000 has. */
function digitsOf(value: u32): u32 {
  return 1 + <u32>(value >= 10) + <u32>(value >= 100) + <u32>(value >= 1000);
}

export function putShort(at: usize, value: u32): usize {
  const count = digitsOf(value);
  store<u32>(at, group(value) >> ((4 - count) << 3));
  return at + <usize>count;
}

export function putUnsigned(at: usize, value: u32): usize {
  if (value < GROUP) return putShort(at, value);
  const high = value / GROUP;
  let next: usize;
  if (high < GROUP) next = putShort(at, high);
  else {
    const highest = high / GROUP;
    next = putShort(at, highest);
    store<u32>(next, group(high - highest * GROUP));
    next += 4;
  }
  store<u32>(next, group(value - high * GROUP));
  return next + 4;
}

/** Four characters, with blanks instead of zeros before the number. */
function rightOfFour(value: u32): u32 {
  const blanks: u32 = (4 - digitsOf(value)) << 3;
  return group(value) - (0x1010_1010 & ((1 << blanks) - 1));
}

/** A number in a column that has room for it, blanks before it; touches three bytes before the column. */
export function putNumber(at: usize, value: u32, width: usize): usize {
  const before = load<u32>(at - 4);
  let rest = value;
  let to = at + width - 4;
  for (; rest >= GROUP; to -= 4) {
    const high = rest / GROUP;
    store<u32>(to, group(rest - high * GROUP));
    rest = high;
  }
  store<u32>(to, rightOfFour(rest));
  for (to -= 4; to + 4 > at; to -= 4) store<u32>(to, BLANKS);
  store<u32>(at - 4, before);
  return at + width;
}

export function putNine(at: usize, value: u32): usize {
  const first = value / 100_000_000;
  const rest = value - first * 100_000_000;
  const high = rest / GROUP;
  store<u8>(at, 0x30 + first);
  store<u32>(at, group(high), 1);
  store<u32>(at, group(rest - high * GROUP), 5);
  return at + 9;
}

export function putRightOfFive(at: usize, value: u32): usize {
  const high = value / GROUP;
  const low = value - high * GROUP;
  store<u8>(at, high === 0 ? 0x20 : 0x30 + high);
  store<u32>(at, high === 0 ? rightOfFour(low) : group(low), 1);
  return at + 5;
}

/** Copies 16 bytes at a time; up to 15 more than the text has. */
export function copy(at: usize, from: usize, length: usize): usize {
  v128.store(at, v128.load(from));
  for (let done: usize = 16; done < length; done += 16) {
    v128.store(at + done, v128.load(from + done));
  }
  return at + length;
}

export function putBlanks(at: usize, count: usize): void {
  const blanks = i8x16.splat(0x20);
  for (let done: usize = 0; done < count; done += 16) v128.store(at + done, blanks);
}

function putOctet(at: usize, octet: u32): usize {
  store<u32>(at, load<u32>(OCTETS + ((<usize>octet) << 2)));
  return at + <usize>load<u8>(OCTET_LENGTHS + <usize>octet);
}

/** An IPv4 address from where it lies; blanks behind it where it ends in fewer than three digits. */
export function putIpv4(at: usize, from: usize): usize {
  const address = load<u32>(from);
  let to = putOctet(at, address & 0xff);
  to = putOctet(to, (address >> 8) & 0xff);
  to = putOctet(to, (address >> 16) & 0xff);
  const last = <usize>(address >> 24);
  store<u32>(to, load<u32>(LAST_OCTETS + (last << 2)));
  return to + <usize>load<u8>(OCTET_LENGTHS + last) - 1;
}

/** Touches a byte behind it. */
export function putMac(at: usize, from: usize): usize {
  let to = at;
  for (let i: usize = 0; i < 6; i++, to += 3) {
    store<u32>(to, load<u32>(HEX_PAIRS + ((<usize>load<u8>(from + i)) << 2)));
  }
  return to - 1;
}
