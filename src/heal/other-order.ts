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

import { type FrameSample, MAX_TIMES } from './frame-sample.js';

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
  // Which of the other sample's frames fit, by the place of their content.
  const fits = new Uint8Array(theirs.size * MAX_TIMES);
  let fitting = 0;
  for (const sample of mine) {
    const shared = sample.shared(theirs);
    for (const [at, place] of shared.mine.entries()) {
      const other = shared.theirs[at]!;
      for (let i = 0; i < theirs.knownOf(other); i++) {
        const time = theirs.timeOf(other, i);
        const there = time + clock.offsetAt(time);
        for (let j = 0; j < sample.knownOf(place); j++) {
          if (Math.abs(sample.timeOf(place, j) - there) > clock.limitNs) {
            pairs.push({ mine: sample.numberOf(place, j), theirs: theirs.numberOf(other, i) });
          } else if (fits[other * MAX_TIMES + i] === 0) {
            fits[other * MAX_TIMES + i] = 1;
            fitting++;
          }
        }
      }
    }
  }
  const most = Math.min(fitting * MOST_ELSEWHERE, fitting - LEAST_FEWER);
  return longestInOrder(pairs) > Math.max(most, LEAST_PAIRS);
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
