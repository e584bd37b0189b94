/** What all parts of the page work on: the report, its times, its gaps, the range shown. */

import type { GapReportJson, ReportJson } from '../report/report-json.js';
import { CaptureTimes } from './capture-times.js';
import { type Intervals, toIntervals } from './columns.js';
import { ViewRange } from './view-range.js';

/** A gap of the report with its place on the plots. */
export interface PlacedGap {
  readonly json: GapReportJson;
  /** Its number in the report's list, from 0. */
  readonly index: number;
  /** Seconds from the first frame; where one end isn't known, that of the other. */
  readonly start: number;
  readonly end: number;
}

/** The report, made ready for drawing. */
export interface ReportView {
  readonly report: ReportJson;
  readonly times: CaptureTimes;
  /** Every listed gap, in the report's order. */
  readonly gaps: readonly PlacedGap[];
  readonly intervals: Intervals;
  readonly range: ViewRange;
}

/** Makes a report ready. */
export function toReportView(report: ReportJson): ReportView {
  const times = new CaptureTimes(report.start);
  const end = times.seconds(report.end) ?? 0;
  const gaps = report.gaps.map((json, index): PlacedGap => {
    const from = times.seconds(json.start);
    const to = times.seconds(json.end);
    // A frame without a time stands at 1970: before the capture, so it says nothing.
    const begin = Math.max(0, from ?? to ?? 0);
    return { json, index, start: begin, end: Math.max(begin, to ?? begin) };
  });
  const bracketed = gaps
    .filter(({ json }) => json.start !== null && json.end !== null)
    .map((gap) => ({ start: gap.start, end: gap.end, lost: gap.json.lost }));
  const start = times.seconds(report.timeline.start) ?? 0;
  // A little room at both ends, so that what lies there is seen whole.
  const margin = Math.max(end * 0.005, 1e-6);
  return {
    report,
    times,
    gaps,
    intervals: toIntervals(report.timeline, start, bracketed),
    range: new ViewRange({ from: -margin, to: end + margin }),
  };
}

/** Shows a gap with some time on either side. */
export function showGap(view: ReportView, gap: PlacedGap): void {
  const around = Math.max((gap.end - gap.start) * 1.5, view.intervals.length * 20, 1e-6);
  view.range.show(gap.start - around, gap.end + around);
}

/** Where a gap lies, in words: `between 302 and 303`. */
export function gapPlace({ after, before }: GapReportJson, count: (n: number) => string): string {
  if (before === null)
    return after === null ? 'no frame captured' : `after ${count(after)}, the last`;
  return after === null
    ? `before ${count(before)}`
    : `between ${count(after)} and ${count(before)}`;
}
