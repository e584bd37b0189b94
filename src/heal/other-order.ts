/**
 * Whether two captures fit each other in another way than the clocks say: traffic that came several
 * times in the same order (a replay, a generator's loop) fits itself one pass later as well, and nothing but the
 * number of frames that fit tells the passes apart.
 *
 * Of the frames that both samples have, those that fit at the times that the clocks say are counted. Against
 * them stands the longest run, in the order of both files, of pairs that fit at other times (longest
 * increasing subsequence; Schensted 1961). It needs no clock, so that no setting of one hides it. In ordinary traffic it
 * is short: a retransmission here and there. Of two passes that both have whole, it is half.
 */

import type { FrameSample } from './frame-sample.js';

/** Of the frames that fit where the clocks say, so many may fit elsewhere, in order; so many fewer at least. */
const MOST_ELSEWHERE = 0.9;
const LEAST_FEWER = 16;
/** So few pairs in order mean nothing. */
const LEAST_PAIRS = 4;

/** Two frames of one content: their numbers in their files. */
interface Pair {
  readonly mine: number;
  readonly theirs: number;
}

/** A content that a sample of this capture has. */
interface OwnContent {
  readonly sample: FrameSample;
  readonly place: number;
}

/** How clocks fit, as far as it is of interest here. */
export interface FittedClock {
  /** To be added to a time of the other capture. */
  offsetAt(time: number): number;
  /** How far from there times are the same. */
  readonly limitNs: number;
}

/**
 * Whether the frames of another capture fit this one in another order nearly as well.
 *
 * @param mine samples of all interfaces of this capture; the first is the one whose clock is fitted
 */
export function fitsElsewhere(
  mine: readonly FrameSample[],
  theirs: FrameSample,
  clock: FittedClock,
): boolean {
  const pairs: Pair[] = [];
  const fitting = new Set<number>();
  for (const [other, contents] of sharedByAny(mine, theirs)) {
    const theirNumbers = theirs.numbersOf(other);
    for (const [i, time] of theirs.timesOf(other).entries()) {
      const there = time + clock.offsetAt(time);
      const theirNumber = theirNumbers[i]!;
      for (const { sample, place } of contents) {
        const ownNumbers = sample.numbersOf(place);
        for (const [j, own] of sample.timesOf(place).entries()) {
          if (Math.abs(own - there) <= clock.limitNs) fitting.add(theirNumber);
          else pairs.push({ mine: ownNumbers[j]!, theirs: theirNumber });
        }
      }
    }
  }
  const most = Math.min(fitting.size * MOST_ELSEWHERE, fitting.size - LEAST_FEWER);
  return longestInOrder(pairs) > Math.max(most, LEAST_PAIRS);
}

/** Where this capture's interfaces have each content that the other one has, by its place there. */
function sharedByAny(mine: readonly FrameSample[], theirs: FrameSample): Map<number, OwnContent[]> {
  const shared = new Map<number, OwnContent[]>();
  for (const sample of mine) {
    const both = sample.shared(theirs);
    for (const [i, other] of both.theirs.entries()) {
      const content = { sample, place: both.mine[i]! };
      const known = shared.get(other);
      if (known === undefined) shared.set(other, [content]);
      else known.push(content);
    }
  }
  return shared;
}

/** How many pairs at most go up in both. */
function longestInOrder(pairs: Pair[]): number {
  // Of pairs with the same frame there, the later ones here first: none follows another then.
  pairs.sort((first, second) => first.theirs - second.theirs || second.mine - first.mine);
  const least: number[] = [];
  for (const { mine } of pairs) {
    let low = 0;
    let high = least.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (least[middle]! < mine) low = middle + 1;
      else high = middle;
    }
    least[low] = mine;
  }
  return least.length;
}
