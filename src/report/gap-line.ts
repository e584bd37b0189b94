/** The line that stands where frames are missing. */

import type { Loss } from '../core/loss.js';
import { NS_PER_SECOND } from '../core/timestamp.js';
import { safeText } from './safe-text.js';

/** Settings of `gapLine`. */
export interface GapLineOptions {
  /** Whether the terminal shows UTF-8; otherwise the line is ASCII. True if left out. */
  readonly unicode?: boolean;
  /** The interface, where there are several; made harmless here. */
  readonly interfaceName?: string | undefined;
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
  const { interfaceName } = options;
  const on = interfaceName === undefined ? '' : ` on ${safeText(interfaceName)}`;
  return `${rule} ${describeLoss(loss)}${on}${duration} ${rule}`;
}

function describeLoss(loss: Loss): string {
  const frames = loss.lost === 1 ? '1 frame' : `${loss.lost} frames`;
  switch (loss.certainty) {
    case 'exact':
      return `${frames} lost`;
    case 'bounded':
      return `${frames} lost, between ${loss.atLeast} and ${loss.atMost} are possible here`;
    case 'inferred':
      return `${frames} lost, inferred from TCP`;
    case 'unplaced':
      return `${frames} lost somewhere, place unknown`;
  }
}

const units: readonly (readonly [number, string, string])[] = [
  [NS_PER_SECOND, 's', 's'],
  [1_000_000, 'ms', 'ms'],
  [1_000, 'µs', 'us'],
  [1, 'ns', 'ns'],
];

/** At most three significant digits, `6.5 ms`; whole seconds from 1,000 s on. */
function formatDuration(durationNs: number, unicode: boolean): string {
  // Rounded first, so that 999,999 ns becomes 1 ms and not 1000 µs.
  const rounded = Number(durationNs.toPrecision(3));
  const magnitude = Math.abs(rounded);
  const [size, name, asciiName] = units.find(([unit]) => magnitude >= unit) ?? units[3]!;
  const isLong = magnitude >= 1000 * NS_PER_SECOND;
  const value = isLong ? Math.round(durationNs / size) : Number((rounded / size).toPrecision(3));
  return `${value} ${unicode ? name : asciiName}`;
}
