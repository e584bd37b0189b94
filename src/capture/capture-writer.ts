/** Frames into capture files: one, or a series of them, each whole in itself. */

import { cpus, release, type } from 'node:os';
import { dirname } from 'node:path';
import type { CaptureInterface, FrameBatch } from '../core/frame.js';
import { VERSION } from '../core/version.js';
import { PcapEncoder } from '../pcap/pcap-encoder.js';
import { BlockEncoder, type BlockOutput } from '../pcapng/block-encoder.js';
import type { SectionDetails, StatisticsToWrite } from '../pcapng/description-blocks.js';
import { FileOutput, STANDARD_OUTPUT } from './file-output.js';
import { FileSeries } from './file-series.js';
import { PCAP_RECORDS, PCAPNG_RECORDS } from './record-format.js';

/** A file format that captures can be written in. */
export type CaptureFormat = 'pcapng' | 'pcap';

/** Where and how to write. */
export interface CaptureWriterOptions {
  /** The file; `-` is standard output. With a series, what its files' names are made from. */
  readonly path: string;
  /** `pcapng` unless given. */
  readonly format?: CaptureFormat | undefined;
  /** Whether to write a series of files, and how many of them to keep (`Infinity`: all). */
  readonly keep?: number | undefined;
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
  target: FileOutput;

  constructor(target: FileOutput) {
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
  readonly #current: CurrentOutput;
  readonly #pcapng: BlockEncoder | undefined;
  readonly #section: SectionDetails;
  #encoder: BlockEncoder | PcapEncoder | undefined;
  #interfaces: readonly CaptureInterface[] = [];
  #next: FileOutput | undefined = undefined;
  /** Bytes of finished files, as the encoder counts. */
  #bytesBefore = 0;
  #failed = false;

  private constructor(options: CaptureWriterOptions, series: FileSeries | undefined) {
    this.#options = options;
    this.#series = series;
    const records = options.format === 'pcap' ? PCAP_RECORDS : PCAPNG_RECORDS;
    const { path, groupReadable } = options;
    const first = series?.openNext() ?? FileOutput.open(path, { records, groupReadable });
    this.#current = new CurrentOutput(first);
    this.#pcapng = options.format === 'pcap' ? undefined : new BlockEncoder(this.#current);
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
   */
  static open(options: CaptureWriterOptions): CaptureWriter {
    const { keep } = options;
    if (keep === undefined) return new CaptureWriter(options, undefined);
    const records = options.format === 'pcap' ? PCAP_RECORDS : PCAPNG_RECORDS;
    return new CaptureWriter(options, new FileSeries({ ...options, keep, records }));
  }

  /** The file being written now; `-` for standard output. */
  get path(): string {
    return this.#current.target.path;
  }

  /** Whether this is standard output, whose reader wants frames as they come. */
  get isStream(): boolean {
    return this.path === STANDARD_OUTPUT;
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

  /** Encodes the frame that the batch stands on. */
  frame(batch: FrameBatch): void {
    this.#encoder!.frame(batch);
  }

  /** Records one interface's totals for the present file; a pcap file can't hold them. */
  statistics(interfaceId: number, statistics: StatisticsToWrite): void {
    this.#pcapng?.interfaceStatistics(interfaceId, statistics);
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
    this.#next ??= this.#series?.openNext();
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

  /** Closes the last file; what is pending should have been flushed. Settles when all are closed. */
  async close(): Promise<void> {
    if (this.#next !== undefined) this.#series?.discard(this.#next);
    this.#next = undefined;
    const last = this.#current.target;
    if (this.#series !== undefined) {
      this.#series.retire(last);
      await this.#series.settled();
      return;
    }
    await last.closeLater();
    if (!this.isStream) this.#options.onClosed?.(last.path);
  }

  /** Gives the files back at once, whatever is pending; does nothing after `close`. */
  release(): void {
    this.#next?.close();
    this.#current.target.close();
  }

  /** Takes back the first file where the capture couldn't begin. */
  discard(): void {
    this.#current.target.discard();
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
