/** Adds up frames as they pass: lengths, times, their order. */

import type { FrameBatch } from '../core/frame.js';
import { toEpochNs } from '../core/timestamp.js';

/** A batch that may say that a frame has no time. */
export type TalliedFrame = FrameBatch & { readonly hasTimestamp?: boolean };

/** Sums over the frames of one interface, or of a file. */
export class FrameTally {
  frames = 0;
  /** Sum of the lengths that the frames had on the wire. */
  originalBytes = 0;
  /** Sum of the lengths that were captured. */
  capturedBytes = 0;
  /** Frames that were longer on the wire than what was captured. */
  shortenedFrames = 0;
  /** Shortest and longest captured part of those; mean nothing while there are none. */
  leastShortened: number = Number.POSITIVE_INFINITY;
  mostShortened = 0;
  /** Frames that have no time. */
  timelessFrames = 0;
  #firstSeconds = Number.POSITIVE_INFINITY;
  #firstNanoseconds = 0;
  #lastSeconds = -1;
  #lastNanoseconds = 0;

  /** Adds the frame that the batch stands on. Cost: a few nanoseconds. */
  add(frame: TalliedFrame): void {
    const { capturedLength, originalLength } = frame;
    this.frames++;
    this.originalBytes += originalLength;
    this.capturedBytes += capturedLength;
    if (capturedLength < originalLength) this.#addShortened(capturedLength);
    if (frame.hasTimestamp === false) this.timelessFrames++;
    else this.#addTime(frame.seconds, frame.nanoseconds);
  }

  /** Time of the earliest frame, in nanoseconds since 1970-01-01 UTC; undefined: none has a time. */
  get firstNs(): bigint | undefined {
    return this.#lastSeconds < 0
      ? undefined
      : toEpochNs(this.#firstSeconds, this.#firstNanoseconds);
  }

  /** Time of the latest frame, as `firstNs`. */
  get lastNs(): bigint | undefined {
    return this.#lastSeconds < 0 ? undefined : toEpochNs(this.#lastSeconds, this.#lastNanoseconds);
  }

  #addShortened(capturedLength: number): void {
    this.shortenedFrames++;
    if (capturedLength < this.leastShortened) this.leastShortened = capturedLength;
    if (capturedLength > this.mostShortened) this.mostShortened = capturedLength;
  }

  #addTime(seconds: number, nanoseconds: number): void {
    const last = this.#lastSeconds;
    const isLater = seconds > last || (seconds === last && nanoseconds > this.#lastNanoseconds);
    if (isLater) {
      this.#lastSeconds = seconds;
      this.#lastNanoseconds = nanoseconds;
      // Nearly every frame is the latest so far; only the first one is also the earliest.
      if (last >= 0) return;
    }
    if (
      seconds < this.#firstSeconds ||
      (seconds === this.#firstSeconds && nanoseconds < this.#firstNanoseconds)
    ) {
      this.#firstSeconds = seconds;
      this.#firstNanoseconds = nanoseconds;
    }
  }

  /** Adds another tally's frames to this one's. */
  merge(other: FrameTally): void {
    this.frames += other.frames;
    this.originalBytes += other.originalBytes;
    this.capturedBytes += other.capturedBytes;
    this.shortenedFrames += other.shortenedFrames;
    this.leastShortened = Math.min(this.leastShortened, other.leastShortened);
    this.mostShortened = Math.max(this.mostShortened, other.mostShortened);
    this.timelessFrames += other.timelessFrames;
    if (other.#lastSeconds < 0) return;
    this.#addTime(other.#firstSeconds, other.#firstNanoseconds);
    this.#addTime(other.#lastSeconds, other.#lastNanoseconds);
  }
}

/** Counts the frames that are older than the frame right before them in the file. */
export class OrderCheck {
  /** How many there were. */
  unorderedFrames = 0;
  #seconds = 0;
  #nanoseconds = 0;

  /** Takes the next frame; it must have a time. */
  add(frame: TalliedFrame): void {
    const { seconds, nanoseconds } = frame;
    if (seconds < this.#seconds || (seconds === this.#seconds && nanoseconds < this.#nanoseconds)) {
      this.unorderedFrames++;
    }
    this.#seconds = seconds;
    this.#nanoseconds = nanoseconds;
  }
}
