/** Where encoded blocks go: a file or standard output, every write complete or an error. */

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { SystemCallError } from '../core/errors.js';

/** The name that stands for standard output. */
export const STANDARD_OUTPUT = '-';

/** How long to wait before a write is tried again that a full pipe refused, in milliseconds. */
const RETRY_MS = 1;

const retryClock = new Int32Array(new SharedArrayBuffer(4));

/**
 * A file that is being written. It is opened before the capture begins and emptied only when the
 * capture can begin, so that a capture that can't start destroys nothing.
 */
export class FileOutput implements Disposable {
  /** The path as it was given; `-` for standard output. */
  readonly path: string;
  readonly #created: boolean;
  #fd: number;
  #position = 0;

  private constructor(path: string, fd: number, created: boolean) {
    this.path = path;
    this.#fd = fd;
    this.#created = created;
  }

  /**
   * Opens a file for writing and leaves what is in it alone until `begin`.
   *
   * @throws {SystemCallError} `EACCES`, `ENOENT`, `EISDIR`, … where it can't be created
   */
  static open(path: string): FileOutput {
    if (path === STANDARD_OUTPUT) return new FileOutput(path, 1, false);
    const flags = constants.O_WRONLY | constants.O_CREAT;
    try {
      try {
        return new FileOutput(path, openSync(path, flags | constants.O_EXCL, 0o666), true);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        return new FileOutput(path, openSync(path, flags, 0o666), false);
      }
    } catch (error) {
      throw outputError(error, `Can't write the capture file '${path}'`, 'open');
    }
  }

  /** Whether this is standard output, whose reader wants frames as they come. */
  get isStream(): boolean {
    return this.path === STANDARD_OUTPUT;
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  /** Empties the file: what was in it is replaced from here on. */
  begin(): void {
    if (!this.isStream && fstatSync(this.#fd).isFile()) ftruncateSync(this.#fd, 0);
  }

  /**
   * Writes all the bytes, waiting where a pipe is full.
   *
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
        this.#position += done;
        const name = this.isStream ? 'standard output' : `the capture file '${this.path}'`;
        throw outputError(error, `Can't write to ${name} after ${this.#position} bytes`, 'write');
      }
    }
    this.#position += done;
  }

  /** Takes back a file that this object created, where the capture couldn't begin. */
  discard(): void {
    this.close();
    if (this.#created) unlinkSync(this.path);
  }

  /** Closes the file; may be called again. */
  close(): void {
    if (this.#fd < 0 || this.isStream) return;
    closeSync(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function outputError(error: unknown, what: string, syscall: string): SystemCallError {
  const { code = 'EIO', errno = 0 } = error as NodeJS.ErrnoException;
  return new SystemCallError(code, `${what}: ${code} (${syscall}).`, {
    syscall,
    errno: Math.abs(errno),
    cause: error,
    ...(code === 'ENOSPC' ? { hint: 'What was written before is whole; free some space.' } : {}),
  });
}
