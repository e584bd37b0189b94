/**
 * Messages that wait for their server: a queue in a folder, bounded, and whole after a crash.
 *
 * The folder holds segments, numbered files of at most a mebibyte to which records are appended:
 *
 *     offset  bytes
 *     0       length of the payload (u32, little-endian)
 *     4       CRC-32 of the payload
 *     8       the payload
 *
 * A record is read again and again until `release` says that the server has it; a segment of which all
 * records are released is deleted. Where the folder would grow beyond its limit, the oldest segment
 * goes, whole, and its records are told to `onDrop`. A record that a crash cut off ends its segment.
 *
 * After a crash everything not deleted is sent again; the messages' own numbers make that harmless.
 */

import {
  closeSync,
  constants,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { makeFolders } from '../capture/make-folders.js';
import { SystemCallError } from '../core/errors.js';

const SEGMENT_BYTES = 1 << 20;
const HEADER_BYTES = 8;
/** Room that a segment must have for another record; a longer record makes it longer. */
const ROOM_BYTES = 256 * 1024;
const SEGMENT_NAME = /^(\d{8})\.spool$/;

interface Segment {
  readonly number: number;
  bytes: number;
  records: number;
  /** Records at its beginning that the server has. */
  released: number;
}

/** A bounded queue of texts on disk. */
export class Spool {
  readonly folder: string;
  readonly #limitBytes: number;
  readonly #segments: Segment[] = [];
  /** The records of the first segment, read when they are asked for. */
  #first: { readonly number: number; readonly payloads: string[] } | undefined;
  #fd: number | undefined;
  readonly #onDrop: (payloads: readonly string[]) => void;
  readonly #elders: readonly Spool[];
  #drops = 0;
  /** A number is never used twice: a segment of an old one may still be in `#first`. */
  #lastNumber = 0;

  /**
   * Opens it, with what an earlier process left in it.
   *
   * @param limitBytes at least 2 MiB, so that one segment can go while another is written
   * @param onDrop takes the records for which there was no room any more
   * @param elders spools that share the limit: the first of them are the first to go
   * @throws {NodeJS.ErrnoException} where the folder can't be made or read
   * @throws {SystemCallError} `EACCES` where somebody else could put records into it
   */
  constructor(
    folder: string,
    limitBytes: number,
    onDrop: (payloads: readonly string[]) => void = () => {},
    elders: readonly Spool[] = [],
  ) {
    this.#onDrop = onDrop;
    this.#elders = elders;
    this.folder = folder;
    this.#limitBytes = Math.max(limitBytes, 2 * SEGMENT_BYTES);
    makeFolders(folder, 0o700);
    checkOwner(folder);
    for (const name of readdirSync(folder).sort()) {
      const number = SEGMENT_NAME.exec(name)?.[1];
      if (number === undefined) continue;
      const payloads = this.#read(Number(number));
      const bytes = payloads.reduce((sum, one) => sum + HEADER_BYTES + Buffer.byteLength(one), 0);
      const segment = { number: Number(number), bytes, records: payloads.length, released: 0 };
      this.#segments.push(segment);
      this.#lastNumber = segment.number;
    }
  }

  /** Records that wait. */
  get length(): number {
    return this.#segments.reduce((sum, { records, released }) => sum + records - released, 0);
  }

  /** Bytes in its folder. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** How many times a segment had to go because the folder was full. */
  get drops(): number {
    return this.#drops;
  }

  /**
   * Adds a record at the end.
   *
   * @param makePayload is called when there is room for it: what had to go has gone by then
   * @throws {NodeJS.ErrnoException} where it can't be written, as on a full disk; it isn't there then
   */
  append(makePayload: () => string): void {
    let last = this.#segments.at(-1);
    if (last === undefined || this.#fd === undefined || last.bytes + ROOM_BYTES > SEGMENT_BYTES) {
      last = this.#begin();
    }
    const payload = makePayload();
    const body = Buffer.from(payload, 'utf8');
    const record = Buffer.alloc(HEADER_BYTES + body.length);
    record.writeUInt32LE(body.length, 0);
    record.writeUInt32LE(crc32(body), 4);
    body.copy(record, HEADER_BYTES);
    try {
      for (let at = 0; at < record.length; ) at += writeSync(this.#fd!, record, at);
    } catch (error) {
      // Half a record would hide those after it.
      ftruncateSync(this.#fd!, last.bytes);
      throw error;
    }
    last.bytes += record.length;
    last.records++;
    if (this.#first?.number === last.number) this.#first.payloads.push(payload);
  }

  /** The first records that wait, at most `most` of them, of one segment. */
  peek(most: number): readonly string[] {
    this.#dropDone();
    const [segment] = this.#segments;
    if (segment === undefined) return [];
    if (this.#first?.number !== segment.number) {
      this.#first = { number: segment.number, payloads: this.#read(segment.number) };
    }
    return this.#first.payloads.slice(segment.released, segment.released + most);
  }

  /** Says that the server has the first so many records. */
  release(count: number): void {
    for (let left = count; left > 0; ) {
      const segment = this.#segments.find(({ records, released }) => released < records);
      if (segment === undefined) return;
      const some = Math.min(left, segment.records - segment.released);
      segment.released += some;
      left -= some;
    }
    this.#dropDone();
  }

  /** Closes it; the folder goes where nothing waits in it. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#dropDone();
    if (this.#segments.length > 0) return;
    try {
      rmdirSync(this.folder);
    } catch {
      // Something else is in it, which isn't ours to delete.
    }
  }

  #begin(): Segment {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    const all = [...this.#elders, this];
    const total = (): number => all.reduce((sum, { bytes }) => sum + bytes, 0);
    while (total() + SEGMENT_BYTES > this.#limitBytes) {
      const oldest = all.find(({ bytes }) => bytes > 0);
      if (oldest === undefined) break;
      oldest.#dropOldest();
    }
    const number = ++this.#lastNumber;
    this.#fd = openSync(this.#path(number), 'ax', 0o600);
    const segment = { number, bytes: 0, records: 0, released: 0 };
    this.#segments.push(segment);
    return segment;
  }

  #dropOldest(): void {
    const [oldest] = this.#segments;
    if (oldest === undefined) return;
    const unsent = this.#read(oldest.number).slice(oldest.released);
    this.#segments.shift();
    rmSync(this.#path(oldest.number), { force: true });
    this.#drops++;
    if (unsent.length > 0) this.#onDrop(unsent);
  }

  /** Deletes segments at the beginning that are done with, but not the one that is written. */
  #dropDone(): void {
    for (;;) {
      const [segment] = this.#segments;
      if (segment === undefined || segment.released < segment.records) return;
      if (this.#segments.length === 1 && this.#fd !== undefined) return;
      this.#segments.shift();
      rmSync(this.#path(segment.number), { force: true });
    }
  }

  #read(number: number): string[] {
    const bytes = readFileSync(this.#path(number));
    const payloads: string[] = [];
    for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
      const end = at + HEADER_BYTES + bytes.readUInt32LE(at);
      if (end > bytes.length) break;
      const body = bytes.subarray(at + HEADER_BYTES, end);
      if (crc32(body) !== bytes.readUInt32LE(at + 4)) break;
      payloads.push(body.toString('utf8'));
      at = end;
    }
    return payloads;
  }

  #path(number: number): string {
    return join(this.folder, `${String(number).padStart(8, '0')}.spool`);
  }
}

/**
 * What is in a spool is told as this sensor's: nobody else may put anything there.
 *
 * @throws {SystemCallError} `EACCES` where it is a link, another user's, or others may write
 */
export function checkOwner(folder: string): void {
  const { uid, mode } = lstatSync(folder);
  const isOwn = uid === process.geteuid?.() && (mode & constants.S_IFMT) === constants.S_IFDIR;
  if (isOwn && (mode & 0o022) === 0) return;
  throw new SystemCallError('EACCES', `${folder} is open to other users`, {
    syscall: 'mkdir',
    errno: osConstants.errno.EACCES,
    hint: 'Name a folder of your own with --publish-spool.',
  });
}
