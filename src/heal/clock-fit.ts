/**
 * The clocks of two captures: what has to be added to the times of one to get those of the other, as
 * it was over time, from frames that both have.
 *
 * Frames whose content is in each sample equally often, at most four times, are pairs in their order. Sorted by time and cut into up to 128 runs
 * of equally many, each run gives a knot: the median of its offsets at the median of its times, so that
 * fewer than half of a run may be wrong pairs. Between knots the offset is a straight line; before the
 * first and after the last it goes on with the drift, the median slope between knots (Theil, Sen).
 */

import { type FrameSample, MAX_TIMES } from './frame-sample.js';

const MAX_KNOTS = 128;
const PAIRS_A_KNOT = 16;
const LEAST_PAIRS = 4;
/** What stamps of one frame differ by at most in any case, in nanoseconds. */
const LEAST_TOLERANCE_NS = 1e6;
const MOST_TOLERANCE_NS = 1e9;
const LEAST_SPREAD_NS = 2e3;
const TOLERANCE_FACTOR = 4;

interface Knot {
  readonly time: number;
  readonly offset: number;
}

/** How two clocks fit. Times are nanoseconds since the same second. */
export class ClockFit {
  /** Contents that both samples have. */
  readonly shared: number;
  /** Frames of these that each has equally often, and how many of them agree on the clocks. */
  readonly pairs: number;
  readonly agreeing: number;
  /** To be added to the other clock's times at the first shared frame. */
  readonly offsetNs: number;
  /** How much faster this clock goes than the other, in millionths. */
  readonly driftPpm: number;
  /** How far frames are looked for from where they should be once the offset is added. */
  readonly toleranceNs: number;
  /**
   * How far stamps of one frame may lie apart: twice the largest distance of those pairs that are not
   * far off all others. Equal frames further apart are two frames that look alike.
   */
  readonly spreadNs: number;
  readonly #knots: readonly Knot[];
  readonly #slope: number;
  #at = 0;

  constructor(mine: FrameSample, theirs: FrameSample) {
    const pairs: Knot[] = [];
    let shared = 0;
    for (const [one, other] of mine.shared(theirs)) {
      shared++;
      if (one.count !== other.count || one.count > MAX_TIMES) continue;
      for (const [i, time] of other.times.entries()) {
        pairs.push({ time, offset: one.times[i]! - time });
      }
    }
    pairs.sort((first, second) => first.time - second.time);
    this.shared = shared;
    this.pairs = pairs.length;
    this.#knots = knotsOf(pairs);
    this.#slope = slopeOf(this.#knots);
    this.offsetNs = this.#knots[0]?.offset ?? 0;
    this.driftPpm = this.#slope * 1e6;
    const residuals = pairs.map(({ time, offset }) => Math.abs(offset - this.offsetAt(time)));
    residuals.sort((first, second) => first - second);
    // By the median, since wrong pairs are far off: nine of ten right ones are nearer than this.
    const usual = 3 * (residuals[residuals.length >> 1] ?? 0);
    // Beyond that they are no pairs, but frames that look alike.
    const limit = Math.max(usual * TOLERANCE_FACTOR, LEAST_SPREAD_NS);
    const largest = residuals.findLast((residual) => residual <= limit) ?? 0;
    this.agreeing = residuals.filter((residual) => residual <= limit).length;
    this.toleranceNs = Math.min(
      Math.max(usual * TOLERANCE_FACTOR, LEAST_TOLERANCE_NS),
      MOST_TOLERANCE_NS,
    );
    this.spreadNs = Math.min(Math.max(2 * largest, LEAST_SPREAD_NS), this.toleranceNs);
  }

  /**
   * Whether it is to be relied on: where nearly all frames look alike, those few that each capture has
   * once may be different ones.
   */
  get isTrusted(): boolean {
    return this.agreeing >= LEAST_PAIRS && this.agreeing * 2 > this.pairs;
  }

  /** What to add to a time of the other clock. Cheap for times that go up. */
  offsetAt(time: number): number {
    const knots = this.#knots;
    if (knots.length === 0) return 0;
    let at = this.#at;
    while (at > 0 && time < knots[at]!.time) at--;
    while (at + 1 < knots.length && time >= knots[at + 1]!.time) at++;
    this.#at = at;
    const knot = knots[at]!;
    const next = knots[at + 1];
    const slope =
      time < knot.time || next === undefined
        ? this.#slope
        : (next.offset - knot.offset) / (next.time - knot.time);
    return Math.round(knot.offset + (time - knot.time) * slope);
  }
}

function knotsOf(pairs: readonly Knot[]): Knot[] {
  const count = Math.max(1, Math.min(MAX_KNOTS, Math.floor(pairs.length / PAIRS_A_KNOT)));
  const knots: Knot[] = [];
  for (let i = 0; i < count; i++) {
    const from = Math.floor((pairs.length * i) / count);
    const run = pairs.slice(from, Math.floor((pairs.length * (i + 1)) / count));
    if (run.length === 0) continue;
    const time = median(run.map((pair) => pair.time));
    const before = knots.at(-1);
    if (before !== undefined && time <= before.time) continue;
    knots.push({ time, offset: median(run.map(({ offset }) => offset)) });
  }
  return knots;
}

function slopeOf(knots: readonly Knot[]): number {
  const slopes: number[] = [];
  for (const [i, first] of knots.entries()) {
    for (const second of knots.slice(i + 1)) {
      slopes.push((second.offset - first.offset) / (second.time - first.time));
    }
  }
  return slopes.length === 0 ? 0 : median(slopes);
}

function median(numbers: number[]): number {
  numbers.sort((first, second) => first - second);
  return numbers[numbers.length >> 1]!;
}
