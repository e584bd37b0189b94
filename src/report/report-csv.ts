/** A report as tables of comma-separated values: the same facts as its JSON. */

import { formatEpochNs, tryParseEpochNs } from '../core/timestamp.js';
import { type CsvCell, csvRow } from './csv-text.js';
import type { GapReportJson, GapSideJson, ReportJson } from './report-json.js';

/** The tables that a report has. */
export const REPORT_TABLES = ['gaps', 'flows', 'intervals', 'interfaces', 'summary'] as const;

/** The name of one of `REPORT_TABLES`. */
export type ReportTable = (typeof REPORT_TABLES)[number];

/**
 * One table of a report, row by row, headings first; each row with its line end.
 *
 * Columns are named as in JSON, in snake case. Times are seconds since 1970-01-01 UTC with nine
 * digits. What isn't known is an empty cell.
 */
export function* reportCsv(report: ReportJson, table: ReportTable): Generator<string> {
  const rows = tables[table](report);
  for (const row of rows) yield csvRow(row);
}

type Rows = Iterable<readonly CsvCell[]>;

const tables: Readonly<Record<ReportTable, (report: ReportJson) => Rows>> = {
  gaps: gapRows,
  flows: flowRows,
  intervals: intervalRows,
  interfaces: interfaceRows,
  summary: summaryRows,
};

const GAP_HEADINGS: readonly string[] = [
  'interface',
  'interface_name',
  'queue',
  'lost',
  'at_least',
  'at_most',
  'certainty',
  'group',
  'after',
  'before',
  'start',
  'end',
  'frames_per_second_before',
  'frames_per_second_after',
];

function* gapRows(report: ReportJson): Rows {
  yield GAP_HEADINGS;
  for (const gap of report.gaps) {
    yield [
      gap.interface,
      nameOf(report, gap),
      gap.queue,
      gap.lost,
      gap.atLeast ?? gap.lost,
      gap.atMost ?? gap.lost,
      gap.certainty,
      gap.group,
      gap.after,
      gap.before,
      gap.start,
      gap.end,
      gap.framesBefore.framesPerSecond,
      gap.framesAfter?.framesPerSecond,
    ];
  }
}

const FLOW_HEADINGS: readonly string[] = ['protocol', 'from', 'to', 'frames', 'bytes'];

function* flowRows(report: ReportJson): Rows {
  yield ['after', 'before', 'interface', 'queue', 'side', ...FLOW_HEADINGS];
  for (const gap of report.gaps) {
    const sides: [string, GapSideJson | null][] = [
      ['before', gap.framesBefore],
      ['after', gap.framesAfter],
    ];
    for (const [name, side] of sides) {
      for (const { protocol, from, to, frames, bytes } of side?.flows ?? []) {
        const flow = [protocol, from, to, frames, bytes];
        yield [gap.after, gap.before, gap.interface, gap.queue, name, ...flow];
      }
    }
  }
}

function* intervalRows({ timeline }: ReportJson): Rows {
  yield ['start', 'end', 'frames', 'bytes', 'lost', 'gaps'];
  const { untimed } = timeline;
  const startNs = timeline.start === null ? undefined : tryParseEpochNs(timeline.start);
  if (startNs !== undefined) {
    const lengthNs = BigInt(timeline.intervalNs);
    for (let i = 0; i < timeline.frames.length; i++) {
      const fromNs = startNs + BigInt(i) * lengthNs;
      yield [
        formatEpochNs(fromNs),
        formatEpochNs(fromNs + lengthNs),
        timeline.frames[i],
        timeline.bytes[i],
        timeline.lost[i],
        timeline.gaps[i],
      ];
    }
  }
  if (untimed.frames > 0 || untimed.lost > 0) {
    yield [null, null, untimed.frames, untimed.bytes, untimed.lost, untimed.gaps];
  }
}

function* interfaceRows({ interfaces }: ReportJson): Rows {
  yield [
    'id',
    'name',
    'link_type',
    'frames',
    'received',
    'left_out',
    'lost',
    'final_gap',
    'unplaced',
    'interface_received',
    'interface_dropped',
  ];
  for (const one of interfaces) {
    yield [
      one.id,
      one.name,
      one.linkType,
      one.frames,
      one.received,
      one.leftOut,
      one.lost,
      one.finalGap,
      one.unplaced,
      one.interfaceReceived,
      one.interfaceDropped,
    ];
  }
}

function* summaryRows(report: ReportJson): Rows {
  yield ['fact', 'value'];
  yield ['file', report.file];
  yield ['format', report.format];
  yield ['application', report.application];
  yield ['start', report.start];
  yield ['end', report.end];
  yield ['frames', report.frames];
  yield ['bytes', report.bytes];
  yield ['received', report.received];
  yield ['lost', report.lost];
  yield ['unplaced', report.unplaced];
  yield ['interface_dropped', report.interfaceDropped];
  yield ['gap_count', report.gapCount];
  yield ['gaps_omitted', report.gapsOmitted];
  yield ['largest_gap', report.largestGap];
  yield ['truncated', String(report.truncated)];
  if (report.damaged !== undefined) yield ['damaged_at_byte', report.damaged.offset];
  for (const mismatch of report.mismatches ?? []) yield ['mismatch', mismatch];
}

function nameOf(report: ReportJson, gap: GapReportJson): string | null {
  const guess = report.interfaces[gap.interface];
  if (guess?.id === gap.interface) return guess.name ?? null;
  return report.interfaces.find(({ id }) => id === gap.interface)?.name ?? null;
}
