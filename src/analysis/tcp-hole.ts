/** A hole: bytes of a stream that were sent, by what came after them, and that the file doesn't hold so far. */

import { sequenceDistance } from './sequence-number.js';
import { type FrameMark, type HolePlace, markOf, noMark } from './tcp-finding.js';
import type { TcpSegment } from './tcp-segment.js';

/**
 * Frames of one capture may be recorded in another order than they passed, where several processors
 * receive; and networks reorder a little. What is told apart by time alone, is by this: Wireshark's
 * limit for out-of-order segments.
 */
export const REORDER_LIMIT_NS = 3_000_000;

/** Steps of the IPv4 identification that look like counting. */
const LARGEST_STEP = 4096;

/** Positions `start` to before `end` of a stream, unseen. */
export class TcpHole {
  start: number;
  end: number;
  readonly place: HolePlace;
  /** Whether its first segment may be one that belongs to another piece of the same hole. */
  readonly split: boolean;
  /** Numbers of the frame after the hole, for telling what was sent before it from what came later. */
  beforeIdentification = -1;
  beforeTimestampValue = -1;
  /** The acknowledgment that proved that the receiver has the bytes; frame 0: none so far. */
  proof: FrameMark = noMark();
  /** What kind of acknowledgment that was; see `LossReason`. */
  reason: 'acknowledged' | 'sacked' | 'asked' = 'acknowledged';

  constructor(start: number, end: number, place: HolePlace, split: boolean) {
    this.start = start;
    this.end = end;
    this.place = place;
    this.split = split;
  }

  /** Whether an acknowledgment has proved it. */
  get proved(): boolean {
    return this.proof.frame > 0;
  }

  /** A part of it that doesn't start where it starts, or that is left beside what is kept of it. */
  piece(start: number, end: number, split: boolean): TcpHole {
    const piece = new TcpHole(start, end, this.place, split);
    piece.beforeIdentification = this.beforeIdentification;
    piece.beforeTimestampValue = this.beforeTimestampValue;
    piece.proof = this.proof;
    piece.reason = this.reason;
    return piece;
  }

  /** Notes the first frame of its direction after it. */
  followedBy(segment: TcpSegment): void {
    this.place.before = markOf(segment);
    this.place.interfaceId = segment.interfaceId;
    this.beforeIdentification = segment.identification;
    this.beforeTimestampValue = segment.timestampValue;
  }

  /**
   * Whether a segment that brings bytes of the hole was sent before the frame after the hole: then it
   * is out of order, and no retransmission. The sender's own numbering decides where it has one (TCP
   * timestamps, else an IPv4 identification that counts), else the time that has passed.
   *
   * @param counting whether the stream's identification counts up
   */
  isOutOfOrder(segment: TcpSegment, counting: boolean): boolean {
    if (segment.timestampValue >= 0 && this.beforeTimestampValue >= 0) {
      const later = sequenceDistance(this.beforeTimestampValue, segment.timestampValue);
      if (later !== 0) return later < 0;
    }
    if (counting && segment.identification >= 0 && this.beforeIdentification >= 0) {
      const step = identificationStep(this.beforeIdentification, segment.identification);
      if (Math.abs(step) < LARGEST_STEP) return step < 0;
    }
    const { seconds, nanoseconds } = this.place.before;
    return segment.nanosecondsSince(seconds, nanoseconds) < REORDER_LIMIT_NS;
  }
}

/** Whether an IPv4 identification goes on from the one before it as a counter does. */
export function countsOn(from: number, to: number): boolean {
  const step = identificationStep(from, to);
  return step > 0 && step < LARGEST_STEP;
}

function identificationStep(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}
