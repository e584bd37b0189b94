/**
 * A TPACKET_V3 receive ring in software, event by event.
 *
 * The caller is the schedule: it says when a frame arrives and on which CPU, when the retire timer
 * goes off, when the reader looks, reads the statistics or gives a block back. The ring does what
 * net/packet/af_packet.c does then, and tells an observer the truth about each frame.
 *
 * Terms. Blocks are numbered from 1 in the order of their opening; block j lies in slot
 * (j − 1) mod n. Boundary k lies between the last frame of block k and the first of block k + 1. A
 * slot's status is KERNEL (0) while its block is open or the slot is free, and has USER set from the
 * block's close to its release.
 *
 * A frame is dropped at two places: before the lock is taken, if the active slot's status is not
 * KERNEL; and under the lock, if it closed its block and the next slot is still the reader's, which
 * freezes the queue. Freezing ends only with a frame or a timer that finds the slot released, never
 * with the release. (Under the lock the kernel looks once more whether a frozen queue's slot is the
 * reader's: a CPU may have waited for the lock while another closed the block. Such a frame fares
 * as if it had come a moment later, so the model lets it come then.)
 *
 * Three things that the kernel does in two steps can be taken apart here:
 *
 *  - a drop and its counting (`countLate`, `countDrop`): the counter goes up after the lock is let
 *    go, so a CPU may be held up in between; it counts before it takes its next frame;
 *  - a close and the move to the next slot (`holdClose`, `finishClose`): USER is stored first, so a
 *    frame that another CPU tries to place in between is dropped although the next slot may be free;
 *  - the statistics read (`beginStatistics`, `endStatistics`): packets and freezes are copied and
 *    cleared under the lock, the drops are taken after it.
 *
 * Who needs the lock while a close is held waits for it: the model then finishes the close first.
 *
 * A CPU may also read the active slot's number, be held up, and read that slot's status when the
 * slot is no longer the active one. That is a drop in the window of the close whose count comes
 * late, and is scheduled as such.
 *
 * Not modelled: TPACKET_V1 and V2, PACKET_VNET_HDR (whose failures lose frames inside a block), and
 * a reader that releases out of order.
 *
 * Source: net/packet/af_packet.c of 6.12 (tpacket_rcv, __packet_rcv_has_room,
 * __packet_lookup_frame_in_block, prb_close_block, prb_open_block, prb_dispatch_next_block,
 * prb_retire_rx_blk_timer_expired, packet_getsockopt) and, for the timer, of 6.18.
 */

import { ArgumentError, StateError } from '../core/errors.js';
import {
  type BlockLayout,
  type BlockLayoutOptions,
  blockLayout,
  keptLength,
  slotLength,
} from './block-layout.js';
import { type RetireTimer, type RetireTimerKind, retireTimer } from './retire-timer.js';
import type { RingObserver } from './ring-truth.js';
import { BlockStatus, type RingStatistics, type RingView } from './ring-view.js';

export { BlockStatus, type RingStatistics, type RingView };

/** A ring's set-up. */
export interface BlockRingOptions extends BlockLayoutOptions {
  /** tp_block_nr: slots of the ring, from 1. */
  readonly blockCount: number;
  /** tp_retire_blk_tov in virtual nanoseconds. */
  readonly retireNs: number;
  /** Whose retire timer it has; `6.12` where not given. */
  readonly kernel?: RetireTimerKind;
  /** 6.12's tick, see `retireTimer`. */
  readonly jiffyNs?: number;
  /** The CPU on which the timer goes off; where not given, one that receives no frames. */
  readonly timerCpu?: number;
  /** Bytes of a frame that the filter lets through; all of them where not given. */
  readonly snapshotLength?: number;
  /** When the ring is set up; 0 where not given. */
  readonly startNs?: number;
  /** Where the three 32-bit counters start, for tests of their wrap; 0 where not given. */
  readonly startCounters32?: RingStatistics;
  /** Is told where each frame went. */
  readonly observer?: RingObserver;
}

/** How one event runs against the other CPUs. All members may be left out: then in one step. */
export interface EventSchedule {
  /** The CPU that takes the frame; 0 where not given. */
  readonly cpu?: number;
  /** If the frame is dropped, count it only at `countDrop` or at the CPU's next frame. */
  readonly countLate?: boolean;
  /** If the event closes a block, stop after USER is stored; `finishClose` does the rest. */
  readonly holdClose?: boolean;
}

/** What became of a frame; `closing`: it closed a block, and its fate waits for `finishClose`. */
export type Arrival = 'accepted' | 'dropped' | 'closing';

/** What a timer did; `closing` as for frames. */
export type Expiry = 'nothing' | 'opened' | 'closed' | 'closing';

interface HeldClose {
  readonly cpu: number | undefined;
  /** The frame that closed the block; undefined where the timer did. */
  readonly frame: PendingFrame | undefined;
}

interface PendingFrame {
  readonly number: number;
  readonly kept: number;
  readonly cpu: number;
  readonly countLate: boolean;
}

const IN_ONE_STEP: EventSchedule = {};

/** The ring; see the head of this file. */
export class BlockRing implements RingView {
  readonly blockCount: number;
  readonly #layout: BlockLayout;
  readonly #timer: RetireTimer;
  readonly #timerCpu: number | undefined;
  readonly #snapshotLength: number;
  readonly #observer: RingObserver | undefined;

  readonly #status: Int32Array;
  readonly #frameCount: Int32Array;
  readonly #usedBytes: Int32Array;
  readonly #sequence: Float64Array;
  readonly #firstNs: Float64Array;
  readonly #lastNs: Float64Array;

  #nowNs: number;
  #active = 0;
  /** 6.12: the slot that was active when the timer was last set. */
  #activeAtRefresh = 0;
  #opened = 0;
  #closed = 0;
  #released = 0;
  #frozen: boolean;
  #held: HeldClose | undefined;
  #packets32: number;
  #drops32: number;
  #freezes32: number;
  #halfRead: { packets: number; freezes: number } | undefined;
  /** CPUs that have dropped a frame and not counted it yet. */
  readonly #uncounted = new Set<number>();
  #receivedCount = 0;
  #unread = 0;

  /** @throws {ArgumentError} where the kernel would refuse the set-up */
  constructor(options: BlockRingOptions) {
    const { blockCount, startNs = 0 } = options;
    if (!Number.isInteger(blockCount) || blockCount < 1) {
      throw new ArgumentError(
        'BAD_BLOCK_COUNT',
        `A ring can't have ${blockCount} blocks. Give a whole number from 1.`,
        { argument: 'blockCount', value: blockCount, expected: 'a whole number from 1' },
      );
    }
    this.#layout = blockLayout(options);
    this.blockCount = blockCount;
    this.#timer = retireTimer(options.kernel ?? '6.12', options.retireNs, startNs, options.jiffyNs);
    this.#timerCpu = options.timerCpu;
    this.#snapshotLength = options.snapshotLength ?? Number.POSITIVE_INFINITY;
    this.#observer = options.observer;
    this.#packets32 = (options.startCounters32?.packets ?? 0) >>> 0;
    this.#drops32 = (options.startCounters32?.drops ?? 0) >>> 0;
    this.#freezes32 = (options.startCounters32?.freezes ?? 0) >>> 0;
    this.#status = new Int32Array(blockCount);
    this.#frameCount = new Int32Array(blockCount);
    this.#usedBytes = new Int32Array(blockCount);
    this.#sequence = new Float64Array(blockCount);
    this.#firstNs = new Float64Array(blockCount);
    this.#lastNs = new Float64Array(blockCount);
    this.#nowNs = startNs;
    this.#frozen = false;
    this.#open();
  }

  /**
   * A frame that passed the filter arrives.
   *
   * @param timeNs virtual nanoseconds, not before the previous event
   * @param length bytes on the wire
   */
  arrive(timeNs: number, length: number, schedule: EventSchedule = IN_ONE_STEP): Arrival {
    this.#advance(timeNs);
    const { cpu = 0, countLate = false, holdClose = false } = schedule;
    if (this.#held !== undefined && this.#held.cpu === cpu) this.finishClose(timeNs);
    this.countDrop(cpu);
    const number = ++this.#receivedCount;
    if (this.#status[this.#active] !== BlockStatus.Kernel) {
      return this.#drop(number, cpu, countLate);
    }
    this.#takeLock();
    const kept = keptLength(this.#layout, Math.min(length, this.#snapshotLength));
    // The check above was passed, so a frozen queue's slot has been released: see the file's head.
    if (this.#frozen) this.#open();
    const slot = this.#active;
    // The kernel compares with <: a frame that would fill the block to its last byte doesn't fit.
    if (this.#usedBytes[slot]! + slotLength(this.#layout, kept) < this.#layout.blockSize) {
      return this.#fill(number, kept);
    }
    this.#publish(0);
    const frame: PendingFrame = { number, kept, cpu, countLate };
    if (holdClose) {
      this.#held = { cpu, frame };
      return 'closing';
    }
    return this.#moveOnWithFrame(frame);
  }

  /** Counts the drop that a CPU has decided and not counted; false where there is none. */
  countDrop(cpu = 0): boolean {
    if (!this.#uncounted.delete(cpu)) return false;
    this.#drops32 = (this.#drops32 + 1) >>> 0;
    return true;
  }

  /** The retire timer goes off, on time or not; `nextTimerNs` says when it should. */
  fireTimer(timeNs: number, schedule: EventSchedule = IN_ONE_STEP): Expiry {
    this.#advance(timeNs);
    this.#takeLock();
    if (this.#timerCpu !== undefined) this.countDrop(this.#timerCpu);
    this.#timer.expired(timeNs);
    if (this.#timer.kind === '6.12' && this.#activeAtRefresh !== this.#active) {
      this.#refreshTimer();
      return 'nothing';
    }
    if (this.#frozen) {
      if (this.#inUse()) {
        this.#refreshTimer();
        return 'nothing';
      }
      this.#open();
      return 'opened';
    }
    if (this.#frameCount[this.#active] === 0) {
      this.#refreshTimer();
      return 'nothing';
    }
    this.#publish(BlockStatus.TimedOut);
    if (schedule.holdClose === true) {
      this.#held = { cpu: this.#timerCpu, frame: undefined };
      return 'closing';
    }
    this.#moveOnAfterTimer();
    return 'closed';
  }

  /**
   * The rest of a held close: the ring moves to the next slot, and opens or freezes it.
   *
   * @returns the fate of the frame that closed the block; undefined where the timer closed it or
   *   no close is held
   */
  finishClose(timeNs: number = this.#nowNs): 'accepted' | 'dropped' | undefined {
    this.#advance(timeNs);
    const held = this.#held;
    if (held === undefined) return undefined;
    this.#held = undefined;
    if (held.frame !== undefined) return this.#moveOnWithFrame(held.frame);
    this.#moveOnAfterTimer();
    return undefined;
  }

  /** Lets time go by: every expiry of the retire timer up to `timeNs` happens at its moment. */
  advanceTo(timeNs: number): void {
    while (this.#timer.nextNs <= timeNs) {
      this.fireTimer(Math.max(this.#timer.nextNs, this.#nowNs));
    }
    this.#advance(timeNs);
  }

  /** When the retire timer is due. */
  get nextTimerNs(): number {
    return this.#timer.nextNs;
  }

  status(slot: number): number {
    return this.#status[slot]!;
  }

  frameCount(slot: number): number {
    return this.#frameCount[slot]!;
  }

  sequence(slot: number): number {
    return this.#sequence[slot]!;
  }

  firstNs(slot: number): number {
    return this.#firstNs[slot]!;
  }

  lastNs(slot: number): number {
    return this.#lastNs[slot]!;
  }

  usedBytes(slot: number): number {
    return this.#usedBytes[slot]!;
  }

  getStatistics(): RingStatistics {
    this.beginStatistics();
    return this.endStatistics();
  }

  beginStatistics(): void {
    if (this.#halfRead !== undefined) {
      throw new StateError(
        'STATISTICS_BEGUN',
        "Can't begin a statistics read inside another. Call endStatistics first.",
        { state: 'reading statistics', operation: 'beginStatistics' },
      );
    }
    this.#takeLock();
    this.#halfRead = { packets: this.#packets32, freezes: this.#freezes32 };
    this.#packets32 = 0;
    this.#freezes32 = 0;
  }

  endStatistics(): RingStatistics {
    const half = this.#halfRead;
    if (half === undefined) {
      throw new StateError(
        'STATISTICS_NOT_BEGUN',
        "Can't end a statistics read that hasn't begun. Call beginStatistics first.",
        { state: 'idle', operation: 'endStatistics' },
      );
    }
    this.#halfRead = undefined;
    const drops = this.#drops32;
    this.#drops32 = 0;
    return { packets: (half.packets + drops) >>> 0, drops, freezes: half.freezes };
  }

  release(): void {
    const slot = this.#released % this.blockCount;
    if ((this.#status[slot]! & BlockStatus.User) === 0) {
      throw new StateError(
        'BLOCK_NOT_CLOSED',
        `Can't release block ${this.#released + 1}: it isn't closed. Wait for its USER status.`,
        { state: 'KERNEL', operation: 'release' },
      );
    }
    this.#unread -= this.#frameCount[slot]!;
    this.#frameCount[slot] = 0;
    this.#status[slot] = BlockStatus.Kernel;
    this.#released++;
  }

  get releasedCount(): number {
    return this.#released;
  }

  /** The present moment of the ring, in virtual nanoseconds. */
  get nowNs(): number {
    return this.#nowNs;
  }

  /** Truth: frames that arrived; the fate of one of them may still hang on a held close. */
  get receivedCount(): number {
    return this.#receivedCount;
  }

  /** Truth: frames in blocks that aren't released, the open block included. */
  get unreadCount(): number {
    return this.#unread;
  }

  /** Truth: blocks whose USER status has been stored. */
  get closedCount(): number {
    return this.#closed;
  }

  /** Truth: whether the queue is frozen. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** Truth: whether a close is held between its two steps. */
  get closeHeld(): boolean {
    return this.#held !== undefined;
  }

  /** Truth: drops decided and not counted yet. */
  get uncountedCount(): number {
    return this.#uncounted.size;
  }

  #advance(timeNs: number): void {
    if (!(timeNs >= this.#nowNs)) {
      throw new StateError(
        'TIME_WENT_BACK',
        `Can't go back from ${this.#nowNs} ns to ${timeNs} ns. Give events in order of time.`,
        { state: `${this.#nowNs} ns`, operation: 'advance' },
      );
    }
    this.#nowNs = timeNs;
  }

  /** Whoever wants the queue's lock waits until a close that another CPU is in is over. */
  #takeLock(): void {
    if (this.#held !== undefined) this.finishClose();
  }

  #inUse(): boolean {
    return (this.#status[this.#active]! & BlockStatus.User) !== 0;
  }

  #refreshTimer(): void {
    this.#timer.refresh(this.#nowNs);
    this.#activeAtRefresh = this.#active;
  }

  #open(): void {
    const slot = this.#active;
    this.#sequence[slot] = ++this.#opened;
    this.#frameCount[slot] = 0;
    this.#usedBytes[slot] = this.#layout.firstFrameOffset;
    this.#firstNs[slot] = this.#nowNs;
    this.#lastNs[slot] = this.#nowNs;
    this.#frozen = false;
    this.#refreshTimer();
  }

  #fill(number: number, kept: number): 'accepted' {
    const slot = this.#active;
    this.#usedBytes[slot] = this.#usedBytes[slot]! + slotLength(this.#layout, kept);
    this.#frameCount[slot] = this.#frameCount[slot]! + 1;
    this.#lastNs[slot] = this.#nowNs;
    this.#packets32 = (this.#packets32 + 1) >>> 0;
    this.#unread++;
    this.#observer?.accepted(number, this.#opened, this.#nowNs, kept);
    return 'accepted';
  }

  #drop(number: number, cpu: number, countLate: boolean): 'dropped' {
    this.#observer?.dropped(number, this.#closed, this.#nowNs);
    this.#uncounted.add(cpu);
    if (!countLate) this.countDrop(cpu);
    return 'dropped';
  }

  /** The first step of a close, with which the block becomes the reader's. */
  #publish(reason: number): void {
    const losing = this.#drops32 === 0 ? 0 : BlockStatus.Losing;
    // An empty block is closed only by a frame that no room is left for even there.
    if (this.#frameCount[this.#active] === 0) this.#lastNs[this.#active] = this.#nowNs;
    this.#status[this.#active] = BlockStatus.User | losing | reason;
    this.#closed++;
  }

  /** The second step: the next slot is opened, or the queue freezes. */
  #moveOn(): boolean {
    this.#active = (this.#active + 1) % this.blockCount;
    if (this.#inUse()) {
      this.#frozen = true;
      this.#freezes32 = (this.#freezes32 + 1) >>> 0;
      return false;
    }
    this.#open();
    return true;
  }

  #moveOnWithFrame(frame: PendingFrame): 'accepted' | 'dropped' {
    // After a move the kernel doesn't look again whether the frame fits: the clamped length does.
    return this.#moveOn()
      ? this.#fill(frame.number, frame.kept)
      : this.#drop(frame.number, frame.cpu, frame.countLate);
  }

  #moveOnAfterTimer(): void {
    if (!this.#moveOn()) this.#refreshTimer();
  }
}
