/** The merged cursor over the lanes of several rings: frames of all of them in order of time. */

import type { FrameBatch, FrameBlocks } from '../core/frame.js';
import type { Loss } from '../core/loss.js';
import { NS_PER_SECOND } from '../core/timestamp.js';
import type { RingLane } from './ring-lane.js';

const TWO_32 = 2 ** 32;
/** Words of an enhanced packet block before its frame. */
const HEADER_WORDS = 7;
/** The words of a block with its length, the two halves of its time, and the frame's lengths. */
const LENGTH = 1;
const TIME_HIGH = 3;
const TIME_LOW = 4;
const CAPTURED = 5;
const ORIGINAL = 6;
/** epb_flags comes first among the options: its code and length as one word. */
const FLAGS_HEADER = 2 | (4 << 16);

/**
 * Times as numbers that are exact and quickly compared: nanoseconds since a moment at most 4.3 s before
 * the first frame; exact for 104 days from there.
 */
export class LaneClock {
  #baseHigh = 0;
  #seconds = 0;
  #nanoseconds = 0;
  #set = false;

  /** The time of the block at that word. */
  read(words: Int32Array, at: number): number {
    const high = words[at + TIME_HIGH]! >>> 0;
    if (!this.#set) this.#begin(high);
    return (high - this.#baseHigh) * TWO_32 + (words[at + TIME_LOW]! >>> 0);
  }

  /** The same time of a wall clock in milliseconds. */
  ofMs(timeMs: number): number {
    const seconds = Math.floor(timeMs / 1000);
    return (
      (seconds - this.#seconds) * NS_PER_SECOND -
      this.#nanoseconds +
      (timeMs - seconds * 1000) * 1e6
    );
  }

  /** Whole seconds since 1970. */
  secondsOf(time: number): number {
    return this.#seconds + Math.floor((time + this.#nanoseconds) / NS_PER_SECOND);
  }

  /** Nanoseconds within the second, 0 … 999,999,999. */
  nanosecondsOf(time: number): number {
    const ns = time + this.#nanoseconds;
    return ns - Math.floor(ns / NS_PER_SECOND) * NS_PER_SECOND;
  }

  #begin(high: number): void {
    this.#set = true;
    this.#baseHigh = high;
    const base = BigInt(high) << 32n;
    this.#seconds = Number(base / 1_000_000_000n);
    this.#nanoseconds = Number(base % 1_000_000_000n);
  }
}

/** Where the taker is in one lane. */
export class LaneReader {
  readonly lane: RingLane;
  readonly queue: number;
  readonly #clock: LaneClock;
  /** The slot that is read, and the first one that isn't known to be given. */
  #slot = 0;
  #given = 0;
  /** The next frame's block, and where the slot's content ends, as word indexes. */
  at = 0;
  end = 0;
  /** Time of the next frame; Infinity where there is none at hand. */
  head: number = Number.POSITIVE_INFINITY;
  /** What was lost before the next frame, where that is the slot's first. */
  loss: Loss | undefined = undefined;

  constructor(lane: RingLane, queue: number, clock: LaneClock) {
    this.lane = lane;
    this.queue = queue;
    this.#clock = clock;
  }

  /** Whether a frame is at hand. */
  get hasHead(): boolean {
    return this.at < this.end;
  }

  /** Whether everything given so far was read. */
  get isEmpty(): boolean {
    return !this.hasHead && this.#slot === this.lane.given;
  }

  /** Gives the slots back that were read, and takes up the next one where there is one. */
  look(): void {
    if (this.hasHead) return;
    const { lane } = this;
    if (this.#given > this.#slot) {
      this.#slot++;
      lane.takeBack(this.#slot);
    }
    this.#given = lane.given;
    if (this.#given === this.#slot) return;
    // One at a time: `#given` says whether this one is to be taken back.
    this.#given = this.#slot + 1;
    this.at = lane.slotStart(this.#slot);
    this.end = lane.slotEnd(this.#slot);
    this.loss = lane.slotLoss(this.#slot);
    this.head = this.#clock.read(lane.words, this.at);
  }

  /** Steps over the next frame. */
  step(): void {
    const { words } = this.lane;
    this.at += words[this.at + LENGTH]! >>> 2;
    this.loss = undefined;
    this.head = this.at < this.end ? this.#clock.read(words, this.at) : Number.POSITIVE_INFINITY;
  }
}

/** The cursor; a batch ends where a lane's slot does. */
export class RingsBatch implements FrameBatch, FrameBlocks {
  readonly #readers: readonly LaneReader[];
  readonly #clock: LaneClock;
  #lane: LaneReader | undefined = undefined;
  /** The lane may go on up to this time: no other has an earlier frame. */
  #turnEnds = Number.NEGATIVE_INFINITY;
  #limit = Number.NEGATIVE_INFINITY;

  bytes: Uint8Array = new Uint8Array(0);
  words: Int32Array = new Int32Array(0);
  longs: BigInt64Array | undefined = undefined;
  byteOffset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  readonly interfaceId: number = 0;
  flags = 0;
  lostBefore: Loss | undefined = undefined;
  queue: number = 0;
  start = 0;
  end = 0;

  constructor(readers: readonly LaneReader[], clock: LaneClock) {
    this.#readers = readers;
    this.#clock = clock;
  }

  get blocks(): FrameBlocks {
    return this;
  }

  /** Lets frames be given up to this time. */
  reset(limit: number): void {
    this.#limit = limit;
    this.#lane = undefined;
  }

  next(): boolean {
    let lane = this.#lane;
    if (lane !== undefined && !lane.hasHead) return false;
    if (lane === undefined || lane.head > this.#turnEnds) {
      lane = this.#choose();
      if (lane === undefined) return false;
    }
    this.#standOn(lane);
    lane.step();
    this.end = lane.at;
    return true;
  }

  extend(most: number): number {
    const lane = this.#lane!;
    const turnEnds = this.#turnEnds;
    let count = 0;
    let last = this.start;
    while (count < most && lane.head <= turnEnds && lane.hasHead) {
      last = lane.at;
      lane.step();
      count++;
    }
    if (count === 0) return 0;
    const begin = this.start;
    this.#describe(lane, last);
    this.start = begin;
    this.end = lane.at;
    return count;
  }

  /** The lane with the earliest frame, if that may be given. */
  #choose(): LaneReader | undefined {
    let first: LaneReader | undefined;
    let second = this.#limit;
    for (const reader of this.#readers) {
      if (first === undefined || reader.head < first.head) {
        if (first !== undefined && first.head < second) second = first.head;
        first = reader;
      } else if (reader.head < second) second = reader.head;
    }
    this.#lane = undefined;
    if (first === undefined || !first.hasHead || first.head > this.#limit) return undefined;
    this.#lane = first;
    this.#turnEnds = second;
    return first;
  }

  #standOn(lane: LaneReader): void {
    const memory = lane.lane;
    this.bytes = memory.bytes;
    this.words = memory.words;
    this.longs = memory.longs;
    this.queue = lane.queue;
    this.lostBefore = lane.loss;
    this.#describe(lane, lane.at);
  }

  #describe(lane: LaneReader, at: number): void {
    const { words } = lane.lane;
    this.start = at;
    const capturedLength = words[at + CAPTURED]!;
    this.capturedLength = capturedLength;
    this.originalLength = words[at + ORIGINAL]!;
    this.byteOffset = (at + HEADER_WORDS) * 4;
    const options = at + HEADER_WORDS + ((capturedLength + 3) >>> 2);
    this.flags = words[options] === FLAGS_HEADER ? words[options + 1]! : 0;
    const time = this.#clock.read(words, at);
    this.seconds = this.#clock.secondsOf(time);
    this.nanoseconds = this.#clock.nanosecondsOf(time);
  }
}
