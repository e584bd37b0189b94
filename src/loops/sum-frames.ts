/**
 * The loop that adds up the frames of a pcapng file.
 *
 * AssemblyScript, compiled to WebAssembly: it reads a piece of the file in the module's own memory, where
 * a load is one instruction, without the check and the conversion that an element of a typed array takes.
 * `source/sum-loop.ts` calls it and says what it may be given. Addresses are bytes in the module's memory.
 *
 * It takes enhanced packet blocks of the section's usual byte order that belong together: of one
 * interface, one queue and one second, without a recorded loss. It looks at everything in them that
 * `FrameCursor` looks at; whatever is different stops it, at the block's first byte, and is the cursor's.
 *
 * Source: draft-ietf-opsawg-pcapng, sections 3.5 and 4.3.
 */

// An enhanced packet block: type and length, these, the frame, options, length.
const INTERFACE = 8;
const TIME = 12;
const CAPTURED = 20;
const ORIGINAL = 24;
const HEADER_BYTES: u32 = 28;
const LEAST_BYTES: u32 = 32;
const ENHANCED_PACKET: u32 = 6;

// Options.
const END = 0;
const COMMENT = 1;
const FLAGS = 2;
const DROP_COUNT = 4;
const QUEUE = 6;
/** epb_flags and its length in one word; its block of options if it is the only one. */
const FLAGS_HEADER: u32 = 0x0004_0002;
const ONLY_FLAGS_BYTES: usize = 12;

// What the caller puts at `parameters` …
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

/** Whether options say nothing of loss, nothing that is wrong, and exactly this queue. */
function arePlain(start: usize, end: usize, queue: i64): bool {
  let found: i64 = -1;
  for (let at = start; end - at >= 4; ) {
    const code = load<u16>(at);
    if (code === END) break;
    const length = <usize>load<u16>(at, 2);
    const value = at + 4;
    if (length > end - value || code === COMMENT || code === DROP_COUNT) return false;
    if (code === FLAGS || code === QUEUE) {
      if (length !== 4) return false;
      if (code === QUEUE) found = <i64>load<u32>(value);
    }
    at = value + ((length + 3) & ~3);
  }
  return found === queue;
}

/** A block's time, in ticks: its upper half comes first. */
function timeOf(block: usize): u64 {
  return rotl<u64>(load<u64>(block, TIME), 32);
}

/**
 * Adds frames up to the first that doesn't belong to them, or isn't whole.
 *
 * @param first address of the first frame's block; a multiple of 4
 * @param end where the bytes of the file end
 * @returns how many frames
 */
export function sumFrames(first: usize, end: usize, parameters: usize): i32 {
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
  while (end - at >= <usize>length) {
    const head = load<u64>(at);
    if (head !== usual) {
      length = <u32>(head >> 32);
      if (
        <u32>head !== ENHANCED_PACKET ||
        length > mostBytes ||
        length < LEAST_BYTES ||
        (length & 3) !== 0 ||
        length > <u32>(end - at)
      ) {
        break;
      }
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
    const options = at + HEADER_BYTES + ((captured + 3) & ~3);
    const areUsual =
      queue < 0 &&
      (options === optionsEnd ||
        (optionsEnd - options === ONLY_FLAGS_BYTES &&
          load<u32>(options) === FLAGS_HEADER &&
          load<u32>(options, 8) === END));
    if (!areUsual && !arePlain(options, optionsEnd, queue)) break;
    const original = load<u32>(at, ORIGINAL);
    const now = <u32>tick;
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
