/** Copies a frame's bytes into a word-aligned place. */

import type { FrameBatch } from '../core/frame.js';

/**
 * Frames up to this many bytes are copied word by word, longer ones with `set`, whose call and view
 * cost as much as some 100 words do (bench/micro/pcapng/block-encoder.bench.ts).
 */
const WORD_COPY_LIMIT_BYTES = 512;

/**
 * Copies the frame that the batch stands on to `words[at …]` and fills its last word with zeros.
 *
 * The caller has made room. Allocates one view where the frame is long, or so near the end of the
 * source's memory that its words can't be read one by one.
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
  const shift = (byteOffset & 3) << 3;
  let from = byteOffset >>> 2;
  // A shifted copy reads one word more than it writes.
  const sourceEnd = from + (end - at) + (shift === 0 ? 0 : 1);
  if (capturedLength > WORD_COPY_LIMIT_BYTES || sourceEnd > source.length) {
    if ((capturedLength & 3) !== 0) words[end - 1] = 0;
    bytes.set(batch.bytes.subarray(byteOffset, byteOffset + capturedLength), at * 4);
    return end;
  }
  // Four words a turn: the loop's own cost (bounds, interrupt check) is as much as a word's copy.
  const unrolledEnd = end - 3;
  let to = at;
  if (shift === 0) {
    for (; to < unrolledEnd; to += 4, from += 4) {
      words[to] = source[from]!;
      words[to + 1] = source[from + 1]!;
      words[to + 2] = source[from + 2]!;
      words[to + 3] = source[from + 3]!;
    }
    while (to < end) words[to++] = source[from++]!;
  } else {
    const rest = 32 - shift;
    let word = source[from]!;
    for (; to < unrolledEnd; to += 4, from += 4) {
      const second = source[from + 1]!;
      const third = source[from + 2]!;
      const fourth = source[from + 3]!;
      const fifth = source[from + 4]!;
      words[to] = (word >>> shift) | (second << rest);
      words[to + 1] = (second >>> shift) | (third << rest);
      words[to + 2] = (third >>> shift) | (fourth << rest);
      words[to + 3] = (fourth >>> shift) | (fifth << rest);
      word = fifth;
    }
    while (to < end) {
      const next = source[++from]!;
      words[to++] = (word >>> shift) | (next << rest);
      word = next;
    }
  }
  const tailBytes = capturedLength & 3;
  if (tailBytes !== 0) words[end - 1] = words[end - 1]! & ((1 << (tailBytes << 3)) - 1);
  return end;
}
