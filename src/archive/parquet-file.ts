/** One Parquet file under construction: columns in, row groups out, nothing seen until it is whole. */

import { closeSync, ftruncateSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import { makeFolders } from '../capture/make-folders.js';
import { checkFolders, openOutput } from '../capture/output-open.js';
import { systemError } from './archive-error.js';
import type { ArchiveColumn, ArchiveTable } from './archive-table.js';

/** Values of one column, as many as there are rows; null where there is none. */
export type ColumnValues = readonly (string | number | bigint | boolean | null)[] | TypedValues;

/** Values of a column that is never null. */
type TypedValues = Int32Array | BigInt64Array;

/** Bytes that the buffer begins with; it grows to the size of a row group. */
const BUFFER_BYTES = 1 << 20;

/**
 * A file that is written under another name, so that nobody who reads `*.parquet` meets half of it,
 * and gets its own name by `commit`.
 */
export class ParquetFile {
  /** Where it will be. */
  readonly path: string;
  readonly #table: ArchiveTable;
  readonly #fd: number;
  /** Undefined once it is finished: its index of row groups is let go. */
  #writer: ParquetWriter | undefined;
  #rowCount = 0;

  /**
   * Creates it, and the folders on its way.
   *
   * @throws {SystemCallError} where that can't be
   */
  constructor(path: string, table: ArchiveTable, application: string) {
    this.path = path;
    this.#table = table;
    try {
      checkFolders(path);
      makeFolders(dirname(path));
      this.#fd = openOutput(this.#partialPath, { mode: 0o644, followLinks: false }).fd;
      ftruncateSync(this.#fd, 0);
    } catch (error) {
      throw systemError(error, `Can't create ${path}`);
    }
    this.#writer = new ParquetWriter({
      writer: new FileByteWriter(this.#fd, path),
      schema: [
        { name: table.name, num_children: table.columns.length },
        ...table.columns.map(element),
      ],
      createdBy: application,
    });
  }

  /** Rows written so far. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /**
   * Writes one row group.
   *
   * @param columns the table's columns, in its order, all equally long
   * @throws {SystemCallError} `ENOSPC`, …
   */
  writeRows(columns: readonly ColumnValues[]): void {
    const rowCount = columns[0]?.length ?? 0;
    if (rowCount === 0) return;
    void this.#writer?.write({
      columnData: this.#table.columns.map((column, index) => source(column, columns[index]!)),
      rowGroupSize: rowCount,
      pageSize: 0, // one page for each column: the group is small enough
    });
    this.#rowCount += rowCount;
  }

  /** Completes it under its other name. */
  finish(): void {
    void this.#writer?.finish(); // a promise only from a writer that gives one, which ours doesn't
    this.#close();
  }

  /** Gives it its name, in place of a file that has it. */
  commit(): void {
    try {
      renameSync(this.#partialPath, this.path);
    } catch (error) {
      throw systemError(error, `Can't name ${this.path}`);
    }
  }

  /** Takes it back. */
  discard(): void {
    this.#close();
    rmSync(this.#partialPath, { force: true });
  }

  get #partialPath(): string {
    return `${this.path}.partial`;
  }

  #close(): void {
    if (this.#writer === undefined) return;
    this.#writer = undefined;
    closeSync(this.#fd);
  }
}

/** Gathers one row group, then hands it to the file. */
class FileByteWriter extends ByteWriter {
  readonly #fd: number;
  readonly #path: string;

  constructor(fd: number, path: string) {
    super(BUFFER_BYTES);
    this.#fd = fd;
    this.#path = path;
  }

  /** Called by the library after each row group. */
  flush(): void {
    const bytes = this.getBytes();
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      throw systemError(error, `Can't write ${this.#path}`);
    }
    this.index = 0;
  }

  /** Called by the library at the end. */
  override finish(): void {
    this.flush();
  }
}

function source(column: ArchiveColumn, data: ColumnValues): ColumnSource {
  return {
    name: column.name,
    data: data as ColumnSource['data'],
    statistics: column.statistics,
    ...(column.encoding === 'delta' ? { encoding: 'DELTA_BINARY_PACKED' as const } : {}),
  };
}

function element(column: ArchiveColumn): SchemaElement {
  const { name, kind } = column;
  const base = { name, repetition_type: column.optional ? 'OPTIONAL' : 'REQUIRED' } as const;
  switch (kind) {
    case 'int32':
      return { ...base, type: 'INT32' };
    case 'int64':
      return { ...base, type: 'INT64' };
    case 'boolean':
      return { ...base, type: 'BOOLEAN' };
    case 'text':
      return {
        ...base,
        type: 'BYTE_ARRAY',
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
      };
    case 'time':
      // Both names of the type: the older one is what engines of before 2018 know.
      return {
        ...base,
        type: 'INT64',
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      };
  }
}
