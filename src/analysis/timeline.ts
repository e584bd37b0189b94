/**
 * Frames, bytes and losses over time, in a bounded number of intervals and one pass.
 *
 * A timeline begins with intervals of 1 µs. Whenever more of them would be needed than it may hold,
 * neighbours are added up, by twos and by fives in turn, so that the length of an interval is always
 * 1 or 2 times a power of ten. What was counted stays counted: the sums over all intervals are the
 * totals, whatever the frames and in whatever order they come.
 */

import type { FrameBatch } from '../core/frame.js';
import { NS_PER_SECOND } from '../core/timestamp.js';
import type { Gap } from '../gaps/gap.js';

/** Intervals that a timeline holds at most unless told otherwise. */
const DEFAULT_INTERVAL_LIMIT = 40_000;

const FIRST_INTERVAL_NS = 1000;

/** A timeline as it was counted; see `Timeline`. */
export interface TimelineFacts {
  /** Where the first interval begins, in nanoseconds since 1970-01-01 UTC; undefined: no frame. */
  readonly startNs: bigint | undefined;
  /** The length of each interval in nanoseconds: 1 or 2 times a power of ten, from 1,000 on. */
  readonly intervalNs: number;
  /** Frames captured in each interval. */
  readonly frames: Float64Array;
  /** Bytes that these frames had on the wire. */
  readonly bytes: Float64Array;
  /** Frames lost, counted in the interval of the frame after the gap. */
  readonly lost: Float64Array;
  /** Gaps, counted as `lost` is; places where no frame is counted aren't gaps. */
  readonly gaps: Float64Array;
  /** What has no time of its own, and so is in no interval. */
  readonly untimed: UntimedCounts;
  /** Time of the earliest frame, in nanoseconds since 1970-01-01 UTC; undefined: no frame. */
  readonly firstNs: bigint | undefined;
  /** Time of the latest frame. */
  readonly lastNs: bigint | undefined;
}

/** Counts of what has no time: pcapng's simple packet blocks, and losses of which nobody knows when. */
export interface UntimedCounts {
  readonly frames: number;
  readonly bytes: number;
  readonly lost: number;
  readonly gaps: number;
}

/** Counts frames and gaps into intervals. Memory: 32 bytes an interval, whatever the number of frames. */
export class Timeline {
  readonly #limit: number;
  readonly #frames: Float64Array;
  readonly #bytes: Float64Array;
  readonly #lost: Float64Array;
  readonly #gaps: Float64Array;
  readonly #untimed = { frames: 0, bytes: 0, lost: 0, gaps: 0 };
  /** The second of the first frame; times are counted from it, as exact numbers up to 104 days. */
  #baseSeconds = 0;
  #begun: boolean = false;
  #intervalNs = FIRST_INTERVAL_NS;
  #coarsenings = 0;
  /** Number of the interval in slot 0, counted from the base; negative where time went back. */
  #first = 0;
  #used = 0;
  #earliest = 0;
  #latest = 0;
  // The interval met last: most frames fall into the same one again.
  #slot = 0;
  #slotStart = 0;
  #slotEnd = 0;

  /** @param intervalLimit how many intervals at most, from 10 on; default 40,000 */
  constructor(intervalLimit: number = DEFAULT_INTERVAL_LIMIT) {
    this.#limit = intervalLimit;
    this.#frames = new Float64Array(intervalLimit);
    this.#bytes = new Float64Array(intervalLimit);
    this.#lost = new Float64Array(intervalLimit);
    this.#gaps = new Float64Array(intervalLimit);
  }

  /** Counts the frame that the batch stands on. Cost: a few nanoseconds; allocates nothing. */
  addFrame(batch: FrameBatch & { readonly hasTimestamp?: boolean }): void {
    const bytes = batch.originalLength;
    if (batch.hasTimestamp === false) {
      this.#untimed.frames++;
      this.#untimed.bytes += bytes;
      return;
    }
    const slot = this.#slotAt(batch.seconds, batch.nanoseconds);
    this.#frames[slot]! += 1;
    this.#bytes[slot]! += bytes;
  }

  /**
   * Counts a gap: at the frame after it, a final gap at the frame before it. Where that frame has no
   * time, among the untimed.
   *
   * @param timed false where the time of the gap's frame means nothing
   */
  addGap(gap: Gap, timed: boolean = true): void {
    const count = gap.lost > 0 ? 1 : 0;
    const timeNs = gap.endNs ?? gap.startNs;
    if (timeNs === undefined || !timed) {
      this.#untimed.lost += gap.lost;
      this.#untimed.gaps += count;
      return;
    }
    const seconds = Number(timeNs / BigInt(NS_PER_SECOND));
    const slot = this.#slotAt(seconds, Number(timeNs % BigInt(NS_PER_SECOND)));
    this.#lost[slot]! += gap.lost;
    this.#gaps[slot]! += count;
  }

  /** The timeline so far; copies of the intervals from the first used one to the last. */
  facts(): TimelineFacts {
    const used = this.#used;
    const epochNs = (offsetNs: number): bigint =>
      BigInt(this.#baseSeconds) * BigInt(NS_PER_SECOND) + BigInt(offsetNs);
    const begun = this.#begun;
    return {
      startNs: begun ? epochNs(this.#first * this.#intervalNs) : undefined,
      intervalNs: this.#intervalNs,
      frames: this.#frames.slice(0, used),
      bytes: this.#bytes.slice(0, used),
      lost: this.#lost.slice(0, used),
      gaps: this.#gaps.slice(0, used),
      untimed: { ...this.#untimed },
      firstNs: begun ? epochNs(this.#earliest) : undefined,
      lastNs: begun ? epochNs(this.#latest) : undefined,
    };
  }

  #slotAt(seconds: number, nanoseconds: number): number {
    if (!this.#begun) {
      this.#begun = true;
      this.#baseSeconds = seconds;
      this.#first = Math.floor(nanoseconds / this.#intervalNs);
      this.#earliest = nanoseconds;
      this.#latest = nanoseconds;
    }
    const offset = (seconds - this.#baseSeconds) * NS_PER_SECOND + nanoseconds;
    if (offset > this.#latest) this.#latest = offset;
    else if (offset < this.#earliest) this.#earliest = offset;
    if (offset >= this.#slotStart && offset < this.#slotEnd) return this.#slot;
    return this.#findSlot(offset);
  }

  #findSlot(offset: number): number {
    for (;;) {
      const number = Math.floor(offset / this.#intervalNs);
      const first = this.#used === 0 ? number : Math.min(this.#first, number);
      const last = this.#used === 0 ? number : Math.max(this.#first + this.#used - 1, number);
      if (last - first < this.#limit) {
        if (first < this.#first) this.#shift(this.#first - first);
        this.#first = first;
        this.#used = last - first + 1;
        this.#slot = number - first;
        this.#slotStart = number * this.#intervalNs;
        this.#slotEnd = this.#slotStart + this.#intervalNs;
        return this.#slot;
      }
      this.#coarsen();
    }
  }

  // A frame earlier than all before it: what is there moves up.
  #shift(slots: number): void {
    for (const counts of this.#series()) {
      counts.copyWithin(slots, 0, this.#used);
      counts.fill(0, 0, slots);
    }
  }

  #coarsen(): void {
    const factor = this.#coarsenings % 2 === 0 ? 2 : 5;
    const first = Math.floor(this.#first / factor);
    const last = Math.floor((this.#first + this.#used - 1) / factor);
    for (const counts of this.#series()) {
      let slot = 0;
      let sum = 0;
      for (let old = 0; old < this.#used; old++) {
        const target = Math.floor((this.#first + old) / factor) - first;
        if (target !== slot) {
          counts[slot] = sum;
          slot = target;
          sum = 0;
        }
        sum += counts[old]!;
      }
      counts[slot] = sum;
      counts.fill(0, slot + 1, this.#used);
    }
    this.#first = first;
    this.#used = last - first + 1;
    this.#intervalNs *= factor;
    this.#coarsenings++;
  }

  #series(): readonly Float64Array[] {
    return [this.#frames, this.#bytes, this.#lost, this.#gaps];
  }
}
