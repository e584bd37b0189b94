/**
 * Capture files into tables: an archive that engines for tables query as it is.
 *
 * Each capture file is read once. Its frames go to columns as they pass, a row group is written when
 * it is full, gaps go to their table as the ledger finds them, interfaces at the end. The files carry
 * other names until the capture file has been read to its end, then all of them get their own: a query
 * that runs meanwhile sees all rows of a capture file or none. (Between two of the renames it may see
 * some; the interfaces come last.)
 *
 * Exporting a file again replaces its rows. That is why a Parquet file is named after the capture file
 * (see `identify`), and why there is one for each capture file instead of big ones for many.
 */

import { lawHolds } from '../analysis/file-facts.js';
import { readFileLoss } from '../analysis/file-loss.js';
import { FileTally } from '../analysis/frame-tally.js';
import { ArgumentError, FormatError } from '../core/errors.js';
import { checkSensorName } from '../core/sensor-name.js';
import type { Gap } from '../gaps/gap.js';
import type { LossFacts } from '../gaps/loss-facts.js';
import { type FileSource, type FileSourceOptions, openFile } from '../source/file-source.js';
import type { FileBatch } from '../source/format-reader.js';
import { type CaptureIdentity, identify } from './partition.js';
import { gapRow, type InterfaceRecord, interfaceRow } from './summary-rows.js';
import { TableFiles } from './table-files.js';

/** What to write, and where. */
export interface ExportOptions
  extends Pick<FileSourceOptions, 'chunkBytes' | 'maxCompressionRatio'> {
  /** The archive's folder; made where it isn't there. */
  readonly folder: string;
  /** Who captured: a partition of the archive. Undefined: not known. */
  readonly sensor?: string | undefined;
  /** The writing program, for the files' `created_by`; default: `gapcap`. */
  readonly application?: string | undefined;
  /** Called now and then, at least once for each MiB that was read. */
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
}

/** How far an export has come. */
export interface ExportProgress {
  /** Frames of this capture file so far. */
  readonly frames: number;
  /** Bytes of this capture file read so far. */
  readonly inputBytes: number;
}

/** What became of one capture file. */
export interface ExportResult {
  /** As the user named it. */
  readonly input: string;
  /** Its identity, the column `capture` of all its rows. */
  readonly capture: string;
  /** Rows of the frames table. */
  readonly frames: number;
  /** Rows of the gaps table. */
  readonly gaps: number;
  /** Rows of the interfaces table. */
  readonly interfaces: number;
  /** Sum of the losses known; undefined where nothing is known of loss. */
  readonly lost: number | undefined;
  /** Whether its end is missing; its whole frames were exported. */
  readonly truncated: boolean;
  /** Where it is damaged: what was found there. What comes before was exported. */
  readonly damage: FormatError | undefined;
  /** Where its numbers break the law of conservation; see `LossFacts`. */
  readonly mismatches: LossFacts['mismatches'];
  /** The Parquet files. */
  readonly outputs: readonly string[];
}

/**
 * Writes one capture file's frames, gaps and interfaces as Parquet tables into an archive.
 *
 * Blocks the thread until it is done. Memory is constant. Cost: under 2 µs a frame
 * (bench/files/export.ts).
 *
 * @param path a path; standard input can't be exported, as it has no name
 * @throws {ArgumentError} `BAD_SENSOR`, `NO_NAME`
 * @throws {SystemCallError} where something can't be read or written; nothing is left in the archive
 * @throws {FormatError} where it is no capture file
 * @throws {UnsupportedError} `TOO_MANY_PARTITIONS`, `UNSUPPORTED_FORMAT`
 */
export function exportCapture(path: string, options: ExportOptions): ExportResult {
  const { folder, sensor, application = 'gapcap', chunkBytes, maxCompressionRatio } = options;
  refuseNameless(path, sensor);
  using source = openFile(path, { chunkBytes, maxCompressionRatio });
  const identity = identify(path);
  const files = new TableFiles(identity, { folder, sensor, application });
  try {
    return new Export(source, identity, files, options).run();
  } catch (error) {
    files.discard();
    throw error;
  }
}

/** One capture file on its way. */
class Export {
  readonly #source: FileSource;
  readonly #identity: CaptureIdentity;
  readonly #files: TableFiles;
  readonly #options: ExportOptions;
  readonly #tally = new FileTally();
  readonly #gapCounts: number[] = [];
  #frames = 0;
  #gaps = 0;

  constructor(
    source: FileSource,
    identity: CaptureIdentity,
    files: TableFiles,
    options: ExportOptions,
  ) {
    this.#source = source;
    this.#identity = identity;
    this.#files = files;
    this.#options = options;
  }

  run(): ExportResult {
    const source = this.#source;
    let facts: LossFacts | undefined;
    let damage: FormatError | undefined;
    try {
      facts = readFileLoss(source, {
        gapLimit: 0,
        onGap: (gap) => this.#addGap(gap),
        onFrame: (frame, number) => this.#addFrame(frame as FileBatch, number),
        beforeRead: () => this.#tellProgress(),
      });
    } catch (error) {
      if (!(error instanceof FormatError) || this.#frames === 0) throw error;
      // Made to fill memory: nothing is worth keeping of it.
      if (error.code === 'TOO_MANY_DESCRIPTIONS') throw error;
      damage = error;
    }
    const truncated = damage !== undefined || source.end === 'truncated';
    this.#addInterfaces(facts, truncated);
    return {
      input: source.path,
      capture: this.#identity.capture,
      frames: this.#frames,
      gaps: this.#gaps,
      interfaces: source.interfaces.length,
      lost: facts?.account.lost,
      truncated,
      damage,
      mismatches: facts?.mismatches ?? [],
      outputs: this.#files.commit(),
    };
  }

  #addFrame(frame: FileBatch, number: number): void {
    this.#frames = number;
    this.#tally.add(frame);
    const { linkType, name } = this.#source.interfaces[frame.interfaceId]!;
    this.#files.addFrame(frame, number, linkType, name);
  }

  #addGap(gap: Gap): void {
    this.#gaps++;
    const id = gap.interfaceId;
    if (gap.lost > 0) this.#gapCounts[id] = (this.#gapCounts[id] ?? 0) + 1;
    const { capture, file } = this.#identity;
    const row = gapRow(gap, { capture, file }, this.#source.interfaces[id]?.name);
    this.#files.addGap(row, gap.endNs ?? gap.startNs);
  }

  #addInterfaces(facts: LossFacts | undefined, truncated: boolean): void {
    const source = this.#source;
    const { capture, file } = this.#identity;
    const { firstNs } = this.#tally.total();
    const accounts = new Map(facts?.account.interfaces.map((one) => [one.id, one]));
    const mismatched = new Set(facts?.mismatches.map((mismatch) => mismatch.interface));
    for (const description of source.interfaces) {
      const { id } = description;
      const account = accounts.get(id);
      const record: InterfaceRecord = {
        description,
        tally: this.#tally.ofInterface(id),
        account,
        statistics: source.statistics(id),
        lawHolds: account === undefined ? undefined : lawHolds(mismatched, account),
        format: source.format,
        application: source.sections[description.section]?.application,
        truncated,
        gapCount: this.#gapCounts[id] ?? 0,
      };
      this.#files.addInterface(interfaceRow(record, { capture, file }), firstNs);
    }
  }

  #tellProgress(): void {
    this.#options.onProgress?.({ frames: this.#frames, inputBytes: this.#source.fileBytesRead });
  }
}

function refuseNameless(path: string, sensor: string | undefined): void {
  if (path === '-') {
    throw new ArgumentError('NO_NAME', 'Standard input has no name to keep its rows under.', {
      argument: 'path',
      value: path,
      expected: "a file's path",
      hint: 'Save it to a file first.',
    });
  }
  if (sensor !== undefined) checkSensorName(sensor);
}
