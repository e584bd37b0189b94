/** The holes of one stream that are still open, in the order of their positions. */

import { type FindingSink, type FrameMark, type HolePlace, markOf, noMark } from './tcp-finding.js';
import { TcpHole } from './tcp-hole.js';
import type { TcpSegment } from './tcp-segment.js';

/** Holes that one stream may have open at the same time. */
const MOST_HOLES = 1024;
/** Holes that all streams together may have open. */
const MOST_HOLES_IN_ALL = 131_072;

/** What all lists together have open; one for each inference. */
export interface OpenHoles {
  /** Holes in any list. */
  count: number;
}

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

/**
 * A bounded list of holes; where it is full the lowest one goes, proved or with no word but a count.
 * Where all lists together are full, that is the lowest of the list that wants one more; a list without
 * any begins none.
 */
export class HoleList {
  /** Holes given up. */
  forgotten = 0;
  readonly #sink: FindingSink;
  readonly #open: OpenHoles;
  /** Holes of this list that are in the count of all. */
  #counted = 0;
  readonly #holes: TcpHole[] = [];
  /** Whether the last hole has no frame of its direction after it yet. */
  #awaitsFrame = false;

  constructor(sink: FindingSink, open: OpenHoles) {
    this.#sink = sink;
    this.#open = open;
  }

  /** Adds a hole above all others. */
  add(start: number, end: number, place: HolePlace): TcpHole {
    const hole = new TcpHole(start, end, place, false);
    this.#holes.push(hole);
    this.#recount();
    this.#awaitsFrame = this.#holes.length > 0;
    return hole;
  }

  /** Counts what is open now, and gives the lowest up where that is too much. */
  #recount(): void {
    const open = this.#open;
    open.count += this.#holes.length - this.#counted;
    while (
      this.#holes.length > MOST_HOLES ||
      (open.count > MOST_HOLES_IN_ALL && this.#holes.length > 0)
    ) {
      const lowest = this.#holes.shift()!;
      open.count -= 1;
      if (lowest.proved) this.lost(lowest, noMark());
      else this.forgotten += 1;
    }
    this.#counted = this.#holes.length;
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
    this.#recount();
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
    this.#recount();
    return taken;
  }

  /** Tells of the holes whose bytes arrived, once a frame recorded late would have shown up. */
  expire(now: TcpSegment): void {
    const holes = this.#holes;
    while (holes.length > 0 && holes[0]!.proved) {
      const { seconds, nanoseconds } = holes[0]!.proof;
      if (now.nanosecondsSince(seconds, nanoseconds) < LATE_LIMIT_NS) break;
      this.lost(holes.shift()!, noMark());
    }
    if (holes.length !== this.#counted) this.#recount();
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
    this.#recount();
    this.#awaitsFrame = false;
  }
}
