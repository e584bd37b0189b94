/**
 * The thread of one ring among several: reads it, encodes its frames as pcapng blocks, and hands them
 * over in slots. The bytes of a frame are copied into the encoder's buffer, which stays in the
 * processor's cache, and from there into the slot.
 */

import { readlinkSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { GapcapError, SystemCallError } from '../core/errors.js';
import type { FrameBatch } from '../core/frame.js';
import type { Loss } from '../core/loss.js';
import { BlockEncoder, type BlockOutput } from '../pcapng/block-encoder.js';
import type { RunLimits } from '../pcapng/frame-extras.js';
import { EventSignal } from '../sys/event-signal.js';
import { createFanout, type FanoutMode, joinFanout } from '../sys/fanout.js';
import type { PacketSocket } from '../sys/packet-socket.js';
import { LANE_READ_MS, LaneCommand, LaneState, RingLane } from './ring-lane.js';
import { type RingOptions, RingSource } from './ring-source.js';
import { RingTeam } from './ring-team.js';

/** What the thread is started with. */
export interface RingThreadData {
  readonly lane: SharedArrayBuffer;
  readonly team: SharedArrayBuffer;
  /** File descriptor of the signal that wakes the taker. */
  readonly signal: number;
  /** This ring's number, and how many there are. */
  readonly index: number;
  readonly count: number;
  readonly mode: FanoutMode;
  readonly options: RingOptions;
  /** The interface's number in the file. */
  readonly interfaceId: number;
}

/** Time between two tries while the interface is down. */
const DOWN_RETRY_MS = 50;
/** Longest time that a frame waits in a slot that isn't full. */
const HOLD_MS = 5;

/** All frames are wanted. */
const NO_LIMITS: RunLimits = {
  most: Number.POSITIVE_INFINITY,
  mostBytes: Number.POSITIVE_INFINITY,
  firstSecond: 0,
  lastSecond: Number.POSITIVE_INFINITY,
};

const clock = new Int32Array(new SharedArrayBuffer(4));

/** Turns buffers of the encoder into slots of the lane. */
class LaneOutput implements BlockOutput {
  readonly #lane: RingLane;
  readonly #signal: number;
  readonly #beforeGiving: () => void;
  /** What was lost before the first frame in the encoder's buffer. */
  lossBefore: Loss | undefined = undefined;
  closed = false;

  constructor(lane: RingLane, signal: number, beforeGiving: () => void) {
    this.#lane = lane;
    this.#signal = signal;
    this.#beforeGiving = beforeGiving;
  }

  write(bytes: Uint8Array): void {
    if (this.closed) return;
    if (!this.#lane.waitForRoom()) {
      this.closed = true;
      return;
    }
    this.#beforeGiving();
    const wake = this.#lane.give(bytes, this.lossBefore);
    this.lossBefore = undefined;
    if (wake) EventSignal.raise(this.#signal);
  }
}

/** One ring and its lane. */
class RingThread {
  readonly #data: RingThreadData;
  readonly #lane: RingLane;
  readonly #source: RingSource;
  readonly #output: LaneOutput;
  readonly #encoder: BlockEncoder;
  readonly #extras: { readonly queue: number; readonly interfaceId: number };
  #stopped = false;
  #flushedAtMs = 0;

  constructor(data: RingThreadData, lane: RingLane, source: RingSource) {
    this.#data = data;
    this.#lane = lane;
    this.#source = source;
    this.#output = new LaneOutput(lane, data.signal, () => this.#tellCounters());
    this.#encoder = new BlockEncoder(this.#output, { bufferBytes: lane.slotBytes });
    this.#extras = { queue: data.index, interfaceId: data.interfaceId };
    this.#describeInterfaces();
  }

  /** The encoder wants to know the interfaces; the taker writes them, so these go nowhere. */
  #describeInterfaces(): void {
    this.#output.closed = true;
    this.#encoder.sectionHeader();
    const [described] = this.#source.interfaces;
    for (let id = 0; id <= this.#data.interfaceId; id++) {
      this.#encoder.interfaceDescription({ ...described!, id });
    }
    this.#encoder.flush();
    this.#output.closed = false;
  }

  run(): void {
    const lane = this.#lane;
    const source = this.#source;
    while (!source.ended && !this.#output.closed) {
      if (lane.command === LaneCommand.Close) break;
      if (!this.#stopped && lane.command === LaneCommand.Stop) {
        this.#stopped = true;
        source.stop();
      }
      const lookedAtMs = Date.now();
      const batch = this.#read();
      const frames = batch === undefined ? 0 : this.#encode(batch);
      const nowMs = performance.now();
      if (frames === 0 || nowMs - this.#flushedAtMs > HOLD_MS) {
        this.#encoder.flush();
        this.#flushedAtMs = nowMs;
      }
      // A full ring may give an empty batch, too: for a block that holds no frame.
      if (frames === 0 && source.fill === 0) {
        lane.emptyUntilMs = lookedAtMs - source.lagMs;
      }
      if (batch === undefined) Atomics.wait(clock, 0, 0, DOWN_RETRY_MS);
    }
    this.#encoder.flush();
    this.#tellCounters();
  }

  #read(): FrameBatch | undefined {
    const lane = this.#lane;
    try {
      const batch = this.#source.read(LANE_READ_MS);
      if (lane.down) lane.down = false;
      return batch;
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      if (error.code === 'ENODEV') {
        // What was received can still be read.
        lane.error = toJson(error);
        this.#stopped = true;
        this.#source.stop();
      } else if (error.code !== 'ENETDOWN') throw error;
      lane.down = true;
      return undefined;
    }
  }

  #encode(batch: FrameBatch): number {
    const encoder = this.#encoder;
    const extras = this.#extras;
    let frames = 0;
    for (;;) {
      const { run } = batch;
      if (run !== undefined) frames += encoder.run(run, NO_LIMITS, extras);
      if (!batch.next()) return frames;
      if (batch.lostBefore !== undefined) this.#beginSlot(batch.lostBefore);
      encoder.frame(batch, extras);
      frames++;
    }
  }

  #beginSlot(loss: Loss): void {
    this.#encoder.flush();
    this.#output.lossBefore = loss;
  }

  #tellCounters(): void {
    const { received, dropped, finalLoss } = this.#source.socketCounters();
    this.#lane.setCounters(received, dropped, this.#source.fill ?? 0);
    this.#lane.finalLoss = finalLoss;
  }
}

function join(data: RingThreadData, team: RingTeam, socket: PacketSocket): void {
  const { index, count, mode } = data;
  const joined = team.joinInTurn(index, count, (group) => {
    if (group === undefined) return createFanout(socket, mode);
    joinFanout(socket, group, mode);
    return group;
  });
  if (!joined) throw new GivenUp();
}

/** Another ring couldn't be opened, and says why. */
class GivenUp extends Error {}

function toJson(error: unknown): string {
  if (error instanceof GapcapError) {
    const { name, code, message, hint } = error;
    const rest =
      error instanceof SystemCallError ? { syscall: error.syscall, errno: error.errno } : {};
    return JSON.stringify({ name, code, message, hint, ...rest });
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return JSON.stringify({ name: 'Error', message: message.slice(0, 2000) });
}

function main(data: RingThreadData): void {
  const lane = RingLane.over(data.lane);
  const team = new RingTeam(data.team);
  lane.thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  let source: RingSource | undefined;
  try {
    source = RingSource.open({ ...data.options, whenBound: (socket) => join(data, team, socket) });
    const thread = new RingThread(data, lane, source);
    lane.state = LaneState.Running;
    thread.run();
    lane.state = LaneState.Ended;
  } catch (error) {
    if (!(error instanceof GivenUp)) lane.error = toJson(error);
    lane.state = LaneState.Failed;
    team.giveUp();
  } finally {
    source?.close();
    // However it ended: whoever waits has to look.
    EventSignal.raise(data.signal);
  }
}

main(workerData as RingThreadData);
