/** The last few frames, copied, in case that a gap follows them. */

import type { ListedFrame } from './frame-listing.js';

/** One frame with bytes of its own; the same objects are used again and again. */
interface PendingFrame {
  bytes: Uint8Array;
  readonly byteOffset: 0;
  number: number;
  interfaceId: number;
  capturedLength: number;
  originalLength: number;
  seconds: number;
  nanoseconds: number;
  hasTimestamp: boolean;
  flags: number;
}

const LEAST_BYTES = 128;

/**
 * A ring of at most `limit` frames. Memory: that many times the longest frames that were in it.
 * Copying costs a few tens of nanoseconds a frame, a tenth of what its line would.
 */
export class PendingFrames {
  readonly #limit: number;
  readonly #slots: PendingFrame[] = [];
  /** Frames added since the ring was last empty; the last `limit` of them are in it. */
  #added = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Adds the frame that the batch stands on.
   *
   * @returns false where a frame had to go for it: the oldest, or with a limit of 0 this one
   */
  add(batch: ListedFrame, number: number): boolean {
    if (this.#limit === 0) return false;
    const slot = this.#slotFor(this.#added % this.#limit);
    const { byteOffset, capturedLength } = batch;
    if (slot.bytes.length < capturedLength) slot.bytes = new Uint8Array(capturedLength * 2);
    slot.bytes.set(batch.bytes.subarray(byteOffset, byteOffset + capturedLength));
    slot.number = number;
    slot.interfaceId = batch.interfaceId;
    slot.capturedLength = capturedLength;
    slot.originalLength = batch.originalLength;
    slot.seconds = batch.seconds;
    slot.nanoseconds = batch.nanoseconds;
    slot.hasTimestamp = batch.hasTimestamp !== false;
    slot.flags = batch.flags;
    this.#added++;
    return this.#added <= this.#limit;
  }

  /** Gives the frames, oldest first, and empties the ring. */
  take(each: (frame: PendingFrame, number: number) => void): void {
    const count = Math.min(this.#added, this.#limit);
    for (let i = this.#added - count; i < this.#added; i++) {
      const frame = this.#slots[i % this.#limit]!;
      each(frame, frame.number);
    }
    this.#added = 0;
  }

  /** Empties the ring; returns how many frames were in it. */
  drop(): number {
    const count = Math.min(this.#added, this.#limit);
    this.#added = 0;
    return count;
  }

  #slotFor(index: number): PendingFrame {
    const known = this.#slots[index];
    if (known !== undefined) return known;
    const slot: PendingFrame = {
      bytes: new Uint8Array(LEAST_BYTES),
      byteOffset: 0,
      number: 0,
      interfaceId: 0,
      capturedLength: 0,
      originalLength: 0,
      seconds: 0,
      nanoseconds: 0,
      hasTimestamp: true,
      flags: 0,
    };
    this.#slots.push(slot);
    return slot;
  }
}
