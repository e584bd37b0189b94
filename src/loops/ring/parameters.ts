/** What the ring's loop is told, and what it finds out. */

import { FIRST_FRAME, KIND, NEXT } from './received-frame';

// What the caller puts at `parameters`, and what it finds there; the same in source/ring-loop.ts, in words.
export const FLAGS_BY_STATUS = 0;
export const FLAGS_BY_KIND = 2048;
export const INTERFACE = 2080;
export const SNAPSHOT_LENGTH = 2084;
/** Of 64 bits: −1 for none. */
export const QUEUE = 2088;
export const FIRST_SECOND = 2096;
export const LAST_SECOND = 2100;
export const HEADER_AFTER = 2104;
export const END_AFTER = 2108;
export const SECONDS_AFTER = 2112;
export const NANOSECONDS_AFTER = 2116;
/** Of no meaning; without it the loads ahead would be dropped. */
export const TOUCHED = 2120;
export const RING = 2124;
export const RING_END = 2128;
export const BLOCK_BYTES = 2132;

// What `encodeFrames` puts there for itself: epb_queue in one word, 0 for none; and of a usual frame's block
// the bytes beside the frame.
export const QUEUE_OPTION = 2136;
export const USUAL_OVERHEAD = 2144;

/** The word of epb_flags. */
export function flagsOf(header: usize, status: u32, parameters: usize): u32 {
  const kind = <usize>load<u8>(header, KIND) & 7;
  return (
    load<u32>(parameters + ((<usize>status & 0x1ff) << 2), FLAGS_BY_STATUS) |
    load<u32>(parameters + (kind << 2), FLAGS_BY_KIND)
  );
}

/** Whether a frame of that second is to be taken. */
export function isWanted(second: u32, parameters: usize): bool {
  return (
    second >= load<u32>(parameters, FIRST_SECOND) && second <= load<u32>(parameters, LAST_SECOND)
  );
}

/**
 * The header behind one: in the same block, or the first one of the block behind it. Behind the last of all
 * frames that is a place nobody uses.
 */
export function nextHeader(header: usize, parameters: usize): usize {
  const step = <usize>load<u32>(header, NEXT);
  if (step !== 0) return header + step;
  const ring = <usize>load<u32>(parameters, RING);
  const blockBytes = <usize>load<u32>(parameters, BLOCK_BYTES);
  let start = header - ((header - ring) % blockBytes) + blockBytes;
  if (start >= <usize>load<u32>(parameters, RING_END)) start = ring;
  return start + <usize>load<u32>(start, FIRST_FRAME);
}
