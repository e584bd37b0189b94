/** Gaps and interfaces as rows of their tables. */

import type { FrameTally } from '../analysis/frame-tally.js';
import type { InterfaceAccount } from '../gaps/account.js';
import type { Gap } from '../gaps/gap.js';
import type { FileSource } from '../source/file-source.js';
import type { ArchiveTable } from './archive-table.js';
import { queueCell } from './frame-rows.js';
import type { ColumnValues } from './parquet-file.js';

/** One value of a row. */
export type Cell = string | number | bigint | boolean | null;

/** A row: its table's columns by name; a missing one is null. */
export type Row = Readonly<Record<string, Cell>>;

/** The capture file that a row is of. */
export interface RowOrigin {
  readonly capture: string;
  readonly file: string;
}

/** What the interfaces table says of one interface. */
export interface InterfaceRecord {
  readonly description: FileSource['interfaces'][number];
  readonly tally: FrameTally;
  /** undefined where the file is damaged before its end. */
  readonly account: InterfaceAccount | undefined;
  readonly statistics: ReturnType<FileSource['statistics']>;
  readonly lawHolds: boolean | undefined;
  readonly format: string;
  readonly application: string | undefined;
  readonly truncated: boolean;
  /** Gaps that were met, for where there is no account. */
  readonly gapCount: number;
}

/** A row of the gaps table. */
export function gapRow(gap: Gap, origin: RowOrigin, interfaceName: string | undefined): Row {
  return {
    ...origin,
    interface: gap.interfaceId,
    interface_name: interfaceName ?? null,
    queue: queueCell(gap.queue),
    lost: BigInt(gap.lost),
    at_least: BigInt(gap.atLeast),
    at_most: BigInt(gap.atMost),
    certainty: gap.certainty,
    bounded_group: gap.group ?? null,
    after_frame: big(gap.after),
    before_frame: big(gap.before),
    ...timeCells('start', gap.startNs),
    ...timeCells('end', gap.endNs),
  };
}

/** A row of the interfaces table. */
export function interfaceRow(record: InterfaceRecord, origin: RowOrigin): Row {
  const { description, tally, account, statistics } = record;
  return {
    ...origin,
    format: record.format,
    application: record.application ?? null,
    truncated: record.truncated,
    interface: description.id,
    interface_name: description.name ?? null,
    description: description.description ?? null,
    mac_address: description.macAddress ?? null,
    link_type: description.linkType,
    snapshot_length: BigInt(description.snapshotLength),
    speed_bps: signed64(description.speedBps),
    filter: description.filter ?? null,
    frames: BigInt(tally.frames),
    original_bytes: BigInt(tally.originalBytes),
    ...timeCells('first', tally.firstNs),
    ...timeCells('last', tally.lastNs),
    received: big(account?.received),
    dropped: big(account?.dropped),
    unread: big(account?.unread),
    left_out: big(account?.leftOut),
    lost: big(account?.lost),
    final_gap: big(account?.finalGap),
    unplaced: big(account?.unplaced),
    gap_count: BigInt(account?.gapCount ?? record.gapCount),
    interface_received: big(statistics?.interfaceReceived),
    interface_dropped: big(statistics?.interfaceDropped),
    law_holds: record.lawHolds ?? null,
  };
}

/** Rows as the columns of their table. */
export function toColumns(table: ArchiveTable, rows: readonly Row[]): readonly ColumnValues[] {
  return table.columns.map(({ name }) => rows.map((row) => row[name] ?? null));
}

function timeCells(name: string, ns: bigint | undefined): Row {
  return {
    [`${name}_time`]: ns === undefined ? null : ns / 1000n,
    [`${name}_ns`]: ns ?? null,
  };
}

function big(value: number | undefined): bigint | null {
  return value === undefined ? null : BigInt(value);
}

/** Speeds are unsigned in a file; one beyond 2^63 is nonsense, and unknown. */
function signed64(value: bigint | undefined): bigint | null {
  return value === undefined || value >= 1n << 63n ? null : value;
}
