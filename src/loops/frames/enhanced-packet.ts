/**
 * Where everything lies in an enhanced packet block of the host's byte order.
 *
 * Source: draft-ietf-opsawg-pcapng, sections 3.5 and 4.3.
 */

// Type and length, these, the frame, options, length.
export const INTERFACE = 8;
const TIME = 12;
export const CAPTURED = 20;
export const ORIGINAL = 24;
export const HEADER_BYTES: u32 = 28;
/** Of a block without a frame. */
export const LEAST_BYTES: u32 = 32;
export const ENHANCED_PACKET: u32 = 6;

// Options.
const END = 0;
const COMMENT = 1;
const FLAGS = 2;
const DROP_COUNT = 4;
const QUEUE = 6;
/** epb_flags and its length in one word; its block of options if it is the only one. */
export const FLAGS_HEADER: u32 = 0x0004_0002;
const ONLY_FLAGS_BYTES: usize = 12;
/** epb_queue and its length in one word. */
export const QUEUE_HEADER: u32 = 0x0004_0006;

/**
 * Whether such a block may begin with this, and all of it is there.
 *
 * @param head type and length
 * @param room bytes from the block's first on
 * @param most a longer one is taken for a broken file
 */
export function isFrameBlock(head: u64, room: u32, most: u32): bool {
  const length = <u32>(head >> 32);
  return (
    <u32>head === ENHANCED_PACKET &&
    length <= most &&
    length >= LEAST_BYTES &&
    (length & 3) === 0 &&
    length <= room
  );
}

/** A block's time, in ticks: its upper half comes first. */
export function timeOf(block: usize): u64 {
  return rotl<u64>(load<u64>(block, TIME), 32);
}

/** Where a block's options begin. */
export function optionsOf(block: usize, captured: u32): usize {
  return block + HEADER_BYTES + ((captured + 3) & ~3);
}

/** Whether there are no options, or just epb_flags: so nearly all blocks are. */
export function areUsual(options: usize, end: usize): bool {
  return (
    options === end ||
    (end - options === ONLY_FLAGS_BYTES &&
      load<u32>(options) === FLAGS_HEADER &&
      load<u32>(options, 8) === END)
  );
}

/** Whether options say nothing of loss, nothing that is wrong, and exactly this queue; −1 is none. */
export function arePlain(options: usize, end: usize, queue: i64): bool {
  let found: i64 = -1;
  for (let at = options; end - at >= 4; ) {
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
