/**
 * One interface through several rings, each read by a thread of its own.
 *
 * # Theory of operation
 *
 * The rings' sockets form a fanout group: each frame goes to exactly one of them, by default to that of
 * the processor which handles it. So where there are as many as processors (those online at the start)
 * every ring is fed by one, which is what proves its gaps exact (see `LossPlacement`), and the work of
 * reading is spread over processors.
 *
 * A ring's thread (ring-thread.ts) encodes its frames as pcapng blocks and hands them over in slots of
 * shared memory (`RingLane`). This source merges the lanes by time, as `MergedSource` merges
 * interfaces: the earliest of all heads is given as soon as no lane can still have an earlier one. Runs
 * of frames of one lane go to the file in one copy (`FrameBlocks.extend`); that is the second copy of a
 * frame, beside its thread's. Whoever wants frames one by one gets them by the usual contract.
 *
 * Start and stop leave no hole: no ring takes a frame before all have joined the group (`RingTeam`), and
 * none leaves it before all are done, so that a frame's ring never changes in between.
 */

import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ArgumentError, StateError, SystemCallError, UnsupportedError } from '../core/errors.js';
import type {
  CaptureInterface,
  FrameBatch,
  QueueCounters,
  ReceiveCounters,
} from '../core/frame.js';
import { checkThreadRoom, startWithRoom } from '../sys/address-room.js';
import { EventSignal } from '../sys/event-signal.js';
import type { FanoutMode } from '../sys/fanout.js';
import { PollSet } from '../sys/poll.js';
import { processorNumbers } from '../sys/thread.js';
import { InterfaceCounters } from './interface-counters.js';
import { liveInterface } from './live-options.js';
import { type MergeableSource, TIMER_SLACK_MS } from './merged-source.js';
import { LANE_READ_MS, LaneCommand, LaneState, RingLane } from './ring-lane.js';
import type { RingOptions } from './ring-source.js';
import { RingTeam } from './ring-team.js';
import type { RingThreadData } from './ring-thread.js';
import { LaneClock, LaneReader, RingsBatch } from './rings-batch.js';

/** Smallest slot: some 2,000 frames of 60 bytes. */
const SLOT_BYTES = 262_144;
/** What a frame as long as a ring's block grows by when it is encoded, with a loss before it. */
const ENCODING_SLACK = 4096;
/** Longest time that opening a ring may take; beyond it the threads are looked after. */
const LOOK_MS = 100;
/** A frame further ahead of the clock than this comes from before the clock was set back. */
const CLOCK_STEP_MS = 1_000;

/** How several rings share an interface. */
export interface Fanout {
  /** Rings, at least 2. */
  readonly rings: number;
  /** How frames are shared. */
  readonly mode: FanoutMode;
}

/** A live source over several rings of one interface; see the file's header. */
export class RingsSource implements MergeableSource {
  readonly interfaces: readonly CaptureInterface[];
  readonly lagMs: number;
  readonly #interfaceCounters: InterfaceCounters;
  readonly #signal: EventSignal;
  readonly #waiter: PollSet;
  readonly #team = new RingTeam();
  readonly #lanes: readonly RingLane[];
  readonly #readers: readonly LaneReader[];
  readonly #clock = new LaneClock();
  readonly #batch: RingsBatch;
  #threadsLeft: number;
  #stopped = false;
  #closed = false;

  private constructor(options: RingOptions, fanout: Fanout, interfaceId: number) {
    this.interfaces = [liveInterface(options)];
    // A ring tells at the end of one wait that it was empty at its beginning, and not before the end of
    // the next one that it still is: so long another ring's frame may wait for it.
    this.lagMs = options.retireMs + 2 * (TIMER_SLACK_MS + LANE_READ_MS);
    this.#interfaceCounters = new InterfaceCounters(options.target.ifindex);
    this.#signal = EventSignal.open();
    this.#waiter = new PollSet([this.#signal.fd]);
    const slotBytes = Math.max(SLOT_BYTES, options.blockSizeBytes + ENCODING_SLACK);
    this.#lanes = Array.from({ length: fanout.rings }, () => RingLane.create(slotBytes));
    this.#readers = this.#lanes.map((lane, queue) => new LaneReader(lane, queue, this.#clock));
    this.#batch = new RingsBatch(this.#readers, this.#clock);
    this.#threadsLeft = fanout.rings;
    const processors = processorsPerRing(fanout);
    for (const [index, lane] of this.#lanes.entries()) {
      const groups = { first: index + 1, step: fanout.rings };
      const workerData: RingThreadData = {
        lane: lane.memory,
        team: this.#team.memory,
        signal: this.#signal.fd,
        index,
        count: fanout.rings,
        mode: fanout.mode,
        options: { ...options, feeding: { processors, groups } },
        interfaceId,
      };
      this.#start(workerData);
    }
  }

  #start(workerData: RingThreadData): void {
    const code = new URL('./ring-thread.js', import.meta.url);
    const worker = startWithRoom(() => new Worker(code, { workerData }));
    const lane = this.#lanes[workerData.index]!;
    // What it had to say is in the lane; where it died of something else, this says so.
    worker.on('error', (error) => {
      if (lane.error === '') lane.error = JSON.stringify({ name: 'Error', message: error.message });
    });
    worker.on('exit', () => {
      if (lane.state < LaneState.Ended) lane.state = LaneState.Failed;
      this.#threadsLeft--;
      // Nobody raises it any more.
      if (this.#threadsLeft === 0) this.#signal.close();
    });
    // The capture ends the thread; where it can't, the thread mustn't keep the process.
    worker.unref();
  }

  /**
   * Sets up the rings and starts capturing; from here on every frame is counted.
   *
   * @param interfaceId the interface's number in the file that is to be written
   * @throws {SystemCallError} as `RingSource.open`
   * @throws {ArgumentError} for rings that can't be
   */
  static open(options: RingOptions, fanout: Fanout, interfaceId: number): RingsSource {
    checkThreadRoom(
      `${fanout.rings} threads with a ring each`,
      fanout.rings,
      options.bufferSizeBytes,
    );
    const source = new RingsSource(options, fanout, interfaceId);
    try {
      source.#waitUntilRunning();
      return source;
    } catch (error) {
      source.close();
      throw error;
    }
  }

  get fd(): number {
    return this.#signal.fd;
  }

  get ended(): boolean {
    if (this.#closed) return true;
    // Whoever reads hears first that the interface is gone.
    if (!this.#stopped && this.#lanes.some((lane) => lane.error !== '')) return false;
    return this.#readers.every((reader) => isOver(reader.lane) && reader.isEmpty);
  }

  get fill(): number | undefined {
    return Math.max(...this.#lanes.map((lane) => lane.fill));
  }

  counters(): ReceiveCounters {
    this.#interfaceCounters.update();
    const queues = this.#lanes.map((lane, queue): QueueCounters => {
      const finalLoss = lane.state === LaneState.Ended ? lane.finalLoss : undefined;
      const { received, dropped, fill } = lane;
      return { queue, received, dropped, finalLoss, fill };
    });
    return {
      received: queues.reduce((sum, { received }) => sum + received, 0),
      dropped: queues.reduce((sum, { dropped }) => sum + dropped, 0),
      interfaceReceived: this.#interfaceCounters.received,
      interfaceDropped: this.#interfaceCounters.dropped,
      queues,
    };
  }

  read(timeoutMs: number): FrameBatch {
    const batch = this.#batch;
    if (this.#closed || this.#look()) return batch;
    // A wake-up between the look and this would be lost: hence another look.
    this.#signal.clear();
    if (this.#look() || this.ended) return batch;
    this.#checkThreads();
    if (timeoutMs > 0 && this.#waiter.wait(timeoutMs)) this.#look();
    return batch;
  }

  stop(): void {
    if (this.#stopped || this.#closed) return;
    this.#stopped = true;
    for (const lane of this.#lanes) lane.command = LaneCommand.Stop;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#team.giveUp();
    this.#batch.reset(Number.NEGATIVE_INFINITY);
    for (const lane of this.#lanes) lane.command = LaneCommand.Close;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @returns whether the batch has a frame to give */
  #look(): boolean {
    // Asked for before looking: what is given from now on wakes this thread.
    for (const { lane } of this.#readers) lane.askToBeWoken();
    let limit = Number.POSITIVE_INFINITY;
    let earliest = Number.POSITIVE_INFINITY;
    let emptyUntilMs = Number.POSITIVE_INFINITY;
    for (const reader of this.#readers) {
      const { lane } = reader;
      const over = isOver(lane);
      const untilMs = lane.emptyUntilMs;
      reader.look();
      if (reader.hasHead) earliest = Math.min(earliest, reader.head);
      else if (!over) emptyUntilMs = Math.min(emptyUntilMs, untilMs);
    }
    if (emptyUntilMs !== Number.POSITIVE_INFINITY && earliest !== Number.POSITIVE_INFINITY) {
      const aheadOfClock = earliest > this.#clock.ofMs(Date.now() + CLOCK_STEP_MS);
      limit = aheadOfClock ? Number.POSITIVE_INFINITY : this.#clock.ofMs(emptyUntilMs);
    }
    this.#batch.reset(limit);
    return earliest <= limit && earliest !== Number.POSITIVE_INFINITY;
  }

  /** @throws what a thread died of; `ENODEV` or `ENETDOWN` for the interface */
  #checkThreads(): void {
    for (const [ring, lane] of this.#lanes.entries()) {
      if (lane.state === LaneState.Failed) throw failureOf(lane, ring);
    }
    if (this.#stopped) return;
    const gone = this.#lanes.findIndex((lane) => lane.error !== '');
    if (gone >= 0) throw failureOf(this.#lanes[gone]!, gone);
    if (this.#lanes.some((lane) => lane.down)) {
      throw new SystemCallError('ENETDOWN', `The interface ${this.interfaces[0]!.name} is down.`, {
        syscall: 'poll',
        errno: constants.errno.ENETDOWN,
        hint: 'Bring it up with: ip link set dev NAME up',
      });
    }
  }

  #waitUntilRunning(): void {
    for (const [ring, lane] of this.#lanes.entries()) {
      while (lane.state === LaneState.Opening) {
        lane.waitWhileState(LaneState.Opening, LOOK_MS);
        const { thread } = lane;
        // Its end would be an event, for which this thread has no time now.
        if (thread !== 0 && !existsSync(`/proc/self/task/${thread}`)) lane.state = LaneState.Failed;
      }
      if (lane.state !== LaneState.Failed) continue;
      // One that gave up because of another has nothing to say.
      const speaker = this.#lanes.findIndex((one) => one.error !== '');
      throw failureOf(this.#lanes[Math.max(speaker, 0)]!, speaker < 0 ? ring : speaker);
    }
  }
}

/** How many processors may feed one ring: with fewer rings than processors they share them. */
function processorsPerRing({ rings, mode }: Fanout): number {
  const processors = processorNumbers();
  return mode === 'cpu' ? Math.ceil(processors / rings) : processors;
}

function isOver(lane: RingLane): boolean {
  return lane.state >= LaneState.Ended;
}

/** The error that a thread wrote down, as if it had been thrown here. */
function failureOf(lane: RingLane, ring: number): Error {
  if (lane.error === '') return threadEnded(ring, undefined);
  const { name, code, message, hint, syscall, errno } = JSON.parse(lane.error);
  if (name === 'SystemCallError')
    return new SystemCallError(code, message, { syscall, errno, hint });
  if (name === 'ArgumentError') {
    return new ArgumentError(code, message, { argument: '', value: undefined, expected: '', hint });
  }
  if (name === 'UnsupportedError')
    return new UnsupportedError(code, message, { feature: '', hint });
  return threadEnded(ring, message);
}

function threadEnded(ring: number, reason: string | undefined): StateError {
  const because = reason === undefined ? '' : `: ${reason}`;
  return new StateError(
    'RING_THREAD_ENDED',
    `The thread that reads ring ${ring} ended by itself${because}.`,
    {
      state: 'ended',
      operation: 'read',
      hint: 'What it had handed over is in the file, without totals; please report it.',
    },
  );
}
