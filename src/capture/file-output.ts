/** Where encoded records go: a file or standard output, every write complete or an error. */

import {
  close,
  closeSync,
  existsSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { constants as systemConstants } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoError } from '../core/errno-error.js';
import { SystemCallError } from '../core/errors.js';
import { openOutput } from './output-open.js';
import type { OutputTarget } from './output-target.js';
import { PCAPNG_RECORDS, type RecordFormat } from './record-format.js';

/** The name that stands for standard output. */
export const STANDARD_OUTPUT = '-';

/**
 * Who may read a new file: its owner alone, as with dumpcap, since frames hold other people's words.
 */
const OWNER_ONLY = 0o600;
/** The same, and the owner's group. */
const OWNER_AND_GROUP = 0o640;

/** How long to wait before a write is tried again that a full pipe refused, in milliseconds. */
const RETRY_MS = 1;

const retryClock = new Int32Array(new SharedArrayBuffer(4));
const closeFile = promisify(close);

/** How a file is opened. */
export interface FileOutputOptions {
  /** Whether the owner's group may read a new file; false unless given. */
  readonly groupReadable?: boolean | undefined;
  /** Whether a symbolic link of that name is followed; true unless given. */
  readonly followLinks?: boolean | undefined;
  /** What the bytes are made of; pcapng unless given. */
  readonly records?: RecordFormat | undefined;
}

/**
 * A file that is being written. It is opened before the capture begins and emptied only when the
 * capture can begin, so that a capture that can't start destroys nothing.
 */
export class FileOutput implements OutputTarget, Disposable {
  /** The path as it was given; `-` for standard output. */
  readonly path: string;
  readonly #created: boolean;
  readonly #records: RecordFormat;
  #fd: number;
  #position = 0;
  #framesUnwritten = 0;

  private constructor(path: string, fd: number, created: boolean, options: FileOutputOptions) {
    this.path = path;
    this.#fd = fd;
    this.#created = created;
    this.#records = options.records ?? PCAPNG_RECORDS;
  }

  /**
   * Opens a file for writing and leaves what is in it alone until `begin`.
   *
   * @throws {SystemCallError} `EACCES`, `ENOENT`, `EISDIR`, … where it can't be created
   */
  static open(path: string, options: FileOutputOptions = {}): FileOutput {
    if (path === STANDARD_OUTPUT) return new FileOutput(path, 1, false, options);
    const mode = options.groupReadable === true ? OWNER_AND_GROUP : OWNER_ONLY;
    try {
      const { fd, created } = openOutput(path, { mode, followLinks: options.followLinks });
      return new FileOutput(path, fd, created, options);
    } catch (error) {
      if (error instanceof SystemCallError) throw error;
      throw outputError(
        error,
        `Can't write the capture file '${path}'`,
        'open',
        openHint(error, path),
      );
    }
  }

  /** Whether this is standard output, whose reader wants frames as they come. */
  get isStream(): boolean {
    return this.path === STANDARD_OUTPUT;
  }

  /** Whether it is a pipe with a name, which somebody reads along. */
  get isPipe(): boolean {
    return fstatSync(this.#fd).isFIFO();
  }

  /** Bytes written so far; after a failed write those that were left in the file. */
  get position(): number {
    return this.#position;
  }

  /** After a failed write: frames that were in it and aren't in the file. */
  get framesUnwritten(): number {
    return this.#framesUnwritten;
  }

  /** The file's descriptor, for a thread that writes in this object's place; −1 once closed. */
  get descriptor(): number {
    return this.#fd;
  }

  /** Whether it can be cut: it is an ordinary file. */
  get isRegular(): boolean {
    return fstatSync(this.#fd).isFile();
  }

  /** Makes the file that user's, unless it was there before this object opened it. */
  giveTo(uid: number, gid: number): void {
    if (this.#created) fchownSync(this.#fd, uid, gid);
  }

  /** Empties the file: what was in it is replaced from here on. */
  begin(): void {
    if (!this.isStream && this.isRegular) ftruncateSync(this.#fd, 0);
  }

  /**
   * Writes all the bytes, waiting where a pipe is full.
   *
   * Where that fails, an ordinary file is cut after the last record that is whole in it, and nothing
   * should be written any more.
   *
   * @param bytes whole records
   * @throws {SystemCallError} `ENOSPC`, `EPIPE`, … with the position reached in the message
   */
  write(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      try {
        done += writeSync(this.#fd, bytes, done, bytes.length - done);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EINTR') continue;
        if (code === 'EAGAIN') {
          Atomics.wait(retryClock, 0, 0, RETRY_MS);
          continue;
        }
        this.#cutAfter(bytes, done);
        throw writeError(error, this.path, this.#position);
      }
    }
    this.#position += done;
  }

  /** Takes back a file that this object created, where the capture couldn't begin. */
  discard(): void {
    this.close();
    if (!this.#created) return;
    try {
      unlinkSync(this.path);
    } catch {
      // Whoever isn't permitted to remove it any more leaves it, empty.
    }
  }

  /** Closes the file; may be called again. */
  close(): void {
    const fd = this.#release();
    if (fd >= 0) closeSync(fd);
  }

  /** As `close`, where that can't be waited for. */
  closeNow(): void {
    this.close();
  }

  /** Closes the file in the background, as that takes its time on a network. */
  async closeLater(): Promise<void> {
    const fd = this.#release();
    if (fd >= 0) await closeFile(fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @returns the descriptor to close; −1: none */
  #release(): number {
    if (this.isStream) return -1;
    const fd = this.#fd;
    this.#fd = -1;
    return fd;
  }

  /** Leaves the first bytes of an ordinary file that is still open, and says nothing of failures. */
  cutAt(position: number): void {
    if (this.isStream || this.#fd < 0) return;
    try {
      if (this.isRegular) ftruncateSync(this.#fd, position);
    } catch {
      // What is there is readable up to that place all the same.
    }
  }

  #cutAfter(bytes: Uint8Array, done: number): void {
    const atStart = this.#position === 0;
    const whole = this.#records.wholeLength(bytes, done, atStart);
    this.#framesUnwritten = this.#records.countFrames(
      bytes.subarray(whole),
      atStart && whole === 0,
    );
    if (!this.isRegular) {
      this.#position += done;
      return;
    }
    this.#position += whole;
    ftruncateSync(this.#fd, this.#position);
  }
}

/** Says that a write failed, and where. */
export function writeError(error: unknown, path: string, position: number): SystemCallError {
  const name = path === STANDARD_OUTPUT ? 'standard output' : `the capture file '${path}'`;
  return outputError(
    error,
    `Can't write to ${name} after ${position} bytes`,
    'write',
    writeHint(error),
  );
}

/** Says that the thread that compresses a file has ended before its time. */
export function threadError(path: string, position: number): SystemCallError {
  return outputError(
    { code: 'EIO', errno: systemConstants.errno.EIO },
    `Can't write to the capture file '${path}' after ${position} bytes, as the compressing thread died`,
    'write',
    'What was written before is whole; capture without compression, and please report it.',
  );
}

function writeHint(error: unknown): string | undefined {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
      return 'What was written before is whole; free some space.';
    case 'EDQUOT':
      return "What was written before is whole; free some of the user's quota.";
    case 'EFBIG':
      return 'What was written before is whole; raise the limit (ulimit -f), or write several files (-b filesize:KB).';
    case 'EIO':
      return 'What the disk took before is whole; the log of the kernel may say more (dmesg).';
    default:
      return undefined;
  }
}

/** What to do where a file can't be created. */
function openHint(error: unknown, path: string): string | undefined {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return missingHint(path);
    case 'ENOTDIR':
      return `'${dirname(path)}' is no folder: name one.`;
    case 'EISDIR':
      return 'That is a folder: name a file in it.';
    case 'EACCES':
    case 'EPERM':
      return 'This user may not write there: name a file elsewhere, or change the permissions.';
    case 'EMFILE':
      return 'This process has as many files open as it may: raise the limit (ulimit -n).';
    case 'EROFS':
      return 'That file system is read-only: name a file elsewhere.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'There is no room for another file: free some, or name a file elsewhere.';
    default:
      return undefined;
  }
}

/** Where the system finds no such path: the folder may be there all the same, as for /proc. */
function missingHint(path: string): string {
  const folder = dirname(path);
  if (!existsSync(folder)) return `There is no folder '${folder}': make it, or name another.`;
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    return "It is a symbolic link that leads into a folder that isn't there: name another file.";
  }
  return `'${folder}' takes no new file: name one elsewhere.`;
}

function outputError(
  error: unknown,
  what: string,
  syscall: string,
  hint?: string,
): SystemCallError {
  return errnoError(error, (code) => `${what}: ${code} (${syscall}).`, { syscall, hint });
}
