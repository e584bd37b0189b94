/**
 * What is left of the recorded losses once frames were filled in.
 *
 * An exact loss is reduced by the frames found. Of a group of bounded losses only the sum is exact, and
 * is to stay so: the sum of what is left is the sum of what was recorded less what was found. Members
 * whose number became known, because both captures together say it, are exact from then on; the rest
 * of the sum is spread over the others within their bounds. Where that can't be, the frames found
 * contradict the record, and nothing is filled in there.
 */

import { exactLoss, type Loss } from '../core/loss.js';
import type { GapState, HeldFrame } from './held-frame.js';

/** A recorded loss, the frames found for it, and what is left; `left` is for `settle…` to set. */
export interface SettledGap {
  readonly state: GapState;
  fills: readonly HeldFrame[];
  left: Loss | undefined;
}

/** Settles a loss that stands alone. */
export function settleExact(gap: SettledGap): void {
  const { recorded } = gap.state;
  if (gap.fills.length > recorded.lost) restore(gap);
  else {
    const left = recorded.lost - gap.fills.length;
    gap.left = left > 0 ? exactLoss(left) : undefined;
  }
}

/** Settles a group of bounded losses, given whole. */
export function settleGroup(gaps: readonly SettledGap[]): void {
  if (gaps.every(({ fills, state }) => fills.length === 0 && state.resolved === undefined)) {
    for (const gap of gaps) gap.left = gap.state.recorded;
    return;
  }
  if (!trySettle(gaps)) for (const gap of gaps) restore(gap);
}

function restore(gap: SettledGap): void {
  if (gap.fills.length > 0) gap.state.reason ??= 'contradiction';
  gap.fills = [];
  gap.left = gap.state.recorded;
}

/** Numbers of a group count where all of them are known, and their sum is the one recorded. */
function isResolved(gaps: readonly SettledGap[]): boolean {
  if (gaps.some(({ state }) => state.resolved === undefined)) return false;
  const resolved = sum(gaps.map(({ state }) => state.resolved!));
  return resolved === sum(gaps.map(({ state }) => state.recorded.lost));
}

function trySettle(gaps: readonly SettledGap[]): boolean {
  if (!isResolved(gaps)) for (const { state } of gaps) state.resolved = undefined;
  let rest = 0;
  const open: SettledGap[] = [];
  for (const gap of gaps) {
    const { recorded, resolved } = gap.state;
    rest += recorded.lost - (resolved ?? 0);
    if (resolved === undefined) open.push(gap);
    else if (resolved < gap.fills.length || resolved > recorded.atMost) return false;
  }
  const least = open.map(leastOf);
  const most = open.map(({ state }) => state.recorded.atMost);
  const leastSum = sum(least);
  const mostSum = sum(most);
  if (rest < leastSum || rest > mostSum || least.some((count, i) => count > most[i]!)) return false;
  // What is known of one of them follows from the others: it is no surer than they are.
  if (gaps.some(({ state }) => !state.isCertain))
    for (const { state } of gaps) state.isCertain = false;
  for (const gap of gaps) {
    const { resolved } = gap.state;
    if (resolved === undefined) continue;
    const left = resolved - gap.fills.length;
    gap.left = left > 0 ? exactLoss(left) : undefined;
  }
  let spare = rest - leastSum;
  for (const [i, gap] of open.entries()) {
    const more = Math.min(spare, most[i]! - least[i]!);
    spare -= more;
    // What the others must have, and can have at most, bounds this one as well.
    const atLeast = Math.max(least[i]!, rest - (mostSum - most[i]!));
    const atMost = Math.min(most[i]!, rest - (leastSum - least[i]!));
    gap.left = leftOf(gap, least[i]! + more, atLeast, atMost);
  }
  return true;
}

function leastOf({ state, fills }: SettledGap): number {
  return Math.max(state.recorded.atLeast, fills.length);
}

function leftOf(gap: SettledGap, lost: number, atLeast: number, atMost: number): Loss | undefined {
  const found = gap.fills.length;
  if (atLeast === atMost) return lost > found ? exactLoss(lost - found) : undefined;
  const { group } = gap.state.recorded;
  return {
    lost: lost - found,
    certainty: 'bounded',
    atLeast: atLeast - found,
    atMost: atMost - found,
    group,
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
