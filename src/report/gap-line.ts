/** The line that stands where frames are missing. */

import type { Loss } from '../core/loss.js';

/** Settings of `gapLine`. */
export interface GapLineOptions {
  /** Whether the terminal shows UTF-8; otherwise the line is ASCII. True if left out. */
  readonly unicode?: boolean;
}

/**
 * A gap as a line of its own: `──── 40 frames lost (6.5 ms) ────`.
 *
 * What isn't exact says so: the range that is certain where `bounded`, the ground where `inferred`,
 * the lack of a place where `unplaced`.
 *
 * @param durationNs time between the frames around the gap; undefined where one of them is missing
 */
export function gapLine(
  loss: Loss,
  durationNs: number | bigint | undefined,
  options: GapLineOptions = {},
): string {
  const unicode = options.unicode ?? true;
  const rule = unicode ? '────' : '----';
  const duration =
    durationNs === undefined ? '' : ` (${formatDuration(Number(durationNs), unicode)})`;
  return `${rule} ${describeLoss(loss)}${duration} ${rule}`;
}

function describeLoss(loss: Loss): string {
  const frames = loss.lost === 1 ? '1 frame' : `${loss.lost} frames`;
  switch (loss.certainty) {
    case 'exact':
      return `${frames} lost`;
    case 'bounded':
      return `${frames} lost, at least ${loss.atLeast} and at most ${loss.atMost} of them here`;
    case 'inferred':
      return `${frames} lost, inferred from TCP`;
    case 'unplaced':
      return `${frames} lost somewhere, place unknown`;
  }
}

const units: readonly (readonly [number, string, string])[] = [
  [1_000_000_000, 's', 's'],
  [1_000_000, 'ms', 'ms'],
  [1_000, 'µs', 'us'],
  [1, 'ns', 'ns'],
];

/** At most three significant digits, `6.5 ms`; whole seconds from 1,000 s on. */
function formatDuration(durationNs: number, unicode: boolean): string {
  const magnitude = Math.abs(durationNs);
  const [size, name, asciiName] = units.find(([unit]) => magnitude >= unit) ?? units[3]!;
  const value = durationNs / size;
  const digits =
    Math.abs(value) >= 1000 ? `${Math.round(value)}` : `${Number(value.toPrecision(3))}`;
  return `${digits} ${unicode ? name : asciiName}`;
}
