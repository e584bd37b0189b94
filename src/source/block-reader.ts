/**
 * Which block of a ring to read next, when to look at the counters, and what was lost before it.
 *
 * # Theory of operation
 *
 * `LossPlacement` says what readings of the counters prove. This class says *when* to take them, so
 * that they prove as much as can be, on any ring: the kernel's, or the model's.
 *
 * - When a block is taken up there must be a reading that was taken while the block was already
 *   closed. It settles the boundary before the block.
 * - Right after a block was given back: until then the kernel may have found the ring full, from
 *   then on it can go on. Not where nothing can have been dropped: a ring that is full stays so until a
 *   block is given back, so where a block other than those just given back is still the kernel's right
 *   after, the ring wasn't full since the time before. A drop may be counted a little late, so that holds only once a reading
 *   behind a loss has shown no further one, with frames behind its boundary.
 * - Right before, too, if the ring is full. Then hardly any drop falls between the two, and should
 *   the process be stopped right here for as long as the kernel needs to fill that block, the drops
 *   of two boundaries still stay apart.
 * - While the last boundary is unsettled (no frame after it was in the ring when last looked) and
 *   the last reading showed a loss: every few dozen frames (`settle`), so that late drops at this
 *   boundary don't mix with those at the next.
 *
 * Where several processors may feed the ring, one of them may count a drop late (see `LossPlacement`).
 * Whether they do so around a boundary shows in the times of the frames behind it: each processor stamps
 * its frames outside the queue's lock, so that times of neighbours go back where two are at work. So the
 * block after each loss is looked through, and where times go back the loss is marked. That they don't
 * is no proof: a second processor that sends next to nothing leaves no trace, nor does it often have a
 * drop to count. One ring for each processor needs no such evidence.
 *
 * Where several blocks were closed at a reading that leaves no loss before any of them, they are taken up and
 * given back together: what is done once a block is then done once for all. Whoever stalls in the middle of them
 * has so many fewer for the kernel to fill; so it is not done in a ring that is half full or fuller.
 *
 * A reading costs about 0.3 µs; a block of 512 KiB holds about 3,600 frames of 60 bytes.
 */

import type { Loss } from '../core/loss.js';
import { type GroupNumbers, LossPlacement } from './loss-placement.js';

/** A block ring as its reader sees it: slots with a status, and counters that clear when read. */
export interface BlockRingView {
  /** Slots of the ring; block j lies in slot (j − 1) mod `blockCount`. */
  readonly blockCount: number;
  /** Whether the block in a slot is closed, and so the reader's. */
  isClosed(slot: number): boolean;
  /** Whether frames were dropped before a closed block closed and after the last reading. */
  isLosing(slot: number): boolean;
  /** Frames in a closed block; 0 is possible. */
  frameCount(slot: number): number;
  /**
   * Whether the times of a closed block's frames go back somewhere, as they do where several processors
   * deliver at once; costs a walk through the block.
   */
  isDisordered(slot: number): boolean;
  /** Gives a closed block back. */
  release(slot: number): void;
  /** Reads the counters and clears them; the three fields below are what it read. */
  readCounters(): void;
  /** Frames the ring was offered since the reading before, dropped ones included. */
  readonly received: number;
  /** Frames dropped since the reading before. */
  readonly dropped: number;
  /** Times the ring was found full at the close of a block since the reading before. */
  readonly freezes: number;
}

/** Who may feed a ring. */
export interface RingFeeding {
  /** Processors that may put frames into it at the same time. */
  readonly processors: number;
  /** How groups of bounded losses are numbered; from 1 unless given. */
  readonly groups?: GroupNumbers | undefined;
}

/** Reads the blocks of one ring in order; see the file's header. */
export class BlockReader {
  readonly #view: BlockRingView;
  readonly #placement: LossPlacement;
  /** Blocks seen closed, empty ones included. */
  #closed = 0;
  #released = 0;
  #closedBeforeReading = 0;
  #lostLately: boolean;
  /** Whether the ring wasn't full since the last reading that showed a loss, and that one is settled. */
  #calm: boolean;
  #delivered = 0;
  /** Processors that may feed the ring, but one. */
  readonly #others: number;

  /** Slot of the block taken up last, or of the first of those that were taken up together. */
  slot = 0;
  /** How many were; the others are in the slots behind it. */
  blocksTaken = 0;
  /** Frames in them; 0 where the kernel closed one for a frame that needs a whole block. */
  frameCount = 0;
  /** What was lost before its first frame. */
  lossBefore: Loss | undefined = undefined;

  /**
   * @param feeding how many processors may feed the ring at the same time, 1 unless given; and how
   *   groups are numbered
   */
  constructor(view: BlockRingView, feeding: RingFeeding = { processors: 1 }) {
    this.#view = view;
    this.#placement = new LossPlacement(view.blockCount, feeding.groups);
    this.#others = feeding.processors - 1;
    this.#lostLately = false;
    this.#calm = true;
  }

  /** Blocks that are closed and not given back. */
  get closedCount(): number {
    this.#look();
    return this.#closed - this.#released;
  }

  /** Frames in the blocks taken up so far. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Frames that were put into the ring, as of the last reading. */
  get accepted(): number {
    return this.#placement.accepted;
  }

  /**
   * Takes up the next block: sets `slot`, `frameCount` (which may be 0) and `lossBefore`. The one
   * before must have been given back.
   *
   * @param most blocks to take up at most: with more than one, also those behind it that hold frames and
   *   before which nothing was lost, as far as that is known without a further reading
   * @returns false where no block is closed
   */
  take(most = 1): boolean {
    if (this.#closed === this.#released && this.closedCount === 0) return false;
    if (this.#closedBeforeReading <= this.#released) this.read();
    this.slot = this.#released % this.#view.blockCount;
    this.frameCount = this.#view.frameCount(this.slot);
    this.lossBefore = this.frameCount === 0 ? undefined : this.#takeBoundary();
    this.blocksTaken = 1;
    if (most > 1 && this.#calm && this.frameCount > 0) this.#takeFollowing(most);
    this.#delivered += this.frameCount;
    return true;
  }

  #takeFollowing(most: number): void {
    const { blockCount } = this.#view;
    if (this.#closed - this.#released >= blockCount / 2) return;
    const settled = Math.min(this.#closedBeforeReading - this.#released, most);
    while (this.blocksTaken < settled && !this.#placement.losesNext) {
      const frameCount = this.#view.frameCount((this.slot + this.blocksTaken) % blockCount);
      if (frameCount === 0) return;
      this.#placement.takeBoundary();
      this.frameCount += frameCount;
      this.blocksTaken++;
    }
  }

  /** Gives back what was taken up. */
  release(): void {
    const { blockCount } = this.#view;
    if (this.closedCount >= blockCount) this.read();
    const { blocksTaken } = this;
    for (let i = 0; i < blocksTaken; i++) this.#view.release((this.slot + i) % blockCount);
    this.#released += blocksTaken;
    if (!this.#calm || this.closedCount >= blockCount - blocksTaken) this.read();
  }

  /**
   * To be called now and then while a block is worked on. Cheap where there is nothing to settle.
   *
   * @returns true where it should be called again soon, within the same block
   */
  settle(): boolean {
    if (!this.#lostLately || !this.#placement.unsettled) return false;
    this.read();
    return this.#lostLately && this.#placement.unsettled;
  }

  /** Takes a reading of the counters. */
  read(): void {
    this.#look();
    const placement = this.#placement;
    const holdingFramesBefore = placement.closedBlocks;
    this.#closedBeforeReading = this.#closed;
    const view = this.#view;
    view.readCounters();
    this.#look();
    placement.addReading(view.received, view.dropped, holdingFramesBefore);
    this.#lostLately = view.dropped !== 0 || view.freezes !== 0;
    const full = this.#closed - this.#released >= view.blockCount - 1;
    this.#calm = !full && !this.#lostLately && (this.#calm || !placement.unsettled);
  }

  /**
   * What is known of the loss after the last frame, once no block is left and nothing more comes.
   * Its number follows from the totals, too.
   */
  finalLoss(): Loss | undefined {
    const placement = this.#placement;
    // A drop counted late may have ended up here.
    if (placement.isBlurred && placement.losesNext) placement.blur(this.#others);
    return placement.takeBoundary();
  }

  /** What is known of all losses not told yet, for a reader that stops before the end. */
  remainingLoss(): Loss | undefined {
    return this.#placement.remainingLoss();
  }

  #takeBoundary(): Loss | undefined {
    const placement = this.#placement;
    if (this.#others > 0 && placement.losesNext && this.#view.isDisordered(this.slot)) {
      placement.blur(this.#others);
    }
    return placement.takeBoundary();
  }

  #look(): void {
    const view = this.#view;
    while (this.#closed - this.#released < view.blockCount) {
      const slot = this.#closed % view.blockCount;
      if (!view.isClosed(slot)) return;
      this.#closed++;
      // A frame as long as a block closes an empty one to get one of its own
      // (__packet_lookup_frame_in_block()). What lies on either side of it is one boundary.
      const frameCount = view.frameCount(slot);
      if (frameCount > 0) this.#placement.closeBlock(frameCount, view.isLosing(slot));
    }
  }
}
