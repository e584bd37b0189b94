/** Frames of a pcapng file added up, and the parameters of loops over them: which frames, and what they come to. */

import {
  arePlain,
  areUsual,
  CAPTURED,
  HEADER_BYTES,
  INTERFACE,
  isFrameBlock,
  LEAST_BYTES,
  ORIGINAL,
  optionsOf,
  timeOf,
} from './enhanced-packet';

// Offsets in the parameters; the same in source/frame-parameters.ts. What the caller puts there …
const WANTED_INTERFACE = 0;
const MOST_BYTES = 4;
/** Of 64 bits: −1 for none. */
const WANTED_QUEUE = 8;
/** Of 64 bits: the first tick of the frames' second. */
const FIRST_TICK = 16;
/** Ticks that the second has. */
const TICKS = 24;
/** Ticks from the start of the second to the frame before the first. */
const TICK_BEFORE = 28;
// … and what it finds there.
const END_AFTER = 32;
const CAPTURED_BYTES = 36;
/** A 64-bit float. */
const ORIGINAL_BYTES = 40;
const SHORTENED = 48;
const LEAST_SHORTENED = 52;
const MOST_SHORTENED = 56;
const UNORDERED = 60;
const EARLIEST_TICK = 64;
const LATEST_TICK = 68;
const LAST_TICK = 72;

/** What a loop does with each frame beside adding it: nothing. */
export class NothingElse {
  /** See `addUp`. */
  take(_frame: usize, _captured: u32, _original: u32, _tick: u32): bool {
    return true;
  }
}

/**
 * Adds frames up to the first that doesn't belong to them, or isn't whole.
 *
 * @typeParam Visitor has a method `take` as `NothingElse` has it: called with each frame before it is added; false ends the
 * loop before the frame. It is never made: its method is compiled in, and keeps in global variables what it needs
 * @param first address of the first frame's block; a multiple of 4
 * @param end where the bytes of the file end
 * @returns how many frames
 */
export function addUp<Visitor>(first: usize, end: usize, parameters: usize): i32 {
  const wantedInterface = load<u32>(parameters, WANTED_INTERFACE);
  const mostBytes = load<u32>(parameters, MOST_BYTES);
  const queue = load<i64>(parameters, WANTED_QUEUE);
  const firstTick = load<u64>(parameters, FIRST_TICK);
  const ticks = <u64>load<u32>(parameters, TICKS);
  let last: u32 = load<u32>(parameters, TICK_BEFORE);
  let earliest: u32 = u32.MAX_VALUE;
  let latest: u32 = 0;
  let count: i32 = 0;
  let unordered: i32 = 0;
  let capturedBytes: u32 = 0;
  let originalBytes: u64 = 0;
  let shortened: i32 = 0;
  let leastShortened: u32 = u32.MAX_VALUE;
  let mostShortened: u32 = 0;
  let at = first;
  // Type and length of the block before, which have been looked at: mostly they are the next one's.
  let usual: u64 = 0;
  let length: u32 = LEAST_BYTES;
  for (;;) {
    if (end - at < <usize>length) {
      // The last one may be shorter than those before.
      if (usual === 0) break;
      usual = 0;
      length = LEAST_BYTES;
      continue;
    }
    const head = load<u64>(at);
    if (head !== usual) {
      if (!isFrameBlock(head, <u32>(end - at), mostBytes)) break;
      length = <u32>(head >> 32);
      usual = head;
    }
    const optionsEnd = at + length - 4;
    const captured = load<u32>(at, CAPTURED);
    const tick = timeOf(at) - firstTick;
    if (
      load<u32>(at, INTERFACE) !== wantedInterface ||
      load<u32>(optionsEnd) !== length ||
      captured > length - LEAST_BYTES ||
      tick >= ticks
    ) {
      break;
    }
    const options = optionsOf(at, captured);
    const isUsual = queue < 0 && areUsual(options, optionsEnd);
    if (!isUsual && !arePlain(options, optionsEnd, queue)) break;
    const original = load<u32>(at, ORIGINAL);
    const now = <u32>tick;
    const frame = at + HEADER_BYTES;
    if (!changetype<Visitor>(0).take(frame, captured, original, now)) break;
    count++;
    capturedBytes += captured;
    originalBytes += <u64>original;
    if (captured < original) {
      shortened++;
      leastShortened = min(leastShortened, captured);
      mostShortened = max(mostShortened, captured);
    }
    if (now < last) {
      // Only where times go back, and at the ends, can there be an earliest and a latest.
      unordered++;
      earliest = min(earliest, now);
      if (count > 1) latest = max(latest, last);
    }
    last = now;
    at += length;
  }
  if (count > 0) {
    earliest = min(earliest, <u32>(timeOf(first) - firstTick));
    latest = max(latest, last);
  }
  store<u32>(parameters, <u32>at, END_AFTER);
  store<u32>(parameters, capturedBytes, CAPTURED_BYTES);
  store<f64>(parameters, <f64>originalBytes, ORIGINAL_BYTES);
  store<i32>(parameters, shortened, SHORTENED);
  store<u32>(parameters, leastShortened, LEAST_SHORTENED);
  store<u32>(parameters, mostShortened, MOST_SHORTENED);
  store<i32>(parameters, unordered, UNORDERED);
  store<u32>(parameters, earliest, EARLIEST_TICK);
  store<u32>(parameters, latest, LATEST_TICK);
  store<u32>(parameters, last, LAST_TICK);
  return count;
}
