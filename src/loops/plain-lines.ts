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
 * interface and second, without a recorded loss or queue. Anything else stops it at the block's first byte, and
 * is left to the general way. Byte for byte its lines are the same as those of `FrameLine`.
 *
 * Which blocks belong together, and what they come to, is in the folder `frames`, what it writes in `lines`;
 * both are compiled into it.
 *
 * Sources: draft-ietf-opsawg-pcapng, section 4.3; for the headers, the files of `headers`.
 */

import { addUp } from './frames/add-up';
import { LEAST_CAPTURED, openColumns, putFrame } from './lines/frame';
import {
  DNS_WANTED,
  FLAGS_WANTED,
  FRACTION_OFFSET,
  LINES_END,
  NS_PER_TICK,
  NUMBER,
  PARAMETERS,
} from './lines/memory';

/** What is left to the general way, as its length is wider than the column. */
const WIDE_LENGTH: u32 = 100_000;

// Set at each call, and moved on with each line.
let to: usize = 0;
let lastStart: usize = 0;
let left: i32 = 0;
/** The number of a line, and the frames that are left with it, come to this. */
let numberAfter: u32 = 0;
let nsPerTick: u32 = 0;
let fractionOffset: u32 = 0;

/** Writes a line of each frame. */
class LineWriter {
  take(frame: usize, captured: u32, original: u32, tick: u32): bool {
    const fraction = tick * nsPerTick + fractionOffset;
    if (
      left === 0 ||
      to > lastStart ||
      fraction >= 1_000_000_000 ||
      captured < LEAST_CAPTURED ||
      captured > original ||
      original >= WIDE_LENGTH
    ) {
      return false;
    }
    let lineEnd = putFrame(to, numberAfter - <u32>left, fraction, frame, captured, original);
    if (lineEnd === 0) return false;
    if (original > captured) {
      store<u64>(lineEnd, ((<u64>0x6163_6e75) << 32) | 0x7274_5b20); // " [trunca"
      store<u32>(lineEnd, 0x5d64_6574, 8); // "ted]"
      lineEnd += 12;
    }
    store<u8>(lineEnd, 0x0a);
    to = lineEnd + 1;
    left--;
    return true;
  }
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
  to = area;
  lastStart = areaEnd;
  left = most;
  numberAfter = load<u32>(NUMBER) + <u32>most;
  nsPerTick = load<u32>(NS_PER_TICK);
  fractionOffset = load<u32>(FRACTION_OFFSET);
  openColumns();
  store<i64>(DNS_WANTED, -1);
  store<u32>(FLAGS_WANTED, u32.MAX_VALUE);
  const count = addUp<LineWriter>(first, end, PARAMETERS);
  store<u32>(LINES_END, <u32>to);
  return count;
}
