/** The Parquet files that one capture file becomes: one for each table and day. */

import { join } from 'node:path';
import { UnsupportedError } from '../core/errors.js';
import type { FileBatch } from '../source/format-reader.js';
import { type ArchiveTable, FRAMES_TABLE, GAPS_TABLE, INTERFACES_TABLE } from './archive-table.js';
import { FrameRows, ROW_GROUP_ROWS } from './frame-rows.js';
import { ParquetFile } from './parquet-file.js';
import { type CaptureIdentity, dayOf, partitionPath } from './partition.js';
import { type Row, toColumns } from './summary-rows.js';

/** Where and as what the tables are written. */
export interface TableFilesOptions {
  readonly folder: string;
  readonly sensor: string | undefined;
  /** For the files' `created_by`. */
  readonly application: string;
}

/** Days that are written at the same time: frames of several interfaces cross midnight unevenly. */
const OPEN_DAYS = 2;

/** Days that one capture file may turn to before its times are taken for nonsense. */
const MOST_TURNS = 1024;

/** Rows after which a file is finished and another begun, as its index of row groups is in memory. */
const FILE_ROWS = 512 * ROW_GROUP_ROWS;

/** Rows of small tables that are kept before they are written. */
const SUMMARY_ROWS = 16_384;

interface DayFile {
  readonly day: number | undefined;
  readonly rows: FrameRows;
  file: ParquetFile;
}

interface SummaryFile {
  readonly file: ParquetFile;
  rows: Row[];
}

/**
 * Takes the rows of one capture file and writes them where they belong.
 *
 * Nothing is to be seen in the archive before `commit`; after `discard` nothing is left. Memory: the
 * columns of one row group for each open day, and an index of at most 512 of them, whatever the size of the capture.
 */
export class TableFiles {
  readonly #options: TableFilesOptions;
  readonly #identity: CaptureIdentity;
  readonly #all: ParquetFile[] = [];
  /** The latest used one comes first. */
  #days: DayFile[] = [];
  readonly #partsOfDay = new Map<number | undefined, number>();
  readonly #gaps = new Map<number | undefined, SummaryFile>();
  #interfaces: SummaryFile | undefined;
  #turns = 0;

  constructor(identity: CaptureIdentity, options: TableFilesOptions) {
    this.#identity = identity;
    this.#options = options;
  }

  /** Adds the frame that the batch stands on. */
  addFrame(
    frame: FileBatch,
    frameNumber: number,
    linkType: number,
    name: string | undefined,
  ): void {
    const day = frame.hasTimestamp ? dayOf(frame.seconds) : undefined;
    const latest = this.#days[0];
    const open = latest !== undefined && latest.day === day ? latest : this.#dayFile(day);
    open.rows.add(frame, frameNumber, linkType, name);
    if (open.rows.isFull) this.#writeFrames(open);
  }

  /** Adds a row to the gaps. */
  addGap(row: Row, ns: bigint | undefined): void {
    const day = dayOfNs(ns);
    let summary = this.#gaps.get(day);
    if (summary === undefined) {
      summary = { file: this.#create(GAPS_TABLE, day, 0), rows: [] };
      this.#gaps.set(day, summary);
    }
    summary.rows.push(row);
    if (summary.rows.length < SUMMARY_ROWS) return;
    summary.file.writeRows(toColumns(GAPS_TABLE, summary.rows));
    summary.rows = [];
  }

  /** Adds a row to the interfaces; `ns`, the time of the first row, says in which partition. */
  addInterface(row: Row, ns: bigint | undefined): void {
    this.#interfaces ??= { file: this.#create(INTERFACES_TABLE, dayOfNs(ns), 0), rows: [] };
    this.#interfaces.rows.push(row);
    if (this.#interfaces.rows.length < SUMMARY_ROWS) return;
    this.#interfaces.file.writeRows(toColumns(INTERFACES_TABLE, this.#interfaces.rows));
    this.#interfaces.rows = [];
  }

  /**
   * Completes the files and gives them their names.
   *
   * @returns the files
   * @throws {SystemCallError} where that can't be
   */
  commit(): readonly string[] {
    for (const open of this.#days) finishDay(open);
    for (const { file, rows } of this.#gaps.values()) finishRows(file, toColumns(GAPS_TABLE, rows));
    if (this.#interfaces !== undefined) {
      const { file, rows } = this.#interfaces;
      finishRows(file, toColumns(INTERFACES_TABLE, rows));
    }
    for (const file of this.#all) file.commit();
    return this.#all.map(({ path }) => path);
  }

  /** Takes everything back that isn't committed. */
  discard(): void {
    for (const file of this.#all) file.discard();
  }

  #writeFrames(open: DayFile): void {
    open.file.writeRows(open.rows.take());
    if (open.file.rowCount < FILE_ROWS) return;
    open.file.finish();
    open.file = this.#createFrames(open.day);
  }

  #dayFile(day: number | undefined): DayFile {
    const known = this.#days.find((one) => one.day === day);
    const others = this.#days.filter((one) => one !== known);
    if (known === undefined && others.length === OPEN_DAYS) finishDay(others.pop()!);
    const open = known ?? this.#openDay(day);
    this.#days = [open, ...others];
    return open;
  }

  #openDay(day: number | undefined): DayFile {
    if (++this.#turns > MOST_TURNS) {
      throw new UnsupportedError(
        'TOO_MANY_PARTITIONS',
        `The frames of ${this.#identity.file} turn to another day more than ${MOST_TURNS} times.`,
        { feature: 'partitions', hint: 'Its times may be damaged: see `gapcap info`.' },
      );
    }
    const rows = new FrameRows(this.#identity.capture, day !== undefined);
    return { day, rows, file: this.#createFrames(day) };
  }

  #createFrames(day: number | undefined): ParquetFile {
    const part = this.#partsOfDay.get(day) ?? 0;
    this.#partsOfDay.set(day, part + 1);
    return this.#create(FRAMES_TABLE, day, part);
  }

  #create(table: ArchiveTable, day: number | undefined, part: number): ParquetFile {
    const { folder, sensor, application } = this.#options;
    const path = join(folder, partitionPath(table.name, sensor, day, this.#identity.stem, part));
    const file = new ParquetFile(path, table, application);
    this.#all.push(file);
    return file;
  }
}

function finishDay({ file, rows }: DayFile): void {
  finishRows(file, rows.take());
}

function finishRows(file: ParquetFile, columns: Parameters<ParquetFile['writeRows']>[0]): void {
  file.writeRows(columns);
  file.finish();
}

function dayOfNs(ns: bigint | undefined): number | undefined {
  return ns === undefined ? undefined : dayOf(Number(ns / 1_000_000_000n));
}
