/** The simulation of a TPACKET_V3 ring; `startSimulation` makes it. */

import { BlockRing, type BlockRingOptions, BlockStatus } from './block-ring.js';
import { GapTally, type SimulationListener } from './gap-tally.js';
import { Reader, type ReaderOptions } from './reader.js';
import type { RingObserver } from './ring-truth.js';
import type { Need, Simulation, SimulationResult } from './simulation.js';
import type { Traffic } from './traffic.js';

/** What a ring simulation is made of. */
export interface RingSimulationOptions {
  readonly traffic: Traffic;
  readonly buffer: Omit<BlockRingOptions, 'observer'>;
  readonly reader: ReaderOptions;
  readonly listener: SimulationListener;
  readonly drain: boolean;
}

/** What lies in one slot of the ring, kept by the simulation itself. */
interface SlotContent {
  block: number;
  frames: number;
  capturedBytes: number;
  /** Frames lost right before its first one: a ring loses frames only between two blocks. */
  lostBefore: number;
  firstNs: number;
  lastNs: number;
  /** Arrival, length and number of each frame, in turn; filled only if somebody listens to frames. */
  frameLog: number[];
}

/**
 * The reader takes up the oldest closed block, works on it, gives it back, and looks for the next;
 * when there is none it sleeps until one is closed. One CPU receives, and every event runs in one
 * step: the races of `BlockRing` are left out.
 */
export class RingSimulation implements Simulation {
  received = 0;
  dropped = 0;
  readonly #traffic: Traffic;
  readonly #ring: BlockRing;
  readonly #reader: Reader;
  readonly #tally: GapTally;
  readonly #drain: boolean;
  readonly #blockSize: number;
  readonly #slots: SlotContent[];
  readonly #logFrames: boolean;
  #state: 'asleep' | 'looking' | 'working';
  /** When the reader acts next, while it isn't asleep. */
  #actNs = 0;
  #arrivingLength = 0;
  #lostSinceAccepted = 0;
  #closedSeen = 0;
  #worstFrames = 0;
  #worstBlocks = 0;
  #worstNs = 0;
  #need: Need | undefined;

  constructor(options: RingSimulationOptions) {
    const { traffic, buffer, reader, listener, drain } = options;
    const observer: RingObserver = {
      accepted: (frame, block, timeNs, capturedLength) =>
        this.#accepted(frame, block, timeNs, capturedLength),
      dropped: () => {
        this.dropped++;
        this.#lostSinceAccepted++;
      },
    };
    this.#traffic = traffic;
    this.#ring = new BlockRing({ ...buffer, observer });
    this.#reader = new Reader(reader);
    this.#tally = new GapTally(listener);
    this.#drain = drain;
    this.#blockSize = buffer.blockSize;
    this.#logFrames = listener.frame !== undefined;
    this.#state = 'asleep';
    this.#slots = Array.from({ length: buffer.blockCount }, () => ({
      block: 0,
      frames: 0,
      capturedBytes: 0,
      lostBefore: 0,
      firstNs: 0,
      lastNs: 0,
      frameLog: [],
    }));
  }

  get nowNs(): number {
    return this.#ring.nowNs;
  }

  get fill(): number {
    const { closedCount, releasedCount, blockCount } = this.#ring;
    return (closedCount - releasedCount) / blockCount;
  }

  step(frames: number): boolean {
    const traffic = this.#traffic;
    for (let i = 0; i < frames; i++) {
      if (!traffic.next()) return false;
      this.#runUntil(traffic.timeNs);
      this.received++;
      this.#arrivingLength = traffic.length;
      this.#ring.arrive(traffic.timeNs, traffic.length);
      this.#noticeClose();
      this.#noteBacklog();
    }
    return true;
  }

  finish(): SimulationResult {
    const ring = this.#ring;
    const lastArrivalNs = this.received === 0 ? 0 : ring.nowNs;
    let endNs = lastArrivalNs;
    while (this.#drain && ring.unreadCount > 0) {
      const reading = this.#state !== 'asleep' && this.#actNs <= ring.nextTimerNs;
      endNs = reading ? this.#actNs : ring.nextTimerNs;
      this.#runUntil(endNs);
    }
    const unread = ring.unreadCount;
    return {
      ...this.#tally.close(this.received, this.dropped, unread),
      worstBacklog:
        this.#worstFrames === 0
          ? undefined
          : {
              frames: this.#worstFrames,
              bytes: this.#worstBlocks * this.#blockSize,
              atNs: this.#worstNs,
            },
      need: this.received === 0 ? undefined : (this.#need ?? { size: 1, atNs: 0, frame: 1 }),
      lastArrivalNs,
      endNs,
    };
  }

  /** Everything that the reader and the timer do up to and at a moment. */
  #runUntil(timeNs: number): void {
    const ring = this.#ring;
    for (;;) {
      const timerNs = ring.nextTimerNs;
      if (this.#state !== 'asleep' && this.#actNs <= timeNs && this.#actNs <= timerNs) {
        this.#act();
      } else if (timerNs <= timeNs) {
        ring.fireTimer(timerNs);
        this.#noticeClose();
      } else {
        return;
      }
    }
  }

  #act(): void {
    const ring = this.#ring;
    if (this.#state === 'working') this.#release();
    const slot = ring.releasedCount % ring.blockCount;
    if ((ring.status(slot) & BlockStatus.User) === 0) {
      this.#state = 'asleep';
      return;
    }
    this.#state = 'working';
    const frames = ring.frameCount(slot);
    const bytes = frames === 0 ? 0 : this.#slots[slot]!.capturedBytes;
    this.#actNs = this.#reader.run(this.#actNs, this.#reader.cost(frames, bytes));
  }

  #release(): void {
    const ring = this.#ring;
    const slot = this.#slots[ring.releasedCount % ring.blockCount]!;
    // A block closed without a frame leaves what lay in the slot before: that is delivered already.
    if (slot.block === ring.releasedCount + 1) {
      this.#tally.deliver(slot.frames, slot.lostBefore, slot.firstNs, slot.lastNs);
      const log = slot.frameLog;
      for (let i = 0; i < log.length; i += 3) {
        const lost = i === 0 ? slot.lostBefore : 0;
        this.#tally.listener.frame?.(log[i]!, log[i + 1]!, lost, log[i + 2]!);
      }
    }
    ring.release();
  }

  /** Wakes the reader when a block has been closed, and notes how many blocks that took. */
  #noticeClose(): void {
    const { closedCount, releasedCount, nowNs } = this.#ring;
    if (closedCount === this.#closedSeen) return;
    this.#closedSeen = closedCount;
    // At a close the next slot has to be free, besides the closed blocks that aren't released.
    const blocks = closedCount - releasedCount + 1;
    if (this.#need === undefined || blocks > this.#need.size) {
      this.#need = { size: blocks, atNs: nowNs, frame: this.received };
    }
    if (this.#state === 'asleep') {
      this.#state = 'looking';
      this.#actNs = this.#reader.run(nowNs + this.#reader.wakeUpNs, 0);
    }
  }

  #noteBacklog(): void {
    const ring = this.#ring;
    if (ring.unreadCount <= this.#worstFrames) return;
    this.#worstFrames = ring.unreadCount;
    this.#worstBlocks = Math.min(ring.closedCount - ring.releasedCount + 1, ring.blockCount);
    this.#worstNs = ring.nowNs;
  }

  #accepted(frame: number, block: number, timeNs: number, capturedLength: number): void {
    const slot = this.#slots[(block - 1) % this.#slots.length]!;
    if (slot.block !== block) {
      slot.block = block;
      slot.frames = 0;
      slot.capturedBytes = 0;
      slot.lostBefore = this.#lostSinceAccepted;
      slot.firstNs = timeNs;
      slot.frameLog = [];
      this.#lostSinceAccepted = 0;
    }
    slot.frames++;
    slot.capturedBytes += capturedLength;
    slot.lastNs = timeNs;
    if (this.#logFrames) slot.frameLog.push(timeNs, this.#arrivingLength, frame);
  }
}
