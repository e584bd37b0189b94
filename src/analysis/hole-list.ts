/** The holes of one stream that are still open, in the order of their positions. */

import { type FindingSink, type FrameMark, type HolePlace, markOf, noMark } from './tcp-finding.js';
import { TcpHole } from './tcp-hole.js';
import type { TcpSegment } from './tcp-segment.js';

/** Holes that one stream may have open at the same time. */
const MOST_HOLES = 1024;

/**
 * How long a frame may be recorded late, in nanoseconds by the times of the frames around it. When it
 * shows up, its own time tells whether it had passed before its acknowledgment.
 */
const LATE_LIMIT_NS = 200_000_000;

/** What the receiver's acknowledgments said so far. */
export interface ReceiverState {
  /** Whether it hasn't got these bytes. */
  lacks(start: number, end: number): boolean;
}

/** A bounded list of holes; where it is full the lowest one goes, proved or with no word but a count. */
export class HoleList {
  /** Holes given up. */
  forgotten = 0;
  readonly #sink: FindingSink;
  readonly #holes: TcpHole[] = [];
  /** Whether the last hole has no frame of its direction after it yet. */
  #awaitsFrame = false;

  constructor(sink: FindingSink) {
    this.#sink = sink;
  }

  /** Adds a hole above all others. */
  add(start: number, end: number, place: HolePlace): TcpHole {
    if (this.#holes.length === MOST_HOLES) {
      const lowest = this.#holes.shift()!;
      if (lowest.proved) this.lost(lowest, noMark());
      else this.forgotten += 1;
    }
    const hole = new TcpHole(start, end, place, false);
    this.#holes.push(hole);
    this.#awaitsFrame = true;
    return hole;
  }

  /** Notes a frame of the direction, the first one after the holes that had none. */
  follow(segment: TcpSegment): void {
    if (!this.#awaitsFrame) return;
    this.#awaitsFrame = false;
    for (const hole of this.#holes) {
      if (hole.place.before.frame === 0) hole.followedBy(segment);
      else if (hole.beforeIdentification < 0 && hole.place.before.frame === segment.frame) {
        hole.followedBy(segment); // a piece that shares the place
      }
    }
  }

  /**
   * Marks what an acknowledgment proves to have arrived.
   *
   * @param receiver what it had said of the bytes before
   */
  prove(
    start: number,
    end: number,
    segment: TcpSegment,
    reason: 'acknowledged' | 'sacked',
    receiver: ReceiverState,
  ): void {
    const holes = this.#holes;
    for (let i = 0; i < holes.length; i += 1) {
      const hole = holes[i]!;
      if (hole.start >= end) break;
      if (hole.proved || hole.end <= start) continue;
      if (hole.start < start) {
        holes.splice(i + 1, 0, hole.piece(start, hole.end, true));
        hole.end = start;
        continue;
      }
      if (hole.end > end) {
        holes.splice(i + 1, 0, hole.piece(end, hole.end, true));
        hole.end = end;
      }
      hole.proof = markOf(segment);
      hole.reason = receiver.lacks(hole.start, hole.end) ? 'asked' : reason;
    }
  }

  /** Takes the parts of holes between two positions out of the list, in order. */
  take(start: number, end: number): TcpHole[] {
    const holes = this.#holes;
    const taken: TcpHole[] = [];
    for (let i = 0; i < holes.length; i += 1) {
      const hole = holes[i]!;
      if (hole.end <= start) continue;
      if (hole.start >= end) break;
      const from = Math.max(hole.start, start);
      const to = Math.min(hole.end, end);
      taken.push(hole.piece(from, to, hole.split || from > hole.start));
      const kept: TcpHole[] = [];
      if (hole.start < from) kept.push(hole.piece(hole.start, from, hole.split));
      if (hole.end > to) kept.push(hole.piece(to, hole.end, true));
      holes.splice(i, 1, ...kept);
      i += kept.length - 1;
    }
    return taken;
  }

  /** Tells of the holes whose bytes arrived, once a frame recorded late would have shown up. */
  expire(now: TcpSegment): void {
    const holes = this.#holes;
    while (holes.length > 0 && holes[0]!.proved) {
      const { seconds, nanoseconds } = holes[0]!.proof;
      if (now.nanosecondsSince(seconds, nanoseconds) < LATE_LIMIT_NS) return;
      this.lost(holes.shift()!, noMark());
    }
  }

  /** Tells of bytes that the receiver has and the file doesn't. */
  lost(hole: TcpHole, resent: FrameMark): void {
    const { start, end, place, proof, split } = hole;
    this.#sink.found({
      cause: 'capture',
      side: undefined,
      reason: hole.reason,
      start,
      end,
      sharesSegment: split,
      bytes: end - start,
      place,
      proof,
      resent,
    });
  }

  /** Tells of everything left. */
  finish(oneWay: boolean): void {
    for (const hole of this.#holes) {
      if (hole.proved) {
        this.lost(hole, noMark());
        continue;
      }
      const { start, end, place, split } = hole;
      this.#sink.found({
        cause: 'undecided',
        side: undefined,
        reason: oneWay ? 'one-way' : 'unacknowledged',
        start,
        end,
        sharesSegment: split,
        bytes: end - start,
        place,
        proof: noMark(),
        resent: noMark(),
      });
    }
    this.clear();
  }

  /** Forgets all of them. */
  clear(): void {
    this.#holes.length = 0;
    this.#awaitsFrame = false;
  }
}
