/** The text of `gapcap gaps`: one capture's loss, from the sum down to every gap. */

import type { InterfaceAccount } from '../gaps/account.js';
import { type Gap, gapDurationNs, isFinalGap } from '../gaps/gap.js';
import type { LossFacts } from '../gaps/loss-facts.js';
import { damageText } from './damage-text.js';
import { earlyLossLines } from './early-loss-text.js';
import { certaintyText, gapSentence, inGaps, interfaceLabel, lossShare } from './gap-text.js';
import { formatCount, formatCounted, formatDurationNs, formatTimeUtc } from './number-text.js';
import { safeText } from './safe-text.js';
import { plainStyle, type TextStyle } from './text-style.js';
import { alignColumns, type TextColumn } from './text-table.js';

/** How much to tell and how it looks. */
export interface LossTextOptions {
  /** Gaps to list at most; default 50, `Infinity` for all that there are. */
  readonly gapLimit?: number;
  /** Default: plain. */
  readonly style?: TextStyle;
}

/** Gaps that `lossText` lists unless told otherwise. */
const DEFAULT_LISTED_GAPS = 50;

/** Up to this many gaps are sentences; more of them are easier to read as a table. */
const MOST_SENTENCES = 5;

/**
 * One capture's loss as text: a line with the totals, then the gaps, then what isn't known.
 *
 *     x.pcapng: 10,000 frames, 45 lost in 2 gaps, 0.448 % of 10,045 received
 *       40 frames lost between frames 302 and 303 (12.01 ms)
 *       5 frames lost after frame 10,000, the last one
 *
 * More than five gaps become a table with aligned columns and times in UTC. Names from the file are
 * made harmless.
 *
 * @returns lines separated by `\n`, none at the end
 */
export function lossText(facts: LossFacts, options: LossTextOptions = {}): string {
  const style = options.style ?? plainStyle;
  const { gaps } = facts.account;
  const listed = gaps.slice(0, options.gapLimit ?? DEFAULT_LISTED_GAPS);
  const lines = [
    header(facts, style),
    ...(gaps.length > MOST_SENTENCES
      ? gapTable(facts, listed, style)
      : listed.map((gap) => style.loss(gapSentence(gap, nameFor(facts, gap))))),
    ...moreLines(gaps.length - listed.length, facts.account.gapsOmitted, style),
    ...facts.account.interfaces.flatMap((one) => unplacedLines(facts, one, style)),
    ...earlyLossLines(facts.earlyLosses ?? [], (id) => nameOfInterface(facts, id)).map((line) =>
      style.warning(line),
    ),
    ...doubtLines(facts, style),
  ];
  return lines.map((line, i) => (i === 0 ? line : `  ${line}`)).join('\n');
}

function header(facts: LossFacts, style: TextStyle): string {
  const { account } = facts;
  const bounded = account.interfaces.reduce((sum, one) => sum + one.boundedGapCount, 0);
  const gapCounts = { gapCount: account.gapCount, boundedGapCount: bounded };
  const parts = [formatCounted(account.frames, 'frame')];
  if (account.lost === undefined) parts.push(style.warning('loss unknown'));
  else if (account.lost === 0) parts.push('none lost');
  else {
    parts.push(style.loss(`${formatCount(account.lost)} lost${inGaps(gapCounts)}`));
    const share = lossShare(account);
    if (share !== undefined) parts.push(share);
  }
  const leftOut = account.interfaces.reduce((sum, one) => sum + (one.leftOut ?? 0), 0);
  if (leftOut > 0) parts.push(`${formatCount(leftOut)} left out of this copy on purpose`);
  const file = facts.file === undefined ? '' : `${safeText(facts.file)}: `;
  return file + parts.join(', ');
}

function nameFor(facts: LossFacts, gap: Gap): string | undefined {
  const { interfaces } = facts.account;
  if (interfaces.length < 2) return undefined;
  const found = interfaceOf(facts, gap.interfaceId);
  return found === undefined ? `interface ${gap.interfaceId}` : interfaceLabel(found);
}

function nameOfInterface(facts: LossFacts, interfaceId: number): string | undefined {
  return interfaceOf(facts, interfaceId)?.name;
}

/** Accounts are sorted, and mostly of interfaces numbered from 0: found without a search then. */
function interfaceOf(
  { account: { interfaces } }: LossFacts,
  interfaceId: number,
): InterfaceAccount | undefined {
  const guess = interfaces[interfaceId];
  if (guess?.id === interfaceId) return guess;
  return interfaces.find(({ id }) => id === interfaceId);
}

/** Cuts `2026-11-22 13:44:20.000000001` after the microseconds: the table fits 80 columns. */
const MICROSECONDS_END = 26;

const BASE_COLUMNS: readonly TextColumn[] = [
  { heading: 'lost', align: 'right' },
  { heading: 'after', align: 'right' },
  { heading: 'before', align: 'right' },
  { heading: 'since (UTC)', align: 'left' },
  { heading: 'within', align: 'right' },
];

function gapTable(facts: LossFacts, gaps: readonly Gap[], style: TextStyle): string[] {
  const several = facts.account.interfaces.length > 1;
  const columns: TextColumn[] = [...BASE_COLUMNS];
  if (several) columns.push({ heading: 'interface', align: 'left' });
  const rings = gaps.some(({ queue }) => queue !== undefined);
  if (rings) columns.push({ heading: 'ring', align: 'right' });
  columns.push({ heading: 'certainty', align: 'left' });
  const rows = gaps.map((gap) => {
    const durationNs = gapDurationNs(gap);
    const cells = [
      formatCount(gap.lost),
      gap.after === undefined ? 'none' : formatCount(gap.after),
      isFinalGap(gap) ? 'none' : formatCount(gap.before!),
      gap.startNs === undefined ? '' : formatTimeUtc(gap.startNs).slice(0, MICROSECONDS_END),
      durationNs === undefined ? '' : formatDurationNs(durationNs),
    ];
    if (several) cells.push(nameFor(facts, gap)!);
    if (rings) cells.push(gap.queue === undefined ? '' : String(gap.queue));
    cells.push(certaintyText(gap));
    return cells;
  });
  const [headings, ...lines] = alignColumns(columns, rows);
  return [style.faint(headings!), ...lines];
}

function moreLines(notListed: number, omitted: number, style: TextStyle): string[] {
  const lines: string[] = [];
  if (notListed > 0) {
    lines.push(style.faint(`… and ${formatCount(notListed)} more (use --all or --json)`));
  }
  if (omitted > 0) {
    lines.push(style.faint(`… and ${formatCount(omitted)} more that were counted but not kept`));
  }
  return lines;
}

function unplacedLines(facts: LossFacts, one: InterfaceAccount, style: TextStyle): string[] {
  if (one.unplaced === undefined || one.unplaced === 0) return [];
  const on = facts.account.interfaces.length > 1 ? ` on ${interfaceLabel(one)}` : '';
  const writer = facts.application === undefined ? 'the file' : safeText(facts.application);
  const lost = formatCounted(one.unplaced, 'frame');
  return [style.loss(`${lost} lost${on}, places unknown: ${writer} records only a total`)];
}

// What the numbers above don't say: an unknown end, contradictions.
function doubtLines(facts: LossFacts, style: TextStyle): string[] {
  const lines: string[] = [];
  const { interfaces, lost } = facts.account;
  if (facts.truncated) {
    lines.push('The file is truncated: it ends inside a block, what followed is unknown.');
  }
  if (facts.damage !== undefined) lines.push(damageText(facts.damage));
  const isCut = facts.truncated || facts.damage !== undefined;
  const contradicted = facts.mismatches.length > 0;
  for (const one of interfaces) {
    if (one.finalGap !== undefined || one.unplaced !== undefined || isCut) continue;
    if (contradicted) continue;
    const on = interfaces.length > 1 ? ` on ${interfaceLabel(one)}` : '';
    lines.push(
      one.lost === undefined
        ? `The file records no loss${on}, neither places nor totals; that doesn't mean there was none.`
        : `Loss after the last frame${on} is unknown: the file has no totals from its end.`,
    );
  }
  if (lost === undefined && interfaces.length === 0) lines.push('The file describes no interface.');
  for (const mismatch of facts.mismatches) lines.push(safeText(mismatch.message));
  return lines.map((line) => style.warning(line));
}
