/**
 * Several live sources as one, their frames in order of time.
 *
 * # Theory of operation
 *
 * Each source gives its own frames in order, but late: a ring hands over a block when it is full or
 * its retire time has passed. To put frames of several sources in order, the earliest of all *heads*
 * (each source's next frame) is given. That is safe while every source has a head. A source without
 * one may still hold an earlier frame, but none older than its *lag*: so a head is also given once
 * it is older than the time at which that source was last seen empty, less its lag (the
 * *watermark*).
 *
 * So frames come in order of time across all sources, as long as no source is later than its lag:
 * retire time plus 30 ms for rings, 30 ms for sockets. Where the clock was set back, heads from the
 * future would wait for ever; they are given at once instead, and the order across sources is
 * resumed afterwards. The order within a source, and with it every gap, is never touched.
 *
 * Nothing is copied: the batch points into the memory of the source whose frame it stands on. It
 * ends when a source's own batch is used up, or nothing may be given yet.
 */

import { SystemCallError } from '../core/errors.js';
import type {
  CaptureInterface,
  FrameBatch,
  FrameBlocks,
  FrameSource,
  ReceiveCounters,
} from '../core/frame.js';
import type { Loss } from '../core/loss.js';

/** A source that can be merged: live, with a file descriptor to wait for. */
export interface MergeableSource extends FrameSource {
  /** Readable when `read` would give frames. */
  readonly fd: number;
  /** The longest time that a frame waits inside the source before `read` gives it, in ms. */
  readonly lagMs: number;
}

/** What waits for several file descriptors at once; see `PollSet` in sys. */
export interface Waiter {
  /** @returns false when the time ran out */
  wait(timeoutMs: number): boolean;
}

/** What timers and scheduling may add to a source's lag, in milliseconds. */
export const TIMER_SLACK_MS = 30;

/** A head further ahead of the clock than this comes from before the clock was set back. */
const CLOCK_STEP_MS = 1_000;

/** One source with what is known of its next frame. */
class Lane {
  readonly source: MergeableSource;
  readonly firstInterfaceId: number;
  batch: FrameBatch | undefined = undefined;
  /** Whether `batch` stands on a frame that hasn't been given. */
  hasHead: boolean;
  /** Wall-clock time at which the source was last seen empty, less its lag; in milliseconds. */
  emptyUntilMs = 0;
  /** Whether its interfaces don't exist any more. */
  gone = false;

  constructor(source: MergeableSource, firstInterfaceId: number) {
    this.source = source;
    this.firstInterfaceId = firstInterfaceId;
    this.hasHead = false;
  }

  /** Steps to the next frame within the batch at hand. */
  advance(): void {
    this.hasHead = this.batch?.next() === true;
  }
}

/** The merged cursor: stands on the earliest head. */
class MergedBatch implements FrameBatch {
  readonly #lanes: readonly Lane[];
  #given: Lane | undefined = undefined;
  #limitMs = 0;

  bytes: Uint8Array;
  words: Int32Array;
  longs: BigInt64Array | undefined = undefined;
  byteOffset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  interfaceId = 0;
  flags = 0;
  lostBefore: Loss | undefined = undefined;
  queue: number | undefined = undefined;
  blocks: FrameBlocks | undefined = undefined;

  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
    this.bytes = new Uint8Array(0);
    this.words = new Int32Array(0);
  }

  /** Lets heads be given up to this wall-clock time; later ones only while all lanes have one. */
  reset(limitMs: number): void {
    this.#limitMs = limitMs;
  }

  /** Steps over the frame given last, so that its lane shows what comes next. */
  settle(): void {
    this.#given?.advance();
    this.#given = undefined;
  }

  next(): boolean {
    const last = this.#given;
    if (last !== undefined) {
      this.settle();
      if (!last.hasHead) return false;
    }
    const lane = earliest(this.#lanes);
    if (lane === undefined) return false;
    const { batch } = lane;
    if (batch === undefined || headMs(batch) > this.#limitMs) return false;
    this.#given = lane;
    this.bytes = batch.bytes;
    this.words = batch.words;
    this.longs = batch.longs;
    this.byteOffset = batch.byteOffset;
    this.capturedLength = batch.capturedLength;
    this.originalLength = batch.originalLength;
    this.seconds = batch.seconds;
    this.nanoseconds = batch.nanoseconds;
    this.interfaceId = lane.firstInterfaceId + batch.interfaceId;
    this.flags = batch.flags;
    this.lostBefore = batch.lostBefore;
    this.queue = batch.queue;
    const { blocks } = batch;
    this.blocks = blocks === undefined ? undefined : alone(blocks);
    return true;
  }
}

/** What comes next may be another interface's: these blocks can't be extended. */
function alone({ bytes, words, start, end }: FrameBlocks): FrameBlocks {
  return { bytes, words, start, end, extend: () => 0 };
}

function headMs(batch: FrameBatch): number {
  return batch.seconds * 1e3 + batch.nanoseconds / 1e6;
}

function earliest(lanes: readonly Lane[]): Lane | undefined {
  let found: Lane | undefined;
  for (const lane of lanes) {
    if (!lane.hasHead) continue;
    const head = lane.batch!;
    const best = found?.batch;
    if (
      best === undefined ||
      head.seconds < best.seconds ||
      (head.seconds === best.seconds && head.nanoseconds < best.nanoseconds)
    ) {
      found = lane;
    }
  }
  return found;
}

/** Frames of several live sources in order of time; see the file's header. */
export class MergedSource implements FrameSource {
  readonly interfaces: readonly CaptureInterface[];
  readonly #lanes: readonly Lane[];
  readonly #waiter: Waiter;
  readonly #batch: MergedBatch;
  readonly #clockMs: () => number;
  readonly #onGone: (error: SystemCallError) => void;

  /**
   * Takes the sources over: they are stopped and closed with this one.
   *
   * @param onGone called where an interface doesn't exist any more: its source ends, and the others
   *   go on. When the last one is gone, `read` throws that error instead
   * @param clockMs the wall clock that the frames are stamped with, in milliseconds
   */
  constructor(
    sources: readonly MergeableSource[],
    waiter: Waiter,
    onGone: (error: SystemCallError) => void,
    clockMs: () => number = Date.now,
  ) {
    const lanes: Lane[] = [];
    const interfaces: CaptureInterface[] = [];
    for (const source of sources) {
      lanes.push(new Lane(source, interfaces.length));
      for (const each of source.interfaces) interfaces.push({ ...each, id: interfaces.length });
    }
    this.interfaces = interfaces;
    this.#lanes = lanes;
    this.#waiter = waiter;
    this.#batch = new MergedBatch(lanes);
    this.#onGone = onGone;
    this.#clockMs = clockMs;
  }

  get ended(): boolean {
    return this.#lanes.every(({ source, hasHead }) => source.ended && !hasHead);
  }

  get fill(): number | undefined {
    const fills = this.#lanes.map(({ source }) => source.fill).filter((fill) => fill !== undefined);
    return fills.length === 0 ? undefined : Math.max(...fills);
  }

  fillOf(interfaceId: number): number | undefined {
    return this.#laneOf(interfaceId)?.source.fill;
  }

  counters(interfaceId: number): ReceiveCounters | undefined {
    const lane = this.#laneOf(interfaceId);
    return lane?.source.counters(interfaceId - lane.firstInterfaceId);
  }

  read(timeoutMs: number): FrameBatch {
    this.#batch.settle();
    const limitMs = this.#look();
    this.#batch.reset(limitMs);
    const head = earliest(this.#lanes)?.batch;
    if (head !== undefined && headMs(head) <= limitMs) return this.#batch;
    // With a head waiting for its turn, the time until then is short; without one, anybody's frame
    // ends the wait.
    const idle = this.#lanes.filter(({ hasHead, source }) => !hasHead && !source.ended);
    const untilTurnMs = head === undefined ? timeoutMs : Math.max(1, headMs(head) - limitMs);
    const waitMs = Math.ceil(Math.min(timeoutMs, untilTurnMs));
    if (idle.length > 0 && waitMs > 0 && !this.ended) {
      if (head === undefined) this.#waiter.wait(waitMs);
      else this.#waitForIdle(idle, waitMs);
      this.#batch.reset(this.#look());
    }
    return this.#batch;
  }

  stop(): void {
    for (const { source } of this.#lanes) source.stop();
  }

  close(): void {
    for (const lane of this.#lanes) {
      lane.hasHead = false;
      lane.batch = undefined;
      lane.source.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Those with a head are readable all the time: only the others are worth waiting for. */
  #waitForIdle(idle: readonly Lane[], waitMs: number): void {
    this.#readLane(idle[0]!, waitMs);
  }

  #laneOf(interfaceId: number): Lane | undefined {
    return this.#lanes.findLast(({ firstInterfaceId }) => firstInterfaceId <= interfaceId);
  }

  #readLane(lane: Lane, timeoutMs: number): void {
    // Before the look: the process may stand still at any place, and frames come meanwhile.
    const lookedAtMs = this.#clockMs();
    let gone: SystemCallError | undefined;
    try {
      lane.batch = lane.source.read(timeoutMs);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      if (error.code === 'ENODEV') gone = error;
      else if (error.code !== 'ENETDOWN') throw error;
      // One interface that is down holds up nobody: its source is empty until it is up again.
      lane.batch = undefined;
    }
    lane.advance();
    if (!lane.hasHead) lane.emptyUntilMs = lookedAtMs - lane.source.lagMs;
    if (gone !== undefined) this.#giveUp(lane, gone);
  }

  #giveUp(lane: Lane, error: SystemCallError): void {
    lane.gone = true;
    lane.source.stop();
    if (this.#lanes.every((each) => each.gone)) throw error;
    this.#onGone(error);
  }

  /**
   * Gets a head for every lane that can have one.
   *
   * @returns the watermark: heads up to this time may be given; Infinity where nothing is missing
   */
  #look(): number {
    let limitMs = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) {
      if (!lane.hasHead && !lane.source.ended) {
        this.#readLane(lane, 0);
      }
      if (!lane.hasHead && !lane.source.ended) limitMs = Math.min(limitMs, lane.emptyUntilMs);
    }
    const head = earliest(this.#lanes)?.batch;
    const fromTheFuture = head !== undefined && headMs(head) > this.#clockMs() + CLOCK_STEP_MS;
    return fromTheFuture ? Number.POSITIVE_INFINITY : limitMs;
  }
}
