/**
 * A packet socket's receive queue in software: the 2009 patch as its description promises it.
 *
 * THEORY OF OPERATION
 *
 * Purpose. Commit 977750076d98 ("af_packet: add interframe drop cmsg") made the kernel say where
 * frames were lost. This is that receive path, executable: give it frames and receptions in any
 * order, and it queues, drops, stamps and hands over what the kernel would.
 *
 * Terms.
 *  - charge: the truesize of a queued frame; the queue is bounded by the sum of charges.
 *  - tp_packets, tp_drops: frames queued and frames dropped since the statistics were last read.
 *  - tp_gap: frames dropped since a frame was last queued.
 *  - stamp: what tp_gap was when a frame was queued; the patch kept it in skb->mark.
 *
 * Events.
 *
 *     arrive    the charges reach the limit?  yes: tp_drops++, tp_gap++
 *                                             no:  stamp = tp_gap, tp_gap = 0, tp_packets++, queue
 *     receive   the oldest frame leaves the queue, with its stamp if that isn't 0
 *     peek      the oldest frame is shown and stays; it is shown without its stamp
 *     read      tp_packets + tp_drops and tp_drops are given and cleared; tp_gap is not
 *
 * Invariants.
 *  1. Every drop is in exactly one stamp or in tp_gap: drops = sum of stamps + tp_gap.
 *  2. A stamp is handed over exactly once, with the frame that it precedes.
 *  3. So total drops − sum of stamps received = the final gap, once the queue is empty.
 *
 * Where the patch broke them, and how it is here.
 *  - It cleared tp_gap with the statistics (they were one structure), so a program that polled the
 *    statistics lost gaps without a trace. Here the pending gap outlives the read.
 *  - It handed a stamp over at each peek and again at the receive, so that a program which added
 *    them up counted double. Here a peek hands over no stamp.
 *  - It counted a ring's gap and never delivered it. Rings have a model of their own, block-ring.ts,
 *    which tells the loss at each boundary between two blocks.
 *
 * Today's kernel has SO_RXQ_OVFL in its place: no gap, but the running total of drops as of the
 * frame's queueing, with every frame once it isn't 0, cleared by nothing. The queue hands that over
 * too where it is asked to.
 *
 * The limit. Since 3.0 a frame is queued if the charges before it are below the limit, so that the
 * last frame may overshoot (commit 0fd7bac6b615); before, its own charge counted too (`strict`).
 *
 * Limits of the model. Counters are 32 bits wide and wrap; a single gap of 2^32 frames reads as 0.
 * Failures of memory allocation aren't modelled: the full queue is the only reason for a drop.
 *
 * Source: net/packet/af_packet.c: packet_rcv(), packet_recvmsg(), packet_getsockopt(), at the commit
 * named and in 6.12; net/core/sock.c and net/socket.c for SO_RXQ_OVFL.
 */

import { ArgumentError } from '../core/errors.js';
import {
  auxiliaryMessage,
  type ControlMessage,
  controlMessage32,
  SocketNumber,
} from './control-message.js';
import { linearTruesize, type Truesize } from './truesize.js';

/** A socket's set-up. */
export interface ReceiveQueueOptions {
  /** sk_rcvbuf: the limit in bytes; the kernel sets twice what SO_RCVBUF asks for. */
  readonly receiveBufferBytes: number;
  /** What a frame is charged; that of 6.18 for local frames where not given. */
  readonly truesize?: Truesize;
  /** Whether the limit counts the new frame's charge too, as up to 2.6.39; false if not given. */
  readonly strict?: boolean;
  /** Bytes of a frame that the filter lets through; all of them where not given. */
  readonly snapshotLength?: number;
  /** Where the 32-bit counters start, for tests of their wrap; 0 where not given. */
  readonly startCounters32?: {
    readonly packets?: number;
    readonly drops?: number;
    readonly gap?: number;
    /** sk_drops, which SO_RXQ_OVFL reports. */
    readonly totalDrops?: number;
  };
}

/** One PACKET_STATISTICS read. 32-bit counts since the previous read. */
export interface QueueStatistics {
  /** tp_packets: frames queued and frames dropped, together. */
  readonly packets: number;
  /** tp_drops. */
  readonly drops: number;
  /** tp_gap: drops since a frame was last queued; the read leaves it as it is. */
  readonly gap: number;
}

/** What recvmsg returns. */
export interface ReceivedMessage {
  /** Bytes copied; with MSG_TRUNC asked for, bytes the frame had after the filter's cut. */
  readonly length: number;
  /** msg_flags: MSG_TRUNC where the buffer was shorter than the frame. */
  readonly flags: number;
  /** The frame's time, in virtual nanoseconds. */
  readonly timeNs: number;
  /** The frame's bytes, cut to the buffer; undefined where it was queued without any. */
  readonly data: Uint8Array | undefined;
  /** The control messages, in the order in which the kernel adds them. */
  readonly control: readonly ControlMessage[];
}

/** The queue; see the head of this file. */
export class ReceiveQueue {
  readonly #limit: number;
  readonly #truesize: Truesize;
  readonly #strict: boolean;
  readonly #snapshotLength: number;

  /** Frames in a ring of columns: index (first + i) & mask. */
  #mask = 63;
  #first = 0;
  #count = 0;
  #times = new Float64Array(64);
  #lengths = new Uint32Array(64);
  #stamps = new Uint32Array(64);
  #totals = new Uint32Array(64);
  #data: (Uint8Array | undefined)[] = [];
  #hasData: boolean;

  #charged = 0;
  #packets32: number;
  #drops32: number;
  #gap32: number;
  #totalDrops32: number;
  #reportTotal: boolean;
  #reportAuxiliary: boolean;

  /** Length on the wire of the frame that `take` took. */
  takenLength = 0;
  /** Its time, in virtual nanoseconds. */
  takenTimeNs = 0;
  /** Its stamp: frames dropped between the frame queued before it and itself. */
  takenGap = 0;

  /** @throws {ArgumentError} `BAD_BUFFER_SIZE` */
  constructor(options: ReceiveQueueOptions) {
    const { receiveBufferBytes, startCounters32 = {} } = options;
    if (!(receiveBufferBytes > 0)) {
      throw new ArgumentError(
        'BAD_BUFFER_SIZE',
        `A receive buffer can't have ${receiveBufferBytes} bytes. Give a number above 0.`,
        { argument: 'receiveBufferBytes', value: receiveBufferBytes, expected: 'above 0' },
      );
    }
    this.#limit = receiveBufferBytes;
    this.#truesize = options.truesize ?? linearTruesize();
    this.#strict = options.strict ?? false;
    this.#snapshotLength = options.snapshotLength ?? Number.POSITIVE_INFINITY;
    this.#packets32 = (startCounters32.packets ?? 0) >>> 0;
    this.#drops32 = (startCounters32.drops ?? 0) >>> 0;
    this.#gap32 = (startCounters32.gap ?? 0) >>> 0;
    this.#totalDrops32 = (startCounters32.totalDrops ?? 0) >>> 0;
    this.#hasData = false;
    this.#reportTotal = false;
    this.#reportAuxiliary = false;
  }

  /** Frames in the queue. */
  get length(): number {
    return this.#count;
  }

  /** sk_rmem_alloc: the sum of the charges of the frames in the queue. */
  get chargedBytes(): number {
    return this.#charged;
  }

  /** Length on the wire of the oldest frame; 0 where the queue is empty. */
  get nextLength(): number {
    return this.#count === 0 ? 0 : this.#lengths[this.#first]!;
  }

  /** Turns SO_RXQ_OVFL on or off, for frames queued and received from now on. */
  setOverflowReport(enabled: boolean): void {
    this.#reportTotal = enabled;
  }

  /** Turns PACKET_AUXDATA on or off, for frames received from now on. */
  setAuxiliaryData(enabled: boolean): void {
    this.#reportAuxiliary = enabled;
  }

  /**
   * A frame that passed the filter arrives.
   *
   * Cost: a few nanoseconds; allocates only when the queue is longer than ever before.
   *
   * @param timeNs its time, in virtual nanoseconds
   * @param length bytes on the wire
   * @param data its bytes, kept by reference until it is received
   * @returns false where it was dropped
   */
  arrive(timeNs: number, length: number, data?: Uint8Array): boolean {
    const charge = this.#truesize(length, this.#snapshotLength);
    if (this.#charged + (this.#strict ? charge : 0) >= this.#limit) {
      this.#drops32 = (this.#drops32 + 1) >>> 0;
      this.#gap32 = (this.#gap32 + 1) >>> 0;
      this.#totalDrops32 = (this.#totalDrops32 + 1) >>> 0;
      return false;
    }
    if (this.#count > this.#mask) this.#grow();
    const at = (this.#first + this.#count) & this.#mask;
    this.#times[at] = timeNs;
    this.#lengths[at] = length;
    this.#stamps[at] = this.#gap32;
    // sock_skb_set_dropcount: 0 where the option is off at this moment.
    this.#totals[at] = this.#reportTotal ? this.#totalDrops32 : 0;
    if (data !== undefined) this.#hasData = true;
    if (this.#hasData) this.#data[at] = data;
    this.#count++;
    this.#charged += charge;
    this.#gap32 = 0;
    this.#packets32 = (this.#packets32 + 1) >>> 0;
    return true;
  }

  /**
   * Receives the oldest frame without its bytes: fills `takenLength`, `takenTimeNs`, `takenGap`.
   *
   * Cost: a few nanoseconds; allocates nothing.
   *
   * @returns false where the queue is empty; the fields are then as they were
   */
  take(): boolean {
    if (this.#count === 0) return false;
    const at = this.#first;
    const length = this.#lengths[at]!;
    this.takenLength = length;
    this.takenTimeNs = this.#times[at]!;
    this.takenGap = this.#stamps[at]!;
    if (this.#hasData) this.#data[at] = undefined;
    this.#first = (at + 1) & this.#mask;
    this.#count--;
    this.#charged -= this.#truesize(length, this.#snapshotLength);
    return true;
  }

  /**
   * Receives or peeks at the oldest frame, as recvmsg() does for a SOCK_RAW packet socket.
   *
   * @param flags MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT; any other is refused, as the kernel does
   * @param bufferLength bytes that the application has room for
   * @returns undefined where the queue is empty (EAGAIN; the model never waits)
   * @throws {ArgumentError} `BAD_FLAGS`
   */
  recvmsg(flags = 0, bufferLength: number = Number.POSITIVE_INFINITY): ReceivedMessage | undefined {
    const { MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT } = SocketNumber;
    if ((flags & ~(MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT)) !== 0) {
      throw new ArgumentError(
        'BAD_FLAGS',
        `recvmsg doesn't know the flags 0x${flags.toString(16)}. Give MSG_PEEK, MSG_TRUNC or MSG_DONTWAIT.`,
        { argument: 'flags', value: flags, expected: 'MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT' },
      );
    }
    if (this.#count === 0) return undefined;
    const at = this.#first;
    const originalLength = this.#lengths[at]!;
    const capturedLength = Math.min(originalLength, this.#snapshotLength);
    const copied = Math.min(capturedLength, bufferLength);
    const message: ReceivedMessage = {
      length: (flags & MSG_TRUNC) === 0 ? copied : capturedLength,
      flags: copied < capturedLength ? MSG_TRUNC : 0,
      timeNs: this.#times[at]!,
      data: this.#data[at]?.subarray(0, copied),
      control: this.#control(at, capturedLength, (flags & MSG_PEEK) !== 0),
    };
    if ((flags & MSG_PEEK) === 0) this.take();
    return message;
  }

  /** Reads PACKET_STATISTICS: packets and drops are cleared by it, a pending gap is not. */
  getStatistics(): QueueStatistics {
    const statistics: QueueStatistics = {
      packets: (this.#packets32 + this.#drops32) >>> 0,
      drops: this.#drops32,
      gap: this.#gap32,
    };
    this.#packets32 = 0;
    this.#drops32 = 0;
    return statistics;
  }

  /**
   * sk_drops as SO_MEMINFO gives it: drops since the socket was made, 32 bits; nothing clears it.
   */
  get totalDrops32(): number {
    return this.#totalDrops32;
  }

  #control(at: number, capturedLength: number, peek: boolean): ControlMessage[] {
    const control: ControlMessage[] = [];
    const { SOL_SOCKET, SO_RXQ_OVFL, SOL_PACKET, PACKET_GAPDATA } = SocketNumber;
    const total = this.#totals[at]!;
    if (this.#reportTotal && total !== 0) {
      control.push(controlMessage32(SOL_SOCKET, SO_RXQ_OVFL, total));
    }
    if (this.#reportAuxiliary) {
      control.push(auxiliaryMessage({ originalLength: this.#lengths[at]!, capturedLength }));
    }
    const stamp = this.#stamps[at]!;
    if (!peek && stamp !== 0) control.push(controlMessage32(SOL_PACKET, PACKET_GAPDATA, stamp));
    return control;
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2;
    const times = new Float64Array(capacity);
    const lengths = new Uint32Array(capacity);
    const stamps = new Uint32Array(capacity);
    const totals = new Uint32Array(capacity);
    const data: (Uint8Array | undefined)[] = [];
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#first + i) & this.#mask;
      times[i] = this.#times[at]!;
      lengths[i] = this.#lengths[at]!;
      stamps[i] = this.#stamps[at]!;
      totals[i] = this.#totals[at]!;
      if (this.#hasData) data[i] = this.#data[at];
    }
    this.#times = times;
    this.#lengths = lengths;
    this.#stamps = stamps;
    this.#totals = totals;
    this.#data = data;
    this.#first = 0;
    this.#mask = capacity - 1;
  }
}
