/** Copies a frame's bytes into a word-aligned place. */

import type { FrameBatch } from '../core/frame.js';

/**
 * Frames up to this many bytes are copied word by word, longer ones with `set`, whose call and view
 * cost as much as some 40 words do (bench/micro/pcapng/block-encoder.bench.ts).
 */
const WORD_COPY_LIMIT_BYTES = 160;

/** Words beyond a frame's last one that `copyToWords` may overwrite. */
export const COPY_SLACK_WORDS = 3;

/**
 * Copies the frame that the batch stands on to `words[at …]` and fills its last word with zeros.
 *
 * The caller has made room for the frame and `COPY_SLACK_WORDS` more, whose content is lost.
 * Allocates one view where the frame is long, at an odd offset, or so near the end of the source's
 * memory that its words can't be read one by one.
 *
 * @param words where to copy to
 * @param bytes the same memory as `words`
 * @param at index of the first word
 * @param capturedLength the batch's `capturedLength`
 * @returns index of the word after the frame
 */
export function copyToWords(
  words: Int32Array,
  bytes: Uint8Array,
  at: number,
  batch: FrameBatch,
  capturedLength: number,
): number {
  const source = batch.words;
  const byteOffset = batch.byteOffset;
  const end = at + ((capturedLength + 3) >>> 2);
  const tailBytes = capturedLength & 3;
  let from = byteOffset >>> 2;
  // Four words a turn, the last turn beyond the end; a shifted copy reads one word more.
  if (
    capturedLength > WORD_COPY_LIMIT_BYTES ||
    from + (end - at) + 4 > source.length ||
    (byteOffset & 1) !== 0
  ) {
    if (tailBytes !== 0) words[end - 1] = 0;
    bytes.set(batch.bytes.subarray(byteOffset, byteOffset + capturedLength), at * 4);
    return end;
  }
  if ((byteOffset & 2) === 0) {
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
