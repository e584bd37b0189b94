/** What one direction of a TCP connection gives away about bytes that are missing or came again. */

import type { TcpSegment } from './tcp-segment.js';

/**
 * Who lost the bytes. `capture`: they passed the tap, and the file doesn't hold them. `network`: the
 * receiver didn't get them at first. `undecided`: the file doesn't say which.
 */
export type LossCause = 'capture' | 'network' | 'undecided';

/**
 * On which side of the tap the network lost them, seen along the way of the data. `before`: they never
 * came to the tap. `after`: the file holds them, the receiver didn't get them.
 */
export type TapSide = 'before' | 'after';

/**
 * By what the cause was found; the rules are at the head of tcp-ack-loss.ts.
 *
 * - `acknowledged`: the receiver acknowledged bytes that the file doesn't hold;
 * - `sacked`: it did so by a selective acknowledgment;
 * - `asked`: it did so after it had said that they were missing: the network lost the first copy, and
 *   the capture the one that came then;
 * - `duplicate`: it reported to have got bytes twice of which the file holds one copy;
 * - `lacked`: its acknowledgments said that the bytes were missing before they were sent again;
 * - `resent`: sent again before any acknowledgment, and no duplicate was reported afterwards;
 * - `unknown-order`: sent again, and nothing tells whether the first copy arrived;
 * - `unacknowledged`: never sent again and never acknowledged as far as the file goes;
 * - `one-way`: the file holds no frame of the receiver.
 */
export type LossReason =
  | 'acknowledged'
  | 'sacked'
  | 'asked'
  | 'duplicate'
  | 'lacked'
  | 'resent'
  | 'unknown-order'
  | 'unacknowledged'
  | 'one-way';

/** A frame with its time; `frame` 0 where there is none. */
export interface FrameMark {
  frame: number;
  seconds: number;
  nanoseconds: number;
}

/** A mark of no frame. */
export function noMark(): FrameMark {
  return { frame: 0, seconds: 0, nanoseconds: 0 };
}

/** The mark of a segment's frame. */
export function markOf(segment: TcpSegment): FrameMark {
  return { frame: segment.frame, seconds: segment.seconds, nanoseconds: segment.nanoseconds };
}

/** Where in the file bytes are missing; all frames are of the same direction of the flow. */
export interface HolePlace {
  interfaceId: number;
  /** Number of the last frame of which that is sure: `after`, or where it may be a retransmission, an earlier one. */
  readonly earliest: number;
  /** The last frame before, by which nothing of what is missing had been sent for the first time. */
  readonly after: FrameMark;
  /** The first frame after it. */
  before: FrameMark;
}

/** One finding about bytes from `start` to before `end`, positions in the stream. */
export interface TcpFinding {
  readonly cause: LossCause;
  readonly side: TapSide | undefined;
  readonly reason: LossReason;
  readonly start: number;
  readonly end: number;
  /** Whether its first segment may be one that another finding counts already. */
  readonly sharesSegment: boolean;
  /** Bytes of payload at least; less than `end − start` where a FIN may be among them. */
  bytes: number;
  readonly place: HolePlace;
  /** The frame whose acknowledgment proved it. */
  readonly proof: FrameMark;
  /** The frame in which the bytes came again. */
  readonly resent: FrameMark;
}

/** Takes findings as they are made. */
export interface FindingSink {
  found(finding: TcpFinding): void;
}
