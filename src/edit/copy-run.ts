/** One run of a copy or merge: its output, its counts, its end. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AccountingError, ArgumentError } from '../core/errors.js';
import { Anonymiser } from './anonymiser.js';
import type { CopyInput } from './copy-input.js';
import { CopyNotes } from './copy-notes.js';
import type { CopyOptions, CopyResult } from './copy-options.js';
import type { CopySink, SinkOptions } from './copy-sink.js';
import { OutputFile } from './output-file.js';
import { PcapSink } from './pcap-sink.js';
import { PcapngSink } from './pcapng-sink.js';
import { PrefixPreserving } from './prefix-preserving.js';
import { isNamed, Selection } from './selection.js';

/** Frames between two looks at the clock and the signal. */
const FRAMES_A_TURN = 16_384;

/** What all inputs of one run share. */
export class CopyRun {
  readonly sink: CopySink;
  readonly selection: Selection;
  readonly #options: CopyOptions;
  readonly #output: OutputFile;
  readonly #notes = new CopyNotes();
  #unknownInterfaces: readonly string[];
  #framesRead = 0;
  #framesWritten = 0;
  #lost = 0;
  readonly #truncatedInputs: string[] = [];
  readonly #mismatches: AccountingError[] = [];
  #inputBytesBefore = 0;

  /**
   * @throws {ArgumentError} `SAME_FILE`
   * @throws {SystemCallError} where the output can't be opened
   */
  constructor(inputs: readonly string[], options: CopyOptions) {
    const { anonymise, snapshotLength = 0, format = 'pcapng', selection } = options;
    this.#options = options;
    this.selection = new Selection(selection ?? {});
    this.#unknownInterfaces = selection?.interfaces ?? [];
    const anonymiser =
      anonymise === undefined
        ? undefined
        : new Anonymiser(new PrefixPreserving(anonymise.key), anonymise.keepPayload ?? false);
    this.#output = OutputFile.open(options.output, format, inputs);
    const sinkOptions: SinkOptions = {
      snapshotLength,
      anonymiser,
      changes: this.selection.selects || snapshotLength > 0 || anonymiser !== undefined,
      bufferBytes: this.#output.pieceBytes,
      notes: this.#notes,
    };
    this.sink =
      format === 'pcap'
        ? new PcapSink(this.#output, sinkOptions)
        : new PcapngSink(this.#output, sinkOptions);
  }

  /** Whether it is to end early. */
  get aborted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  /**
   * Counts a frame that was told to the sink; true now and then: then `breathe` is due.
   *
   * @param taken whether it is in the output
   */
  count(taken: boolean): boolean {
    if (taken) this.#framesWritten++;
    return ++this.#framesRead % FRAMES_A_TURN === 0;
  }

  /** Tells of the progress and lets others have their turn. */
  async breathe(inputs: readonly CopyInput[]): Promise<void> {
    const open = inputs.reduce((sum, { source }) => sum + source.fileBytesRead, 0);
    this.#options.onProgress?.({
      frames: this.#framesRead,
      inputBytes: this.#inputBytesBefore + open,
    });
    await nextTurn();
  }

  /** Ends one input: its last losses are told to the sink, and counted. */
  end(input: CopyInput): void {
    input.end();
    this.#lost += input.records.reduce((sum, { lost }) => sum + lost, 0);
    this.#unknownInterfaces = this.#unknownInterfaces.filter(
      (name) => !input.records.some(({ described }) => isNamed([name], described)),
    );
    if (input.source.end === 'truncated') this.#truncatedInputs.push(input.source.path);
    this.#mismatches.push(...input.mismatches());
    this.#inputBytesBefore += input.source.fileBytesRead;
  }

  /** Completes the output. */
  async close(): Promise<CopyResult> {
    try {
      this.sink.flush();
    } finally {
      await this.#output.close();
    }
    return {
      framesRead: this.#framesRead,
      framesWritten: this.#framesWritten,
      lost: this.#lost,
      lostKept: this.#options.format === 'pcap' ? 0 : this.#lost,
      truncated: this.#truncatedInputs.length > 0,
      truncatedInputs: this.#truncatedInputs,
      mismatches: this.#mismatches,
      unknownInterfaces: this.#unknownInterfaces,
      aborted: this.aborted,
      notes: this.#notes.entries,
    };
  }

  /**
   * Closes the output where something has failed; what came before is in it. Where what was asked for
   * can't be, the output stays as it was if nothing has been written yet.
   */
  async fail(error: unknown): Promise<void> {
    try {
      if (!(error instanceof ArgumentError)) this.sink.flush();
    } finally {
      await this.#output.close();
    }
  }
}
