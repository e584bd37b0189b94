/**
 * A sample of an interface's frames that is the same in every capture: chosen by content, not by place.
 *
 * A frame is in the sample where the lower bits of its key are zero; whenever the sample outgrows its
 * room, one bit more must be. So two captures of the same traffic choose the same frames, however many
 * each has lost, in constant memory.
 */

const MAX_KEYS = 16_384;
/** Room for them, and for the one that makes the sample thinner. */
const MOST_CONTENTS: number = MAX_KEYS + 4096;
const FIRST_CAPACITY = 64;
/** The upper bits of a key, which stay different when the lower ones are all zero. */
const UPPER = 0x20_0000;

/** Of what is seen more often the order can't be known from a sample. */
export const MAX_TIMES = 4;

/** Contents that two samples have in common, by their places in each, in the order of the first. */
export interface SharedContents {
  readonly mine: readonly number[];
  readonly theirs: readonly number[];
}

/**
 * The sample of one interface. Its contents have places from 0, in the order in which they were seen first;
 * adding frames may change them. Some 80 bytes a content.
 */
export class FrameSample {
  /** Of all frames shown, the earliest and the latest time. */
  firstTime: number = Number.POSITIVE_INFINITY;
  lastTime: number = Number.NEGATIVE_INFINITY;
  #keys = new Float64Array(FIRST_CAPACITY);
  #counts = new Uint32Array(FIRST_CAPACITY);
  /** Of each content when it was seen, in nanoseconds, and which frames of the file these were. */
  #times = new Float64Array(FIRST_CAPACITY * MAX_TIMES);
  #numbers = new Float64Array(FIRST_CAPACITY * MAX_TIMES);
  /** An open hash table: the place of a content, plus one; 0: none. At most two thirds full. */
  #slots = new Uint32Array(FIRST_CAPACITY * 2);
  #size = 0;
  #mask = 0;

  /** How many contents it has. */
  get size(): number {
    return this.#size;
  }

  /** The bits of a key that are zero in the sample. */
  get mask(): number {
    return this.#mask;
  }

  /** Shows it a frame. */
  add(key: number, time: number, frameNumber: number): void {
    if (time < this.firstTime) this.firstTime = time;
    if (time > this.lastTime) this.lastTime = time;
    if ((key & this.#mask) === 0) this.#take(key, time, frameNumber);
  }

  /** How often a content was seen. */
  countOf(place: number): number {
    return this.#counts[place]!;
  }

  /** Of how many of those times more is known: of the first `MAX_TIMES`. */
  knownOf(place: number): number {
    return Math.min(this.#counts[place]!, MAX_TIMES);
  }

  /** When a content was seen, in nanoseconds. */
  timeOf(place: number, which: number): number {
    return this.#times[place * MAX_TIMES + which]!;
  }

  /** Number in the file of the same frame. */
  numberOf(place: number, which: number): number {
    return this.#numbers[place * MAX_TIMES + which]!;
  }

  /** Contents that this sample and another have in common. */
  shared(other: FrameSample): SharedContents {
    const mask = this.#mask | other.#mask;
    const mine: number[] = [];
    const theirs: number[] = [];
    for (let place = 0; place < this.#size; place++) {
      const key = this.#keys[place]!;
      if ((key & mask) !== 0) continue;
      const there = other.#placeOf(key);
      if (there < 0) continue;
      mine.push(place);
      theirs.push(there);
    }
    return { mine, theirs };
  }

  /** Contents that this sample and another have in common, and how many of them a third one lacks. */
  sharedBeside(
    other: FrameSample,
    third: FrameSample,
  ): { readonly shared: number; readonly lacking: number } {
    const mask = this.#mask | other.#mask | third.#mask;
    let shared = 0;
    let lacking = 0;
    for (let place = 0; place < this.#size; place++) {
      const key = this.#keys[place]!;
      if ((key & mask) !== 0 || other.#placeOf(key) < 0) continue;
      shared++;
      if (third.#placeOf(key) < 0) lacking++;
    }
    return { shared, lacking };
  }

  /** How many contents first seen within a time another sample lacks. */
  missingFrom(other: FrameSample, from: number, to: number): number {
    const mask = this.#mask | other.#mask;
    let count = 0;
    for (let place = 0; place < this.#size; place++) {
      const key = this.#keys[place]!;
      const time = this.#times[place * MAX_TIMES]!;
      if ((key & mask) !== 0 || time < from || time > to) continue;
      if (other.#placeOf(key) < 0) count++;
    }
    return count;
  }

  #take(key: number, time: number, frameNumber: number): void {
    const slot = this.#slotOf(key);
    const known = this.#slots[slot]!;
    if (known > 0) {
      const place = known - 1;
      const count = this.#counts[place]!++;
      if (count >= MAX_TIMES) return;
      this.#times[place * MAX_TIMES + count] = time;
      this.#numbers[place * MAX_TIMES + count] = frameNumber;
      return;
    }
    const place = this.#size++;
    this.#slots[slot] = place + 1;
    this.#keys[place] = key;
    this.#counts[place] = 1;
    this.#times[place * MAX_TIMES] = time;
    this.#numbers[place * MAX_TIMES] = frameNumber;
    if (this.#size > MAX_KEYS) this.#thin();
    if (this.#size === this.#keys.length) this.#grow();
  }

  #placeOf(key: number): number {
    return this.#slots[this.#slotOf(key)]! - 1;
  }

  /** The slot that a key is in, or would be. */
  #slotOf(key: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    let slot = (key / UPPER) & last;
    for (let known = slots[slot]!; known > 0; known = slots[slot]!) {
      if (this.#keys[known - 1] === key) break;
      slot = (slot + 1) & last;
    }
    return slot;
  }

  #thin(): void {
    while (this.#size > MAX_KEYS) {
      this.#mask = this.#mask * 2 + 1;
      const mask = this.#mask;
      let size = 0;
      for (let place = 0; place < this.#size; place++) {
        if ((this.#keys[place]! & mask) === 0) this.#move(place, size++);
      }
      this.#size = size;
      // Keys that are all alike in these bits would thin for ever.
      if (mask >= 0x3fff_ffff) break;
    }
    this.#fillSlots();
  }

  #move(from: number, to: number): void {
    if (from === to) return;
    this.#keys[to] = this.#keys[from]!;
    this.#counts[to] = this.#counts[from]!;
    for (let i = 0; i < MAX_TIMES; i++) {
      this.#times[to * MAX_TIMES + i] = this.#times[from * MAX_TIMES + i]!;
      this.#numbers[to * MAX_TIMES + i] = this.#numbers[from * MAX_TIMES + i]!;
    }
  }

  #grow(): void {
    const { length } = this.#keys;
    const capacity = length === MAX_KEYS ? MOST_CONTENTS : length * 2;
    this.#keys = longer(this.#keys, new Float64Array(capacity));
    this.#counts = longer(this.#counts, new Uint32Array(capacity));
    this.#times = longer(this.#times, new Float64Array(capacity * MAX_TIMES));
    this.#numbers = longer(this.#numbers, new Float64Array(capacity * MAX_TIMES));
    this.#slots = new Uint32Array(2 ** Math.floor(Math.log2(capacity * 2)));
    this.#fillSlots();
  }

  #fillSlots(): void {
    this.#slots.fill(0);
    for (let place = 0; place < this.#size; place++) {
      this.#slots[this.#slotOf(this.#keys[place]!)] = place + 1;
    }
  }
}

function longer<Numbers extends Float64Array | Uint32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
