/** Copies a frame's bytes into a word-aligned place. */

import type { FrameBatch } from '../core/frame.js';
import type { EncodingMemory } from '../core/frame-run.js';

/**
 * Frames up to this many bytes are copied word by word, and allocate nothing. Longer ones are copied
 * with `set`, which needs a view: that costs as much as copying some 500 bytes in words of 8, or 200
 * in words of 4 (bench/micro/pcapng/block-encoder.bench.ts).
 */
const WORD_COPY_LIMIT_BYTES = 4096;
/** Words beyond a frame's last one that a copy may read: it goes on to the end of its last step. */
const READ_AHEAD_WORDS = 8;

/**
 * Copies the frame that the batch stands on to `words[at …]` and fills its last word with zeros.
 *
 * The caller has made room for the frame and `SLACK_WORDS` more, whose content is lost.
 * Allocates one view where the frame is longer than a few thousand bytes, at an odd offset, or so near
 * the end of the source's memory that its words can't be read one by one.
 *
 * @param memory where to copy to
 * @param at index of the first word
 * @param capturedLength the batch's `capturedLength`
 * @returns index of the word after the frame
 */
export function copyToWords(
  memory: EncodingMemory,
  at: number,
  batch: FrameBatch,
  capturedLength: number,
): number {
  const { words } = memory;
  const source = batch.words;
  const byteOffset = batch.byteOffset;
  const end = at + ((capturedLength + 3) >>> 2);
  const tailBytes = capturedLength & 3;
  let from = byteOffset >>> 2;
  // The last turn of each loop goes beyond the end; a shifted copy reads one word more.
  if (
    capturedLength > WORD_COPY_LIMIT_BYTES ||
    from + (end - at) + READ_AHEAD_WORDS > source.length ||
    (byteOffset & 1) !== 0
  ) {
    if (tailBytes !== 0) words[end - 1] = 0;
    memory.bytes.set(batch.bytes.subarray(byteOffset, byteOffset + capturedLength), at * 4);
    return end;
  }
  const longs = batch.longs;
  if (longs !== undefined && (byteOffset & 3) === 0 && ((from ^ at) & 1) === 0) {
    let to = at;
    if ((to & 1) !== 0) words[to++] = source[from++]!;
    copyLongs(memory.longs, to >>> 1, longs, from >>> 1, (end - to + 1) >>> 1);
  } else if ((byteOffset & 2) === 0) {
    for (let to = at; to < end; to += 4, from += 4) {
      words[to] = source[from]!;
      words[to + 1] = source[from + 1]!;
      words[to + 2] = source[from + 2]!;
      words[to + 3] = source[from + 3]!;
    }
  } else {
    // A ring puts the network layer on a word boundary, so an Ethernet frame is two bytes off it.
    let word = source[from]!;
    for (let to = at; to < end; to += 4, from += 4) {
      const second = source[from + 1]!;
      const third = source[from + 2]!;
      const fourth = source[from + 3]!;
      const fifth = source[from + 4]!;
      words[to] = (word >>> 16) | (second << 16);
      words[to + 1] = (second >>> 16) | (third << 16);
      words[to + 2] = (third >>> 16) | (fourth << 16);
      words[to + 3] = (fourth >>> 16) | (fifth << 16);
      word = fifth;
    }
  }
  if (tailBytes !== 0) words[end - 1] = words[end - 1]! & ((1 << (tailBytes << 3)) - 1);
  return end;
}

/**
 * Copies 64-bit words, four at a time. BigInt arrays, because a compiled copy between them makes no
 * BigInt, and because a Float64Array may change the bits of what looks like a NaN.
 */
function copyLongs(
  target: BigInt64Array,
  at: number,
  source: BigInt64Array,
  from: number,
  count: number,
): void {
  const end = (at + count) | 0;
  let next = from | 0;
  for (let to = at | 0; to < end; to = (to + 4) | 0, next = (next + 4) | 0) {
    target[to] = source[next]!;
    target[(to + 1) | 0] = source[(next + 1) | 0]!;
    target[(to + 2) | 0] = source[(next + 2) | 0]!;
    target[(to + 3) | 0] = source[(next + 3) | 0]!;
  }
}
