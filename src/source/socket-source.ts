/**
 * Frames from a plain packet socket, with the exact gap before each.
 *
 * # Theory of operation
 *
 * With SO_RXQ_OVFL each frame carries the socket's drop total as it was when the kernel queued that
 * frame (`SocketBatch` takes the differences). The total is written under the queue's lock, together
 * with the frame's place in the queue, so the number of frames lost between two neighbours is exact
 * by construction, however late they are read. (Of one processor: where several deliver at the same
 * time, one may raise the total after another has queued the next frame, and its frame then counts
 * one gap later.) Loss after the last frame is in no frame: it is what the socket's total has beyond
 * the sum of the gaps.
 *
 * One recvmmsg call fetches up to 128 frames without waiting; poll is called only when the queue was
 * empty. Each frame is copied once by the kernel into memory laid out once.
 *
 * Starting and stopping leave no hole: see `openClosedSocket` and `letFramesIn`; at the end the
 * filter rejects all frames, the queue is drained, and reading ends when exactly as many frames were
 * handed out as the kernel says it queued.
 */

import { constants } from 'node:os';
import type { CaptureInterface, FrameBatch, ReceiveCounters } from '../core/frame.js';
import { LinkType } from '../core/link-type.js';
import {
  PACKET_AUXDATA,
  SO_RXQ_OVFL,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOL_PACKET,
  SOL_SOCKET,
} from '../sys/constants.js';
import { REJECT_ALL } from '../sys/filter-program.js';
import { lastErrno, systemCallError } from '../sys/libc.js';
import { MessageBatch } from '../sys/message-batch.js';
import type { PacketSocket } from '../sys/packet-socket.js';
import {
  SOF_TIMESTAMPING_RAW_HARDWARE,
  SOF_TIMESTAMPING_RX_HARDWARE,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
} from '../sys/time-stamping.js';
import { InterfaceCounters } from './interface-counters.js';
import { InterfacePresence } from './interface-presence.js';
import {
  type LiveOptions,
  letFramesIn,
  liveInterface,
  openClosedSocket,
  startTimeStamps,
} from './live-options.js';
import { type MergeableSource, TIMER_SLACK_MS } from './merged-source.js';
import { SocketBatch } from './socket-batch.js';

/** Frames fetched by one call. */
const BATCH_FRAMES = 128;
/** Room for one frame; what is longer (BIG TCP allows 512 KiB) is truncated, as by a snapshot length. */
const LONGEST_FRAME = 262_144 + 64;
/** The adapter's time, and the kernel's for frames that have none. */
const ADAPTER_TIME = Int32Array.of(
  SOF_TIMESTAMPING_RX_HARDWARE |
    SOF_TIMESTAMPING_RAW_HARDWARE |
    SOF_TIMESTAMPING_RX_SOFTWARE |
    SOF_TIMESTAMPING_SOFTWARE,
);
/** Reads between two looks at the kernel's 32-bit counters, so that they never wrap unseen. */
const READS_PER_COUNTERS = 65_536;
/**
 * How long the kernel may take to turn the stamping of frames on; a frame queued before that would
 * have the time at which it was read (net/core/dev.c: net_enable_timestamp() leaves it to a work
 * queue).
 */
const STAMPING_START_MS = 20;
/** How long a stop waits for frames that another processor is just queueing. */
const STOP_SETTLE_MS = 2;
const STOP_PATIENCE_MS = 1_000;

/** A live source over the socket's receive queue; see the file's header. */
export class SocketSource implements MergeableSource {
  readonly interfaces: readonly CaptureInterface[];
  /** The limit of the receive queue in force, in bytes of the kernel's accounting. */
  readonly receiveBufferBytes: number;
  readonly #socket: PacketSocket;
  readonly #messages: MessageBatch;
  readonly #interfaceCounters: InterfaceCounters;
  readonly #presence: InterfacePresence;
  readonly #batch: SocketBatch;
  #delivered = 0;
  #reads = 0;
  #stoppedAtMs: number | undefined = undefined;
  #ended = false;
  #closed = false;

  private constructor(socket: PacketSocket, options: LiveOptions, receiveBufferBytes: number) {
    this.interfaces = [liveInterface(options)];
    this.#interfaceCounters = new InterfaceCounters(options.target.ifindex);
    this.#presence = new InterfacePresence(options.target);
    this.receiveBufferBytes = receiveBufferBytes;
    this.#socket = socket;
    this.#messages = new MessageBatch(
      BATCH_FRAMES,
      Math.min(options.snapshotLength, LONGEST_FRAME),
    );
    this.#batch = new SocketBatch(this.#messages, {
      interfaceId: 0,
      cooked: options.target.linkType === LinkType.LinuxSll2,
      snapshotLength: options.snapshotLength,
    });
  }

  /**
   * Sets up the socket and starts capturing; from here on every frame is counted.
   *
   * @throws {SystemCallError} `EPERM`, `ENODEV`, `ENETDOWN`
   */
  static open(options: LiveOptions): SocketSource {
    const socket = openClosedSocket(options, options.target.linkType === LinkType.LinuxSll2);
    try {
      const on = new Int32Array([1]);
      socket.setOption(SOL_SOCKET, SO_RXQ_OVFL, on, "Can't ask for drop totals per frame");
      if (startTimeStamps(options)) {
        socket.setOption(SOL_SOCKET, SO_TIMESTAMPING, ADAPTER_TIME, "Can't ask for adapter's time");
      } else {
        socket.setOption(SOL_SOCKET, SO_TIMESTAMPNS, on, "Can't ask for nanosecond timestamps");
      }
      socket.setOption(SOL_PACKET, PACKET_AUXDATA, on, "Can't ask for lengths and VLAN tags");
      const receiveBufferBytes = socket.setReceiveBuffer(options.bufferSizeBytes);
      socket.wait(STAMPING_START_MS);
      const source = new SocketSource(socket, options, receiveBufferBytes);
      letFramesIn(socket, options);
      return source;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  get fd(): number {
    return this.#socket.fd;
  }

  get lagMs(): number {
    return TIMER_SLACK_MS;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get fill(): number | undefined {
    if (this.#closed) return undefined;
    return Math.min(1, this.#socket.readQueuedBytes() / this.receiveBufferBytes);
  }

  counters(): ReceiveCounters {
    if (!this.#ended) this.#socket.readStatistics();
    this.#interfaceCounters.update();
    return {
      received: this.#socket.received,
      dropped: this.#socket.dropped,
      interfaceReceived: this.#interfaceCounters.received,
      interfaceDropped: this.#interfaceCounters.dropped,
    };
  }

  read(timeoutMs: number): FrameBatch {
    if (this.#ended || this.#batch.left > 0) return this.#batch;
    if (++this.#reads % READS_PER_COUNTERS === 0) this.#socket.readStatistics();
    let count: number;
    try {
      count = this.#receiveWithin(timeoutMs);
    } catch (error) {
      throw this.#presence.explain(error);
    }
    this.#delivered += count;
    this.#batch.reset(count);
    return this.#batch;
  }

  stop(): void {
    if (this.#stoppedAtMs !== undefined || this.#closed) return;
    this.#socket.attachFilter(REJECT_ALL);
    this.#stoppedAtMs = performance.now();
  }

  close(): void {
    this.#closed = true;
    this.#ended = true;
    this.#batch.reset(0);
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #receiveWithin(timeoutMs: number): number {
    const count = this.#receive();
    const stopped = this.#stoppedAtMs !== undefined;
    if (count > 0 || (stopped && this.#checkEnd())) return count;
    if (!stopped) this.#presence.check();
    const patienceMs = stopped ? Math.min(timeoutMs, STOP_SETTLE_MS) : timeoutMs;
    return this.#socket.wait(patienceMs) ? this.#receive() : 0;
  }

  #receive(): number {
    const count = this.#messages.receive(this.#socket.fd);
    if (count >= 0) return count;
    const errno = lastErrno();
    if (errno === constants.errno.EAGAIN || errno === constants.errno.EINTR) return 0;
    throw systemCallError('recvmmsg', `Can't receive frames on ${this.interfaces[0]!.name}`, {
      errno,
    });
  }

  /** After a stop: whether everything the kernel queued has been handed out. */
  #checkEnd(): boolean {
    const waitedMs = performance.now() - this.#stoppedAtMs!;
    if (waitedMs < STOP_SETTLE_MS) return false;
    this.#socket.readStatistics();
    const { received, dropped } = this.#socket;
    const complete = received - dropped === this.#delivered;
    if (!complete && waitedMs < STOP_PATIENCE_MS) return false;
    this.#ended = true;
    return true;
  }
}
