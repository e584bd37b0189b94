/**
 * Where a block ring lost frames: kernel counters in, a count per block boundary out.
 *
 * # Theory of operation
 *
 * TPACKET_V3 gives no count per frame, only totals that clear when read. This module turns readings
 * of those totals into losses between frames, without a system call of its own: the ring source
 * feeds it, the model's ring proves it.
 *
 * ## Terms
 *
 * Blocks that hold frames are numbered from 1 in the order the kernel fills them. *Boundary k* lies
 * between the last frame of block k and the first frame of block k+1; boundary 0 is before the first
 * frame. `F[k]` is the number of frames in blocks 1 … k. A *reading* is one PACKET_STATISTICS call.
 *
 * ## What the kernel guarantees (net/packet/af_packet.c; read in Linux 6.12 and 6.18, tried on 6.18)
 *
 * 1. A frame is dropped only while the slot the kernel wants to write to isn't its own, which is
 *    never so in the middle of a block (tpacket_rcv(), __packet_rcv_has_room(),
 *    __packet_lookup_frame_in_block()). So every loss is at a boundary.
 * 2. tp_packets goes up, under the queue's lock, for each frame put into the ring. Reading it takes
 *    the same lock. With drops taken off, readings therefore add up to `A`: the exact number of
 *    frames that were in the ring's stream when the lock was held. A reading is a point *in the
 *    stream of frames*.
 * 3. tp_drops is fetched and cleared right after that lock is released. So a reading may hold drops
 *    that came after `A` was taken, but none that came after the reading returned. (Before Linux 5.3 drops
 *    were counted and cleared under that lock, too, which leaves no such moment.)
 * 4. A processor counts a drop before it handles its next frame.
 * 5. When a block closes it is marked TP_STATUS_LOSING if tp_drops wasn't 0 at that moment
 *    (prb_close_block()), that is: if something was dropped between the last reading and the close.
 *
 * ## The rule
 *
 * Drops that a reading shows, and the one before didn't, belong to boundaries k with
 *
 *     F[k] >= A of the previous reading   (by 2 and 4: else a frame after the boundary had been
 *                                          put into the ring, so its drops had all been counted)
 *     k <= blocks closed after the reading  (by 1: a boundary begins when its block closes)
 *
 * and, looking at the blocks that closed for certain between the two readings (closed when looked at
 * before this one, not closed when looked at after the last one), by 5:
 *
 *     k >= m      for each such block m without LOSING: nothing had been dropped when it closed
 *     k = m-1     for at least one drop, if m is the first such block with LOSING and no boundary
 *                 before m-1 is possible
 *
 * One boundary left: *exact*. Several: *bounded*; the reading's drops are one sum over them. Sums
 * that share a boundary form one group, over which the total is exact. For each boundary of a group
 * the least and the most it can have lost are kept.
 *
 * ## Several processors
 *
 * 4 is about one processor. Drops are counted after the lock is let go of (tpacket_rcv(): tp_drops is
 * raised behind it, or, where the ring is found full beforehand, without it). So where several deliver
 * to one ring at the same time, each of the others may count one drop after the next frame has been
 * put in, and a reading in between books that drop at a later boundary. What two boundaries nearby have
 * lost together stays exact.
 *
 * Who reads the ring says at which boundaries that may have been so (`blur`), and how many other
 * processors there are. Their losses then are *bounded*: as counted, less or more by one for each of
 * the others; all of them, and all other sums from there on, form one group. A boundary that lost
 * frames of which not one was counted in time has no mark.
 *
 * @module
 */

import { exactLoss, type Loss } from '../core/loss.js';

/** The numbers that groups of bounded losses get: `first`, then `step` more for each. */
export interface GroupNumbers {
  readonly first: number;
  readonly step: number;
}

/** Turns readings of a ring's counters into losses at block boundaries; see the file's header. */
export class LossPlacement {
  readonly #capacity: number;
  /** F[k], by k modulo the capacity. */
  readonly #framesThrough: Float64Array;
  readonly #losing: Uint8Array;
  readonly #counted: Float64Array;
  readonly #atLeast: Float64Array;
  readonly #atMost: Float64Array;
  readonly #group: Float64Array;
  #closed = 0;
  #closedAtLastReading = 0;
  #accepted = 0;
  #nextBoundary = 0;
  #groupCount = 0;
  /** Group of the boundary taken last; 0: it was in none. */
  #lastGroupTaken = 0;
  /** The group of all sums since boundaries were blurred; 0: none was. */
  #blurredGroup = 0;
  #blurredBy = 0;
  readonly #groups: GroupNumbers;

  /**
   * @param blockCount slots of the ring; no more than that many blocks are closed and unreleased
   * @param groups how to number groups, where several rings feed one interface
   */
  constructor(blockCount: number, groups: GroupNumbers = { first: 1, step: 1 }) {
    this.#groups = groups;
    // Boundaries that can be open: one per closed block not yet taken up, and one on either side.
    this.#capacity = blockCount + 3;
    this.#framesThrough = new Float64Array(this.#capacity);
    this.#losing = new Uint8Array(this.#capacity);
    this.#counted = new Float64Array(this.#capacity);
    this.#atLeast = new Float64Array(this.#capacity);
    this.#atMost = new Float64Array(this.#capacity);
    this.#group = new Float64Array(this.#capacity);
  }

  /** Frames that the kernel has put into the ring, as of the last reading. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Blocks with frames in them that were seen closed. */
  get closedBlocks(): number {
    return this.#closed;
  }

  /** Frames in all blocks that were seen closed. */
  get framesInClosedBlocks(): number {
    return this.#framesThrough[this.#closed % this.#capacity]!;
  }

  /**
   * True while the boundary after the last closed block may still be losing frames: no frame after
   * it was in the ring at the last reading. A further reading, once there is one, keeps later
   * losses apart from those at this boundary.
   */
  get unsettled(): boolean {
    return this.#accepted <= this.framesInClosedBlocks;
  }

  /**
   * Tells that the next block with frames in it was seen closed. To be called in order, for every
   * such block, as soon as its status is seen.
   *
   * @param frameCount frames in it (num_pkts), at least 1
   * @param losing whether its status carries TP_STATUS_LOSING
   */
  closeBlock(frameCount: number, losing: boolean): void {
    const before = this.framesInClosedBlocks;
    this.#closed++;
    const at = this.#closed % this.#capacity;
    this.#framesThrough[at] = before + frameCount;
    this.#losing[at] = losing ? 1 : 0;
    this.#counted[at] = 0;
    this.#atLeast[at] = 0;
    this.#atMost[at] = 0;
    this.#group[at] = 0;
  }

  /**
   * Takes one reading of the counters. The caller looks for closed blocks right before it and right
   * after it, and tells them through `closeBlock`.
   *
   * @param received tp_packets of this reading, drops included
   * @param dropped tp_drops of this reading
   * @param closedBefore `closedBlocks` as it was before the counters were read
   */
  addReading(received: number, dropped: number, closedBefore: number): void {
    if (dropped > 0) this.#place(dropped, closedBefore);
    this.#accepted += received - dropped;
    this.#closedAtLastReading = this.#closed;
  }

  /**
   * The loss at the next boundary, to be asked once per block in order, after a reading that was
   * taken when the block after the boundary was already closed (or at the very end, for the
   * boundary after the last block).
   *
   * @returns undefined where no frame was lost
   */
  takeBoundary(): Loss | undefined {
    const at = this.#nextBoundary % this.#capacity;
    this.#nextBoundary++;
    const lost = this.#counted[at]!;
    const atMost = this.#atMost[at]!;
    const group = this.#group[at]!;
    this.#lastGroupTaken = group;
    if (group === 0) return lost === 0 ? undefined : exactLoss(lost);
    return { lost, certainty: 'bounded', atLeast: this.#atLeast[at]!, atMost, group };
  }

  /** Whether any boundary was blurred. */
  get isBlurred(): boolean {
    return this.#blurredGroup !== 0;
  }

  /** Whether the next boundary to be taken lost frames, or may have. */
  get losesNext(): boolean {
    const at = this.#nextBoundary % this.#capacity;
    return this.#counted[at] !== 0 || this.#group[at] !== 0;
  }

  /**
   * Tells that several processors delivered around the next boundary to be taken, at which frames were
   * lost.
   *
   * @param others how many beside one; each may have counted one drop late
   */
  blur(others: number): void {
    const boundary = this.#nextBoundary;
    const at = boundary % this.#capacity;
    const group = this.#blurredGroup || this.#group[at]! || this.#newGroup();
    this.#blurredGroup = group;
    this.#blurredBy = others;
    // A group that begins before this boundary goes on in it: what lies wholly ahead can be renamed.
    for (let k = boundary; k <= this.#closed; k++) {
      if (this.#group[k % this.#capacity] !== 0) this.#group[k % this.#capacity] = group;
    }
    this.#group[at] = group;
    this.#atLeast[at] = Math.max(0, this.#atLeast[at]! - others);
    this.#atMost[at]! += others;
  }

  /**
   * What is known of the loss at all boundaries not taken yet together, for a reader that stops
   * before the end. Changes nothing.
   *
   * @returns undefined where no frame was lost there
   */
  remainingLoss(): Loss | undefined {
    let lost = 0;
    let atLeast = 0;
    let atMost = 0;
    let group = 0;
    for (let boundary = this.#nextBoundary; boundary <= this.#closed; boundary++) {
      const at = boundary % this.#capacity;
      lost += this.#counted[at]!;
      atLeast += this.#atLeast[at]!;
      atMost += this.#atMost[at]!;
      if (group === 0) group = this.#group[at]!;
    }
    // A group that lies wholly in here is one exact sum; only where a part of it was taken, it isn't.
    if (this.#blurredGroup !== 0) {
      if (lost === 0 && group === 0) return undefined;
      atLeast = Math.max(0, atLeast - this.#blurredBy);
      return {
        lost,
        certainty: 'bounded',
        atLeast,
        atMost: Math.max(atMost, lost),
        group: this.#blurredGroup,
      };
    }
    if (group === 0 || group !== this.#lastGroupTaken) {
      return lost === 0 ? undefined : exactLoss(lost);
    }
    return { lost, certainty: 'bounded', atLeast, atMost: Math.max(atMost, lost), group };
  }

  #place(dropped: number, closedBefore: number): void {
    const high = this.#closed;
    let low = high;
    while (low > this.#nextBoundary && this.#through(low - 1) >= this.#accepted) low--;
    const first = this.#closedAtLastReading + 1;
    let losing = first;
    while (losing <= closedBefore && this.#losing[losing % this.#capacity] === 0) losing++;
    const dropsBeforeLosing = losing <= closedBefore;
    if (this.#through(high) < this.#accepted || (dropsBeforeLosing && low > losing - 1)) {
      // A frame beyond the boundary was in the ring before its drops were counted: several
      // processors deliver at once, and the place is that boundary or one nearby.
      const from = dropsBeforeLosing ? Math.min(losing - 1, high) : high - 1;
      this.#share(dropped, Math.max(from, this.#nextBoundary), high, 0);
      return;
    }
    if (losing > first) low = Math.max(low, losing - 1);
    const early = dropsBeforeLosing && low === losing - 1 ? 1 : 0;
    if (low === high || dropped === early) this.#addExact(low, dropped);
    else this.#share(dropped, low, high, early);
  }

  #addExact(boundary: number, dropped: number): void {
    const at = boundary % this.#capacity;
    this.#counted[at]! += dropped;
    this.#atLeast[at]! += dropped;
    this.#atMost[at]! += dropped;
  }

  /** Books one sum over several boundaries: `early` of it at the lowest for certain. */
  #share(dropped: number, low: number, high: number, early: number): void {
    const rest = dropped - early;
    // Under load nearly all drops of a reading come from the boundary at which the ring is full,
    // the highest one; the sum is right wherever they are booked.
    this.#counted[low % this.#capacity]! += early;
    this.#atLeast[low % this.#capacity]! += early;
    this.#atMost[low % this.#capacity]! += early;
    this.#counted[high % this.#capacity]! += rest;
    let group = this.#blurredGroup;
    for (let k = low; k <= high; k++) {
      const at = k % this.#capacity;
      this.#atMost[at]! += rest;
      const present = this.#group[at]!;
      if (present !== 0 && (group === 0 || present < group)) group = present;
    }
    if (group === 0) group = this.#newGroup();
    this.#mark(low, high, group);
  }

  /** Puts boundaries, and all of the groups they were in, into one group. */
  #mark(low: number, high: number, group: number): void {
    for (let k = low; k <= high; k++) {
      const at = k % this.#capacity;
      const present = this.#group[at]!;
      this.#group[at] = group;
      if (present === 0 || present === group) continue;
      for (let other = this.#nextBoundary; other <= this.#closed; other++) {
        const otherAt = other % this.#capacity;
        if (this.#group[otherAt] === present) this.#group[otherAt] = group;
      }
    }
  }

  #newGroup(): number {
    const { first, step } = this.#groups;
    return first + step * this.#groupCount++;
  }

  #through(boundary: number): number {
    return this.#framesThrough[boundary % this.#capacity]!;
  }
}
