/**
 * A capture: frames from a source, booked in the ledger, written to a file.
 *
 * # Theory of operation
 *
 * Purpose: carry every frame that the source delivers to the file and the sink exactly once, in
 * order, with what was lost before it, and at the end prove that nothing else is missing.
 *
 * One loop does everything, in the thread it is called in: read a batch, and for each frame of it
 * book it, encode it, hand it to the sink. The loop blocks in the source's `read` for at most 100 ms
 * (a signal ends the wait at once) and gives way to Node's event loop every 20 ms, so that signals,
 * timers and progress get their turn.
 *
 * Bytes go out when the encoder's buffer is full, when frames have waited for a second, and, where
 * somebody reads along (standard output), whenever no further frame is at hand.
 *
 * The end, whichever way it comes (a limit, `stop`, the interface's removal), has one shape: the
 * source takes in nothing more, what it has is delivered, its totals close the ledger, statistics
 * end the file. Frames that arrived behind a frame limit are counted as unread. The ledger then
 * checks the law of conservation, received = delivered + dropped + unread and dropped = gaps + final
 * gap; a violation is an `AccountingError`, thrown when the file is complete.
 *
 * What can go wrong: the file can't take more (the error is thrown after the source is closed; what
 * was written before is whole), the interface goes down (the capture waits for it to come back) or
 * away (the capture ends, and says so in `endReason`).
 */

import { cpus, release, type } from 'node:os';
import { SystemCallError } from '../core/errors.js';
import type { FrameBatch, FrameSource } from '../core/frame.js';
import { VERSION } from '../core/version.js';
import type { CaptureAccount } from '../gaps/account.js';
import { Ledger } from '../gaps/ledger.js';
import { BlockEncoder } from '../pcapng/block-encoder.js';
import { encodeLossComment } from '../pcapng/loss-options.js';
import {
  DEFAULT_BUFFER_SIZE_BYTES,
  type Engine,
  findTarget,
  openLive,
} from '../source/live-source.js';
import type { CaptureOptions, CaptureProgress, FrameSink } from './capture-options.js';
import { FileOutput } from './file-output.js';

/** Longest wait for frames at a time. */
const READ_MS = 100;
/** Longest time between two turns of the event loop. */
const YIELD_MS = 20;
/** Longest time that a frame waits in the buffer. */
const FLUSH_MS = 1_000;
/** Time between two tries while the interface is down. */
const DOWN_RETRY_MS = 50;

/** Why a capture ended. */
export type EndReason = 'stopped' | 'frame limit' | 'duration' | 'interface gone';

/** What a capture came to. */
export interface CaptureResult {
  /** Frames, gaps and totals. */
  readonly account: CaptureAccount;
  /** The file written; `-` for standard output; undefined where there was none. */
  readonly file: string | undefined;
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly engine: Engine;
  /** Size of ring or queue asked for, in bytes. */
  readonly bufferSizeBytes: number;
  /** Why it ended. */
  readonly endReason: EndReason;
  /** Frames lost in network card and driver, where known; in no gap. */
  readonly interfaceDropped: number | undefined;
}

/** One capture from one interface; see the file's header. */
export class CaptureSession implements Disposable {
  readonly #source: FrameSource;
  readonly #output: FileOutput | undefined;
  readonly #encoder: BlockEncoder | undefined;
  readonly #sink: FrameSink | undefined;
  readonly #ledger: Ledger;
  readonly #options: CaptureOptions;
  readonly #maxFrames: number;
  readonly #startNs: bigint;
  readonly #startMs: number;
  #gaps = 0;
  #unread = 0;
  #flushedAtMs = 0;
  #endReason: EndReason | undefined = undefined;
  #aborted = false;

  private constructor(
    options: CaptureOptions,
    source: FrameSource,
    output: FileOutput | undefined,
    startNs: bigint,
  ) {
    this.#options = options;
    this.#source = source;
    this.#output = output;
    this.#sink = options.sink;
    this.#maxFrames = options.maxFrames ?? Number.POSITIVE_INFINITY;
    this.#encoder = output === undefined ? undefined : new BlockEncoder(output);
    this.#ledger = new Ledger({
      onGap: (gap) => {
        if (gap.lost > 0) this.#gaps++;
        options.onGap?.(gap);
      },
    });
    for (const { id, name, linkType } of source.interfaces) {
      this.#ledger.addInterface(id, name, linkType);
    }
    this.#startMs = performance.now();
    this.#startNs = startNs;
    this.#describe();
  }

  /**
   * Opens file and interface and starts to capture; call `run` without delay.
   *
   * @throws {SystemCallError} where the interface or the file can't be opened; a file that was there
   *   before is then unharmed
   * @throws {ArgumentError} for sizes and times that can't be
   */
  static open(options: CaptureOptions): CaptureSession {
    findTarget(options.interfaceName);
    const output = options.output === undefined ? undefined : FileOutput.open(options.output);
    let source: FrameSource | undefined;
    // Before the source opens: no frame is older than the capture.
    const startNs = BigInt(Date.now()) * 1_000_000n;
    try {
      source = openLive(options);
      output?.begin();
      return new CaptureSession(options, source, output, startNs);
    } catch (error) {
      source?.close();
      output?.discard();
      throw error;
    }
  }

  /** How far the capture is. Costs a look at the interface's counters: ask a few times a second. */
  get progress(): CaptureProgress {
    const counters = this.#source.counters(0);
    return {
      frames: this.#ledger.runFrameCount,
      received: counters?.received ?? this.#ledger.runFrameCount,
      lost: counters?.dropped ?? 0,
      gaps: this.#gaps,
      fill: this.#source.fill,
      bytesWritten: this.#encoder?.bytesWritten,
      elapsedMs: performance.now() - this.#startMs,
    };
  }

  /** Ends the capture cleanly: what has been received is still delivered. May be called again. */
  stop(): void {
    this.#end('stopped');
  }

  /** Ends the capture at once: what is still in ring or queue is counted as unread. */
  abort(): void {
    this.#aborted = true;
    this.#end('stopped');
  }

  /**
   * Captures until a limit is reached or `stop` is called.
   *
   * @throws {SystemCallError} where the file can't take more (`ENOSPC`, `EPIPE`)
   * @throws {AccountingError} where the counts don't add up; the file is complete then
   */
  async run(): Promise<CaptureResult> {
    try {
      await this.#loop();
      return this.#finish();
    } finally {
      this.close();
    }
  }

  /** Gives everything back; the file ends where it is. Not needed after `run`. */
  close(): void {
    this.#source.close();
    this.#output?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #loop(): Promise<void> {
    const source = this.#source;
    const { durationMs } = this.#options;
    const deadlineMs = this.#startMs + (durationMs ?? Number.POSITIVE_INFINITY);
    let yieldedAtMs = performance.now();
    while (!source.ended && !this.#aborted) {
      const batch = this.#read(Math.max(0, Math.min(READ_MS, deadlineMs - performance.now())));
      const frames = batch === undefined ? 0 : this.#deliver(batch);
      const nowMs = performance.now();
      if (frames === 0) this.#rest(nowMs);
      else if (nowMs - this.#flushedAtMs >= FLUSH_MS) this.#flush(nowMs);
      if (nowMs >= deadlineMs) this.#end('duration');
      if (frames === 0 || nowMs - yieldedAtMs >= YIELD_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        if (batch === undefined) await new Promise((resolve) => setTimeout(resolve, DOWN_RETRY_MS));
        yieldedAtMs = performance.now();
      }
    }
  }

  /** @returns undefined while the interface is down */
  #read(timeoutMs: number): FrameBatch | undefined {
    try {
      return this.#source.read(Math.ceil(timeoutMs));
    } catch (error) {
      if (!(error instanceof SystemCallError) || error.code !== 'ENETDOWN') throw error;
      if (!this.#interfaceExists()) this.#end('interface gone');
      return undefined;
    }
  }

  #interfaceExists(): boolean {
    try {
      findTarget(this.#options.interfaceName);
      return true;
    } catch {
      return false;
    }
  }

  /** @returns frames taken out of the batch, delivered or not */
  #deliver(batch: FrameBatch): number {
    const ledger = this.#ledger;
    const encoder = this.#encoder;
    const sink = this.#sink;
    let count = 0;
    while (batch.next()) {
      count++;
      if (ledger.runFrameCount >= this.#maxFrames) {
        this.#unread++;
        ledger.bookUnread(batch);
        continue;
      }
      ledger.book(batch);
      if (encoder !== undefined) encoder.frame(batch);
      if (sink !== undefined) sink.frame(batch, ledger.frameCount);
    }
    if (ledger.runFrameCount >= this.#maxFrames) this.#end('frame limit');
    return count;
  }

  #end(reason: EndReason): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#source.stop();
  }

  /** No frame is at hand: whoever reads along gets what there is. */
  #rest(nowMs: number): void {
    this.#sink?.flush();
    if (this.#output?.isStream === true || nowMs - this.#flushedAtMs >= FLUSH_MS) {
      this.#flush(nowMs);
    }
  }

  #flush(nowMs: number): void {
    this.#flushedAtMs = nowMs;
    this.#encoder?.flush();
  }

  #describe(): void {
    const encoder = this.#encoder;
    if (encoder === undefined) return;
    const os = `${type()} ${release()}`;
    const hardware = cpus()[0]?.model;
    encoder.sectionHeader({ os, hardware, application: `gapcap ${VERSION}` });
    for (const captured of this.#source.interfaces) {
      encoder.interfaceDescription({ ...captured, os });
    }
    encoder.flush();
  }

  #finish(): CaptureResult {
    this.#sink?.flush();
    const endNs = BigInt(Date.now()) * 1_000_000n;
    const counters = this.#source.counters(0);
    const delivered = this.#ledger.runFrameCount;
    if (counters !== undefined && this.#aborted) {
      this.#unread = counters.received - counters.dropped - delivered;
    }
    const totals = counters && { ...counters, unread: this.#unread };
    if (counters !== undefined && totals !== undefined) {
      this.#encoder?.interfaceStatistics(0, {
        timestampNs: endNs,
        startNs: this.#startNs,
        endNs,
        interfaceReceived: counters.interfaceReceived,
        interfaceDropped: counters.interfaceDropped,
        received: counters.received,
        dropped: counters.dropped,
        delivered,
        comment: encodeLossComment(this.#ledger.finalLoss(0, totals)),
      });
    }
    this.#encoder?.flush();
    this.#ledger.close(0, totals);
    return {
      account: this.#ledger.runAccount(),
      file: this.#options.output,
      startNs: this.#startNs,
      endNs,
      engine: this.#options.engine ?? 'ring',
      bufferSizeBytes: this.#options.bufferSizeBytes ?? DEFAULT_BUFFER_SIZE_BYTES,
      endReason: this.#endReason ?? 'stopped',
      interfaceDropped: counters?.interfaceDropped,
    };
  }
}
