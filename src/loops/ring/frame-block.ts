/** The parts of an enhanced packet block, written for a frame of a ring. */

import {
  CAPTURED as BLOCK_CAPTURED,
  INTERFACE as BLOCK_INTERFACE,
  ORIGINAL as BLOCK_ORIGINAL,
  ENHANCED_PACKET,
  FLAGS_HEADER,
} from '../frames/enhanced-packet';
import { INTERFACE } from './parameters';
import { ORIGINAL, timeOf } from './received-frame';

/** Bytes of the options: epb_flags, epb_queue and opt_endofopt, as far as there are any. */
export function optionsLength(flags: u32, queueOption: u64): usize {
  if (queueOption === 0) return flags === 0 ? 0 : 12;
  return flags === 0 ? 12 : 20;
}

/**
 * Writes all that stands before a frame in its block. It reads each value right before it writes it: handed
 * over, all would be read first, which costs 0.08 ns a frame (bench/results/2026-11-24-ring-loop.txt).
 *
 * @param added bytes that the kernel took out of the frame, and that are put back
 */
export function putBlockHeader(
  header: usize,
  at: usize,
  length: usize,
  captured: u32,
  added: u32,
  parameters: usize,
): void {
  const time = timeOf(header);
  store<u64>(at, <u64>ENHANCED_PACKET | ((<u64>length) << 32));
  // Beside each stands a half of the time.
  store<u64>(
    at,
    <u64>load<u32>(parameters, INTERFACE) | (time & 0xffff_ffff_0000_0000),
    BLOCK_INTERFACE,
  );
  store<u64>(at, (time & 0xffff_ffff) | ((<u64>captured) << 32), BLOCK_CAPTURED - 4);
  store<u32>(at, load<u32>(header, ORIGINAL) + added, BLOCK_ORIGINAL);
}

/**
 * Copies a frame that isn't empty, and fills its last word with zeros: at least one step of 64 bytes, so that
 * what lies up to 60 bytes behind it is overwritten.
 */
export function putWords(at: usize, from: usize, captured: u32, padded: usize): void {
  const end = at + padded;
  // Read before the copy: behind it, it would have to wait for what was just written.
  const lastWord = load<u32>(from + padded - 4) & (0xffff_ffff >> ((-captured & 3) << 3));
  do {
    v128.store(at, v128.load(from));
    v128.store(at, v128.load(from, 16), 16);
    v128.store(at, v128.load(from, 32), 32);
    v128.store(at, v128.load(from, 48), 48);
    at += 64;
    from += 64;
  } while (at < end);
  store<u32>(end - 4, lastWord);
}

/** Writes what stands behind a frame whose block has epb_flags. */
export function putUsualTail(
  tail: usize,
  behind: usize,
  flags: u32,
  length: usize,
  queueOption: u64,
): void {
  store<u64>(tail, <u64>FLAGS_HEADER | ((<u64>flags) << 32));
  // Without a queue the end goes where it would stand.
  store<u64>(tail, queueOption, 8);
  store<u64>(behind - 8, (<u64>length) << 32);
}
