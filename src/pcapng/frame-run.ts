/** Many plain frames into blocks, in one loop. */

import type { FrameRun } from '../core/frame-run.js';
import { FrameOption } from './constants.js';
import type { EncodingMemory } from './frame-bytes.js';

/** BlockType.EnhancedPacket as a plain number, which the compiler can put into the code. */
const ENHANCED_PACKET = 6;
const HEADER_WORDS = 7;
/** Words of a block without data and options. */
const BARE_WORDS = HEADER_WORDS + 1;
/** Words of epb_flags and the end of options. */
const FLAGS_WORDS = 3;
const FLAGS_HEADER = FrameOption.Flags | (4 << 16);
/** Longer frames are left to `BlockEncoder.frame`, which copies them another way. */
const LONGEST_BYTES = 4096;
/** Words of 8 bytes that a turn of the copying loops may read beyond the frame. */
const READ_AHEAD_LONGS = 4;

/** Where blocks go, and what all frames of a run have in common. */
export interface RunTarget {
  readonly memory: EncodingMemory;
  /** Word behind the last block. */
  at: number;
  /** Word that no block may go beyond; `COPY_SLACK_WORDS` more may be overwritten. */
  end: number;
  /** The second that frames must be of. */
  seconds: number;
  /** Start of that second in nanoseconds, in two halves. */
  baseHigh: number;
  baseLow: number;
}

/**
 * Encodes frames of a run as `BlockEncoder.frame` does, up to the first that isn't plain, is of another
 * second, is longer than 4 KiB, doesn't lie on a multiple of 4 bytes or doesn't fit.
 *
 * Reads each header once and copies in words of 8 bytes where frame and block allow it. "| 0" tells the
 * compiler that an index can't overflow, which saves a check for each word.
 *
 * @param most frames to take at most, no more than there are
 * @returns frames taken; `run` and `target.at` have moved on by as much
 */
export function encodeRun(run: FrameRun, target: RunTarget, most: number): number {
  const { words, longs, layout, interfaceId } = run;
  const { flagsByStatus, flagsByKind } = layout;
  const { words: to, longs: longsTo } = target.memory;
  const secondsAt = layout.seconds | 0;
  const nanosecondsAt = layout.nanoseconds | 0;
  const capturedAt = layout.captured | 0;
  const originalAt = layout.original | 0;
  const statusAt = layout.status | 0;
  const offsetAt = layout.offset | 0;
  const kindAt = layout.kind | 0;
  const second = target.seconds | 0;
  const baseHigh = target.baseHigh | 0;
  const baseLow = target.baseLow | 0;
  const endOfSpace = target.end | 0;
  const lastLong = (longs.length - READ_AHEAD_LONGS) | 0;
  const wanted = most | 0;
  let header = run.header | 0;
  let at = target.at | 0;
  let nanoseconds = run.nanoseconds;
  let count = 0;
  for (; count < wanted; count = (count + 1) | 0) {
    const capturedLength = words[(header + capturedAt) | 0]!;
    const statusFlags = flagsByStatus[words[(header + statusAt) | 0]! & 0x1ff]!;
    const byteOffset = words[(header + offsetAt) | 0]! & 0xffff;
    const dataWords = (capturedLength + 3) >>> 2;
    const flags = statusFlags | flagsByKind[(words[(header + kindAt) | 0]! >>> 16) & 7]!;
    const blockWords = (dataWords + (flags === 0 ? BARE_WORDS : BARE_WORDS + FLAGS_WORDS)) | 0;
    const end = (at + blockWords) | 0;
    let from = (header + (byteOffset >>> 2)) | 0;
    if (
      statusFlags < 0 ||
      capturedLength >>> 0 > LONGEST_BYTES ||
      end > endOfSpace ||
      words[(header + secondsAt) | 0] !== second ||
      (byteOffset & 3) !== 0 ||
      (from + dataWords) >>> 1 > lastLong
    ) {
      break;
    }
    nanoseconds = words[(header + nanosecondsAt) | 0]!;
    const low = (baseLow + nanoseconds) | 0;
    to[at] = ENHANCED_PACKET;
    to[(at + 1) | 0] = blockWords << 2;
    to[(at + 2) | 0] = interfaceId;
    to[(at + 3) | 0] = baseHigh + (low >>> 0 < baseLow >>> 0 ? 1 : 0);
    to[(at + 4) | 0] = low;
    to[(at + 5) | 0] = capturedLength;
    to[(at + 6) | 0] = words[(header + originalAt) | 0]!;
    let next = (at + HEADER_WORDS) | 0;
    const dataEnd = (next + dataWords) | 0;
    if (((from ^ next) & 1) === 0) {
      if ((next & 1) !== 0) {
        to[next++] = words[from++]!;
      }
      const longEnd = (dataEnd + 1) >>> 1;
      let source = from >>> 1;
      for (let i = next >>> 1; i < longEnd; i = (i + 4) | 0, source = (source + 4) | 0) {
        longsTo[i] = longs[source]!;
        longsTo[(i + 1) | 0] = longs[(source + 1) | 0]!;
        longsTo[(i + 2) | 0] = longs[(source + 2) | 0]!;
        longsTo[(i + 3) | 0] = longs[(source + 3) | 0]!;
      }
    } else {
      for (; next < dataEnd; next = (next + 4) | 0, from = (from + 4) | 0) {
        to[next] = words[from]!;
        to[(next + 1) | 0] = words[(from + 1) | 0]!;
        to[(next + 2) | 0] = words[(from + 2) | 0]!;
        to[(next + 3) | 0] = words[(from + 3) | 0]!;
      }
    }
    const tailBits = (capturedLength & 3) << 3;
    if (tailBits !== 0) to[(dataEnd - 1) | 0]! &= (1 << tailBits) - 1;
    if (flags !== 0) {
      to[dataEnd] = FLAGS_HEADER;
      to[(dataEnd + 1) | 0] = flags;
      to[(dataEnd + 2) | 0] = 0; // opt_endofopt
    }
    to[(end - 1) | 0] = blockWords << 2;
    at = end;
    header = (header + (words[header]! >>> 2)) | 0;
  }
  if (count === 0) return 0;
  target.at = at;
  run.header = header;
  run.left -= count;
  run.seconds = target.seconds;
  run.nanoseconds = nanoseconds;
  return count;
}
