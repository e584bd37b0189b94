/**
 * A sample of an interface's frames that is the same in every capture: chosen by content, not by place.
 *
 * A frame is in the sample where the lower bits of its key are zero; whenever the sample outgrows its
 * room, one bit more must be. So two captures of the same traffic choose the same frames, however many
 * each has lost, in constant memory.
 */

const MAX_KEYS = 16_384;

/** Of what is seen more often the order can't be known from a sample. */
export const MAX_TIMES = 4;

/** What is known of one content. */
export interface SampledFrame {
  /** When it was seen, in nanoseconds: the first `MAX_TIMES` times. */
  readonly times: number[];
  /** Numbers in the file of the same frames. */
  readonly numbers: number[];
  /** How often it was seen. */
  count: number;
}

/** The sample of one interface. */
export class FrameSample {
  /** Of all frames shown, the earliest and the latest time. */
  firstTime: number = Number.POSITIVE_INFINITY;
  lastTime: number = Number.NEGATIVE_INFINITY;
  readonly #seen = new Map<number, SampledFrame>();
  #mask = 0;

  /** The bits of a key that are zero in the sample. */
  get mask(): number {
    return this.#mask;
  }

  /** Shows it a frame. */
  add(key: number, time: number, frameNumber: number): void {
    if (time < this.firstTime) this.firstTime = time;
    if (time > this.lastTime) this.lastTime = time;
    if ((key & this.#mask) !== 0) return;
    const known = this.#seen.get(key);
    if (known !== undefined) {
      known.count++;
      if (known.count > MAX_TIMES) return;
      known.times.push(time);
      known.numbers.push(frameNumber);
    } else {
      this.#seen.set(key, { times: [time], numbers: [frameNumber], count: 1 });
      if (this.#seen.size > MAX_KEYS) this.#thin();
    }
  }

  /** Contents that two samples have in common, with what each knows of it. */
  *shared(other: FrameSample): Generator<readonly [SampledFrame, SampledFrame]> {
    const mask = this.#mask | other.#mask;
    for (const [key, mine] of this.#seen) {
      if ((key & mask) !== 0) continue;
      const theirs = other.#seen.get(key);
      if (theirs !== undefined) yield [mine, theirs];
    }
  }

  /** Contents that this sample and another have in common, and how many of them a third one lacks. */
  sharedBeside(
    other: FrameSample,
    third: FrameSample,
  ): { readonly shared: number; readonly lacking: number } {
    const mask = this.#mask | other.#mask | third.#mask;
    let shared = 0;
    let lacking = 0;
    for (const key of this.#seen.keys()) {
      if ((key & mask) !== 0 || !other.#seen.has(key)) continue;
      shared++;
      if (!third.#seen.has(key)) lacking++;
    }
    return { shared, lacking };
  }

  /** How many contents first seen within a time another sample lacks. */
  missingFrom(other: FrameSample, from: number, to: number): number {
    const mask = this.#mask | other.#mask;
    let count = 0;
    for (const [key, { times }] of this.#seen) {
      if ((key & mask) !== 0 || times[0]! < from || times[0]! > to) continue;
      if (!other.#seen.has(key)) count++;
    }
    return count;
  }

  #thin(): void {
    while (this.#seen.size > MAX_KEYS) {
      this.#mask = this.#mask * 2 + 1;
      const mask = this.#mask;
      for (const key of this.#seen.keys()) if ((key & mask) !== 0) this.#seen.delete(key);
      // Keys that are all alike in these bits would thin for ever.
      if (mask >= 0x3fff_ffff) return;
    }
  }
}
