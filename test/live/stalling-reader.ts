/**
 * A reader that stands still at given moments, on a real socket or ring, beside a capture that loses
 * nothing: what came and when, when the reader read, and what it got.
 */

import assert from 'node:assert/strict';
import type { FrameSource } from '../../src/core/frame.js';
import { tryReadSequence } from '../../src/core/numbered-frame.js';
import { startFlood } from '../../src/lab/flood.js';
import type { TimedFrame } from '../../src/model/traffic.js';

const NS_PER_MS = 1_000_000;
/** Time for the last frames to arrive. */
const SETTLE_MS = 20;
/** A reader that comes back later than that was held up; reading what a batch holds takes far less. */
const HOLD_UP_MS = 2;

const waitClock = new Int32Array(new SharedArrayBuffer(4));

/** What to do. */
export interface StallingRun {
  /** Where the flood goes out. */
  readonly senderName: string;
  readonly ratePps: number;
  readonly frameCount: number;
  /** Milliseconds after the first frame, and for how long. */
  readonly stalls: readonly { atMs: number; lengthMs: number }[];
  /** The source that is read as it goes, with stalls. */
  readonly source: FrameSource;
  /** A source with room for everything, read afterwards. */
  readonly witness: FrameSource;
}

/** Frames missing between two delivered ones. */
export interface SeenGap {
  /** Number of the last frame before the gap, among all that arrived; 0: none. */
  readonly after: number;
  readonly lost: number;
}

/** One call of `read`. Times are nanoseconds since the first arrival. */
export interface LoggedRead {
  readonly startNs: number;
  readonly endNs: number;
  /** Number of the last frame delivered so far, this read's included; 0: none. */
  readonly lastNumber: number;
}

/** What came of it. */
export interface StallingOutcome {
  /** Every frame that came; the time is since the first one. */
  readonly arrivals: readonly TimedFrame[];
  /** Every read that came after another frame or a pause. */
  readonly reads: readonly LoggedRead[];
  /** Gaps between delivered frames, by the numbers in the frames. */
  readonly gaps: readonly SeenGap[];
  /** Number of the last frame delivered. */
  readonly lastNumber: number;
  /** The stalls as they were: when they began and ended, nanoseconds since the first arrival. */
  readonly measuredStalls: readonly TimeSpan[];
  /** Between the first frame and the last: when the reader stood still and nobody had told it to. */
  readonly holdUps: readonly TimeSpan[];
  /** Frames that were sent and didn't even reach the witness. */
  readonly missed: number;
}

/** Nanoseconds since the first arrival. */
export interface TimeSpan {
  readonly startNs: number;
  readonly endNs: number;
}

/** Runs it in this thread, which sleeps during the stalls. The source isn't stopped. */
export async function runStalling(options: StallingRun): Promise<StallingOutcome> {
  const { source, witness } = options;
  const flood = await startFlood({
    interfaceName: options.senderName,
    frameCount: options.frameCount,
    ratePps: options.ratePps,
    paused: true,
  });
  const log = new ReaderLog(source);
  const originMs = realTimeOriginMs();
  flood.resume();
  const planned = [...options.stalls];
  let firstMs: number | undefined;
  while (!flood.ended) {
    const given = log.read();
    if (given > 0) firstMs ??= performance.now();
    const next = planned[0];
    // A stall begins when a read has given nothing, so that the reader holds no block.
    if (given > 0 || firstMs === undefined || next === undefined) continue;
    if (performance.now() - firstMs < next.atMs) continue;
    planned.shift();
    log.stall(next.lengthMs);
  }
  await flood.finished;
  Atomics.wait(waitClock, 0, 0, SETTLE_MS);
  while (log.read() > 0);
  return log.outcome(readArrivals(witness), originMs, options.frameCount);
}

/** What a reader did and got. */
class ReaderLog {
  readonly #source: FrameSource;
  readonly #reads: { startMs: number; endMs: number; lastNumber: number }[] = [];
  readonly #gaps: SeenGap[] = [];
  readonly #stalls: { startMs: number; endMs: number }[] = [];
  readonly #holdUps: { startMs: number; endMs: number }[] = [];
  #lastNumber = 0;
  #wasEmpty = false;
  /** When the reader was last known to run. */
  #awakeMs = performance.now();

  constructor(source: FrameSource) {
    this.#source = source;
  }

  /** Stands still. */
  stall(lengthMs: number): void {
    const startMs = performance.now();
    Atomics.wait(waitClock, 0, 0, lengthMs);
    this.#awakeMs = performance.now();
    this.#stalls.push({ startMs, endMs: this.#awakeMs });
  }

  /** @returns how many frames it gave */
  read(): number {
    const startMs = performance.now();
    const batch = this.#source.read(0);
    const endMs = performance.now();
    let count = 0;
    let view: DataView | undefined;
    while (batch.next()) {
      view ??= new DataView(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.byteLength);
      const number = tryReadSequence(view, batch.byteOffset, batch.capturedLength);
      assert.ok(number !== undefined, 'a frame that nobody sent');
      const after = this.#lastNumber;
      if (number !== after + 1) this.#gaps.push({ after, lost: number - after - 1 });
      this.#lastNumber = number;
      count++;
    }
    // Of many empty reads in a row only the first may give room back.
    if (count > 0 || !this.#wasEmpty) {
      this.#reads.push({ startMs, endMs, lastNumber: this.#lastNumber });
    }
    this.#wasEmpty = count === 0;
    const now = performance.now();
    if (now - this.#awakeMs > HOLD_UP_MS && this.#lastNumber > 0) {
      this.#holdUps.push({ startMs: this.#awakeMs, endMs: now });
    }
    this.#awakeMs = now;
    return count;
  }

  outcome(arrivals: Arrivals, originMs: number, sentCount: number): StallingOutcome {
    const sinceFirst = (ms: number): number =>
      Math.round((originMs - arrivals.firstMs + ms) * NS_PER_MS) - arrivals.firstNs;
    const spans = (all: readonly { startMs: number; endMs: number }[]): TimeSpan[] =>
      all.map(({ startMs, endMs }) => ({ startNs: sinceFirst(startMs), endNs: sinceFirst(endMs) }));
    return {
      arrivals: arrivals.frames,
      reads: this.#reads.map(({ startMs, endMs, lastNumber }) => ({
        startNs: sinceFirst(startMs),
        endNs: sinceFirst(endMs),
        lastNumber,
      })),
      gaps: this.#gaps,
      lastNumber: this.#lastNumber,
      measuredStalls: spans(this.#stalls),
      holdUps: spans(this.#holdUps),
      missed: sentCount - arrivals.frames.length,
    };
  }
}

interface Arrivals {
  /** Time of the first frame: milliseconds since 1970, and nanoseconds to add. */
  readonly firstMs: number;
  readonly firstNs: number;
  readonly frames: TimedFrame[];
}

/** Stops the witness and reads everything it has. */
function readArrivals(witness: FrameSource): Arrivals {
  witness.stop();
  const frames: TimedFrame[] = [];
  let seconds = 0;
  let nanoseconds = 0;
  while (!witness.ended) {
    const batch = witness.read(50);
    while (batch.next()) {
      if (frames.length === 0) {
        seconds = batch.seconds;
        nanoseconds = batch.nanoseconds;
      }
      const timeNs = (batch.seconds - seconds) * 1e9 + batch.nanoseconds - nanoseconds;
      frames.push({ timeNs, length: batch.originalLength });
    }
  }
  const wholeMs = Math.floor(nanoseconds / NS_PER_MS);
  return {
    firstMs: seconds * 1000 + wholeMs,
    firstNs: nanoseconds - wholeMs * NS_PER_MS,
    frames,
  };
}

/**
 * What to add to `performance.now()` for the kernel's real time, in milliseconds since 1970; right to
 * a few microseconds: at the tick of `Date.now` both are known.
 */
function realTimeOriginMs(): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < 30; i++) {
    const before = Date.now();
    let now = before;
    while (now === before) now = Date.now();
    best = Math.max(best, now - performance.now());
  }
  return best;
}
