/**
 * The bytes of a compressed file, decompressed in a thread of their own.
 *
 * Node decompresses piece by piece only asynchronously, and readers of files are synchronous. So a
 * worker thread reads and decompresses into a `ByteRing`, and `read` waits for it: memory stays
 * constant, and on two processors decompression and reading overlap.
 */

import { Worker } from 'node:worker_threads';
import { FormatError, SystemCallError, UnsupportedError } from '../core/errors.js';
import { ByteRing } from './byte-ring.js';
import {
  type Compression,
  type DecompressionOrder,
  type DecompressionReport,
  tryCreateDecompressor,
} from './decompression.js';
import type { ByteInput, FileInput } from './file-input.js';
import { LookAhead } from './look-ahead.js';

/** As much is decompressed before a ratio that was given is looked at. */
const RATIO_FROM_BYTES = 1024 * 1024;

/**
 * What is believed unless something else is given: a capture compresses to a hundredth at best (one frame
 * over and over, which nothing but its time tells apart), deflate can't do more than 1032. A file that
 * grows more is made to take time.
 */
const USUAL_RATIO = 200;
/** As much of such a file is read all the same, for a capture with a long silent stretch at its start. */
const USUAL_RATIO_FROM_BYTES = 256 * 1024 * 1024;

/** How much a compressed file may grow. */
export interface DecompressionLimits {
  /** Most bytes that are decompressed; no limit unless given. */
  maxDecompressedBytes?: number | undefined;
  /**
   * Most bytes that one compressed byte may become, on the average of the file so far and from 1 MiB
   * on; 200 from 256 MiB on unless given, `Infinity` for no limit.
   */
  maxCompressionRatio?: number | undefined;
}

/** A compressed file, read as if it weren't. */
export class CompressedInput implements ByteInput {
  readonly path: string;
  readonly compression: Compression;
  readonly #file: FileInput;
  readonly #ring = new ByteRing();
  readonly #worker: Worker;
  readonly #limits: DecompressionLimits;
  #bytesRead = 0;
  readonly #ahead = new LookAhead((into) => this.#take(into));
  #report: DecompressionReport | undefined = undefined;
  #closed: boolean = false;

  /**
   * @param file at its start, nothing read but by `peek`; closed together with this input
   * @throws {UnsupportedError} `UNSUPPORTED_FORMAT` where the runtime can't decompress it
   */
  constructor(file: FileInput, compression: Compression, limits: DecompressionLimits = {}) {
    this.path = file.path;
    this.compression = compression;
    this.#file = file;
    this.#limits = limits;
    checkSupport(file.path, compression);
    const prefix = new Uint8Array(file.peek(1).length);
    file.read(prefix);
    const workerData: DecompressionOrder = {
      memory: this.#ring.memory,
      compression,
      fd: file.fd,
      path: file.path,
      prefix,
    };
    this.#worker = new Worker(new URL('./decompression-worker.js', import.meta.url), {
      workerData,
      execArgv: [],
    });
    this.#worker.unref();
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Compressed bytes that what was read so far was made of, or somewhat more. */
  get fileBytesRead(): number {
    return this.#ring.count;
  }

  get cutShort(): boolean {
    return this.#report?.outcome === 'truncated';
  }

  peek(byteCount: number): Uint8Array {
    return this.#ahead.peek(byteCount);
  }

  /**
   * @throws {FormatError} `BAD_COMPRESSED_DATA` where the compression is damaged, `TOO_LARGE` where
   *   a limit is reached; what earlier calls gave is right
   * @throws {SystemCallError} where the file can't be read
   */
  read(into: Uint8Array): number {
    const count = this.#ahead.read(into);
    this.#bytesRead += count;
    this.#checkLimits();
    return count;
  }

  /** Ends the thread and then closes the file. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ring.stop();
    const closeFile = (): void => this.#file.close();
    // Not before: the thread may be reading from the descriptor, which another file could get.
    this.#worker.terminate().then(closeFile, closeFile);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #take(into: Uint8Array): number {
    const count = this.#ring.take(into);
    if (count > 0 || into.length === 0) return count;
    this.#report ??= JSON.parse(this.#ring.report!) as DecompressionReport;
    const report = this.#report;
    if (report.outcome === 'damaged') {
      throw new FormatError(
        'BAD_COMPRESSED_DATA',
        `${this.path} can't be decompressed after ${this.#bytesRead + this.#ahead.byteCount} bytes: ${report.reason}.`,
        {
          offset: this.#bytesRead + this.#ahead.byteCount,
          hint: 'The file is damaged from there on; what comes before it has been read.',
        },
      );
    }
    if (report.outcome === 'failed') {
      const { code, message, syscall, errno } = report;
      throw new SystemCallError(code, message, { syscall, errno });
    }
    return 0;
  }

  #checkLimits(): void {
    const { maxDecompressedBytes, maxCompressionRatio = USUAL_RATIO } = this.#limits;
    const bytes = this.#bytesRead;
    if (maxDecompressedBytes !== undefined && bytes > maxDecompressedBytes) {
      throw this.#tooLarge(`is more than ${maxDecompressedBytes} bytes when decompressed`);
    }
    const isGiven = this.#limits.maxCompressionRatio !== undefined;
    if (bytes < (isGiven ? RATIO_FROM_BYTES : USUAL_RATIO_FROM_BYTES)) return;
    if (bytes > this.fileBytesRead * maxCompressionRatio) {
      throw this.#tooLarge(`grows to more than ${maxCompressionRatio} times its size`);
    }
  }

  #tooLarge(what: string): FormatError {
    return new FormatError('TOO_LARGE', `${this.path} ${what}, which is the limit.`, {
      offset: this.#bytesRead,
      hint: `If it can be trusted, decompress it first: ${this.compression} -dc ${this.path} | gapcap ... -`,
    });
  }
}

function checkSupport(path: string, compression: Compression): void {
  const decompressor = tryCreateDecompressor(compression, 1024);
  decompressor?.close();
  if (decompressor !== undefined) return;
  throw new UnsupportedError(
    'UNSUPPORTED_FORMAT',
    `${path} is compressed with zstd, which Node ${process.versions.node} can't read.`,
    {
      feature: compression,
      hint: `Use Node 22.15 or later, or decompress it: zstd -dc ${path} | gapcap ... -`,
    },
  );
}
