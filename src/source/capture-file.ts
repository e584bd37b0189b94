/** A capture file as an async iterable: the convenient way to read one. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { copyFrame, type Frame } from '../core/frame.js';
import { type FileSource, type FileSourceOptions, openFile } from './file-source.js';
import type { FileBatch } from './format-reader.js';

/**
 * A capture file to iterate over, batch by batch or frame by frame, once.
 *
 * A loop that ends, in whatever way, closes the file. Between two batches the event loop gets its
 * turn, so that a server goes on serving; the reading of one batch (some 5,000 small frames) is
 * synchronous.
 */
export class CaptureFile implements AsyncIterable<FileBatch>, Disposable {
  /** The file as a source: its interfaces, sections, statistics, and how it ended. */
  readonly source: FileSource;

  constructor(source: FileSource) {
    this.source = source;
  }

  /**
   * Gives the frames in batches, without copying them: a batch is valid until the next one is asked
   * for.
   *
   * @throws {FormatError} at damage, after the frames before it
   * @throws {SystemCallError} where the file can't be read
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<FileBatch, void, undefined> {
    const { source } = this;
    try {
      while (!source.ended) {
        yield source.read();
        await nextTurn();
      }
    } finally {
      source.close();
    }
  }

  /**
   * Gives the frames one by one as objects with bytes of their own, to be kept as long as one likes.
   * Convenient, at some ten times the cost of batches.
   */
  async *frames(): AsyncGenerator<Frame, void, undefined> {
    for await (const batch of this) {
      while (batch.next()) yield copyFrame(batch);
    }
  }

  /** Closes the file; a loop that has ended has done so. */
  close(): void {
    this.source.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens a capture file to be iterated over; format and compression are told by its first bytes.
 *
 *     for await (const batch of openCapture('x.pcapng')) {
 *       while (batch.next()) lost += batch.lostBefore?.lost ?? 0;
 *     }
 *
 * @param path a path, or `-` for the standard input
 * @throws {SystemCallError} where it can't be opened or read
 * @throws {FormatError} where it is no capture file
 * @throws {UnsupportedError} `UNSUPPORTED_FORMAT` for compressions that this runtime doesn't have
 */
export function openCapture(path: string, options: FileSourceOptions = {}): CaptureFile {
  return new CaptureFile(openFile(path, options));
}
