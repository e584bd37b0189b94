/** One gap close up: the frames next to it, and the flows on both sides. */

import { formatCount, formatCounted } from '../report/number-text.js';
import type { GapSideJson } from '../report/report-json.js';
import { type CaptureTimes, durationText } from './capture-times.js';
import { element, svg } from './elements.js';
import type { PlacedGap } from './report-view.js';

const WIDTH = 1000;
const HEIGHT = 46;
const EDGE = 4;

/** What is shown below a row of the table. */
export function gapDetail(gap: PlacedGap, times: CaptureTimes): HTMLElement {
  const { json } = gap;
  return element(
    'div',
    { class: 'around' },
    frameStrip(gap, times),
    element(
      'div',
      { class: 'sides' },
      flowTable('Before the gap', json.framesBefore),
      json.framesAfter === null ? element('span') : flowTable('After the gap', json.framesAfter),
    ),
  );
}

/** Each neighbouring frame as a line, as high as it is long, on a true scale of time. */
function frameStrip(gap: PlacedGap, times: CaptureTimes): HTMLElement {
  const before = gap.json.framesBefore.nearest;
  const after = gap.json.framesAfter?.nearest ?? [];
  const frames = [
    ...before.map(([ns, bytes]) => ({ at: gap.start + ns / 1e9, bytes })),
    ...after.map(([ns, bytes]) => ({ at: gap.end + ns / 1e9, bytes })),
  ];
  const from = Math.min(gap.start, ...frames.map(({ at }) => at));
  const to = Math.max(gap.end, ...frames.map(({ at }) => at));
  const span = Math.max(to - from, 1e-9);
  const longest = Math.max(64, ...frames.map(({ bytes }) => bytes));
  const x = (at: number): number => EDGE + ((at - from) / span) * (WIDTH - 2 * EDGE);
  const lines = frames.map(({ at, bytes }) => {
    const height = 8 + (bytes / longest) * (HEIGHT - 12);
    return svg('rect', {
      class: 'frame',
      x: (x(at) - 0.75).toFixed(2),
      y: (HEIGHT - height).toFixed(2),
      width: 1.5,
      height: height.toFixed(2),
    });
  });
  const lost = svg('rect', {
    class: gap.json.certainty === 'exact' ? 'gap' : 'gap bounded',
    x: x(gap.start).toFixed(2),
    y: 0,
    width: Math.max(x(gap.end) - x(gap.start), 2).toFixed(2),
    height: HEIGHT,
  });
  const label =
    `${formatCounted(before.length, 'frame')} before the gap, ` +
    `${formatCount(gap.json.lost)} lost, ${formatCounted(after.length, 'frame')} after it, ` +
    `in ${durationText(to - from)} from ${times.dateAndTime(from)} UTC`;
  const drawing = svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': label,
    },
    lost,
    ...lines,
  );
  return element('figure', { class: 'strip' }, drawing, element('figcaption', {}, `${label}.`));
}

function flowTable(title: string, side: GapSideJson): HTMLElement {
  const rows = side.flows.map(({ protocol, from, to, frames, bytes }) =>
    element(
      'tr',
      {},
      element('td', {}, protocol),
      element('td', { class: 'flow' }, from === '' && to === '' ? '' : `${from} ↔ ${to}`),
      element('td', { class: 'number' }, formatCount(frames)),
      element('td', { class: 'number' }, formatCount(bytes)),
    ),
  );
  const omitted =
    side.flowsOmitted === 0
      ? ''
      : `; ${formatCounted(side.flowsOmitted, 'further flow')} not listed`;
  return element(
    'table',
    { class: 'flows' },
    element('caption', {}, `${title}: ${formatCounted(side.frames, 'frame')}${omitted}`),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col' }, 'Protocol'),
        element('th', { scope: 'col' }, 'Flow'),
        element('th', { scope: 'col', class: 'number' }, 'Frames'),
        element('th', { scope: 'col', class: 'number' }, 'Bytes'),
      ),
    ),
    element('tbody', {}, ...rows),
  );
}
