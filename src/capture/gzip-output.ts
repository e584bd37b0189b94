/** Compressed capture files, made by a thread of their own so that the capture doesn't wait for it. */

import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SystemCallError } from '../core/errors.js';
import { type FileOutput, threadError, writeError } from './file-output.js';
import { GzipQueue, SlotKind } from './gzip-queue.js';
import type { OutputTarget } from './output-target.js';
import type { RecordFormat } from './record-format.js';

const NOTHING = new Uint8Array(0);

/**
 * The thread that compresses all files of one capture, one after the other.
 *
 * What it is given waits in a queue of 24 MiB; where that is full, giving waits. A file is a sequence of
 * gzip members, one for each piece given, so that it can be cut at a record's end where the disk is full.
 */
export class GzipThread {
  readonly #queue = new GzipQueue();
  readonly #worker: Worker;
  readonly #records: RecordFormat;
  readonly #waiting = new Map<number, { resolve: () => void; reject: () => void }>();
  #framesUnwritten: number | undefined = undefined;
  #stopped: boolean;
  /** Whether it ended without being told to. */
  #died: boolean;

  /** @param start starts the thread, as where it has to have room */
  constructor(records: RecordFormat, start: (make: () => Worker) => Worker = (make) => make()) {
    this.#records = records;
    this.#stopped = false;
    this.#died = false;
    const code = new URL('./gzip-worker.js', import.meta.url);
    this.#worker = start(() => new Worker(code, { workerData: this.#queue.memory }));
    this.#worker.on('message', (number: number | undefined) => {
      if (number === undefined) this.#settle();
      else this.#waiting.get(number)?.resolve();
    });
    this.#worker.on('error', () => this.#die());
    this.#worker.on('exit', () => {
      if (!this.#stopped && this.#queue.failed === 0) this.#die();
    });
    // The capture ends the thread; where it can't, the thread mustn't keep the process.
    this.#worker.unref();
  }

  /** Frames that were given and will not be in a file, once it has given up. */
  get framesUnwritten(): number {
    return this.#framesUnwritten ?? 0;
  }

  /**
   * Gives whole records to be compressed and written.
   *
   * @param bytes at most `SLOT_BYTES`
   * @throws {SystemCallError} where an earlier write has failed
   */
  write(output: FileOutput, first: boolean, bytes: Uint8Array): void {
    const kind = first ? SlotKind.FirstData : SlotKind.Data;
    const number = this.#queue.put(kind, output.descriptor, bytes, () => this.#isAlive());
    if (number !== undefined) return;
    const framesInHand = this.#records.countFrames(bytes, first);
    throw this.#failure(output, framesInHand);
  }

  /**
   * Settles when everything given for this file is in it.
   *
   * @throws {SystemCallError} where that can't be
   */
  async drain(output: FileOutput): Promise<void> {
    const number = this.#queue.put(SlotKind.Mark, output.descriptor, NOTHING, () =>
      this.#isAlive(),
    );
    if (number === undefined) throw this.#failure(output, 0);
    // Keeps the process until the answer is there.
    this.#worker.ref();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.set(number, { resolve, reject });
      });
    } catch {
      throw this.#failure(output, 0);
    } finally {
      this.#waiting.delete(number);
      if (this.#waiting.size === 0) this.#worker.unref();
    }
  }

  /** Ends the thread once it has done what it was given; may be called again. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#queue.put(SlotKind.Stop, 0, NOTHING, () => this.#isAlive());
  }

  /**
   * Whether the thread still exists. While this one waits, no event says so; the system does. A thread
   * that hasn't begun yet counts as alive.
   */
  #isAlive(): boolean {
    const { takerThread } = this.#queue;
    if (takerThread === 0 || existsSync(`/proc/self/task/${takerThread}`)) return true;
    this.#die();
    return false;
  }

  #die(): void {
    this.#died = true;
    this.#queue.fail(constants.errno.EIO);
    this.#settle();
  }

  /** The thread does nothing more: what it did before it stopped counts, though it couldn't say so. */
  #settle(): void {
    for (const [number, { resolve, reject }] of this.#waiting) {
      if (number < this.#queue.completed) resolve();
      else reject();
    }
  }

  #failure(output: FileOutput, framesInHand: number): SystemCallError {
    this.#framesUnwritten ??= this.#countQueued();
    this.#framesUnwritten += framesInHand;
    const errno = this.#queue.failed;
    const code =
      Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? 'EIO';
    const wholeBytes = this.#queue.wholeBytes(output.descriptor);
    if (!this.#died) return writeError({ code, errno }, output.path, wholeBytes);
    // Nobody else can do it now: what it wrote of the last piece isn't whole.
    output.cutAt(wholeBytes);
    return threadError(output.path, wholeBytes);
  }

  #countQueued(): number {
    let frames = 0;
    for (let number = this.#queue.completed; number < this.#queue.submitted; number++) {
      const { kind, bytes } = this.#queue.slot(number);
      if (kind > SlotKind.FirstData) continue;
      frames += this.#records.countFrames(bytes, kind === SlotKind.FirstData);
    }
    return frames;
  }
}

/** One compressed file, or a compressed standard output. */
export class GzipOutput implements OutputTarget {
  readonly #file: FileOutput;
  readonly #thread: GzipThread;
  #begun: boolean;
  #closed: boolean;

  constructor(file: FileOutput, thread: GzipThread) {
    this.#file = file;
    this.#thread = thread;
    this.#begun = false;
    this.#closed = false;
  }

  get path(): string {
    return this.#file.path;
  }

  get framesUnwritten(): number {
    return this.#thread.framesUnwritten;
  }

  giveTo(uid: number, gid: number): void {
    this.#file.giveTo(uid, gid);
  }

  begin(): void {
    this.#file.begin();
  }

  write(bytes: Uint8Array): void {
    this.#thread.write(this.#file, !this.#begun, bytes);
    this.#begun = true;
  }

  async closeLater(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#thread.drain(this.#file);
    } finally {
      await this.#file.closeLater();
    }
  }

  /** The thread may be writing: the file is closed when it has done so. */
  close(): void {
    this.closeLater().catch(() => {});
  }

  discard(): void {
    this.#closed = true;
    this.#file.discard();
  }
}
