/** The frames of a capture, batch by batch: booked, encoded, written, handed to the sink. */

import type { FrameBatch } from '../core/frame.js';
import type { FrameRun } from '../core/frame-run.js';
import type { Ledger } from '../gaps/ledger.js';
import type { RunLimits } from '../pcapng/frame-extras.js';
import type { FrameSink } from './capture-options.js';
import type { CaptureWriter } from './capture-writer.js';
import type { InterfaceTotals } from './interface-totals.js';
import type { FileLimits, RotationClock } from './rotation.js';

/** Runs tried in vain in one batch before its other frames are taken one by one. */
const MOST_VAIN_RUNS = 4;
const NEVER: number = Number.POSITIVE_INFINITY;

/** Where frames go, and what happens between two of them. */
export interface DeliveryParts {
  readonly ledger: Ledger;
  readonly totals: InterfaceTotals;
  /** Undefined: no file is written. */
  readonly writer: CaptureWriter | undefined;
  /** Gets each frame; with one there are no runs. */
  readonly sink: FrameSink | undefined;
  /** When files change; undefined: never. */
  readonly clock: RotationClock | undefined;
  /** The next frame belongs to another file, by its time: seconds since 1970. */
  readonly onNextInterval: (seconds: number) => void;
  /** The file has reached one of its limits. */
  readonly onLimit: () => void;
  /** A write has failed; so many frames were booked and are neither in the file nor in the encoder. */
  readonly onWriteError: (error: unknown, framesInHand: number) => void;
}

/**
 * Carries each frame of a batch to the file and the sink exactly once, with what was lost before it, or,
 * once `full`, counts it as unread.
 */
export class FrameDelivery {
  /** What the present file may hold. */
  limits: FileLimits = { packets: 0, fileSizeBytes: 0 };
  /** Whether what the source still gives isn't to be delivered. */
  full: boolean;
  readonly #parts: DeliveryParts;
  readonly #runLimits: RunLimits = { most: 0, mostBytes: 0, firstSecond: 0, lastSecond: 0 };

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.full = false;
  }

  /** Whether it takes frames in runs, where batches have them. */
  get takesRuns(): boolean {
    return this.#parts.sink === undefined && this.#parts.writer?.takesBlocks === true;
  }

  /**
   * Delivers a batch, as most are, in one run; only what is left of it goes frame by frame.
   *
   * Two functions, as the second inlines all that a frame may need: to compile it would cost a capture
   * that never needs it as much as some ten thousand frames.
   *
   * @returns frames taken out of the batch, delivered or not
   */
  deliver(batch: FrameBatch): number {
    const { sink, clock } = this.#parts;
    const { run } = batch;
    let count = 0;
    if (run !== undefined && sink === undefined) {
      count = this.#takeRun(run, clock?.intervalFloor ?? 0, clock?.intervalEnd ?? NEVER);
      if (run.left === 0) return count;
    }
    return count + this.#deliverSingly(batch);
  }

  #deliverSingly(batch: FrameBatch): number {
    const { ledger, totals, writer, sink, clock } = this.#parts;
    const measured = this.limits.fileSizeBytes === NEVER ? undefined : writer;
    let intervalEnd = clock?.intervalEnd ?? NEVER;
    let intervalFloor = clock?.intervalFloor ?? 0;
    const inOrder = sink === undefined && intervalEnd === NEVER;
    const runs = inOrder && measured === undefined && writer?.takesBlocks !== false;
    let count = 0;
    let vain = sink === undefined ? 0 : MOST_VAIN_RUNS;
    for (;;) {
      if (!batch.next()) return count;
      count++;
      const { seconds } = batch;
      if ((seconds >= intervalEnd || seconds < intervalFloor) && !this.full) {
        this.#parts.onNextInterval(seconds);
        ({ intervalEnd, intervalFloor } = clock!);
      }
      if (this.full) {
        totals.addUnread(batch.interfaceId);
        ledger.bookUnread(batch);
        continue;
      }
      const more = ledger.book(batch, runs ? this.limits.packets - ledger.frameCount - 1 : 0);
      count += more;
      if (writer !== undefined && !this.#write(writer, batch, 1 + more)) continue;
      if (sink !== undefined) sink.frame(batch, ledger.frameCount);
      if (
        ledger.frameCount >= this.limits.packets ||
        (measured !== undefined && measured.fileBytes >= this.limits.fileSizeBytes)
      ) {
        this.#parts.onLimit();
        if (this.full) totals.endWithFrameOf(batch);
      }
      if (vain < MOST_VAIN_RUNS && batch.run !== undefined) {
        const taken = this.#takeRun(batch.run, intervalFloor, intervalEnd);
        count += taken;
        if (taken === 0) vain++;
      }
    }
  }

  /**
   * Books, encodes and writes the next frames together, up to one that needs a look of its own: the
   * last one before a limit, one of another interval, or one that the encoder can't take this way.
   *
   * Writing stands here, and not only in `frame`, so that most captures never call that one: what is
   * called once for each piece written is soon compiled, and it is the largest function there is.
   */
  #takeRun(run: FrameRun, intervalFloor: number, intervalEnd: number): number {
    const { ledger, writer } = this.#parts;
    if (writer === undefined || this.full) return 0;
    const { packets, fileSizeBytes } = this.limits;
    const limits = this.#runLimits;
    limits.firstSecond = Math.ceil(intervalFloor);
    limits.lastSecond = Math.ceil(intervalEnd) - 1;
    let taken = 0;
    for (;;) {
      limits.most = packets - ledger.frameCount - 1;
      limits.mostBytes = fileSizeBytes - writer.fileBytes - 1;
      const count = writer.run(run, limits);
      if (count === 0) return taken;
      taken += count;
      ledger.bookRun(run.interfaceId, count, run.seconds, run.nanoseconds);
      if (run.left === 0 || !writer.isNearlyFull) return taken;
      try {
        writer.flush();
      } catch (error) {
        this.#parts.onWriteError(error, 0);
        return taken;
      }
    }
  }

  /** @returns whether it could be written */
  #write(writer: CaptureWriter, batch: FrameBatch, frames: number): boolean {
    try {
      writer.frame(batch);
      return true;
    } catch (error) {
      // What is in hand found no room: it was delivered and isn't written either.
      this.#parts.onWriteError(error, frames);
      return false;
    }
  }
}
