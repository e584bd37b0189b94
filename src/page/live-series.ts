/** What the live plots draw: the readings of some interfaces, added up second by second. */

import type { HistoryPoint, WatchedSensor } from '../watch/sensor-event.js';

/** Some interfaces of one sensor, by their positions. */
export interface ChosenInterfaces {
  readonly sensor: WatchedSensor;
  readonly interfaces: readonly number[];
}

/** One entry a second; null where nothing was read. */
export interface LiveSeries {
  /** Where each second begins: seconds since 1970-01-01 UTC. */
  readonly seconds: number[];
  /** Frames captured in it. */
  readonly frames: (number | null)[];
  /** Captured and lost together. */
  readonly offered: (number | null)[];
  readonly lost: (number | null)[];
  /** The highest fill in it, 0 to 1. */
  readonly fill: (number | null)[];
}

/**
 * Adds up the readings of the chosen interfaces.
 *
 * What came between two readings is spread evenly over the time between them. A second counts when it
 * lies between readings as a whole.
 *
 * @param fromSecond the first second that is wanted, since 1970-01-01 UTC
 */
export function toLiveSeries(
  chosen: readonly ChosenInterfaces[],
  fromSecond: number,
  toSecond: number,
): LiveSeries {
  const count = Math.max(0, toSecond - fromSecond);
  const empty = (): (number | null)[] => new Array<number | null>(count).fill(null);
  const series = {
    seconds: Array.from({ length: count }, (_, i) => fromSecond + i),
    frames: empty(),
    offered: empty(),
    lost: empty(),
    fill: empty(),
  };
  for (const { sensor, interfaces } of chosen) {
    const { history } = sensor;
    const covered = coveredSeconds(history);
    for (let i = 1; i < history.length; i++) {
      addStep(series, history[i - 1]!, history[i]!, { interfaces, fromSecond, covered });
    }
  }
  return series;
}

/** The latest second that is whole; undefined: there is none. */
export function lastWholeSecond(chosen: readonly ChosenInterfaces[]): number | undefined {
  const ends = chosen.map(({ sensor: { history } }) => coveredSeconds(history));
  const wholes = ends.filter(({ from, to }) => to > from).map(({ to }) => to - 1);
  return wholes.length === 0 ? undefined : Math.max(...wholes);
}

interface Step {
  readonly interfaces: readonly number[];
  readonly fromSecond: number;
  readonly covered: { readonly from: number; readonly to: number };
}

function addStep(series: LiveSeries, before: HistoryPoint, after: HistoryPoint, step: Step): void {
  const start = before.timeMs / 1000;
  const end = after.timeMs / 1000;
  if (end <= start) return;
  let frames = 0;
  let lost = 0;
  let fill: number | null = null;
  for (const id of step.interfaces) {
    const [framesAfter = 0, lostAfter = 0, peak = null] = after.interfaces[id] ?? [];
    const [framesBefore = 0, lostBefore = 0] = before.interfaces[id] ?? [];
    frames += framesAfter - framesBefore;
    // The kernel's count can be a little ahead of what the gaps then say.
    lost += Math.max(0, lostAfter - lostBefore);
    if (peak !== null) fill = Math.max(fill ?? 0, peak);
  }
  const first = Math.max(Math.floor(start), step.covered.from, step.fromSecond);
  const last = Math.min(Math.ceil(end), step.covered.to, step.fromSecond + series.seconds.length);
  for (let second = first; second < last; second++) {
    const share = (Math.min(end, second + 1) - Math.max(start, second)) / (end - start);
    const at = second - step.fromSecond;
    series.frames[at] = (series.frames[at] ?? 0) + frames * share;
    series.lost[at] = (series.lost[at] ?? 0) + lost * share;
    series.offered[at] = (series.offered[at] ?? 0) + (frames + lost) * share;
    if (fill !== null) series.fill[at] = Math.max(series.fill[at] ?? 0, fill);
  }
}

function coveredSeconds(history: readonly HistoryPoint[]): { from: number; to: number } {
  const from = Math.ceil((history[0]?.timeMs ?? 0) / 1000);
  return { from, to: Math.floor((history.at(-1)?.timeMs ?? 0) / 1000) };
}
