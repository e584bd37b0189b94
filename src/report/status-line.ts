/** The line that a running capture keeps up to date on a terminal. */

import { formatCount, formatCounted } from './number-text.js';

/** What a running capture knows at one moment; undefined where it can't be told. */
export interface CaptureStatus {
  /** Frames delivered so far. */
  readonly frames: number;
  /** Frames delivered per second lately. */
  readonly framesPerSecond: number | undefined;
  /** Frames lost so far, as far as they are known. */
  readonly lost: number;
  /** Gaps they lie in. */
  readonly gapCount: number;
  /** How full the queue or ring is, from 0 to 1. */
  readonly fill: number | undefined;
}

/**
 * `12,345,678 frames  812,000/s  lost 40 in 1 gap  ring 3%`, at most `width` characters.
 *
 * Where it doesn't fit, first the ring goes, then the rate, then the gaps' number, then the frames;
 * what is lost stays longest.
 *
 * @param width columns to use, 1 or more
 */
export function statusLine(status: CaptureStatus, width: number): string {
  const frames = formatCounted(status.frames, 'frame');
  const rate =
    status.framesPerSecond === undefined ? [] : [`${formatRate(status.framesPerSecond)}/s`];
  const fill = status.fill === undefined ? [] : [`ring ${formatFill(status.fill)}%`];
  const lost = `lost ${formatCount(status.lost)}`;
  const gaps = status.gapCount === 0 ? lost : `${lost} in ${formatCounted(status.gapCount, 'gap')}`;
  const forms = [
    [frames, ...rate, gaps, ...fill],
    [frames, ...rate, gaps],
    [frames, gaps],
    [frames, lost],
    [lost],
  ].map((parts) => parts.join('  '));
  return forms.find((form) => form.length <= width) ?? lost.slice(0, width);
}

// Three significant digits: more would only flicker.
function formatRate(perSecond: number): string {
  return formatCount(Math.round(Number(perSecond.toPrecision(3))));
}

function formatFill(fill: number): string {
  return String(Math.round(Math.min(1, Math.max(0, fill)) * 100));
}
