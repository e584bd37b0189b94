/**
 * A capture: frames from a source, booked in the ledger, written to a file or a series of them.
 *
 * # Theory of operation
 *
 * Purpose: carry every frame that the source delivers to the file and the sink exactly once, in
 * order, with what was lost before it, and at the end prove that nothing else is missing.
 *
 * One loop does everything, in the thread it is called in: read a batch, and for each frame of it
 * book it, encode it, hand it to the sink. The loop blocks in the source's `read` for at most 100 ms
 * (a signal ends the wait at once) and gives way to Node's event loop as `EventLoopTurns` says, so that
 * signals, timers, progress and files that are being closed get their turn.
 *
 * Bytes go out when the encoder's buffer is full, when frames have waited for a second, and, where
 * somebody reads along (standard output), whenever no further frame is at hand.
 *
 * Rotation happens between two frames: the statistics of the finished file are written, its account is
 * taken from the ledger, and the next frame, with what was lost before it, goes into the next file. So
 * every frame is in exactly one file, every gap in exactly one, and each file obeys the law alone. The
 * next file is opened first: where that fails the present one stays and the capture ends in it.
 *
 * The end, whichever way it comes (a limit, `stop`, the interface's removal), has one shape: the
 * source takes in nothing more, what it has is delivered, its totals close the ledger, statistics
 * end the file. Frames that arrived behind a frame limit are counted as unread. The ledger then
 * checks the law of conservation, received = delivered + dropped + unread and dropped = gaps + final
 * gap; a violation is an `AccountingError`, thrown when the file is complete.
 *
 * What can go wrong: the file can't take more (it is cut after its last whole record, the capture
 * ends, and a `CaptureWriteError` with the whole account is thrown), nobody reads standard output any
 * more (a normal end), an interface goes down (the capture waits for it) or away (the others go on;
 * after the last one the capture ends, and says so in `endReason`).
 */

import { SystemCallError } from '../core/errors.js';
import type { CaptureInterface, FrameBatch, FrameSource } from '../core/frame.js';
import { Ledger, type SocketTotals } from '../gaps/ledger.js';
import { openLiveAll } from '../source/live-source.js';
import { SoftnetCounter } from '../source/softnet-counter.js';
import { findAccount } from '../sys/privileges.js';
import type {
  CaptureCounts,
  CaptureOptions,
  CaptureProgress,
  CaptureSnapshot,
  FrameSink,
  SessionOptions,
  SourceCaptureOptions,
} from './capture-options.js';
import { type CaptureResult, CaptureWriteError, type EndReason } from './capture-result.js';
import type { CaptureWriter } from './capture-writer.js';
import { doubtPlaces } from './doubted-places.js';
import { EventLoopTurns } from './event-loop-turns.js';
import { FileAccounts } from './file-accounts.js';
import { FrameDelivery } from './frame-delivery.js';
import { handOver } from './hand-over.js';
import { InterfaceTotals } from './interface-totals.js';
import { LossSampler } from './loss-sampler.js';
import { describedInterfaces, findInterfaces, openWriter } from './open-writer.js';
import { fileLimits, RotationClock } from './rotation.js';
import { RunningCounts } from './running-counts.js';
import { nowNs } from './time-of-day.js';

/** Longest wait for frames at a time. */
const READ_MS = 100;
/** Longest time that a frame waits in the buffer for a file, and for whoever reads along. */
const FLUSH_MS = 1_000;
const STREAM_FLUSH_MS = 100;
/** Time between two tries while the interface is down. */
const DOWN_RETRY_MS = 50;

/** One capture from one or more interfaces; see the file's header. */
export class CaptureSession implements Disposable {
  /** The interfaces captured from, as accounts and files have them. */
  readonly interfaces: readonly CaptureInterface[];
  /** What `gapcap doctor --probe` found this kernel not to keep; with anything in it no gap is exact. */
  readonly kernelDoubts: readonly string[];
  readonly #source: FrameSource;
  readonly #writer: CaptureWriter | undefined;
  readonly #sink: FrameSink | undefined;
  readonly #ledger: Ledger;
  readonly #delivery: FrameDelivery;
  readonly #options: SessionOptions;
  readonly #files: FileAccounts;
  readonly #clock: RotationClock | undefined;
  readonly #totals: InterfaceTotals;
  readonly #sampler: LossSampler;
  readonly #counts: RunningCounts;
  /** The time of day, or that of a simulation. */
  readonly #nowNs: () => bigint;
  readonly #startNs: bigint;
  readonly #startMs: number;
  #fileStartNs: bigint;
  #flushedAtMs = 0;
  /** Whether there is a next file to go to; false after one couldn't be opened. */
  #rotates: boolean;
  #rotateNow: boolean;
  #endReason: EndReason | undefined = undefined;
  #failure: SystemCallError | undefined = undefined;
  #framesUnwritten = 0;
  /** Whether `#files` has the last file: it was finished, and the next one not begun. */
  #lastFileAdded: boolean;
  #aborted = false;

  private constructor(
    options: SessionOptions,
    source: FrameSource,
    writer: CaptureWriter | undefined,
    clock: {
      readonly startNs: bigint;
      readonly nowNs: () => bigint;
      readonly softnet?: SoftnetCounter;
      readonly doubts?: readonly string[];
    },
  ) {
    this.#nowNs = clock.nowNs;
    this.kernelDoubts = clock.doubts ?? [];
    this.#options = options;
    this.#source = source;
    this.#writer = writer;
    this.#sink = options.sink;
    this.#rotateNow = false;
    this.#lastFileAdded = false;
    this.#startMs = performance.now();
    this.#startNs = clock.startNs;
    this.#fileStartNs = clock.startNs;
    const { rotation } = options;
    this.#files = new FileAccounts(rotation?.files ?? Number.POSITIVE_INFINITY);
    this.#clock =
      rotation === undefined || writer === undefined ? undefined : new RotationClock(rotation);
    this.#rotates = this.#clock !== undefined;
    this.#clock?.begin(this.#startMs, this.#nowMs() / 1000);
    this.#ledger = new Ledger({
      onGap: (gap) => {
        if (gap.lost > 0) this.#counts.gaps++;
        options.onGap?.(gap, writer?.path);
      },
    });
    this.#totals = new InterfaceTotals(source, this.#ledger);
    this.#delivery = new FrameDelivery({
      ledger: this.#ledger,
      totals: this.#totals,
      writer,
      sink: options.sink,
      clock: this.#clock,
      onNextInterval: (seconds) => this.#rotate(seconds),
      onLimit: () => this.#limitReached(),
      onWriteError: (error, framesInHand) => this.#writeFailed(error, framesInHand),
    });
    this.interfaces = describedInterfaces(source, options);
    this.#sampler = new LossSampler(this.interfaces, this.#totals, clock.softnet, {
      ns: clock.startNs,
      ms: this.#startMs,
    });
    this.#counts = new RunningCounts({
      ...{ source, writer, ledger: this.#ledger, totals: this.#totals, sampler: this.#sampler },
      ...{ isSeries: this.#clock !== undefined, startMs: this.#startMs },
    });
    for (const one of this.interfaces) this.#ledger.addInterface(one.id, one.name, one.linkType);
    writer?.begin(this.interfaces);
    this.#setLimits();
  }

  /**
   * Opens file and interface and starts to capture; call `run` without delay.
   *
   * @throws {SystemCallError} where the interface or the file can't be opened; a file that was there
   *   before is then unharmed
   * @throws {UnsupportedError} `ADDRESS_LIMIT` where the process may use too few addresses, and others
   *   for what this system can't do
   * @throws {ArgumentError} for sizes, times and limits that can't be, and for an unknown `runAs`
   * @throws {StateError} `PRIVILEGES_REMAIN` where root couldn't be given up; end the process then
   */
  static open(options: CaptureOptions): CaptureSession {
    const interfaces = findInterfaces(options);
    const account = options.runAs === undefined ? undefined : findAccount(options.runAs);
    const writer = openWriter(options);
    let source: FrameSource | undefined;
    // Before the source opens: no frame is older than the capture.
    const startNs = nowNs();
    const softnet = new SoftnetCounter();
    try {
      source = openLiveAll(interfaces, options.onTrouble);
      if (account !== undefined) handOver(account, writer);
      const doubts = doubtPlaces(source, interfaces);
      return new CaptureSession(options, source, writer, { startNs, nowNs, softnet, doubts });
    } catch (error) {
      source?.close();
      writer?.discard();
      throw error;
    }
  }

  /**
   * Captures from a source that is open already, such as a simulation; call `run` without delay.
   *
   * The session closes the source, also where it can't begin.
   *
   * @throws {SystemCallError} where the file can't be opened
   * @throws {ArgumentError} for limits that can't be
   */
  static over(source: FrameSource, options: SourceCaptureOptions): CaptureSession {
    const clock = options.clock ?? nowNs;
    let writer: CaptureWriter | undefined;
    try {
      writer = openWriter(options);
      return new CaptureSession(options, source, writer, { startNs: clock(), nowNs: clock });
    } catch (error) {
      source.close();
      writer?.discard();
      throw error;
    }
  }

  /** Whether most frames go to the file many at a time, with little done for each in JavaScript. */
  get takesRuns(): boolean {
    return this.#delivery.takesRuns && this.#source.givesRuns === true;
  }

  /** How far the capture is. Costs a look at the interfaces' counters: ask a few times a second. */
  get progress(): CaptureProgress {
    return this.#counts.progress;
  }

  /**
   * The counts of each interface as of now. Costs a look at their counters, 0.1 ms each or so: ask once
   * or a few times a second.
   */
  counts(): CaptureCounts {
    return this.#counts.counts;
  }

  /** How full an interface's ring or queue is, 0 to 1; undefined where that can't be told. Cheap. */
  fillOf(interfaceId: number): number | undefined {
    return this.#source.fillOf?.(interfaceId) ?? this.#source.fill;
  }

  /** The capture up to now, as an account. Costs as much as `progress`, and a copy of the gaps. */
  snapshot(): CaptureSnapshot {
    return this.#counts.snapshot;
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

  /** Begins the next file of a series now; does nothing where there is none. */
  rotate(): void {
    this.#rotateNow = this.#clock !== undefined;
  }

  /**
   * Captures until a limit is reached or `stop` is called.
   *
   * @throws {CaptureWriteError} where the file can't take more (`ENOSPC`, `EIO`, …) or the next one
   *   can't be opened; what was written is whole, and the error has the capture's account
   * @throws {AccountingError} where the counts don't add up; the files are complete then
   */
  async run(): Promise<CaptureResult> {
    try {
      await this.#loop();
      const result = await this.#finish();
      if (this.#failure !== undefined) throw new CaptureWriteError(this.#failure, result);
      return result;
    } catch (error) {
      // What was delivered before something failed that nobody foresaw is in the file, without totals.
      this.#flush(performance.now());
      throw error;
    } finally {
      this.close();
    }
  }

  /** Gives everything back; the file ends where it is. Not needed after `run`. */
  close(): void {
    this.#source.close();
    this.#writer?.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #loop(): Promise<void> {
    const source = this.#source;
    const deadlineMs = this.#startMs + (this.#options.durationMs ?? Number.POSITIVE_INFINITY);
    let nowMs = performance.now();
    const turns = new EventLoopTurns(nowMs);
    while (!source.ended && !this.#aborted) {
      const batch = this.#read(this.#patience(nowMs, deadlineMs));
      const frames = batch === undefined ? 0 : this.#delivery.deliver(batch);
      nowMs = performance.now();
      if (this.#sampler.isDue(nowMs)) this.#sample();
      this.#keepTime(nowMs, frames === 0);
      if (frames === 0) this.#sink?.flush();
      if (nowMs - this.#flushedAtMs >= this.#flushMs) this.#flush(nowMs);
      if (nowMs >= deadlineMs) this.#end('duration');
      if (batch === undefined) await new Promise((resolve) => setTimeout(resolve, DOWN_RETRY_MS));
      const isClosing = this.#writer?.isClosing === true;
      if (frames === 0 || turns.isDue(nowMs, isClosing)) nowMs = await turns.take();
    }
  }

  /** How long to wait for frames: until something else has to be done. */
  #patience(nowMs: number, deadlineMs: number): number {
    const untilDue = this.#clock?.msUntilDue(nowMs, this.#nowMs()) ?? READ_MS;
    return Math.ceil(Math.max(0, Math.min(READ_MS, deadlineMs - nowMs, untilDue)));
  }

  /** @returns undefined while the interface is down, or where it is gone */
  #read(timeoutMs: number): FrameBatch | undefined {
    try {
      return this.#source.read(timeoutMs);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      if (error.code === 'ENODEV') this.#end('interface gone');
      else if (error.code !== 'ENETDOWN') throw error;
      return undefined;
    }
  }

  #limitReached(): void {
    const { maxFrames = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#ledger.runFrameCount >= maxFrames) this.#endFull('frame limit');
    else if (this.#rotates) this.#rotate(this.#nowMs() / 1000);
    else this.#endFull('file size');
  }

  /** Reads what is lost before the socket; nothing of it concerns the frames. */
  #sample(endNs?: bigint): void {
    const writer = this.#writer?.failed === true ? undefined : this.#writer;
    const now = { ns: endNs ?? this.#nowNs(), ms: performance.now() };
    try {
      this.#sampler.sample(writer, this.#fileStartNs, now, endNs !== undefined);
    } catch (error) {
      this.#writeFailed(error, 0);
    }
  }

  /** Begins the next file where its time has come. */
  #keepTime(nowMs: number, idle: boolean): void {
    const clock = this.#clock;
    if (clock === undefined || this.#endReason !== undefined) return;
    const epochMs = this.#nowMs();
    if (this.#rotateNow || clock.isOver(nowMs) || (idle && clock.isIntervalOver(epochMs))) {
      this.#rotate(epochMs / 1000, idle ? this.#nowNs() : undefined);
    }
  }

  /**
   * Ends the present file and begins the next.
   *
   * @param epochSeconds when the next one begins
   * @param endNs when the present one ends, where not with its last frame
   */
  #rotate(epochSeconds: number, endNs?: bigint): void {
    const writer = this.#writer;
    this.#rotateNow = false;
    if (writer === undefined || !this.#rotates || this.#delivery.full) return;
    const { maxFiles = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#ledger.fileCount >= maxFiles) {
      this.#endFull('file count');
      return;
    }
    try {
      writer.prepareNext();
    } catch (error) {
      // The present file takes what the source still has.
      this.#rotates = false;
      this.#fail(error);
      this.#setLimits();
      return;
    }
    const { path } = writer;
    const account = this.#ledger.startFile();
    const time = {
      startNs: this.#fileStartNs,
      endNs: endNs ?? this.#totals.lastFrameNs() ?? this.#nowNs(),
    };
    try {
      this.#totals.writeFinished(writer, account, time);
      writer.switchToNext();
    } catch (error) {
      this.#writeFailed(error, 0);
      this.#lastFileAdded = true;
    }
    this.#files.add({ path, account });
    this.#fileStartNs = time.endNs;
    this.#sampler.startFile(time.endNs);
    this.#clock?.begin(performance.now(), epochSeconds);
    this.#setLimits();
  }

  /** Sets the limits of the present file. */
  #setLimits(): void {
    const framesBefore = this.#ledger.runFrameCount - this.#ledger.frameCount;
    const series = { exists: this.#clock !== undefined, goesOn: this.#rotates };
    this.#delivery.limits = fileLimits(this.#options, series, framesBefore);
  }

  #nowMs(): number {
    return Number(this.#nowNs() / 1_000_000n);
  }

  #end(reason: EndReason): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#source.stop();
  }

  /** Ends the capture with the frame that was just delivered. */
  #endFull(reason: EndReason): void {
    this.#delivery.full = true;
    this.#end(reason);
  }

  #fail(error: unknown): void {
    if (!(error instanceof SystemCallError)) throw error;
    this.#failure = error;
    this.#end('write failed');
  }

  /** @param framesInHand frames that were booked and are neither in the file nor in the encoder */
  #writeFailed(error: unknown, framesInHand: number): void {
    if (!(error instanceof SystemCallError) || this.#writer === undefined) throw error;
    // What follows from the first failure adds nothing.
    if (this.#writer.failed) return;
    this.#writer.fail();
    this.#framesUnwritten = this.#writer.framesUnwritten + framesInHand;
    this.#delivery.full = true;
    if (error.code === 'EPIPE') this.#end('reader gone');
    else this.#fail(error);
  }

  /** Longest time that a frame waits in the buffer. */
  get #flushMs(): number {
    return this.#writer?.isStream === true ? STREAM_FLUSH_MS : FLUSH_MS;
  }

  #flush(nowMs: number): void {
    this.#flushedAtMs = nowMs;
    try {
      this.#writer?.flush();
    } catch (error) {
      this.#writeFailed(error, 0);
    }
  }

  async #finish(): Promise<CaptureResult> {
    this.#sink?.flush();
    const endNs = this.#nowNs();
    const totals = this.#source.interfaces.map(({ id }) => this.#totals.ofRun(id, this.#aborted));
    const { interfaceDropped } = this.#totals.sums();
    this.#sample(endNs);
    // The files are completed first: where the counts don't add up, the evidence is whole.
    await this.#completeFile(totals, endNs);
    this.#totals.closeAccounts(totals);
    if (this.#writer !== undefined && !this.#lastFileAdded) {
      this.#files.add({ path: this.#writer.path, account: this.#ledger.account() });
    }
    return {
      account: this.#ledger.runAccount(),
      files: this.#files.list(),
      fileCount: this.#files.count,
      file: this.#options.output,
      startNs: this.#startNs,
      endNs,
      endReason: this.#endReason ?? 'stopped',
      lostBeyondLimit: this.#totals.lostBeyondLimit(),
      interfaceDropped,
      earlyLosses: this.#sampler.losses,
      framesUnwritten: this.#framesUnwritten,
    };
  }

  async #completeFile(totals: readonly (SocketTotals | undefined)[], endNs: bigint): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    const time = { startNs: this.#fileStartNs, endNs };
    try {
      // A file that couldn't take its frames gets no totals: they would contradict what is in it.
      if (!writer.failed) this.#totals.writeLast(writer, totals, time);
      writer.flush();
      await writer.close();
    } catch (error) {
      this.#writeFailed(error, 0);
      await writer.close().catch(() => {});
    }
  }
}
