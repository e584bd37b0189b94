/** The report's intervals added up to the columns that a plot has room for. */

import type { TimelineJson } from '../report/report-json.js';

/** The intervals as the page works with them: times in seconds from the first frame. */
export interface Intervals {
  /** Where the first interval begins; mostly a little below 0. */
  readonly start: number;
  readonly length: number;
  readonly frames: Float64Array;
  readonly bytes: Float64Array;
  /** Frames lost, spread evenly over the time of their gap where that is known. */
  readonly lost: Float64Array;
  /** Frames lost before each interval begins; one more entry than there are intervals. */
  readonly lostBefore: Float64Array;
}

/** Neighbouring intervals added up; rates per second, one entry a column. */
export interface Columns {
  /** Where each column begins. */
  readonly starts: Float64Array;
  readonly length: number;
  readonly framesPerSecond: Float64Array;
  /** The busiest interval in each column. */
  readonly peakFramesPerSecond: Float64Array;
  readonly bytesPerSecond: Float64Array;
  readonly lostPerSecond: Float64Array;
  /** Frames lost up to the end of each column. */
  readonly lostSoFar: Float64Array;
}

/** A gap with a time bracket; seconds from the first frame. */
export interface TimedGap {
  readonly start: number;
  readonly end: number;
  readonly lost: number;
}

/**
 * Makes intervals of a timeline.
 *
 * @param start where its first interval begins, in seconds from the first frame
 * @param gaps the gaps of which the report knows when they began: the report counts their frames
 *   where they end, and they are drawn spread over their time
 */
export function toIntervals(
  timeline: TimelineJson,
  start: number,
  gaps: readonly TimedGap[],
): Intervals {
  const count = timeline.frames.length;
  const length = timeline.intervalNs / 1e9;
  const lost = Float64Array.from(timeline.lost);
  const lostBefore = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) lostBefore[i + 1] = lostBefore[i]! + timeline.lost[i]!;
  const slotOf = (time: number): number =>
    Math.min(count - 1, Math.max(0, Math.floor((time - start) / length + 1e-9)));
  for (const gap of count === 0 ? [] : gaps) {
    const first = slotOf(gap.start);
    const last = slotOf(gap.end);
    if (first >= last || gap.end <= gap.start || lost[last]! < gap.lost) continue;
    lost[last]! -= gap.lost;
    const perSecond = gap.lost / (gap.end - Math.max(gap.start, start));
    for (let i = first; i <= last; i++) {
      const from = Math.max(gap.start, start + i * length);
      const to = Math.min(gap.end, start + (i + 1) * length);
      if (to > from) lost[i]! += perSecond * (to - from);
    }
  }
  return {
    start,
    length,
    frames: Float64Array.from(timeline.frames),
    bytes: Float64Array.from(timeline.bytes),
    lost,
    lostBefore,
  };
}

/** How many intervals make a column, so that a view has at most `limit` columns: 1, 2, 5, 10, … */
export function intervalsPerColumn(intervals: Intervals, span: number, limit: number): number {
  const wanted = span / intervals.length / limit;
  let power = 1;
  for (;;) {
    for (const digit of [1, 2, 5]) if (digit * power >= wanted) return digit * power;
    power *= 10;
  }
}

/**
 * Adds intervals up to columns that cover a view, with one column more on either side.
 *
 * Columns lie on whole multiples of their length, so that they don't flicker when the view moves.
 *
 * @param from where the view begins, in seconds
 * @param to where it ends
 * @param limit how many columns may lie in it at most, about
 */
export function toColumns(intervals: Intervals, from: number, to: number, limit: number): Columns {
  const { start, length, frames, bytes, lost, lostBefore } = intervals;
  const per = intervalsPerColumn(intervals, to - from, limit);
  const total = Math.ceil(frames.length / per);
  const firstColumn = Math.max(0, Math.floor((from - start) / length / per) - 1);
  const lastColumn = Math.min(total - 1, Math.floor((to - start) / length / per) + 1);
  const count = Math.max(0, lastColumn - firstColumn + 1);
  const seconds = per * length;
  const columns = {
    starts: new Float64Array(count),
    length: seconds,
    framesPerSecond: new Float64Array(count),
    peakFramesPerSecond: new Float64Array(count),
    bytesPerSecond: new Float64Array(count),
    lostPerSecond: new Float64Array(count),
    lostSoFar: new Float64Array(count),
  };
  for (let column = 0; column < count; column++) {
    const first = (firstColumn + column) * per;
    const end = Math.min(first + per, frames.length);
    let frameSum = 0;
    let byteSum = 0;
    let lostSum = 0;
    let peak = 0;
    for (let i = first; i < end; i++) {
      frameSum += frames[i]!;
      byteSum += bytes[i]!;
      lostSum += lost[i]!;
      if (frames[i]! > peak) peak = frames[i]!;
    }
    columns.starts[column] = start + first * length;
    columns.framesPerSecond[column] = frameSum / seconds;
    columns.peakFramesPerSecond[column] = peak / length;
    columns.bytesPerSecond[column] = byteSum / seconds;
    columns.lostPerSecond[column] = lostSum / seconds;
    columns.lostSoFar[column] = lostBefore[end]!;
  }
  return columns;
}
