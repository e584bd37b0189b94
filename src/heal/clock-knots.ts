/** Offsets between two clocks over time, from pairs some of which may be wrong. */

const MAX_KNOTS = 128;
const PAIRS_A_KNOT = 16;
/** Offsets that differ by less are of one clock that runs freely, and so much for each unit of time. */
const NEARLY_SAME_NS = 1e6;
const MOST_DRIFT = 2e-4;

/** What one clock differs by from another at a time, in nanoseconds. */
export interface Knot {
  readonly time: number;
  readonly offset: number;
}

/**
 * The offset over time, from pairs in the order of their times: up to 128 knots.
 *
 * @param pairs times of one clock, and what each pair says has to be added
 */
export function knotsOf(pairs: readonly Knot[]): Knot[] {
  const count = Math.max(1, Math.min(MAX_KNOTS, Math.floor(pairs.length / PAIRS_A_KNOT)));
  const knots: Knot[] = [];
  for (let i = 0; i < count; i++) {
    const from = Math.floor((pairs.length * i) / count);
    const run = pairs.slice(from, Math.floor((pairs.length * (i + 1)) / count));
    if (run.length === 0) continue;
    const time = median(run.map((pair) => pair.time));
    const before = knots.at(-1);
    if (before !== undefined && time <= before.time) continue;
    knots.push({ time, offset: offsetOf(run, before?.offset) });
  }
  return withoutExcursions(knots);
}

/**
 * Leaves out knots whose offset is another than before and after them, where it is the same: where a
 * capture lost all frames of a while, those that look alike are the only pairs. A clock that was set stays so.
 */
function withoutExcursions(knots: readonly Knot[]): Knot[] {
  if (knots.length < 3) return [...knots];
  const segments: Knot[][] = [];
  for (const knot of knots) {
    const last = segments.at(-1)?.at(-1);
    if (last !== undefined && doAgree(last, knot)) segments.at(-1)!.push(knot);
    else segments.push([knot]);
  }
  return settle(segments).flat();
}

/** The longest segment, all that agree with it, and what comes before the first and after the last of these. */
function settle(segments: readonly Knot[][]): Knot[][] {
  if (segments.length < 3) return [...segments];
  const most = Math.max(...segments.map(({ length }) => length));
  const main = segments.findIndex(({ length }) => length === most);
  const agreeing = segments.map((segment, i) => {
    if (i === main) return true;
    if (i < main) return doAgree(segment.at(-1)!, segments[main]![0]!);
    return doAgree(segments[main]!.at(-1)!, segment[0]!);
  });
  const first = agreeing.indexOf(true);
  const last = agreeing.lastIndexOf(true);
  return [
    ...settle(segments.slice(0, first)),
    ...segments.filter((_, i) => agreeing[i]),
    ...settle(segments.slice(last + 1)),
  ];
}

/** Whether two knots can be of clocks that weren't set in between. */
function doAgree(first: Knot, second: Knot): boolean {
  const drift = (second.time - first.time) * MOST_DRIFT;
  return Math.abs(second.offset - first.offset) <= NEARLY_SAME_NS + drift;
}

/** Places of numbers, the second one left out. */
interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * The offset that most pairs of a run have, about: the median of those in the fullest window. Duplicates
 * of which each capture lost another make a window of their own; where one is half as full at least, the
 * nearest to the offset so far is taken, since clocks are seldom set.
 */
function offsetOf(run: readonly Knot[], soFar: number | undefined): number {
  const offsets = run.map(({ offset }) => offset).sort((first, second) => first - second);
  const windows: Window[] = [];
  let to = 0;
  for (const [from, offset] of offsets.entries()) {
    while (to < offsets.length && offsets[to]! - offset <= NEARLY_SAME_NS) to++;
    windows.push({ from, to });
  }
  const sizeOf = ({ from, to }: Window): number => to - from;
  const middleOf = ({ from, to }: Window): number => offsets[(from + to) >> 1]!;
  const fullest = (some: readonly Window[]): Window | undefined => {
    const most = Math.max(...some.map(sizeOf));
    const full = some.filter((window) => sizeOf(window) === most);
    return full[full.length >> 1];
  };
  const first = fullest(windows)!;
  const best = middleOf(first);
  const second = fullest(
    windows.filter((window) => Math.abs(middleOf(window) - best) > NEARLY_SAME_NS),
  );
  if (soFar === undefined || second === undefined || sizeOf(second) * 2 < sizeOf(first))
    return best;
  const other = middleOf(second);
  return Math.abs(other - soFar) < Math.abs(best - soFar) ? other : best;
}

/** The drift: the median slope between knots. */
export function slopeOf(knots: readonly Knot[]): number {
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
