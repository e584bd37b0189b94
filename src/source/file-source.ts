/** Frames from a capture file. */

import { FormatError, UnsupportedError } from '../core/errors.js';
import type { FrameSource, ReceiveCounters } from '../core/frame.js';
import type { FileEnd } from '../pcapng/block-parser.js';
import type { FileInterface } from '../pcapng/interface-description.js';
import { PcapngReader, type RawBlock } from '../pcapng/pcapng-reader.js';
import type { Section } from '../pcapng/section.js';
import type { InterfaceStatistics } from '../pcapng/statistics.js';
import type { SummingLoop, SumPlan } from '../pcapng/summing-loop.js';
import { CompressedInput, type DecompressionLimits } from './compressed-input.js';
import type { Compression } from './decompression.js';
import { detectFormat, type FileFormat, FORMAT_PREFIX_BYTES } from './file-format.js';
import { type ByteInput, FileInput } from './file-input.js';
import type { FileBatch, FormatReader } from './format-reader.js';
import { PcapFormatReader } from './pcap-format-reader.js';
import { SumLoop } from './sum-loop.js';

/** The formats that frames can be read from. */
export type CaptureFormat = 'pcapng' | 'pcap';

/** A loop over frames that lie in its memory as pcapng blocks; see `FileSourceOptions.makeLoop`. */
export type FileLoop = SummingLoop;

/** Which of them such a loop may take. */
export type FileLoopPlan = SumPlan;

/** Settings of `openFile`. */
export interface FileSourceOptions extends DecompressionLimits {
  /**
   * How much is read at once, in bytes, a multiple of 64; 512 KiB unless given. Memory grows beyond it
   * only for a block that is longer, up to 16 MiB.
   */
  chunkBytes?: number | undefined;
  /**
   * Makes a loop for `addUp` of the batches of a pcapng file, in place of the usual one, which does nothing
   * but add up; called at most once, and only where `addUp` is used on a file that isn't short.
   */
  makeLoop?: (() => FileLoop | undefined) | undefined;
  /**
   * Called, in the order of the file, for each pcapng block that is neither a frame nor a section,
   * an interface or statistics: name resolution, secrets, custom and unknown blocks.
   */
  onOtherBlock?: ((block: RawBlock) => void) | undefined;
  /**
   * Called, in the order of the file, for each pcapng block that is no frame, right after it was
   * taken in: those of `onOtherBlock`, and sections, interfaces and statistics.
   */
  onBlock?: ((block: RawBlock) => void) | undefined;
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
  readonly format: CaptureFormat;
  /** How the file is compressed; undefined where it isn't. */
  readonly compression: Compression | undefined;
  /** A file has no queue. */
  readonly fill = undefined;
  readonly #input: ByteInput;
  readonly #reader: FormatReader;

  /** @param input at its start; the source closes it */
  constructor(input: ByteInput, format: CaptureFormat, reader: FormatReader) {
    this.path = input.path;
    this.format = format;
    this.compression = input instanceof CompressedInput ? input.compression : undefined;
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

  /**
   * Which variant of its format the file is, such as `nanosecond` or `ss990915` for pcap; undefined:
   * the usual one, or not yet known.
   */
  get variant(): string | undefined {
    return this.#reader.variant;
  }

  /** Bytes of the capture read so far; where the file is compressed, after decompression. */
  get bytesRead(): number {
    return this.#input.bytesRead;
  }

  /** Bytes read from the file itself so far; the file's size once it has `ended` by itself. */
  get fileBytesRead(): number {
    return this.#input.fileBytesRead;
  }

  get ended(): boolean {
    return this.#reader.ended;
  }

  /**
   * How the file ended, once all its frames have been read: `truncated` when that was inside a
   * block or record, or inside its compression, as when its writer was killed. Undefined: not there yet, or not to be known because of `stop`
   * or a `FormatError`.
   */
  get end(): FileEnd | undefined {
    const { end } = this.#reader;
    return end === 'complete' && this.#input.cutShort ? 'truncated' : end;
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
    try {
      return this.#reader.read();
    } catch (error) {
      throw error instanceof FormatError ? withPath(error, this.path) : error;
    }
  }

  /** Gives no further frame: `ended` is true from now on, and `end` stays unknown. */
  stop(): void {
    this.#reader.stop();
  }

  /** The last totals that the file gives of an interface so far; undefined where it gives none. */
  statistics(interfaceId: number): InterfaceStatistics | undefined {
    return this.#reader.statistics(interfaceId);
  }

  /** How many times the file gives totals of an interface so far. */
  statisticsCount(interfaceId: number): number {
    return this.#reader.statisticsCount(interfaceId);
  }

  /** Calls `listener` for each time that the file gives totals, in the order of the file. */
  listenToStatistics(
    listener: (interfaceId: number, statistics: InterfaceStatistics) => void,
  ): void {
    this.#reader.onStatistics = listener;
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
 * Opens a capture file for reading; format and compression are told by its first bytes.
 *
 * @param path a path, or `-` for the standard input
 * @throws {SystemCallError} where it can't be opened or read
 * @throws {FormatError} `EMPTY_FILE`, `UNKNOWN_FORMAT`, `BAD_COMPRESSED_DATA`
 * @throws {UnsupportedError} `UNSUPPORTED_FORMAT` for compressions that this runtime doesn't have
 */
export function openFile(path: string, options: FileSourceOptions = {}): FileSource {
  let input: ByteInput = new FileInput(path);
  try {
    let prefix = input.peek(FORMAT_PREFIX_BYTES);
    let format = detectFormat(prefix);
    if (format === 'gzip' || format === 'zstd') {
      input = new CompressedInput(input as FileInput, format, options);
      prefix = input.peek(FORMAT_PREFIX_BYTES);
      format = detectFormat(prefix);
    }
    if (format !== 'pcapng' && format !== 'pcap') throw formatError(path, format, prefix);
    return new FileSource(input, format, openReader(input, format, options));
  } catch (error) {
    input.close();
    throw error;
  }
}

/** The same error with the file's name: several may be open, and the formats know of none. */
function withPath(error: FormatError, path: string): FormatError {
  if (error.message.includes(path)) return error;
  const { code, message, hint, offset, blockType, section } = error;
  return new FormatError(code, `${path}: ${message}`, {
    offset,
    ...(hint === undefined ? {} : { hint }),
    ...(blockType === undefined ? {} : { blockType }),
    ...(section === undefined ? {} : { section }),
    cause: error,
  });
}

function openReader(
  input: ByteInput,
  format: CaptureFormat,
  options: FileSourceOptions,
): FormatReader {
  const { chunkBytes, onOtherBlock, onBlock } = options;
  const chunk = chunkBytes === undefined ? {} : { chunkBytes };
  return format === 'pcap'
    ? new PcapFormatReader(input, chunk)
    : new PcapngReader(input, {
        onOtherBlock,
        onBlock,
        makeLoop: options.makeLoop ?? (() => SumLoop.take()),
        ...chunk,
      });
}

function formatError(
  path: string,
  format: Exclude<FileFormat, CaptureFormat>,
  prefix: Uint8Array,
): FormatError | UnsupportedError {
  if (format !== 'unknown') {
    return new UnsupportedError(
      'UNSUPPORTED_FORMAT',
      `${path} is a ${format} file${format === 'lz4' ? '' : ' inside another'}, which can't be read.`,
      { feature: format, hint: `Decompress it: ${format} -dc ${path} > OUT.pcapng.` },
    );
  }
  if (prefix.length === 0) {
    const name = path === '-' ? 'Standard input' : path;
    return new FormatError('EMPTY_FILE', `${name} is empty.`, {
      offset: 0,
      hint: 'Capture or copy it again: even a capture without frames has a header.',
    });
  }
  return new FormatError(
    'UNKNOWN_FORMAT',
    `${path} is no capture file: it starts with 0x${Buffer.from(prefix).toString('hex')}.`,
    { offset: 0, hint: 'A pcapng file starts with 0x0a0d0d0a, a pcap file with 0xd4c3b2a1.' },
  );
}
