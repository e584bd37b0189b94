/** The bytes of a file or of the standard input, read in order. */

import { closeSync, openSync, readSync } from 'node:fs';
import { fileRefusal } from '../core/file-refusal.js';
import { LookAhead } from './look-ahead.js';

const STANDARD_INPUT = 0;
const RETRY_MS = 2;

/** Bytes in order, as the readers of the formats take them; a file as it is, or decompressed. */
export interface ByteInput extends Disposable {
  /** Path as given; `-` for the standard input. */
  readonly path: string;
  /** Bytes given by `read` so far. */
  readonly bytesRead: number;
  /** Bytes read from the file itself so far; fewer than `bytesRead` where it is compressed. */
  readonly fileBytesRead: number;
  /** Whether the input ended before it should have, inside its compression. */
  readonly cutShort: boolean;
  /** At least the first `byteCount` bytes, which `read` will give again; fewer where there are fewer. */
  peek(byteCount: number): Uint8Array;
  /**
   * Reads the next bytes, at most as many as `into` holds; waits where a pipe has none yet.
   *
   * @returns how many bytes were read; 0 at the end
   */
  read(into: Uint8Array): number;
  /** Gives back all resources. May be called again. */
  close(): void;
}

/** One open file, read from start to end. */
export class FileInput implements ByteInput {
  /** Path as given; `-` for the standard input. */
  readonly path: string;
  /** A file as it is can't be cut short; what it holds can. */
  readonly cutShort: boolean = false;
  /** The open file's descriptor. */
  readonly fd: number;
  #open: boolean = true;
  #bytesRead = 0;
  readonly #bytes = new LookAhead((into) => readDescriptor(this.fd, into, this.path));

  /**
   * Opens a file.
   *
   * @param path a path, or `-` for the standard input
   * @throws {SystemCallError} `ENOENT`, `EACCES`, …
   */
  constructor(path: string) {
    this.path = path;
    try {
      this.fd = path === '-' ? STANDARD_INPUT : openSync(path, 'r');
    } catch (error) {
      throw inputError('open', path, error);
    }
  }

  /** Bytes given by `read` so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** The same as `bytesRead`: nothing is compressed. */
  get fileBytesRead(): number {
    return this.#bytesRead;
  }

  /** At least the first `byteCount` bytes, which `read` will give again; fewer where there are fewer. */
  peek(byteCount: number): Uint8Array {
    return this.#bytes.peek(byteCount);
  }

  /**
   * Reads the next bytes, at most as many as `into` holds; waits where a pipe has none yet.
   *
   * @returns how many bytes were read; 0 at the end
   * @throws {SystemCallError} `EISDIR`, `EIO`, …
   */
  read(into: Uint8Array): number {
    const count = this.#bytes.read(into);
    this.#bytesRead += count;
    return count;
  }

  /** Closes the file; the standard input stays open. May be called again. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.fd !== STANDARD_INPUT) closeSync(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Reads what comes next from an open file, waiting for a pipe that has nothing in it yet.
 *
 * @param path for the message
 * @returns how many bytes were read; 0 at the end
 * @throws {SystemCallError} `EISDIR`, `EIO`, …
 */
export function readDescriptor(fd: number, into: Uint8Array, path: string): number {
  for (;;) {
    try {
      return readSync(fd, into, 0, into.length, null);
    } catch (error) {
      // A terminal or pipe that another process has set to non-blocking, with nothing in it yet.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        throw inputError('read', path, error);
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

function inputError(syscall: string, path: string, error: unknown): Error {
  return fileRefusal(error, `Can't ${syscall} ${path}`, { syscall });
}
