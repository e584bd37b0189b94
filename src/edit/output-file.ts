/** The file that a copy goes into: refused where it is an input, compressed where its name says so. */

import { type Stats, statSync } from 'node:fs';
import { FileOutput, STANDARD_OUTPUT } from '../capture/file-output.js';
import { GzipOutput, GzipThread } from '../capture/gzip-output.js';
import { SLOT_BYTES } from '../capture/gzip-queue.js';
import type { OutputTarget } from '../capture/output-target.js';
import { PCAP_RECORDS, PCAPNG_RECORDS } from '../capture/record-format.js';
import { ArgumentError } from '../core/errors.js';

/** Bytes that go to an uncompressed file at a time. */
const PIECE_BYTES = 1024 * 1024;

/** A file format that copies can be written in. */
export type CopyFormat = 'pcapng' | 'pcap';

/** An output under construction. */
export class OutputFile {
  /** Size of the pieces that it likes to be given. */
  readonly pieceBytes: number;
  readonly #target: OutputTarget;
  readonly #thread: GzipThread | undefined;
  #begun: boolean = false;

  private constructor(target: OutputTarget, thread: GzipThread | undefined) {
    this.#target = target;
    this.#thread = thread;
    this.pieceBytes = thread === undefined ? PIECE_BYTES : SLOT_BYTES;
  }

  /**
   * Opens it; what is in it is replaced at the first `write`.
   *
   * @param path `-` is standard output; a name that ends in `.gz` is compressed
   * @throws {ArgumentError} `SAME_FILE` where it is one of the inputs
   * @throws {SystemCallError} where it can't be created
   */
  static open(path: string, format: CopyFormat, inputs: readonly string[]): OutputFile {
    for (const input of inputs) refuseSame(path, input);
    const records = format === 'pcap' ? PCAP_RECORDS : PCAPNG_RECORDS;
    const file = FileOutput.open(path, { records });
    const thread = path.endsWith('.gz') ? new GzipThread(records) : undefined;
    const target = thread === undefined ? file : new GzipOutput(file, thread);
    return new OutputFile(target, thread);
  }

  /** Writes all the bytes, in pieces where they are too many at once. */
  write(bytes: Uint8Array): void {
    if (!this.#begun) {
      this.#begun = true;
      this.#target.begin();
    }
    for (let at = 0; at < bytes.length; at += SLOT_BYTES) {
      this.#target.write(bytes.length <= SLOT_BYTES ? bytes : bytes.subarray(at, at + SLOT_BYTES));
    }
  }

  /** Closes it; settles when everything is in it. Where nothing was written, nothing has changed. */
  async close(): Promise<void> {
    try {
      if (this.#begun) await this.#target.closeLater();
      else this.#target.discard();
    } finally {
      this.#thread?.stop();
    }
  }
}

function refuseSame(output: string, input: string): void {
  if (output === STANDARD_OUTPUT || input === STANDARD_OUTPUT) return;
  const written = tryStat(output);
  const read = tryStat(input);
  if (written === undefined || read === undefined || !written.isFile()) return;
  if (written.dev !== read.dev || written.ino !== read.ino) return;
  throw new ArgumentError('SAME_FILE', `${output} is read and can't be written as well.`, {
    argument: 'output',
    value: output,
    expected: 'another file than the inputs',
    hint: 'Write into another file, and rename it afterwards.',
  });
}

/** What opening it will refuse, and say better, isn't told here: a stranger's link under fs.protected_symlinks. */
function tryStat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
