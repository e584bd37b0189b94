/** Frames from a capture file. */

import { FormatError, UnsupportedError } from '../core/errors.js';
import type { FrameSource, ReceiveCounters } from '../core/frame.js';
import type { FileEnd } from '../pcapng/block-parser.js';
import type { FileInterface } from '../pcapng/interface-description.js';
import { PcapngReader, type RawBlock } from '../pcapng/pcapng-reader.js';
import type { Section } from '../pcapng/section.js';
import type { InterfaceStatistics } from '../pcapng/statistics.js';
import { detectFormat, type FileFormat, FORMAT_PREFIX_BYTES } from './file-format.js';
import { FileInput } from './file-input.js';
import type { FileBatch, FormatReader } from './format-reader.js';

/** Settings of `openFile`. */
export interface FileSourceOptions {
  /**
   * How much is read at once, in bytes, a multiple of 64; 512 KiB unless given. Memory grows beyond it
   * only for a block that is longer, up to 16 MiB.
   */
  chunkBytes?: number | undefined;
  /**
   * Called, in the order of the file, for each pcapng block that is neither a frame nor a section,
   * an interface or statistics: name resolution, secrets, custom and unknown blocks.
   */
  onOtherBlock?: ((block: RawBlock) => void) | undefined;
}

/**
 * A capture file as a source of frames; made by `openFile`.
 *
 * Reads are synchronous. Memory is constant, whatever the file's size. Interfaces are numbered over
 * all sections in order of appearance, so that those of the second section follow those of the
 * first. `interfaces`, `sections` and `statistics` grow while the file is read, and are complete
 * once `ended` is true.
 *
 * A recorded loss is `exact` unless its comment bounds it: that is what the file states. Files of
 * other writers carry no proof of it.
 */
export class FileSource implements FrameSource {
  /** Path as given; `-` for the standard input. */
  readonly path: string;
  readonly format: 'pcapng';
  /** A file has no queue. */
  readonly fill = undefined;
  readonly #input: FileInput;
  readonly #reader: FormatReader;

  /** @param input at its start; the source closes it */
  constructor(input: FileInput, format: 'pcapng', reader: FormatReader) {
    this.path = input.path;
    this.format = format;
    this.#input = input;
    this.#reader = reader;
  }

  get interfaces(): readonly FileInterface[] {
    return this.#reader.interfaces;
  }

  /** Sections seen so far, with the hardware, system, application and comments they name. */
  get sections(): readonly Section[] {
    return this.#reader.sections;
  }

  /** The program that wrote the file's first section; undefined where not stated or not yet read. */
  get application(): string | undefined {
    return this.sections[0]?.application;
  }

  /** The system that the first section was captured on. */
  get os(): string | undefined {
    return this.sections[0]?.os;
  }

  /** The machine that the first section was captured on. */
  get hardware(): string | undefined {
    return this.sections[0]?.hardware;
  }

  /** The comments on the file: those of its first section. */
  get comments(): readonly string[] {
    return this.sections[0]?.comments ?? [];
  }

  /** Bytes read from the file so far. */
  get bytesRead(): number {
    return this.#input.bytesRead;
  }

  get ended(): boolean {
    return this.#reader.ended;
  }

  /**
   * How the file ended, once all its frames have been read: `truncated` when that was inside a block,
   * as when its writer was killed. Undefined: not there yet, or not to be known because of `stop`
   * or a `FormatError`.
   */
  get end(): FileEnd | undefined {
    return this.#reader.end;
  }

  /**
   * Reads the next frames: at least one, or the file has `ended`. An unfinished batch goes on.
   *
   * @param _timeoutMs not looked at: a file has its bytes, and a pipe is waited for
   * @throws {FormatError} at a damaged block, once all frames before it have been given; `ended` is
   *   true afterwards
   * @throws {SystemCallError} where the file can't be read
   */
  read(_timeoutMs = 0): FileBatch {
    return this.#reader.read();
  }

  /** Gives no further frame: `ended` is true from now on, and `end` stays unknown. */
  stop(): void {
    this.#reader.stop();
  }

  /** The last totals that the file gives of an interface so far; undefined where it gives none. */
  statistics(interfaceId: number): InterfaceStatistics | undefined {
    return this.#reader.statistics(interfaceId);
  }

  /** The file's totals of an interface so far; undefined unless it gives both numbers. */
  counters(interfaceId: number): ReceiveCounters | undefined {
    const statistics = this.statistics(interfaceId);
    if (statistics?.received === undefined || statistics.dropped === undefined) return undefined;
    return { received: statistics.received, dropped: statistics.dropped };
  }

  close(): void {
    this.#reader.stop();
    this.#input.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens a capture file for reading, told by its first bytes.
 *
 * @param path a path, or `-` for the standard input
 * @throws {SystemCallError} where it can't be opened or read
 * @throws {FormatError} `EMPTY_FILE`, `UNKNOWN_FORMAT`
 * @throws {UnsupportedError} `UNSUPPORTED_FORMAT` for classic pcap and compressed files
 */
export function openFile(path: string, options: FileSourceOptions = {}): FileSource {
  const input = new FileInput(path);
  try {
    const prefix = input.peek(FORMAT_PREFIX_BYTES);
    const format = detectFormat(prefix);
    if (format !== 'pcapng') throw formatError(path, format, prefix);
    const reader = new PcapngReader(input, {
      onOtherBlock: options.onOtherBlock,
      ...(options.chunkBytes === undefined ? {} : { chunkBytes: options.chunkBytes }),
    });
    return new FileSource(input, format, reader);
  } catch (error) {
    input.close();
    throw error;
  }
}

function formatError(
  path: string,
  format: Exclude<FileFormat, 'pcapng'>,
  prefix: Uint8Array,
): FormatError | UnsupportedError {
  const hints = {
    pcap: `Convert it: editcap -F pcapng ${path} OUT.pcapng.`,
    gzip: `Decompress it: gzip -dc ${path} > OUT.pcapng.`,
    zstd: `Decompress it: zstd -d ${path} -o OUT.pcapng.`,
    lz4: `Decompress it: lz4 -d ${path} OUT.pcapng.`,
  };
  if (format !== 'unknown') {
    return new UnsupportedError(
      'UNSUPPORTED_FORMAT',
      `${path} is a ${format} file, which can't be read yet.`,
      { feature: format, hint: hints[format] },
    );
  }
  if (prefix.length === 0) {
    return new FormatError('EMPTY_FILE', `${path} is empty.`, { offset: 0 });
  }
  return new FormatError(
    'UNKNOWN_FORMAT',
    `${path} is no capture file: it starts with 0x${Buffer.from(prefix).toString('hex')}.`,
    { offset: 0, hint: 'A pcapng file starts with 0x0a0d0d0a.' },
  );
}
