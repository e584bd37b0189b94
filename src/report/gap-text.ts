/** The wording of loss: one gap as a sentence, one capture as a line. */

import type { CaptureAccount, InterfaceAccount } from '../gaps/account.js';
import { type Gap, gapDurationNs, isFinalGap, isPossibleGap } from '../gaps/gap.js';
import { formatCount, formatCounted, formatDurationNs, formatShare } from './number-text.js';
import { safeText } from './safe-text.js';

/**
 * One gap as a sentence without a full stop.
 *
 *     40 frames lost between frames 302 and 303 on eth0 (12.01 ms)
 *     1 frame lost before frame 1
 *     5 frames lost after frame 10,000, the last one
 *     38 to 43 frames lost between frames 302 and 303 (12.01 ms; 40 counted here; the sum over group 2 is exact)
 *
 * @param interfaceName where it is to be named (several interfaces); made harmless here
 */
export function gapSentence(gap: Gap, interfaceName?: string): string {
  const where = gapPlace(gap, interfaceName);
  const remarks = gapRemarks(gap);
  const remark = remarks.length === 0 ? '' : ` (${remarks.join('; ')})`;
  return `${lostRange(gap)} lost ${where}${remark}`;
}

/** Where a gap lies: `between frames 302 and 303 on eth0`, `… on eth0, ring 1`. */
function gapPlace(gap: Gap, interfaceName?: string): string {
  const name = interfaceName === undefined ? undefined : safeText(interfaceName);
  const ring = gap.queue === undefined ? undefined : `ring ${gap.queue}`;
  const places = [name, ring].filter((place) => place !== undefined);
  const on = places.length === 0 ? '' : ` on ${places.join(', ')}`;
  const after = gap.after === undefined ? undefined : formatCount(gap.after);
  if (isFinalGap(gap)) {
    return after === undefined
      ? `with no frame captured${on}`
      : `after frame ${after}, the last one${on}`;
  }
  const before = formatCount(gap.before!);
  if (after !== undefined) return `between frames ${after} and ${before}${on}`;
  return gap.before === 1 ? `before frame 1${on}` : `before frame ${before}, the first one${on}`;
}

/** How sure a gap is, in a few words: `exact`, `38 to 43, exact in group 2`. */
export function certaintyText(gap: Gap): string {
  switch (gap.certainty) {
    case 'exact':
      return 'exact';
    case 'bounded': {
      const range = `bounded: ${formatCount(gap.atLeast)} to ${formatCount(gap.atMost)}`;
      return gap.group === undefined ? range : `${range}, group ${gap.group}`;
    }
    case 'inferred':
      return 'inferred';
    case 'unplaced':
      return 'unplaced';
  }
}

function lostRange(gap: Gap): string {
  if (gap.certainty !== 'bounded' || gap.atLeast === gap.atMost) {
    return formatCounted(gap.lost, 'frame');
  }
  return `${formatCount(gap.atLeast)} to ${formatCounted(gap.atMost, 'frame')}`;
}

function gapRemarks(gap: Gap): string[] {
  const remarks: string[] = [];
  const durationNs = gapDurationNs(gap);
  if (durationNs !== undefined) remarks.push(formatDurationNs(durationNs));
  if (gap.certainty === 'bounded') {
    remarks.push(
      isPossibleGap(gap) ? 'none counted here' : `${formatCount(gap.lost)} counted here`,
    );
    if (gap.group !== undefined) remarks.push(`the sum over group ${gap.group} is exact`);
  }
  if (gap.certainty === 'inferred') remarks.push('inferred from the traffic');
  return remarks;
}

/** The name to show for an interface: its own, made harmless, or `interface 0`. */
export function interfaceLabel(account: Pick<InterfaceAccount, 'id' | 'name'>): string {
  return account.name === undefined ? `interface ${account.id}` : safeText(account.name);
}

/**
 * What a capture did, one line for each interface:
 *
 *     7,896 frames captured, 202,000 received by filter, 194,104 dropped by kernel in 1 gap
 *
 * With several interfaces each line begins with the interface's name and a colon.
 */
export function captureSummary(account: CaptureAccount): string {
  const { interfaces } = account;
  return interfaces
    .map((one) => {
      const line = interfaceSummary(one);
      return interfaces.length > 1 ? `${interfaceLabel(one)}: ${line}` : line;
    })
    .join('\n');
}

function interfaceSummary(account: InterfaceAccount): string {
  const parts = [`${formatCounted(account.frames, 'frame')} captured`];
  if (account.received !== undefined) {
    parts.push(`${formatCount(account.received)} received by filter`);
  }
  const { dropped } = account;
  if (dropped !== undefined)
    parts.push(`${formatCount(dropped)} dropped by kernel${inGaps(account)}`);
  else if (account.lost === undefined) parts.push('loss unknown');
  else parts.push(`${formatCount(account.lost)} lost${inGaps(account)} as far as known`);
  if (account.leftOut !== undefined && account.leftOut > 0) {
    parts.push(`${formatCount(account.leftOut)} left out of this copy`);
  }
  if (account.unread !== undefined && account.unread > 0) {
    parts.push(`${formatCount(account.unread)} left unread`);
  }
  return parts.join(', ');
}

/** ` in 3 gaps (1 bounded)`; empty where there is no gap. */
export function inGaps(account: {
  readonly gapCount: number;
  readonly boundedGapCount: number;
}): string {
  if (account.gapCount === 0) return '';
  const bounded =
    account.boundedGapCount === 0 ? '' : ` (${formatCount(account.boundedGapCount)} bounded)`;
  return ` in ${formatCounted(account.gapCount, 'gap')}${bounded}`;
}

/**
 * The share of loss: frames lost out of frames received, both after the filter. Where a file doesn't
 * say how many were received, frames in the file and lost frames together stand in for them.
 *
 * @returns for example `0.448 % of 10,045 received`; undefined where the loss isn't known or nothing
 *   was received
 */
export function lossShare(account: CaptureAccount): string | undefined {
  if (account.lost === undefined) return undefined;
  const received = account.interfaces.reduce(
    (sum, one) => sum + (one.received ?? one.frames + (one.lost ?? 0)),
    0,
  );
  if (received === 0) return undefined;
  return `${formatShare(account.lost, received)} of ${formatCount(received)} received`;
}
