/** The wording of loss before the socket. */

import type { EarlyLoss } from '../gaps/early-loss.js';
import { formatCount, formatCounted, formatTimeUtc } from './number-text.js';
import { safeText } from './safe-text.js';

/** Losses told one by one; of more, only the sum. */
const MOST_TOLD = 5;
/** `2026-11-23 ` is cut off where both ends are of one day, nanoseconds everywhere. */
const TIME_START = 11;
const TIME_END = 23;

/**
 * One line for each loss before the socket, and the sum where they are many.
 *
 *     at least 12 frames lost in the network card or driver of eth0, in no gap, between
 *       2026-11-23 12:01:02.001 and 12:01:03.002 UTC (frames 1,000 to 2,000)
 *     12 frames dropped in the softnet backlog of this host, of whichever interface, …
 *
 * @param nameOf the interface's name; made harmless here
 * @returns whole lines
 */
export function earlyLossLines(
  losses: readonly EarlyLoss[],
  nameOf: (interfaceId: number) => string | undefined,
): string[] {
  const lines: string[] = [];
  for (const where of ['interface', 'backlog'] as const) {
    const ofKind = losses.filter((loss) => loss.where === where);
    lines.push(...ofKind.slice(0, MOST_TOLD).map((loss) => earlyLossSentence(loss, nameOf)));
    const rest = ofKind.slice(MOST_TOLD);
    if (rest.length === 0) continue;
    const total = rest.reduce((sum, { lost }) => sum + lost, 0);
    lines.push(
      `… and at ${formatCount(rest.length)} further times ${frames(where, total)} ${place(where)}`,
    );
  }
  return lines;
}

/** One loss before the socket as a sentence without a full stop; see `earlyLossLines`. */
export function earlyLossSentence(
  loss: EarlyLoss,
  nameOf: (interfaceId: number) => string | undefined,
): string {
  const name = nameOf(loss.interfaceId);
  const of = loss.where === 'interface' && name !== undefined ? ` of ${safeText(name)}` : '';
  return `${frames(loss.where, loss.lost)} ${place(loss.where)}${of}, in no gap, ${bracket(loss)}${range(loss)}`;
}

function frames(where: EarlyLoss['where'], lost: number): string {
  return `${where === 'interface' ? 'at least ' : ''}${formatCounted(lost, 'frame')}`;
}

function place(where: EarlyLoss['where']): string {
  return where === 'interface'
    ? 'lost in the network card or driver'
    : "dropped in the host's softnet backlog, of whichever interface";
}

function bracket({ startNs, endNs }: EarlyLoss): string {
  const end = formatTimeUtc(endNs).slice(0, TIME_END);
  if (startNs === undefined) return `until ${end} UTC`;
  const start = formatTimeUtc(startNs).slice(0, TIME_END);
  const sameDay = start.slice(0, TIME_START) === end.slice(0, TIME_START);
  return `between ${start} and ${sameDay ? end.slice(TIME_START) : end} UTC`;
}

function range({ after, before }: EarlyLoss): string {
  if (after !== undefined && before !== undefined) {
    return ` (frames ${formatCount(after)} to ${formatCount(before)})`;
  }
  if (after !== undefined) return ` (after frame ${formatCount(after)})`;
  return before === undefined ? '' : ` (before frame ${formatCount(before)})`;
}
