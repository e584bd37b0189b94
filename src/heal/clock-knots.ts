/** Offsets between two clocks over time, from pairs some of which may be wrong. */

const MAX_KNOTS = 128;
const PAIRS_A_KNOT = 16;
/** Offsets that differ by less are of one clock that runs freely. */
const NEARLY_SAME_NS = 1e6;
/** And so much more for each unit of time. */
export const MOST_DRIFT: number = 2e-4;

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
    const { time } = run[run.length >> 1]!;
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

/**
 * The offset that most pairs of a run have, about: the median of those in the fullest window. Duplicates
 * of which each capture lost another make a window of their own; where one is half as full at least, the
 * nearest to the offset so far is taken, since clocks are seldom set.
 */
function offsetOf(run: readonly Knot[], soFar: number | undefined): number {
  const offsets = Float64Array.from(run, ({ offset }) => offset).sort();
  /** Where the window ends that begins at an offset. */
  const ends = new Uint32Array(offsets.length);
  for (let from = 0, to = 0; from < offsets.length; from++) {
    while (to < offsets.length && offsets[to]! - offsets[from]! <= NEARLY_SAME_NS) to++;
    ends[from] = to;
  }
  const sizeOf = (from: number): number => ends[from]! - from;
  const middleOf = (from: number): number => offsets[(from + ends[from]!) >> 1]!;
  const first = fullest(ends, () => true)!;
  const best = middleOf(first);
  const second = fullest(ends, (from) => Math.abs(middleOf(from) - best) > NEARLY_SAME_NS);
  if (soFar === undefined || second === undefined || sizeOf(second) * 2 < sizeOf(first))
    return best;
  const other = middleOf(second);
  return Math.abs(other - soFar) < Math.abs(best - soFar) ? other : best;
}

/** The middle one of the largest windows that may be taken, by where it begins; undefined: there is none. */
function fullest(ends: Uint32Array, mayTake: (from: number) => boolean): number | undefined {
  let most = 0;
  const full: number[] = [];
  for (const [from, end] of ends.entries()) {
    const size = end - from;
    if (size < most || !mayTake(from)) continue;
    if (size > most) full.length = 0;
    most = size;
    full.push(from);
  }
  return full[full.length >> 1];
}

/** The drift: the median slope between knots. */
export function slopeOf(knots: readonly Knot[]): number {
  const slopes = new Float64Array((knots.length * (knots.length - 1)) / 2);
  let count = 0;
  for (const [i, first] of knots.entries()) {
    for (let j = i + 1; j < knots.length; j++) {
      const second = knots[j]!;
      slopes[count++] = (second.offset - first.offset) / (second.time - first.time);
    }
  }
  return slopes.sort()[count >> 1] ?? 0;
}
