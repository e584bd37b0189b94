/**
 * Frames of a TPACKET_V3 ring into enhanced packet blocks: the loop in which a capture spends its time.
 *
 * AssemblyScript, compiled to WebAssembly: the ring is mapped into the module's own memory, where a
 * load or store is one instruction, without the check and the conversion that an element of a typed
 * array takes, and a frame is copied 64 bytes a step, in loads of 16. `source/ring-loop.ts` calls it and
 * says what it may be given. Addresses are bytes in the module's memory.
 *
 * Byte for byte the same as `BlockEncoder.frame` of what `RingBatch` gives, for the frames it takes; any
 * other stops it. *Usual* frames are those of 1 to 1,023 bytes without a VLAN tag whose block has epb_flags:
 * nearly all are.
 *
 * Source: draft-ietf-opsawg-pcapng, section 4.3.
 */

import { HEADER_BYTES, LEAST_BYTES, QUEUE_HEADER } from './frames/enhanced-packet';
import { optionsLength, putBlockHeader, putUsualTail, putWords } from './ring/frame-block';
import {
  END_AFTER,
  flagsOf,
  HEADER_AFTER,
  isWanted,
  NANOSECONDS_AFTER,
  nextHeader,
  QUEUE,
  QUEUE_OPTION,
  SECONDS_AFTER,
  SNAPSHOT_LENGTH,
  TOUCHED,
  USUAL_OVERHEAD,
} from './ring/parameters';
import {
  CAPTURED,
  MAC_ADDRESSES_LENGTH,
  NANOSECONDS,
  OFFSET,
  putTagBack,
  SECONDS,
  STATUS,
  STATUS_VLAN_VALID,
  TAG_LENGTH,
} from './ring/received-frame';

/** Frames from here on are copied by the engine's own routine, whose call costs some 20 ns. */
const LONG_FRAME: u32 = 1024;
/** So many bytes ahead memory is touched, so that it is in the cache when its turn comes. */
const AHEAD = 768;
/** No frame is longer; a header that says so is left to those that complain. */
const LONGEST_FRAME: u32 = 262_144;

/**
 * Encodes one frame of any kind.
 *
 * @returns where the next block goes; 0 where the frame can't be taken here
 */
function encodeAny(header: usize, at: usize, end: usize, parameters: usize): usize {
  const queueOption = load<u64>(parameters, QUEUE_OPTION);
  const status = load<u32>(header, STATUS);
  const flags = flagsOf(header, status, parameters);
  const present = load<u32>(header, CAPTURED);
  const tagged = (status & STATUS_VLAN_VALID) !== 0;
  const added: u32 = tagged ? TAG_LENGTH : 0;
  const captured = tagged
    ? min(present + TAG_LENGTH, load<u32>(parameters, SNAPSHOT_LENGTH))
    : present;
  const padded = (<usize>captured + 3) & ~3;
  const length = padded + LEAST_BYTES + optionsLength(flags, queueOption);
  const behind = at + length;
  if (
    present > LONGEST_FRAME ||
    behind > end ||
    !isWanted(load<u32>(header, SECONDS), parameters) ||
    (tagged && present < MAC_ADDRESSES_LENGTH)
  ) {
    return 0;
  }
  let from = header + <usize>load<u16>(header, OFFSET);
  if (tagged) {
    from -= TAG_LENGTH;
    putTagBack(header, from, status);
  }
  putBlockHeader(header, at, length, captured, added, parameters);
  const data = at + HEADER_BYTES;
  const tail = data + padded;
  if (captured >= LONG_FRAME) {
    memory.copy(data, from, <usize>captured);
    const odd = captured & 3;
    if (odd !== 0) store<u32>(tail - 4, load<u32>(tail - 4) & ((1 << (odd << 3)) - 1));
  } else if (captured > 0) {
    putWords(data, from, captured, padded);
  }
  if (flags !== 0) {
    putUsualTail(tail, behind, flags, length, queueOption);
  } else if (queueOption !== 0) {
    store<u64>(tail, queueOption);
    store<u64>(behind - 8, (<u64>length) << 32);
  } else {
    store<u32>(tail, <u32>length);
  }
  return behind;
}

/**
 * Encodes frames up to the first that can't be taken here: of a second outside the wanted ones; that doesn't
 * fit; longer than `LONGEST_FRAME`; or with a VLAN tag and too short for two addresses.
 *
 * What usual ones take is written for few instructions, of which a processor then has those of many frames
 * in hand, and so many of their lines of memory on the way, at a time. What is the same for all frames is
 * therefore read from the parameters each time instead of being kept, and anything else is left to
 * `encodeAny`.
 *
 * @param first address of the first frame's header
 * @param most frames to take at most
 * @param start where to encode to
 * @param end where no block may go beyond; up to 56 bytes more may be overwritten
 * @returns frames taken
 */
export function encodeFrames(
  first: usize,
  most: i32,
  start: usize,
  end: usize,
  parameters: usize,
): i32 {
  const queue = load<i64>(parameters, QUEUE);
  const queueOption: u64 = queue < 0 ? 0 : <u64>QUEUE_HEADER | ((<u64>queue) << 32);
  store<u64>(parameters, queueOption, QUEUE_OPTION);
  store<u32>(parameters, LEAST_BYTES + <u32>optionsLength(1, queueOption), USUAL_OVERHEAD);
  let header = first;
  let last = first;
  let at = start;
  let left = most;
  let touched: u32 = 0;
  while (left > 0) {
    do {
      // There is no instruction that fetches ahead: a load whose value nobody needs does.
      touched |=
        load<u8>(header, AHEAD) | load<u8>(header, AHEAD + 64) | load<u8>(header, AHEAD + 128);
      const status = load<u32>(header, STATUS);
      const flags = flagsOf(header, status, parameters);
      const captured = load<u32>(header, CAPTURED);
      if (
        captured - 1 >= LONG_FRAME - 1 ||
        (status & STATUS_VLAN_VALID) !== 0 ||
        flags === 0 ||
        !isWanted(load<u32>(header, SECONDS), parameters)
      ) {
        break;
      }
      const padded = (<usize>captured + 3) & ~3;
      const length = padded + <usize>load<u32>(parameters, USUAL_OVERHEAD);
      const behind = at + length;
      if (behind > end) break;
      putBlockHeader(header, at, length, captured, 0, parameters);
      const from = header + <usize>load<u16>(header, OFFSET);
      const data = at + HEADER_BYTES;
      putWords(data, from, captured, padded);
      const queueWord = load<u64>(parameters, QUEUE_OPTION);
      putUsualTail(data + padded, behind, flags, length, queueWord);
      at = behind;
      last = header;
      header = nextHeader(header, parameters);
      left--;
    } while (left > 0);
    if (left === 0) break;
    const behind = encodeAny(header, at, end, parameters);
    if (behind === 0) break;
    at = behind;
    last = header;
    header = nextHeader(header, parameters);
    left--;
  }
  store<u32>(parameters, <u32>header, HEADER_AFTER);
  store<u32>(parameters, <u32>at, END_AFTER);
  store<u32>(parameters, touched, TOUCHED);
  store<u32>(parameters, load<u32>(last, SECONDS), SECONDS_AFTER);
  store<u32>(parameters, load<u32>(last, NANOSECONDS), NANOSECONDS_AFTER);
  return most - left;
}
