/**
 * The clocks of two captures: what has to be added to the times of one to get those of the other, as
 * it was over time, from frames that both have.
 *
 * Frames whose content is in each sample equally often, at most four times, are pairs in their order. Sorted by time and cut into up to 128 runs
 * of equally many, each run gives a knot: the offset that most of its pairs have at the median of its times.
 * Between knots the offset is a straight line; before the
 * first and after the last it goes on with the drift, the median slope between knots (Theil, Sen).
 */

import { type Knot, knotsOf, MOST_DRIFT, slopeOf } from './clock-knots.js';
import { type FrameSample, MAX_TIMES } from './frame-sample.js';
import { fitsElsewhere } from './other-order.js';

const LEAST_PAIRS = 4;
/** What stamps of one frame differ by at most in any case, in nanoseconds. */
const LEAST_TOLERANCE_NS = 1e6;
const MOST_TOLERANCE_NS = 1e9;
const LEAST_SPREAD_NS = 2e3;
const TOLERANCE_FACTOR = 4;
/** On each side of a time so many pairs are looked at. */
const PAIRS_AROUND = 4;
/** Between two knots a clock that runs freely may wander by less than this. */
const LEAST_STEP_NS = 2e4;
/** Of the time that pairs span, so much may lie between pairs that agree. */
const MOST_OF_SPAN = 1 / 8;
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
  /** Whether traffic came several times in the same order, so that the clocks may be off by a pass. */
  readonly isReplayed: boolean;
  /** Whether that is so, or a clock was set: then long runs of frames don't say where they belong. */
  readonly isAmbiguous: boolean;
  readonly #knots: readonly Knot[];
  readonly #slope: number;
  /** How far from the fitted clock pairs agree, and from the first of them to the last. */
  readonly #limitNs: number;
  readonly #spanNs: number;
  /** Times of pairs by the healed capture's clock, and of those that agree; in order. */
  readonly #pairTimes: Float64Array;
  readonly #agreeTimes: Float64Array;
  #at = 0;

  /** @param others samples of the healed capture's other interfaces */
  constructor(mine: FrameSample, theirs: FrameSample, others: readonly FrameSample[] = []) {
    const pairs: Knot[] = [];
    const shared = mine.shared(theirs);
    for (const [i, one] of shared.mine.entries()) {
      const other = shared.theirs[i]!;
      const count = mine.countOf(one);
      if (count !== theirs.countOf(other) || count > MAX_TIMES) continue;
      for (let which = 0; which < count; which++) {
        const time = theirs.timeOf(other, which);
        pairs.push({ time, offset: mine.timeOf(one, which) - time });
      }
    }
    pairs.sort((first, second) => first.time - second.time);
    this.shared = shared.mine.length;
    this.pairs = pairs.length;
    this.#knots = knotsOf(pairs);
    this.#slope = slopeOf(this.#knots);
    this.offsetNs = this.#knots[0]?.offset ?? 0;
    this.driftPpm = this.#slope * 1e6;
    const times = new Float64Array(pairs.length);
    const distances = new Float64Array(pairs.length);
    for (const [i, { time, offset }] of pairs.entries()) {
      const fitted = this.offsetAt(time);
      times[i] = time + fitted;
      distances[i] = Math.abs(offset - fitted);
    }
    const residuals = distances.slice().sort();
    // By the median, since wrong pairs are far off: nine of ten right ones are nearer than this.
    const usual = 3 * (residuals[residuals.length >> 1] ?? 0);
    // Beyond that they are no pairs, but frames that look alike.
    const limit = Math.max(usual * TOLERANCE_FACTOR, LEAST_SPREAD_NS);
    const largest = residuals.findLast((residual) => residual <= limit) ?? 0;
    this.#limitNs = limit;
    this.#spanNs = pairs.length === 0 ? 0 : pairs.at(-1)!.time - pairs[0]!.time;
    this.#agreeTimes = times.filter((_, i) => distances[i]! <= limit).sort();
    this.#pairTimes = times.sort();
    this.agreeing = this.#agreeTimes.length;
    this.isReplayed = fitsElsewhere([mine, ...others], theirs, {
      offsetAt: (time) => this.offsetAt(time),
      limitNs: limit,
    });
    this.isAmbiguous = this.isReplayed || this.#wasSetBy(Math.max(2 * limit, LEAST_STEP_NS));
    this.toleranceNs = Math.min(
      Math.max(usual * TOLERANCE_FACTOR, LEAST_TOLERANCE_NS),
      MOST_TOLERANCE_NS,
    );
    this.spreadNs = Math.min(Math.max(2 * largest, LEAST_SPREAD_NS), this.toleranceNs);
  }

  /**
   * Whether it is to be relied on: where nearly all frames look alike, those few that each capture has
   * once may be different ones. Nor where times agree only as far as the whole comparison reaches.
   */
  get isTrusted(): boolean {
    if (this.agreeing < LEAST_PAIRS || this.agreeing * 2 <= this.pairs) return false;
    return this.#limitNs <= Math.max(LEAST_SPREAD_NS, this.#spanNs * MOST_OF_SPAN);
  }

  /** Whether offsets of neighbouring knots differ by so much more than the drift says, or any drift that clocks have. */
  #wasSetBy(leastNs: number): boolean {
    // Of a clock that was set between few knots the slope is that of the setting.
    const drift = Math.min(Math.max(this.#slope, -MOST_DRIFT), MOST_DRIFT);
    return this.#knots.slice(1).some((knot, i) => {
      const before = this.#knots[i]!;
      const byNs = knot.offset - before.offset - (knot.time - before.time) * drift;
      return Math.abs(byNs) >= leastNs;
    });
  }

  /**
   * Whether the pairs around a time of the healed capture agree with the fitted clock: where one of
   * the clocks was set they don't, and times say nothing.
   */
  isSteadyAt(time: number): boolean {
    const middle = lowerBound(this.#pairTimes, time);
    return (
      this.#doAgree(middle - PAIRS_AROUND, middle) && this.#doAgree(middle, middle + PAIRS_AROUND)
    );
  }

  /** Whether all but one of some pairs agree, or all of fewer. */
  #doAgree(from: number, to: number): boolean {
    const times = this.#pairTimes.subarray(Math.max(from, 0), Math.max(to, 0));
    if (times.length === 0) return true;
    const agree = this.#agreeTimes;
    const count = lowerBound(agree, times.at(-1)! + 1) - lowerBound(agree, times[0]!);
    return count >= Math.min(times.length, PAIRS_AROUND - 1);
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

/** Where in numbers that go up the first one stands that isn't less than another. */
function lowerBound(numbers: Float64Array, than: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < than) low = middle + 1;
    else high = middle;
  }
  return low;
}
