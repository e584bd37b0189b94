/**
 * Frames from a TPACKET_V3 ring, with the place of every loss.
 *
 * # Theory of operation
 *
 * The kernel fills blocks in order and marks each one USER when it is full, or when the retire time
 * has passed and there is a frame in it. `read` hands out the frames of the oldest such block in
 * place, or of several where nothing was lost between them; the following `read` gives them back by storing
 * KERNEL into their status. Nothing is
 * copied here, and no system call is made per frame. Where blocks fill fast the reader sleeps before it
 * waits for the next one, so that one wake-up serves several (`ring-nap.ts` says how long at most).
 *
 * Losses come from `BlockReader`, which says when to look at the counters, and `LossPlacement`, which
 * says what they prove. This file gives them the kernel's ring to look at.
 *
 * Starting and stopping leave no hole: the filter rejects all frames until the ring is bound and the
 * counters are zero; at the end it rejects all again, the open block is waited for, and reading ends
 * when exactly as many frames were handed out as the kernel says it put in.
 *
 * Memory order: the kernel writes a block's status last, and reads it first; `Atomics` gives the
 * loads and stores of it the order that needs.
 */

import type { CaptureInterface, FrameBatch, ReceiveCounters } from '../core/frame.js';
import { LinkType } from '../core/link-type.js';
import type { Loss } from '../core/loss.js';
import {
  PACKET_TIMESTAMP,
  SOL_PACKET,
  TP_STATUS_KERNEL,
  TP_STATUS_LOSING,
  TP_STATUS_USER,
} from '../sys/constants.js';
import { REJECT_ALL } from '../sys/filter-program.js';
import { TpacketBlockDesc } from '../sys/layouts.js';
import { PacketRing, type RingGeometry } from '../sys/packet-ring.js';
import type { PacketSocket } from '../sys/packet-socket.js';
import { SOF_TIMESTAMPING_RAW_HARDWARE } from '../sys/time-stamping.js';
import { BlockReader, type BlockRingView, type RingFeeding } from './block-reader.js';
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
import { RingBatch } from './ring-batch.js';
import { timesGoBack } from './ring-frame-times.js';
import { RingLoop } from './ring-loop.js';
import { longestNapMs } from './ring-nap.js';

/** Time within which the kernel hands over a block that isn't full, unless asked otherwise. */
export const DEFAULT_RETIRE_MS = 40;

const STATUS = TpacketBlockDesc.blockStatus / 4;
const FRAME_COUNT = TpacketBlockDesc.numPkts / 4;
const FIRST_FRAME = TpacketBlockDesc.offsetToFirstPkt / 4;

/** Frames handed out between two looks at the counters while a boundary is unsettled. */
const UNSETTLED_SLICE = 48;
/** How long a stop waits for the kernel to hand over what it has, beyond a few retire times. */
const STOP_PATIENCE_MS = 1_000;
/**
 * Frames that another processor was handling when the filter was replaced are in the ring within
 * this time.
 */
const STOP_SETTLE_MS = 2;

/**
 * Where blocks fill fast, a short sleep comes before the wait for the next one: then one wake-up serves
 * several blocks. It is as long as some blocks take to fill at the pace of the last ones, within what
 * `longestNapMs` allows.
 */
const DENSE_MS_PER_BLOCK = 4;
const BLOCKS_PER_NAP = 8;
/** Blocks that are read together: at most these, and at most that part of the ring. */
const MOST_BLOCKS_TOGETHER = 8;
const PARTS_OF_RING = 16;
const napClock = new Int32Array(new SharedArrayBuffer(4));

/** What a ring is made of, beside what all live sources share. */
export interface RingOptions extends LiveOptions {
  /** Bytes of one block: a multiple of 4096. */
  readonly blockSizeBytes: number;
  /** Milliseconds within which a block with a frame in it is handed over though it isn't full. */
  readonly retireMs: number;
  /** Who may feed the ring; one processor unless given. */
  readonly feeding?: RingFeeding | undefined;
  /** Called when the socket is bound and rejects all frames, before the counters are zeroed. */
  readonly whenBound?: ((socket: PacketSocket) => void) | undefined;
}

/** The kernel's ring and its socket's counters, as `BlockReader` wants to see them. */
class KernelRingView implements BlockRingView {
  readonly blockCount: number;
  readonly #words: Int32Array;
  readonly #blockWords: number;
  readonly #socket: PacketSocket;
  received = 0;
  dropped = 0;
  freezes = 0;

  constructor(ring: PacketRing, socket: PacketSocket) {
    this.blockCount = ring.geometry.blockCount;
    this.#words = ring.words;
    this.#blockWords = ring.geometry.blockSizeBytes / 4;
    this.#socket = socket;
  }

  isClosed(slot: number): boolean {
    return (Atomics.load(this.#words, slot * this.#blockWords + STATUS) & TP_STATUS_USER) !== 0;
  }

  isLosing(slot: number): boolean {
    return (this.#words[slot * this.#blockWords + STATUS]! & TP_STATUS_LOSING) !== 0;
  }

  frameCount(slot: number): number {
    return this.#words[slot * this.#blockWords + FRAME_COUNT]!;
  }

  isDisordered(slot: number): boolean {
    return timesGoBack(this.#words, this.firstFrame(slot), this.frameCount(slot));
  }

  /** Word index of the first frame's header. */
  firstFrame(slot: number): number {
    const base = slot * this.#blockWords;
    return base + (this.#words[base + FIRST_FRAME]! >>> 2);
  }

  release(slot: number): void {
    Atomics.store(this.#words, slot * this.#blockWords + STATUS, TP_STATUS_KERNEL);
  }

  readCounters(): void {
    const { received, dropped, freezes } = this.#socket;
    this.#socket.readStatistics();
    this.received = this.#socket.received - received;
    this.dropped = this.#socket.dropped - dropped;
    this.freezes = this.#socket.freezes - freezes;
  }
}

/** A live source over a block ring; see the file's header. */
export class RingSource implements MergeableSource {
  readonly interfaces: readonly CaptureInterface[];
  readonly givesRuns: boolean;
  readonly #interfaceCounters: InterfaceCounters;
  readonly #presence: InterfacePresence;
  readonly #socket: PacketSocket;
  readonly #ring: PacketRing;
  readonly #view: KernelRingView;
  readonly #reader: BlockReader;
  readonly #batch: RingBatch;
  /** Whether blocks are taken up and not given back. */
  #holding: boolean;
  /** Frames of them that no batch has covered yet. */
  #framesLeft = 0;
  #stoppedAtMs: number | undefined = undefined;
  /** When the last wait began, and the blocks taken up since. */
  #waitedAtMs = 0;
  #blocksSinceWait = 0;
  readonly #longestNapMs: number;
  readonly #mostBlocks: number;
  #ended: boolean;
  #closed: boolean;
  #finalLoss: Loss | undefined = undefined;

  private constructor(socket: PacketSocket, ring: PacketRing, options: RingOptions) {
    this.interfaces = [liveInterface(options)];
    this.#interfaceCounters = new InterfaceCounters(options.target.ifindex);
    this.#presence = new InterfacePresence(options.target);
    this.#socket = socket;
    this.#ring = ring;
    const { blockSizeBytes, blockCount } = ring.geometry;
    this.#longestNapMs = longestNapMs(ring.geometry);
    this.#mostBlocks = Math.min(MOST_BLOCKS_TOGETHER, Math.floor(blockCount / PARTS_OF_RING));
    this.#view = new KernelRingView(ring, socket);
    this.#reader = new BlockReader(this.#view, options.feeding);
    const { snapshotLength } = options;
    const { words, bytes, loopPlace } = ring;
    const loop =
      loopPlace === undefined
        ? undefined
        : RingLoop.over(loopPlace.memory, loopPlace.roomAt, snapshotLength, {
            at: words.byteOffset,
            sizeBytes: words.byteLength,
            blockBytes: blockSizeBytes,
          });
    this.#batch = new RingBatch(
      { words, bytes, blockWords: blockSizeBytes / 4, loop },
      {
        interfaceId: 0,
        cooked: options.target.linkType === LinkType.LinuxSll2,
        snapshotLength,
      },
    );
    this.givesRuns = loop !== undefined && options.target.linkType !== LinkType.LinuxSll2;
    this.#holding = false;
    this.#ended = false;
    this.#closed = false;
  }

  /**
   * Sets up the ring and starts capturing; from here on every frame is counted.
   *
   * @throws {SystemCallError} `EPERM`, `ENODEV`, `ENETDOWN`, or `ENOMEM` for a ring the kernel won't give
   * @throws {ArgumentError} for a ring that can't be
   */
  static open(options: RingOptions): RingSource {
    const { linkType } = options.target;
    const socket = openClosedSocket(options, linkType === LinkType.LinuxSll2);
    let ring: PacketRing | undefined;
    try {
      const geometry: RingGeometry = {
        blockSizeBytes: options.blockSizeBytes,
        blockCount: Math.max(2, Math.floor(options.bufferSizeBytes / options.blockSizeBytes)),
        retireMs: options.retireMs,
        // Two bytes put the start of an Ethernet frame, 14 bytes before a multiple of 16, on a
        // multiple of 4, where pcapng wants it: it can then be copied in whole words.
        reserveBytes: linkType === LinkType.Ethernet ? 2 : 0,
      };
      ring = PacketRing.map(socket, geometry, RingLoop.neededBytes);
      if (startTimeStamps(options)) {
        const raw = new Int32Array([SOF_TIMESTAMPING_RAW_HARDWARE]);
        socket.setOption(SOL_PACKET, PACKET_TIMESTAMP, raw, "Can't ask for the adapter's time");
      }
      const source = new RingSource(socket, ring, options);
      letFramesIn(socket, options, options.whenBound);
      return source;
    } catch (error) {
      ring?.unmap();
      socket.close();
      throw error;
    }
  }

  get fd(): number {
    return this.#socket.fd;
  }

  get lagMs(): number {
    return this.#ring.geometry.retireMs + TIMER_SLACK_MS;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get fill(): number | undefined {
    // The mapping is gone then: looking at it would end the process.
    if (this.#closed) return undefined;
    return this.#reader.closedCount / this.#view.blockCount;
  }

  counters(): ReceiveCounters {
    if (!this.#ended) this.#reader.read();
    this.#interfaceCounters.update();
    return {
      ...this.socketCounters(),
      interfaceReceived: this.#interfaceCounters.received,
      interfaceDropped: this.#interfaceCounters.dropped,
    };
  }

  /** What the socket counted, as of the last reading; no system call is made. */
  socketCounters(): ReceiveCounters {
    return {
      received: this.#socket.received,
      dropped: this.#socket.dropped,
      finalLoss: this.#finalLoss ?? (this.#ended ? undefined : this.#reader.remainingLoss()),
    };
  }

  read(timeoutMs: number): FrameBatch {
    if (this.#holding) {
      this.#framesLeft += this.#batch.left;
      if (this.#framesLeft > 0) return this.#nextSlice(this.#batch.pendingLoss);
      this.#holding = false;
      this.#reader.release();
    }
    if (this.#ended) return this.#empty();
    if (!this.#reader.take(this.#mostBlocks)) {
      if (this.#stoppedAtMs !== undefined && this.#checkEnd()) return this.#empty();
      const patienceMs =
        this.#stoppedAtMs === undefined
          ? timeoutMs
          : Math.min(timeoutMs, this.#ring.geometry.retireMs);
      if (!this.#waitForBlock(patienceMs)) return this.#empty();
    }
    this.#holding = true;
    this.#blocksSinceWait += this.#reader.blocksTaken;
    // 0 where a frame as long as a block needed a block of its own: an empty batch.
    this.#framesLeft = this.#reader.frameCount;
    this.#batch.reset(this.#view.firstFrame(this.#reader.slot), 0, undefined);
    return this.#nextSlice(this.#reader.lossBefore);
  }

  stop(): void {
    if (this.#stoppedAtMs !== undefined || this.#closed) return;
    this.#socket.attachFilter(REJECT_ALL);
    this.#stoppedAtMs = performance.now();
  }

  close(): void {
    this.#closed = true;
    this.#ended = true;
    this.#holding = false;
    this.#empty();
    this.#ring.unmap();
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #empty(): FrameBatch {
    this.#batch.reset(0, 0, undefined);
    return this.#batch;
  }

  #nextSlice(loss: Loss | undefined): FrameBatch {
    let count = this.#framesLeft;
    if (count > UNSETTLED_SLICE && this.#reader.settle()) count = UNSETTLED_SLICE;
    this.#framesLeft -= count;
    this.#batch.reset(this.#batch.header, count, loss);
    return this.#batch;
  }

  /** @returns whether a block came within the time, and has been taken up */
  #waitForBlock(timeoutMs: number): boolean {
    const nowMs = performance.now();
    const napMs = this.#napMs((nowMs - this.#waitedAtMs) / this.#blocksSinceWait);
    this.#waitedAtMs = nowMs;
    this.#blocksSinceWait = 0;
    let leftMs = timeoutMs;
    if (napMs >= 1 && napMs <= timeoutMs && this.#stoppedAtMs === undefined) {
      Atomics.wait(napClock, 0, 0, napMs);
      leftMs = Math.ceil(timeoutMs - napMs);
      if (this.#reader.take(this.#mostBlocks)) return true;
    }
    if (this.#stoppedAtMs === undefined) this.#presence.check();
    try {
      return this.#socket.wait(leftMs) && this.#reader.take(this.#mostBlocks);
    } catch (error) {
      throw this.#presence.explain(error);
    }
  }

  /** How long to sleep before the next wait, where a block has lately taken that long to fill. */
  #napMs(msPerBlock: number): number {
    if (!(msPerBlock < DENSE_MS_PER_BLOCK)) return 0;
    return Math.min(this.#longestNapMs, msPerBlock * BLOCKS_PER_NAP);
  }

  /** After a stop: whether everything the kernel put into the ring has been handed out. */
  #checkEnd(): boolean {
    const waitedMs = performance.now() - this.#stoppedAtMs!;
    if (waitedMs < STOP_SETTLE_MS) return false;
    this.#reader.read();
    if (this.#reader.closedCount > 0) return false;
    const complete = this.#reader.accepted === this.#reader.delivered;
    const patienceMs = STOP_PATIENCE_MS + 4 * this.#ring.geometry.retireMs;
    if (!complete && waitedMs < patienceMs) return false;
    this.#finalLoss = this.#reader.finalLoss();
    this.#ended = true;
    return true;
  }
}
