/** A frame whose fields a copy may change; its bytes stay where they are until they are changed too. */

import type { FrameBatch } from '../core/frame.js';
import type { Loss } from '../core/loss.js';
import type { FileBatch } from '../source/format-reader.js';

/** Room for a frame and the words that an encoder may read beyond it. */
const SLACK_BYTES = 64;

/** One frame at a time, seen through changes; made once and used for every frame. */
export class EditableFrame implements FrameBatch {
  bytes: Uint8Array = new Uint8Array(0);
  words: Int32Array = new Int32Array(0);
  byteOffset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  interfaceId = 0;
  flags = 0;
  lostBefore: Loss | undefined = undefined;
  hasTimestamp: boolean = true;
  #own = new Uint8Array(4096);
  #ownWords = new Int32Array(this.#own.buffer);

  /** It is one frame, not a batch of them. */
  next(): boolean {
    return false;
  }

  /** Takes all fields from a frame; the bytes are still the input's. */
  set(batch: FileBatch): void {
    this.bytes = batch.bytes;
    this.words = batch.words;
    this.byteOffset = batch.byteOffset;
    this.capturedLength = batch.capturedLength;
    this.originalLength = batch.originalLength;
    this.seconds = batch.seconds;
    this.nanoseconds = batch.nanoseconds;
    this.interfaceId = batch.interfaceId;
    this.flags = batch.flags;
    this.lostBefore = batch.lostBefore;
    this.hasTimestamp = batch.hasTimestamp;
  }

  /** Copies the bytes, so that they may be changed without changing the input's. */
  detach(): void {
    const length = this.capturedLength;
    if (this.#own.length < length + SLACK_BYTES) {
      this.#own = new Uint8Array((length * 2 + SLACK_BYTES + 3) & ~3);
      this.#ownWords = new Int32Array(this.#own.buffer);
    }
    this.#own.set(this.bytes.subarray(this.byteOffset, this.byteOffset + length));
    this.bytes = this.#own;
    this.words = this.#ownWords;
    this.byteOffset = 0;
  }
}
