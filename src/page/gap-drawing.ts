/** Losses on the canvas of a plot. */

import type uPlot from 'uplot';
import type { Columns } from './columns.js';
import type { PlacedGap, ReportView } from './report-view.js';
import type { Colours } from './theme.js';

/** Gaps in view up to which single frames around them are drawn, where there is room. */
const GAPS_WITH_FRAMES = 40;

/** Draws inside the plotting area only. */
function clipped(plot: uPlot, draw: (context: CanvasRenderingContext2D) => void): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

// Whole pixels, so that neighbours meet without a seam.
function columnPixels(plot: uPlot, columns: Columns, i: number): { left: number; width: number } {
  const start = columns.starts[i]!;
  const left = Math.round(plot.valToPos(start, 'x', true));
  const right = Math.round(plot.valToPos(start + columns.length, 'x', true));
  return { left, width: Math.max(right - left, Math.round(1.5 * window.devicePixelRatio)) };
}

/** The lost frames of each column on top of the captured ones; at least two pixels of it. */
export function drawLostOnTop(plot: uPlot, columns: Columns, colours: Colours): void {
  const ratio = window.devicePixelRatio;
  clipped(plot, (context) => {
    columns.lostPerSecond.forEach((lost, i) => {
      if (lost < 1e-9) return;
      const { left, width } = columnPixels(plot, columns, i);
      const captured = columns.framesPerSecond[i]!;
      const bottom = plot.valToPos(captured, 'y', true);
      const top = Math.min(plot.valToPos(captured + lost, 'y', true), bottom - 2 * ratio);
      // Thin columns need the full colour to be seen; wide ones would shout in it.
      context.fillStyle = width > 5 * ratio ? colours.lostFill : colours.lost;
      context.fillRect(left, top, width, bottom - top);
      context.fillStyle = colours.lost;
      context.fillRect(left, top, width, 2 * ratio);
    });
  });
}

/** A short red mark at the foot of each column in which frames were lost. */
export function drawLossTicks(plot: uPlot, columns: Columns, colours: Colours): void {
  const ratio = window.devicePixelRatio;
  const foot = plot.bbox.top + plot.bbox.height;
  clipped(plot, (context) => {
    context.fillStyle = colours.lost;
    columns.lostPerSecond.forEach((lost, i) => {
      if (lost < 1e-9) return;
      const { left, width } = columnPixels(plot, columns, i);
      context.fillRect(left, foot - 5 * ratio, width, 5 * ratio);
    });
  });
}

/** One box for each gap: as wide as its time bracket, as high as its loss; dashed where bounded. */
export function drawGaps(
  plot: uPlot,
  view: ReportView,
  colours: Colours,
  marked: PlacedGap | undefined,
): void {
  const { from, to } = view.range.shown;
  const ratio = window.devicePixelRatio;
  const foot = plot.bbox.top + plot.bbox.height;
  const visible = view.gaps.filter((gap) => gap.end >= from && gap.start <= to);
  clipped(plot, (context) => {
    drawUnlisted(plot, view, context, colours);
    for (const gap of visible) {
      const bounded = gap.json.certainty !== 'exact';
      const left = plot.valToPos(gap.start, 'x', true);
      const right = plot.valToPos(gap.end, 'x', true);
      const top = plot.valToPos(Math.max(gap.json.lost, 1), 'y', true);
      const width = Math.max(right - left, 2 * ratio);
      context.fillStyle = bounded ? colours.boundedFill : colours.lostFill;
      context.fillRect(left, top, width, foot - top);
      context.strokeStyle = bounded ? colours.bounded : colours.lost;
      context.lineWidth = (gap === marked ? 3 : 1.5) * ratio;
      context.setLineDash(bounded ? [4 * ratio, 3 * ratio] : []);
      context.beginPath();
      if (right - left > 3 * ratio) {
        context.moveTo(left, foot);
        context.lineTo(left, top);
        context.lineTo(left + width, top);
        context.lineTo(left + width, foot);
      } else {
        context.moveTo(left, foot);
        context.lineTo(left, top);
      }
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = bounded ? colours.bounded : colours.lost;
      context.beginPath();
      context.arc(
        (left + Math.max(right, left)) / 2,
        top,
        (gap === marked ? 4 : 2.5) * ratio,
        0,
        7,
      );
      context.fill();
    }
    if (visible.length <= GAPS_WITH_FRAMES) drawFrames(plot, visible, context, colours);
  });
}

// Gaps that the page doesn't list are known by their intervals only.
function drawUnlisted(
  plot: uPlot,
  view: ReportView,
  context: CanvasRenderingContext2D,
  colours: Colours,
): void {
  if (view.report.gapsOmitted === 0) return;
  const { start, length, lost } = view.intervals;
  const { from, to } = view.range.shown;
  const foot = plot.bbox.top + plot.bbox.height;
  const first = Math.max(0, Math.floor((from - start) / length));
  const last = Math.min(lost.length - 1, Math.ceil((to - start) / length));
  context.fillStyle = colours.lostFill;
  for (let i = first; i <= last; i++) {
    if (lost[i]! < 1e-9) continue;
    const left = plot.valToPos(start + i * length, 'x', true);
    const right = plot.valToPos(start + (i + 1) * length, 'x', true);
    const top = plot.valToPos(Math.max(lost[i]!, 1), 'y', true);
    context.fillRect(left, top, Math.max(right - left, 1), foot - top);
  }
}

function drawFrames(
  plot: uPlot,
  gaps: readonly PlacedGap[],
  context: CanvasRenderingContext2D,
  colours: Colours,
): void {
  const ratio = window.devicePixelRatio;
  const foot = plot.bbox.top + plot.bbox.height;
  context.fillStyle = colours.captured;
  for (const gap of gaps) {
    const sides = [
      { edge: gap.start, side: gap.json.framesBefore },
      { edge: gap.end, side: gap.json.framesAfter },
    ];
    for (const { edge, side } of sides) {
      const near = side?.nearest ?? [];
      if (near.length < 2) continue;
      const place = ([offsetNs]: readonly [number, number]): number =>
        plot.valToPos(edge + offsetNs / 1e9, 'x', true);
      // Closer together than this they would be one blot.
      if (place(near.at(-1)!) - place(near[0]!) < near.length * 1.5 * ratio) continue;
      for (const frame of near) context.fillRect(place(frame), foot - 8 * ratio, ratio, 8 * ratio);
    }
  }
}
