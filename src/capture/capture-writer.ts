/** Frames into capture files: one, or a series of them, each whole in itself. */

import { cpus, release, type } from 'node:os';
import { dirname } from 'node:path';
import type { CaptureInterface, FrameBatch } from '../core/frame.js';
import type { FrameRun } from '../core/frame-run.js';
import { VERSION } from '../core/version.js';
import { PcapEncoder } from '../pcap/pcap-encoder.js';
import { BlockEncoder, type BlockOutput } from '../pcapng/block-encoder.js';
import type { SectionDetails, StatisticsToWrite } from '../pcapng/description-blocks.js';
import type { RunLimits } from '../pcapng/frame-extras.js';
import { checkThreadRoom, startWithRoom } from '../sys/address-room.js';
import { FileOutput, STANDARD_OUTPUT } from './file-output.js';
import { FileSeries } from './file-series.js';
import { GzipOutput, GzipThread } from './gzip-output.js';
import { SLOT_BYTES } from './gzip-queue.js';
import type { OutputTarget } from './output-target.js';
import { PCAP_RECORDS, PCAPNG_RECORDS, type RecordFormat } from './record-format.js';

/** Bytes that go to a file at a time: so few that they are still in a second-level cache then. */
const DEFAULT_PIECE_BYTES = 256 * 1024;

/** A file format that captures can be written in. */
export type CaptureFormat = 'pcapng' | 'pcap';

/** How a capture file may be compressed. */
export type Compression = 'gzip' | 'none';

/** Where and how to write. */
export interface CaptureWriterOptions {
  /** The file; `-` is standard output. With a series, what its files' names are made from. */
  readonly path: string;
  /** `pcapng` unless given. */
  readonly format?: CaptureFormat | undefined;
  /** Whether to write a series of files, and how many of them to keep (`Infinity`: all). */
  readonly keep?: number | undefined;
  /** How the files are compressed; not at all unless given. */
  readonly compression?: Compression | undefined;
  /** The section's comment; pcap can't hold it. */
  readonly comment?: string | undefined;
  /** Whether the owner's group may read new files. */
  readonly groupReadable?: boolean | undefined;
  /** Called for each file of the capture once it is closed, in order. */
  readonly onClosed?: ((path: string) => void) | undefined;
  /** Called where a finished file can't be closed properly, or an old one not be deleted. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
}

/** Takes the encoder's bytes to the file that is being written now. */
class CurrentOutput implements BlockOutput {
  target: OutputTarget;

  constructor(target: OutputTarget) {
    this.target = target;
  }

  write(bytes: Uint8Array): void {
    this.target.write(bytes);
  }
}

/**
 * Writes frames and totals into one file or a series.
 *
 * A series is switched in two steps, so that a file that can't be opened leaves the present one as
 * it is: `prepareNext`, then `switchToNext`.
 */
export class CaptureWriter {
  readonly #options: CaptureWriterOptions;
  readonly #series: FileSeries | undefined;
  readonly #thread: GzipThread | undefined;
  readonly #current: CurrentOutput;
  readonly #pcapng: BlockEncoder | undefined;
  readonly #section: SectionDetails;
  readonly #isStream: boolean;
  #encoder: BlockEncoder | PcapEncoder | undefined;
  #interfaces: readonly CaptureInterface[] = [];
  #next: OutputTarget | undefined = undefined;
  /** Bytes of finished files, as the encoder counts. */
  #bytesBefore = 0;
  #failed = false;

  private constructor(options: CaptureWriterOptions, series: FileSeries | undefined) {
    this.#options = options;
    this.#series = series;
    const records = recordsOf(options);
    const { path, groupReadable, format } = options;
    if (options.compression === 'gzip') checkThreadRoom('The thread that compresses');
    const first = series?.openNext() ?? FileOutput.open(path, { records, groupReadable });
    this.#isStream = path === STANDARD_OUTPUT || first.isPipe;
    this.#thread =
      options.compression === 'gzip' ? new GzipThread(records, startWithRoom) : undefined;
    this.#current = new CurrentOutput(this.#through(first));
    this.#pcapng =
      format === 'pcap'
        ? undefined
        : new BlockEncoder(this.#current, { bufferBytes: this.#pieces });
    this.#encoder = this.#pcapng;
    // Once for all files: asking for the processor takes a while on a machine with many.
    this.#section = {
      os: `${type()} ${release()}`,
      hardware: cpus()[0]?.model,
      application: `gapcap ${VERSION}`,
      comment: options.comment,
    };
  }

  /**
   * Opens the (first) file; what was in it stays until `begin`.
   *
   * @throws {SystemCallError} where it can't be created
   * @throws {UnsupportedError} `ADDRESS_LIMIT` where the thread that compresses has no room
   */
  static open(options: CaptureWriterOptions): CaptureWriter {
    const { keep } = options;
    if (keep === undefined) return new CaptureWriter(options, undefined);
    const series = new FileSeries({ ...options, keep, records: recordsOf(options) });
    return new CaptureWriter(options, series);
  }

  /** The file being written now; `-` for standard output. */
  get path(): string {
    return this.#current.target.path;
  }

  /** Whether this is standard output or a pipe, whose reader wants frames as they come. */
  get isStream(): boolean {
    return this.#isStream;
  }

  /** Bytes of the present file, pending ones included, before compression. */
  get fileBytes(): number {
    return this.bytesWritten - this.#bytesBefore;
  }

  /** Bytes of all files, pending ones included, before compression. */
  get bytesWritten(): number {
    const encoded = this.#encoder?.bytesWritten ?? 0;
    return this.#pcapng === undefined ? this.#bytesBefore + encoded : encoded;
  }

  /** After a failed write: frames that were handed to `frame` and aren't in the file. */
  get framesUnwritten(): number {
    return this.#current.target.framesUnwritten;
  }

  /** The folder in which further files will be created; undefined where there are none. */
  get folder(): string | undefined {
    return this.#series === undefined ? undefined : dirname(this.path);
  }

  /** Makes the file that user's, unless it was there before. */
  giveTo(uid: number, gid: number): void {
    this.#current.target.giveTo(uid, gid);
  }

  /** Empties the first file and describes the interfaces in it. */
  begin(interfaces: readonly CaptureInterface[]): void {
    this.#interfaces = interfaces;
    if (this.#series === undefined) this.#current.target.begin();
    this.#describe();
    this.flush();
  }

  /** Encodes the frame that the batch stands on, or takes over the blocks that it has. */
  frame(batch: FrameBatch): void {
    const { blocks } = batch;
    if (blocks === undefined || this.#pcapng === undefined) this.#encoder!.frame(batch);
    else this.#pcapng.frames(blocks, blocks.start, blocks.end);
  }

  /** Whether `frame` takes several frames at once where they are encoded already. */
  get takesBlocks(): boolean {
    return this.#pcapng !== undefined;
  }

  /**
   * Encodes frames of a run, as far as that needs no output: the frame after them is for `frame`.
   *
   * @returns how many; 0 with a pcap file, whose encoder takes one at a time
   */
  run(run: FrameRun, limits: RunLimits): number {
    return this.#pcapng === undefined ? 0 : this.#pcapng.run(run, limits);
  }

  /** Records one interface's totals for the present file; a pcap file can't hold them. */
  statistics(interfaceId: number, statistics: StatisticsToWrite): void {
    this.#pcapng?.interfaceStatistics(interfaceId, statistics);
  }

  /** Whether few further frames fit in before the next `flush`; never with a pcap file. */
  get isNearlyFull(): boolean {
    return this.#pcapng?.isNearlyFull ?? false;
  }

  /** Hands everything encoded to the file. Does nothing once a write has failed. */
  flush(): void {
    if (!this.#failed) this.#encoder?.flush();
  }

  /** Whether a write has failed; see `fail`. */
  get failed(): boolean {
    return this.#failed;
  }

  /** A write has failed: nothing more is written. */
  fail(): void {
    this.#failed = true;
  }

  /**
   * Opens the next file of the series; the present one goes on until `switchToNext`.
   *
   * @throws {SystemCallError} where it can't be created
   */
  prepareNext(): void {
    if (this.#series === undefined) return;
    this.#next ??= this.#through(this.#series.openNext());
  }

  /** Ends the present file, whose totals are recorded, and goes on with the next. */
  switchToNext(): void {
    this.flush();
    this.#bytesBefore = this.bytesWritten;
    const finished = this.#current.target;
    this.#current.target = this.#next!;
    this.#next = undefined;
    this.#series!.retire(finished);
    this.#describe();
  }

  /** Whether files are being closed or deleted, which goes on in turns of the event loop. */
  get isClosing(): boolean {
    return this.#series?.isClosing === true;
  }

  /** Closes the last file; what is pending should have been flushed. Settles when all are closed. */
  async close(): Promise<void> {
    if (this.#next !== undefined) this.#series?.discard(this.#next);
    this.#next = undefined;
    const last = this.#current.target;
    try {
      if (this.#series === undefined) await last.closeLater();
      else await this.#series.retireLast(last);
    } finally {
      this.#thread?.stop();
    }
    if (this.#series === undefined && !this.isStream) this.#options.onClosed?.(last.path);
  }

  /** Gives the files back at once, whatever is pending; does nothing after `close`. */
  release(): void {
    this.#next?.close();
    this.#current.target.close();
    this.#thread?.stop();
  }

  /** Takes back the first file where the capture couldn't begin. */
  discard(): void {
    this.#current.target.discard();
    this.#thread?.stop();
  }

  /** Bytes that the encoder hands on at a time at most. */
  get #pieces(): number {
    return this.#thread === undefined ? DEFAULT_PIECE_BYTES : SLOT_BYTES;
  }

  #through(file: FileOutput): OutputTarget {
    return this.#thread === undefined ? file : new GzipOutput(file, this.#thread);
  }

  #describe(): void {
    const pcapng = this.#pcapng;
    if (pcapng === undefined) {
      const { linkType, snapshotLength } = this.#interfaces[0]!;
      this.#encoder = new PcapEncoder(this.#current, { linkType, snapshotLength });
      return;
    }
    pcapng.sectionHeader(this.#section);
    const { os } = this.#section;
    for (const captured of this.#interfaces) pcapng.interfaceDescription({ ...captured, os });
  }
}

function recordsOf(options: CaptureWriterOptions): RecordFormat {
  return options.format === 'pcap' ? PCAP_RECORDS : PCAPNG_RECORDS;
}
