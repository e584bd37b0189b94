/** What `heal` tells people: a table of gaps, the clocks, the totals. */

import type { HealedGap, HealResult, HealSource } from '../healing.js';

/** What of the library's text functions is used here; loaded by the command. */
export interface TextTools {
  readonly formatCount: (count: number) => string;
  readonly formatCounted: (count: number, noun: string) => string;
  readonly safeText: (text: string) => string;
}

const headings = ['gap', 'lost', 'filled', 'left', 'outcome'];

/** The table, one line for each gap; empty where there is none. */
export function gapTable(gaps: readonly HealedGap[], { formatCount }: TextTools): string[] {
  if (gaps.length === 0) return [];
  const rows = gaps.map((gap) => [
    placeOf(gap, formatCount),
    formatCount(gap.recorded.lost),
    formatCount(gap.filled),
    formatCount(gap.left?.lost ?? 0),
    outcomeOf(gap),
  ]);
  const lines = [headings, ...rows];
  const widths = headings.map((_, i) => Math.max(...lines.map((cells) => cells[i]!.length)));
  return lines.map((cells) =>
    cells
      .map((cell, i) => (i === 0 || i === 4 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** How a source's clock differs. */
export function sourceLine(source: HealSource, { formatCounted, safeText }: TextTools): string {
  const name = source.interfaceName ?? `interface ${source.interfaceId}`;
  const seconds = (source.offsetNs / 1e9).toFixed(9);
  return safeText(
    `${source.file}, ${name}: ${formatCounted(source.filled, 'frame')} filled in; ` +
      `clock ${source.offsetNs < 0 ? '' : '+'}${seconds} s, drift ${source.driftPpm.toFixed(3)} ppm, ` +
      `by ${formatCounted(source.compared, 'frame')} that both have`,
  );
}

/** The totals in one line. */
export function totalsLine(result: HealResult, { formatCount, formatCounted }: TextTools): string {
  const { gapCount, wholeCount, provedCount, partCount, noneCount, lost, left } = result;
  if (gapCount === 0) return 'no gap is recorded, so there is none to fill';
  const proved = provedCount === wholeCount ? 'proved complete' : `${provedCount} proved complete`;
  const whole = `${formatCount(wholeCount)} of ${formatCounted(gapCount, 'gap')} filled whole`;
  return (
    `${whole}${wholeCount > 0 ? ` (${proved})` : ''}, ${formatCount(partCount)} in part, ` +
    `${formatCount(noneCount)} not; ${formatCount(lost - left)} of ${formatCounted(lost, 'lost frame')} found`
  );
}

function placeOf(gap: HealedGap, count: (value: number) => string): string {
  if (gap.before === undefined) return `after ${gap.after === undefined ? '-' : count(gap.after)}`;
  if (gap.after === undefined) return `before ${count(gap.before)}`;
  return `${count(gap.after)} - ${count(gap.before)}`;
}

function outcomeOf({ outcome, proved, reason }: HealedGap): string {
  if (outcome === 'whole') return proved ? 'whole, proved complete' : 'whole, by count alone';
  const text = outcome === 'part' ? 'in part' : 'not';
  if (reason === 'not proved')
    return `${text}: nothing proves that what the other capture has was lost here`;
  if (reason === 'replayed')
    return `${text}: its traffic came several times, which pass isn't sure`;
  if (reason === 'contradiction') return `${text}: the other capture has more than was lost`;
  return reason === 'too long' ? `${text}: too many frames to hold` : text;
}
