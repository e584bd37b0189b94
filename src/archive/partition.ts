/** Where in the archive a row belongs: folders named as Hive does, which every engine understands. */

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { percentName } from '../core/percent-name.js';
import { systemError } from './archive-error.js';
import type { ArchiveTableName } from './archive-table.js';

/** Hive's name for the partition of rows that have no value. */
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';

/**
 * How much of a capture file its identity is made from: its interfaces, and the times of the first
 * frames. Little, so that a file that is still being written has it soon.
 */
const IDENTITY_BYTES = 4096;

/** Longest part of a capture file's name in the names of its tables. */
const LONGEST_STEM = 100;

/** What stands in the names of table files as it is. */
const HARMLESS_IN_FILE = /[A-Za-z0-9._-]/;

/**
 * What stands in a partition's value as it is. Hive escapes no more (`FileUtils.escapePathName`), and not every reader
 * takes escapes back: ClickHouse doesn't.
 */
const HARMLESS_IN_VALUE = /[\p{L}\p{N}._@ -]/u;

const DAY_SECONDS = 86_400;

/** The UTC day that holds a time, as days since 1970-01-01. */
export function dayOf(seconds: number): number {
  return Math.floor(seconds / DAY_SECONDS);
}

/**
 * Path of one Parquet file within the archive.
 *
 * @param sensor undefined: not known
 * @param day days since 1970-01-01; undefined: without a time
 * @param part 0 for the first file of this day
 */
export function partitionPath(
  table: ArchiveTableName,
  sensor: string | undefined,
  day: number | undefined,
  stem: string,
  part: number,
): string {
  const date =
    day === undefined ? NO_VALUE : new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
  const name = part === 0 ? stem : `${stem}.${part}`;
  return join(
    table,
    `sensor=${sensor === undefined ? NO_VALUE : percentName(sensor, HARMLESS_IN_VALUE)}`,
    `date=${date}`,
    `${name}.parquet`,
  );
}

/** A capture file's identity in the archive, and the name that its tables get. */
export interface CaptureIdentity {
  /** Sixteen hexadecimal digits. */
  readonly capture: string;
  /** The file's name without its folders. */
  readonly file: string;
  /** What the Parquet files' names begin with. */
  readonly stem: string;
}

/**
 * Gives a capture file an identity made from its name and its first 4 KiB, so that the same file,
 * exported again from another folder or meanwhile longer, replaces its rows instead of doubling them.
 * A file of another name is another file, as it may hold a part of the same frames.
 *
 * @throws {SystemCallError} where it can't be read
 */
export function identify(path: string): CaptureIdentity {
  const file = basename(path);
  const hash = createHash('sha256').update(`${file}\0`).update(firstBytes(path));
  const capture = hash.digest('hex').slice(0, 16);
  return {
    capture,
    file,
    stem: `${percentName(file, HARMLESS_IN_FILE).slice(0, LONGEST_STEM)}-${capture}`,
  };
}

function firstBytes(path: string): Uint8Array {
  const bytes = new Uint8Array(IDENTITY_BYTES);
  let length = 0;
  try {
    const fd = openSync(path, 'r');
    try {
      while (length < IDENTITY_BYTES) {
        const read = readSync(fd, bytes, length, IDENTITY_BYTES - length, null);
        if (read === 0) break;
        length += read;
      }
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw systemError(error, `Can't read ${path}`);
  }
  return bytes.subarray(0, length);
}
