/** Buttons, keys and words around the plots. */

import { formatCount } from '../report/number-text.js';
import { durationText, scaledText } from './capture-times.js';
import { byId, fill } from './elements.js';
import type { Plots } from './plots.js';
import { gapPlace, type PlacedGap, type ReportView, showGap } from './report-view.js';

/** Makes buttons and keys work and keeps the words above the plots up to date. */
export function connectControls(view: ReportView, plots: Plots): void {
  const { range } = view;
  let hovered: number | undefined;
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => range.pan(-0.2),
    ArrowRight: () => range.pan(0.2),
    '+': () => range.zoom(0.5),
    '=': () => range.zoom(0.5),
    '-': () => range.zoom(2),
    '0': () => range.showWhole(),
    n: () => stepToGap(view, plots, 1),
    p: () => stepToGap(view, plots, -1),
  };
  byId('plots').addEventListener('keydown', (event) => {
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-key]')) {
    button.addEventListener('click', actions[button.dataset['key']!]!);
  }
  plots.onDraw(() => {
    sayRange(view, plots);
    sayReadout(view, plots, hovered);
  });
  plots.onHover((seconds) => {
    hovered = seconds;
    plots.mark(seconds === undefined ? undefined : plots.gapAt(seconds));
    sayReadout(view, plots, seconds);
  });
  sayRange(view, plots);
  sayReadout(view, plots, undefined);
}

function stepToGap(view: ReportView, plots: Plots, direction: 1 | -1): void {
  const { from, to } = view.range.shown;
  const middle = (from + to) / 2;
  const present = plots.marked;
  const ordered = view.gaps.slice().sort((a, b) => a.start - b.start || a.index - b.index);
  const at = present === undefined ? -1 : ordered.indexOf(present);
  const next =
    at >= 0
      ? ordered[at + direction]
      : direction === 1
        ? (ordered.find((gap) => gap.start >= middle) ?? ordered[0])
        : ordered.findLast((gap) => gap.end <= middle);
  if (next === undefined) return;
  plots.mark(next);
  showGap(view, next);
}

function sayRange(view: ReportView, plots: Plots): void {
  const { from, to } = view.range.shown;
  const step = Math.max(plots.columns.length, 1e-9);
  const start = Math.max(from, 0);
  const text = view.range.isWhole
    ? `The whole capture, ${durationText(to - from)}`
    : `${view.times.timeOfDay(start, step)} to ${view.times.timeOfDay(to, step)} UTC, ${durationText(to - from)}`;
  fill(byId('range'), text);
  for (const key of ['-', '0', 'ArrowLeft', 'ArrowRight']) {
    const button = document.querySelector<HTMLButtonElement>(`button[data-key="${key}"]`);
    if (button !== null) button.disabled = view.range.isWhole;
  }
}

function sayReadout(view: ReportView, plots: Plots, seconds: number | undefined): void {
  const { columns } = plots;
  const target = byId('readout');
  if (seconds === undefined) {
    fill(target, `One column is ${durationText(columns.length)}. Drag across a plot to zoom in.`);
    return;
  }
  const gap = plots.gapAt(seconds);
  const i = Math.floor((seconds - (columns.starts[0] ?? 0)) / columns.length);
  const parts = [`${view.times.timeOfDay(seconds, columns.length / 10)} UTC`];
  if (i >= 0 && i < columns.starts.length) {
    parts.push(`${scaledText(columns.framesPerSecond[i]!)} frames/s`);
    parts.push(`${scaledText(columns.bytesPerSecond[i]!)}B/s`.replace(/(\d)B/, '$1 B'));
    parts.push(`${formatCount(columns.lostSoFar[i]!)} lost so far`);
  }
  if (gap !== undefined) parts.push(gapWords(gap));
  fill(target, parts.join('   '));
}

function gapWords({ json }: PlacedGap): string {
  const frames = json.lost === 1 ? 'frame' : 'frames';
  return `gap: ${formatCount(json.lost)} ${frames} ${gapPlace(json, formatCount)}`;
}
