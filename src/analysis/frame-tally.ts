/** Adds up frames as they pass: lengths, times, their order. */

import type { FrameBatch } from '../core/frame.js';
import type { FrameSums } from '../core/frame-sums.js';
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

  /** Adds a frame's lengths, and the frame to the count. */
  addLengths(capturedLength: number, originalLength: number): void {
    this.frames++;
    this.originalBytes += originalLength;
    this.capturedBytes += capturedLength;
    if (capturedLength < originalLength) this.#addShortened(capturedLength);
  }

  /** Adds the lengths of several frames, and the frames to the count. */
  addSums(sums: FrameSums): void {
    this.frames += sums.frames;
    this.originalBytes += sums.originalBytes;
    this.capturedBytes += sums.capturedBytes;
    if (sums.shortenedFrames === 0) return;
    this.shortenedFrames += sums.shortenedFrames;
    this.leastShortened = Math.min(this.leastShortened, sums.leastShortened);
    this.mostShortened = Math.max(this.mostShortened, sums.mostShortened);
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

  /** Adds a frame's time; of frames in order of time, the first and the last one's are enough. */
  addTime(seconds: number, nanoseconds: number): void {
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
    this.addTime(other.#firstSeconds, other.#firstNanoseconds);
    this.addTime(other.#lastSeconds, other.#lastNanoseconds);
  }
}

/**
 * Adds up a file's frames for each interface, and watches their order.
 *
 * While frames of one interface follow each other in order of time, only the first and the last of
 * them can be the interface's earliest and latest; the others cost a comparison.
 */
export class FileTally {
  /** Frames that are older than the frame with a time right before them in the file. */
  unorderedFrames = 0;
  readonly #tallies: FrameTally[] = [];
  #interfaceId = -1;
  #current: FrameTally = new FrameTally();
  /** Time of the last frame that had one, and the tally it may still have to be added to. */
  #seconds = -1;
  #nanoseconds = 0;
  #pending: FrameTally | undefined = undefined;

  /** Adds the frame that the batch stands on. Cost: a few nanoseconds. */
  add(frame: TalliedFrame): void {
    if (frame.interfaceId !== this.#interfaceId) this.#enter(frame.interfaceId);
    const own = this.#current;
    own.addLengths(frame.capturedLength, frame.originalLength);
    if (frame.hasTimestamp === false) {
      own.timelessFrames++;
      return;
    }
    const { seconds, nanoseconds } = frame;
    const last = this.#seconds;
    const isOrdered = seconds > last || (seconds === last && nanoseconds >= this.#nanoseconds);
    if (!isOrdered || this.#pending !== own) this.#leap(own, isOrdered, seconds, nanoseconds);
    this.#seconds = seconds;
    this.#nanoseconds = nanoseconds;
  }

  /**
   * Adds frames that follow the one added last, and are of its interface and its second.
   *
   * @param last has the time of the last of them
   */
  addSums(sums: FrameSums, last: TalliedFrame): void {
    const own = this.#current;
    own.addSums(sums);
    if (sums.unorderedFrames > 0) {
      this.unorderedFrames += sums.unorderedFrames;
      this.#settle();
      own.addTime(last.seconds, sums.earliestNanoseconds);
      own.addTime(last.seconds, sums.latestNanoseconds);
    }
    this.#nanoseconds = last.nanoseconds;
  }

  /** The tally of one interface so far. */
  ofInterface(id: number): FrameTally {
    this.#settle();
    return this.#tallies[id] ?? new FrameTally();
  }

  /** The tally of all frames so far. */
  total(): FrameTally {
    this.#settle();
    const sum = new FrameTally();
    for (const own of this.#tallies) if (own !== undefined) sum.merge(own);
    return sum;
  }

  #enter(id: number): void {
    this.#interfaceId = id;
    this.#current = this.#tallies[id] ?? new FrameTally();
    this.#tallies[id] = this.#current;
  }

  #leap(own: FrameTally, isOrdered: boolean, seconds: number, nanoseconds: number): void {
    this.#settle();
    if (!isOrdered) this.unorderedFrames++;
    own.addTime(seconds, nanoseconds);
    this.#pending = own;
  }

  #settle(): void {
    this.#pending?.addTime(this.#seconds, this.#nanoseconds);
  }
}
