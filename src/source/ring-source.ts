/**
 * Frames from a TPACKET_V3 ring, with the place of every loss.
 *
 * # Theory of operation
 *
 * The kernel fills blocks in order and marks each one USER when it is full, or when the retire time
 * has passed and there is a frame in it. `read` hands out the frames of the oldest such block in
 * place; the following `read` gives the block back by storing KERNEL into its status. Nothing is
 * copied here, and no system call is made per frame.
 *
 * Losses come from `LossPlacement` (see its header for the proof). This file's part of it is *when*
 * the counters are read:
 *
 * - When a block is taken up, before its first frame is handed out, there must be a reading that was
 *   taken while the block was already closed. It settles the boundary before the block.
 * - Right after a block was given back: until then the kernel may have found the ring full, from
 *   then on it can go on.
 * - Right before, too, if the ring is full. Then hardly any drop falls between the two, and should
 *   the process be stopped right here for as long as the kernel needs to fill that block, the drops
 *   of two boundaries still stay apart.
 * - While the last boundary is unsettled (no frame after it was in the ring when last looked), every
 *   few dozen frames, so that late drops at this boundary don't mix with those at the next.
 *
 * A reading costs about 0.3 µs; a block of 128 KiB holds about 900 frames of 60 bytes.
 *
 * Starting and stopping leave no hole: the filter rejects all frames until the ring is bound and the
 * counters are zero; at the end it rejects all again, the open block is waited for, and reading ends
 * when exactly as many frames were handed out as the kernel says it put in.
 *
 * Memory order: the kernel writes a block's status last, and reads it first; `Atomics` gives the
 * loads and stores of it the order that needs.
 */

import type { CaptureInterface, FrameBatch, FrameSource, ReceiveCounters } from '../core/frame.js';
import { LinkType } from '../core/link-type.js';
import type { Loss } from '../core/loss.js';
import { TP_STATUS_KERNEL, TP_STATUS_LOSING, TP_STATUS_USER } from '../sys/constants.js';
import { REJECT_ALL } from '../sys/filter-program.js';
import { TpacketBlockDesc } from '../sys/layouts.js';
import { PacketRing } from '../sys/packet-ring.js';
import type { PacketSocket } from '../sys/packet-socket.js';
import { InterfaceCounters } from './interface-counters.js';
import { type LiveOptions, letFramesIn, liveInterface, openClosedSocket } from './live-options.js';
import { LossPlacement } from './loss-placement.js';
import { RingBatch } from './ring-batch.js';

/** Size of a block unless asked otherwise: some 900 frames of 60 bytes, or one frame of 128 KiB. */
export const DEFAULT_BLOCK_SIZE_BYTES = 131_072;
/** Time after which the kernel hands over a block that isn't full, unless asked otherwise. */
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

/** What a ring is made of, beside what all live sources share. */
export interface RingOptions extends LiveOptions {
  /** Bytes of one block: a multiple of 4096. */
  readonly blockSizeBytes: number;
  /** Milliseconds after which a block is handed over though it isn't full. */
  readonly retireMs: number;
}

/** A live source over a block ring; see the file's header. */
export class RingSource implements FrameSource {
  readonly interfaces: readonly CaptureInterface[];
  readonly #socket: PacketSocket;
  readonly #ring: PacketRing;
  readonly #interfaceCounters: InterfaceCounters;
  readonly #batch: RingBatch;
  readonly #placement: LossPlacement;
  readonly #words: Int32Array;
  readonly #blockCount: number;
  readonly #blockWords: number;
  readonly #retireMs: number;
  /** Blocks given back to the kernel. */
  #released = 0;
  /** Whether the block after those is being handed out. */
  #holding = false;
  /** Frames of the held block that no batch has covered yet. */
  #framesLeft = 0;
  /** Frames in the blocks taken up so far. */
  #delivered = 0;
  #closedBeforeReading = 0;
  #stoppedAtMs: number | undefined = undefined;
  #ended = false;
  #finalLoss: Loss | undefined = undefined;

  private constructor(socket: PacketSocket, ring: PacketRing, options: RingOptions) {
    this.interfaces = [liveInterface(options)];
    this.#interfaceCounters = new InterfaceCounters(options.target.ifindex);
    this.#socket = socket;
    this.#ring = ring;
    this.#words = ring.words;
    this.#blockCount = ring.geometry.blockCount;
    this.#blockWords = ring.geometry.blockSizeBytes / 4;
    this.#retireMs = ring.geometry.retireMs;
    this.#placement = new LossPlacement(this.#blockCount);
    this.#batch = new RingBatch(ring, {
      interfaceId: 0,
      cooked: options.target.linkType === LinkType.LinuxSll2,
      snapshotLength: options.snapshotLength,
    });
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
      ring = PacketRing.map(socket, {
        blockSizeBytes: options.blockSizeBytes,
        blockCount: Math.max(2, Math.floor(options.bufferSizeBytes / options.blockSizeBytes)),
        retireMs: options.retireMs,
        // Two bytes put the start of an Ethernet frame, 14 bytes before a multiple of 16, on a
        // multiple of 4, where pcapng wants it: it can then be copied in whole words.
        reserveBytes: linkType === LinkType.Ethernet ? 2 : 0,
      });
      const source = new RingSource(socket, ring, options);
      letFramesIn(socket, options);
      return source;
    } catch (error) {
      ring?.unmap();
      socket.close();
      throw error;
    }
  }

  get ended(): boolean {
    return this.#ended;
  }

  get fill(): number {
    this.#lookForClosedBlocks();
    return (this.#placement.closedBlocks - this.#released) / this.#blockCount;
  }

  counters(): ReceiveCounters {
    this.#interfaceCounters.update();
    return {
      received: this.#socket.received,
      dropped: this.#socket.dropped,
      finalLoss: this.#finalLoss,
      interfaceReceived: this.#interfaceCounters.received,
      interfaceDropped: this.#interfaceCounters.dropped,
    };
  }

  read(timeoutMs: number): FrameBatch {
    if (this.#holding) {
      this.#framesLeft += this.#batch.left;
      if (this.#framesLeft > 0) return this.#nextSlice(this.#batch.pendingLoss);
      this.#release();
    }
    if (this.#ended) return this.#empty();
    if (!this.#nextBlockIsClosed()) {
      if (this.#stoppedAtMs !== undefined && this.#checkEnd()) return this.#empty();
      const patience =
        this.#stoppedAtMs === undefined ? timeoutMs : Math.min(timeoutMs, this.#retireMs);
      if (!this.#socket.wait(patience) || !this.#nextBlockIsClosed()) return this.#empty();
    }
    return this.#takeBlock();
  }

  stop(): void {
    if (this.#stoppedAtMs !== undefined) return;
    this.#socket.attachFilter(REJECT_ALL);
    this.#stoppedAtMs = performance.now();
  }

  close(): void {
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

  #nextBlockIsClosed(): boolean {
    if (this.#placement.closedBlocks > this.#released) return true;
    this.#lookForClosedBlocks();
    return this.#placement.closedBlocks > this.#released;
  }

  #takeBlock(): FrameBatch {
    const block = this.#released + 1;
    // The boundary before this block is settled by a reading taken while it was closed.
    if (this.#closedBeforeReading < block) this.#readCounters();
    const base = ((block - 1) % this.#blockCount) * this.#blockWords;
    this.#framesLeft = this.#words[base + FRAME_COUNT]!;
    this.#delivered += this.#framesLeft;
    this.#holding = true;
    this.#batch.reset(base + (this.#words[base + FIRST_FRAME]! >>> 2), 0, undefined);
    return this.#nextSlice(this.#placement.takeBoundary());
  }

  #nextSlice(loss: Loss | undefined): FrameBatch {
    let count = this.#framesLeft;
    if (count > UNSETTLED_SLICE && this.#placement.unsettled && this.#lostLately) {
      this.#readCounters();
      if (this.#placement.unsettled) count = UNSETTLED_SLICE;
    }
    this.#framesLeft -= count;
    this.#batch.reset(this.#batch.nextHeader, count, loss);
    return this.#batch;
  }

  /** Whether the last reading showed a loss: only then can late counts be on their way. */
  #lostLately = false;

  #release(): void {
    this.#lookForClosedBlocks();
    if (this.#placement.closedBlocks - this.#released >= this.#blockCount) this.#readCounters();
    const base = (this.#released % this.#blockCount) * this.#blockWords;
    Atomics.store(this.#words, base + STATUS, TP_STATUS_KERNEL);
    this.#released++;
    this.#holding = false;
    this.#readCounters();
  }

  #readCounters(): void {
    this.#lookForClosedBlocks();
    const closedBefore = this.#placement.closedBlocks;
    const socket = this.#socket;
    const received = socket.received;
    const dropped = socket.dropped;
    const freezes = socket.freezes;
    socket.readStatistics();
    this.#lookForClosedBlocks();
    this.#placement.addReading(socket.received - received, socket.dropped - dropped, closedBefore);
    this.#closedBeforeReading = closedBefore;
    this.#lostLately = socket.dropped !== dropped || socket.freezes !== freezes;
  }

  #lookForClosedBlocks(): void {
    const placement = this.#placement;
    while (placement.closedBlocks - this.#released < this.#blockCount) {
      const base = (placement.closedBlocks % this.#blockCount) * this.#blockWords;
      const status = Atomics.load(this.#words, base + STATUS);
      if ((status & TP_STATUS_USER) === 0) return;
      placement.closeBlock(this.#words[base + FRAME_COUNT]!, (status & TP_STATUS_LOSING) !== 0);
    }
  }

  /** After a stop: whether everything the kernel put into the ring has been handed out. */
  #checkEnd(): boolean {
    const waitedMs = performance.now() - this.#stoppedAtMs!;
    if (waitedMs < STOP_SETTLE_MS) return false;
    this.#readCounters();
    if (this.#placement.closedBlocks > this.#released) return false;
    const complete = this.#placement.accepted === this.#delivered;
    const patienceMs = STOP_PATIENCE_MS + 4 * this.#retireMs;
    if (!complete && waitedMs < patienceMs) return false;
    this.#finalLoss = this.#placement.takeBoundary();
    this.#ended = true;
    return true;
  }
}
