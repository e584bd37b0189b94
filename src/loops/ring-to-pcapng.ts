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
 * Sources: include/uapi/linux/if_packet.h (struct tpacket3_hdr, struct sockaddr_ll behind it);
 * draft-ietf-opsawg-pcapng, section 4.3.
 */

import {
  CAPTURED as BLOCK_CAPTURED,
  INTERFACE as BLOCK_INTERFACE,
  ORIGINAL as BLOCK_ORIGINAL,
  ENHANCED_PACKET,
  FLAGS_HEADER,
  HEADER_BYTES,
  LEAST_BYTES,
  QUEUE_HEADER,
} from './frames/enhanced-packet';

// struct tpacket3_hdr
const NEXT = 0;
const SECONDS = 4;
const NANOSECONDS = 8;
const CAPTURED = 12;
const ORIGINAL = 16;
const STATUS = 20;
const OFFSET = 24;
const VLAN_TCI = 32;
const VLAN_TPID = 36;
/** sll_pkttype of the struct sockaddr_ll that follows it at 48. */
const KIND = 58;
const STATUS_VLAN_VALID: u32 = 0x10;
const STATUS_VLAN_TPID_VALID: u32 = 0x40;
const TAG_LENGTH: u32 = 4;
const MAC_ADDRESSES_LENGTH: u32 = 12;
const DEFAULT_TPID: u32 = 0x8100;

// What the caller puts at `parameters`, and what it finds there; the same in source/ring-loop.ts, in words.
const FLAGS_BY_STATUS = 0;
const FLAGS_BY_KIND = 2048;
const INTERFACE = 2080;
const SNAPSHOT_LENGTH = 2084;
/** Of 64 bits: −1 for none. */
const QUEUE = 2088;
const FIRST_SECOND = 2096;
const LAST_SECOND = 2100;
const HEADER_AFTER = 2104;
const END_AFTER = 2108;
const SECONDS_AFTER = 2112;
const NANOSECONDS_AFTER = 2116;
/** Of no meaning; without it the loads ahead would be dropped. */
const TOUCHED = 2120;
const RING = 2124;
const RING_END = 2128;
const BLOCK_BYTES = 2132;

// What `encodeFrames` puts there for itself: epb_queue in one word, 0 for none; and of a usual frame's block
// the bytes beside the frame.
const QUEUE_OPTION = 2136;
const USUAL_OVERHEAD = 2144;

/** offset_to_first_pkt of struct tpacket_block_desc. */
const FIRST_FRAME = 16;

/** Frames from here on are copied by the engine's own routine, whose call costs some 20 ns. */
const LONG_FRAME: u32 = 1024;
/** So many bytes ahead memory is touched, so that it is in the cache when its turn comes. */
const AHEAD = 768;
/** No frame is longer; a header that says so is left to those that complain. */
const LONGEST_FRAME: u32 = 262_144;

/** Bytes of the options: epb_flags, epb_queue and opt_endofopt, as far as there are any. */
function optionsLength(flags: u32, queueOption: u64): usize {
  if (queueOption === 0) return flags === 0 ? 0 : 12;
  return flags === 0 ? 12 : 20;
}

/** The word of epb_flags. */
function flagsOf(header: usize, status: u32, parameters: usize): u32 {
  const kind = <usize>load<u8>(header, KIND) & 7;
  return (
    load<u32>(parameters + ((<usize>status & 0x1ff) << 2), FLAGS_BY_STATUS) |
    load<u32>(parameters + (kind << 2), FLAGS_BY_KIND)
  );
}

/** Whether a frame of that second is to be taken. */
function isWanted(second: u32, parameters: usize): bool {
  return (
    second >= load<u32>(parameters, FIRST_SECOND) && second <= load<u32>(parameters, LAST_SECOND)
  );
}

/**
 * Writes all that stands before a frame in its block. Each value is read right before it is written: read
 * first and handed over, they cost 0.08 ns a frame.
 *
 * @param added bytes that the kernel took out of the frame, and that are put back
 */
function putBlockHeader(
  header: usize,
  at: usize,
  length: usize,
  captured: u32,
  added: u32,
  parameters: usize,
): void {
  const time =
    <u64>load<u32>(header, SECONDS) * 1_000_000_000 + <u64>load<u32>(header, NANOSECONDS);
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
 * The header behind one: in the same block, or the first one of the block behind it. Behind the last of all
 * frames that is a place nobody uses.
 */
function nextHeader(header: usize, parameters: usize): usize {
  const step = <usize>load<u32>(header, NEXT);
  if (step !== 0) return header + step;
  const ring = <usize>load<u32>(parameters, RING);
  const blockBytes = <usize>load<u32>(parameters, BLOCK_BYTES);
  let start = header - ((header - ring) % blockBytes) + blockBytes;
  if (start >= <usize>load<u32>(parameters, RING_END)) start = ring;
  return start + <usize>load<u32>(start, FIRST_FRAME);
}

/**
 * Copies a frame that isn't empty, and fills its last word with zeros: at least one step of 64 bytes, so that
 * what lies up to 60 bytes behind it is overwritten.
 */
function putWords(at: usize, from: usize, captured: u32, padded: usize): void {
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
function putUsualTail(
  tail: usize,
  behind: usize,
  flags: u32,
  length: usize,
  parameters: usize,
): void {
  store<u64>(tail, <u64>FLAGS_HEADER | ((<u64>flags) << 32));
  // Without a queue the end goes where it would stand.
  store<u64>(tail, load<u64>(parameters, QUEUE_OPTION), 8);
  store<u64>(behind - 8, (<u64>length) << 32);
}

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
    // The kernel took the tag out; there is room for it in front of the frame.
    from -= TAG_LENGTH;
    store<u64>(from, load<u64>(from, 4));
    store<u32>(from, load<u32>(from, 12), 8);
    const tpid =
      (status & STATUS_VLAN_TPID_VALID) !== 0 ? <u32>load<u16>(header, VLAN_TPID) : DEFAULT_TPID;
    store<u16>(from, bswap<u16>(<u16>tpid), 12);
    store<u16>(from, bswap<u16>(load<u16>(header, VLAN_TCI)), 14);
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
    putUsualTail(tail, behind, flags, length, parameters);
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
 * What usual ones take is written for few instructions, of which a
 * processor then has those of many frames in hand, and so many of their lines of memory on the way, at a
 * time. What is the same for all frames is therefore read from the parameters each time instead of being
 * kept, and anything else is left to `encodeAny`.
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
      putUsualTail(data + padded, behind, flags, length, parameters);
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
