/**
 * Lines of plain frames, straight from the blocks of a pcapng file: the loop in which `show` spends its time.
 *
 * AssemblyScript, compiled to WebAssembly: a load or store is one instruction here, without the check and
 * the conversion that an element of a typed array takes, and 16 bytes are copied at a time.
 * `analysis/line-loop.ts` calls it, fills the tables and says what it may be given.
 *
 * It takes what `PlainPacket` takes: TCP, UDP, DNS or ICMP echo in a whole IPv4 packet without options, and
 * ARP for IPv4, on Ethernet with at most one VLAN tag, with nothing wrong in any header. Each must stand in a
 * block of the kind that `FrameCursor` takes in one go: an enhanced packet in host order, of the same
 * interface and second, without options but epb_flags. Anything else stops it at the block's first byte, and
 * is left to the general way. Byte for byte its lines are the same as those of `FrameLine`.
 *
 * What it writes is in the folder `lines`, which is compiled into it.
 *
 * Sources: draft-ietf-opsawg-pcapng, section 4.3; for the headers, the files of `headers`.
 */

import { LEAST_CAPTURED, openColumns, putFrame } from './lines/frame';
import {
  CAPTURED_BYTES,
  DNS_WANTED,
  EARLIEST_TICK,
  END_AFTER,
  FIRST_TICK,
  FLAGS_WANTED,
  FRACTION_OFFSET,
  LAST_TICK,
  LATEST_TICK,
  LEAST_SHORTENED,
  LINES_END,
  MOST_BYTES,
  MOST_SHORTENED,
  NS_PER_TICK,
  NUMBER,
  ORIGINAL_BYTES,
  SHORTENED,
  TICK_BEFORE,
  TICKS,
  UNORDERED,
  WANTED_INTERFACE,
} from './lines/memory';

// An enhanced packet block: type, length, these, the frame, options, length.
const LENGTH = 4;
const INTERFACE = 8;
const TIME = 12;
const CAPTURED = 20;
const ORIGINAL = 24;
const HEADER_BYTES: u32 = 28;
const LEAST_BYTES: u32 = 32;
const ENHANCED_PACKET: u32 = 6;
/** epb_flags and its length in one word; its block of options if it is the only one. */
const FLAGS_HEADER: u32 = 0x0004_0002;
const ONLY_FLAGS_BYTES: usize = 12;

/** What is left to the general way, as its length is wider than the column. */
const WIDE_LENGTH: u32 = 100_000;

/** Whether a whole block of the kind that is taken begins there; at least LEAST_BYTES are before `end`. */
function isFrameBlock(at: usize, end: usize): bool {
  const length = load<u32>(at, LENGTH);
  if (
    load<u32>(at) !== ENHANCED_PACKET ||
    load<u32>(at, INTERFACE) !== load<u32>(WANTED_INTERFACE) ||
    length > <u32>(end - at) ||
    length > load<u32>(MOST_BYTES) ||
    length < LEAST_BYTES ||
    (length & 3) !== 0
  ) {
    return false;
  }
  const optionsEnd = at + length - 4;
  const captured = load<u32>(at, CAPTURED);
  if (load<u32>(optionsEnd) !== length || captured > length - LEAST_BYTES) return false;
  const options = at + HEADER_BYTES + ((captured + 3) & ~3);
  return (
    options === optionsEnd ||
    (optionsEnd - options === ONLY_FLAGS_BYTES &&
      load<u32>(options) === FLAGS_HEADER &&
      load<u32>(options, 8) === 0)
  );
}

/** Keeps count of a frame that wasn't captured whole. */
function addShortened(captured: u32): void {
  store<i32>(SHORTENED, load<i32>(SHORTENED) + 1);
  store<u32>(LEAST_SHORTENED, min(load<u32>(LEAST_SHORTENED), captured));
  store<u32>(MOST_SHORTENED, max(load<u32>(MOST_SHORTENED), captured));
}

/**
 * Writes lines, up to the first frame that isn't taken or a full area.
 *
 * @param first address of the first frame's block; a multiple of 4
 * @param end where the bytes of the file end
 * @param most frames at most
 * @param area where the first line goes
 * @param areaEnd no line begins behind it; 1024 bytes more may be overwritten
 * @returns how many frames; where 0, what it leaves in the parameters means nothing, but for what is wanted
 */
export function writeLines(first: usize, end: usize, most: i32, area: usize, areaEnd: usize): i32 {
  const firstTick = load<u64>(FIRST_TICK);
  const ticks = <u64>load<u32>(TICKS);
  const nsPerTick = load<u32>(NS_PER_TICK);
  const fractionOffset = load<u32>(FRACTION_OFFSET);
  const firstNumber = load<u32>(NUMBER);
  openColumns();
  let at = first;
  let to = area;
  let count: i32 = 0;
  let lastTick = load<u32>(TICK_BEFORE);
  let earliest: u32 = u32.MAX_VALUE;
  let latest: u32 = 0;
  let unordered: i32 = 0;
  let capturedBytes: u32 = 0;
  let originalBytes: u64 = 0;
  store<i32>(SHORTENED, 0);
  store<u32>(LEAST_SHORTENED, u32.MAX_VALUE);
  store<u32>(MOST_SHORTENED, 0);
  store<i64>(DNS_WANTED, -1);
  store<u32>(FLAGS_WANTED, u32.MAX_VALUE);
  while (count < most && to <= areaEnd && end - at >= LEAST_BYTES) {
    if (!isFrameBlock(at, end)) break;
    const captured = load<u32>(at, CAPTURED);
    const original = load<u32>(at, ORIGINAL);
    // The upper half comes first.
    const tick = rotl<u64>(load<u64>(at, TIME), 32) - firstTick;
    if (tick >= ticks) break;
    const fraction = <u32>tick * nsPerTick + fractionOffset;
    if (fraction >= 1_000_000_000) break;
    if (captured < LEAST_CAPTURED || captured > original || original >= WIDE_LENGTH) break;
    const frame = at + HEADER_BYTES;
    let lineEnd = putFrame(to, firstNumber + <u32>count, fraction, frame, captured, original);
    if (lineEnd === 0) break;
    if (original > captured) {
      store<u64>(lineEnd, ((<u64>0x6163_6e75) << 32) | 0x7274_5b20); // " [trunca"
      store<u32>(lineEnd, 0x5d64_6574, 8); // "ted]"
      lineEnd += 12;
      addShortened(captured);
    }
    store<u8>(lineEnd, 0x0a);
    to = lineEnd + 1;
    const now = <u32>tick;
    unordered += <i32>(now < lastTick);
    earliest = min(earliest, now);
    latest = max(latest, now);
    lastTick = now;
    capturedBytes += captured;
    originalBytes += <u64>original;
    count++;
    at += load<u32>(at, LENGTH);
  }
  store<u32>(END_AFTER, <u32>at);
  store<u32>(LAST_TICK, lastTick);
  store<u32>(LINES_END, <u32>to);
  store<u32>(CAPTURED_BYTES, capturedBytes);
  store<f64>(ORIGINAL_BYTES, <f64>originalBytes);
  store<i32>(UNORDERED, unordered);
  store<u32>(EARLIEST_TICK, earliest);
  store<u32>(LATEST_TICK, latest);
  return count;
}
