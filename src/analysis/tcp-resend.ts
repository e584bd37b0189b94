/**
 * Bytes that were sent again, kept until the receiver has said what it made of them: a duplicate
 * selective acknowledgment (RFC 2883) means that it got both copies, its absence that the first one
 * was lost.
 */

import {
  type FindingSink,
  type FrameMark,
  type HolePlace,
  noMark,
  type TcpFinding,
} from './tcp-finding.js';
import type { TcpSegment } from './tcp-segment.js';

/** How long after the acknowledgment a report of a duplicate is waited for, in nanoseconds. */
const REPORT_LIMIT_NS = 1_000_000_000;

/** Retransmissions of one direction that are kept at the same time. */
const MOST_PENDING = 64;

/** One run of bytes that came again. */
interface Resend {
  start: number;
  end: number;
  /** Whether the file lacks the first copy. */
  readonly unseen: boolean;
  /** The hole's place, or the first copy's and the second's frames. */
  readonly place: HolePlace;
  readonly resent: FrameMark;
  /** Whether the receiver had said that it lacked them. */
  readonly lacked: boolean;
  readonly split: boolean;
  /** Whether the file holds two copies, so that a report of a duplicate proves no third. */
  twice: boolean;
  /** The acknowledgment that covers them; frame 0: none so far. */
  acknowledged: FrameMark;
}

/** What happened when bytes came again. */
export type ResendFacts = Pick<
  Resend,
  'start' | 'end' | 'unseen' | 'place' | 'resent' | 'lacked' | 'split'
>;

/** The retransmissions of one direction that aren't judged yet. */
export class TcpResends {
  readonly #sink: FindingSink;
  #pending: Resend[] = [];
  /** Bytes of which the receiver got both copies. */
  spuriousBytes = 0;
  /** Whether the receiver reports duplicates, so that its silence says something. */
  reports = false;

  constructor(sink: FindingSink) {
    this.#sink = sink;
  }

  /** Whether there is any to judge. */
  get some(): boolean {
    return this.#pending.length > 0;
  }

  /** Takes bytes that came again; what goes on from the last ones in the same place joins them. */
  add(facts: ResendFacts): void {
    const last = this.#pending.at(-1);
    const joins =
      last !== undefined &&
      last.end === facts.start &&
      last.unseen === facts.unseen &&
      last.lacked === facts.lacked &&
      last.acknowledged.frame === 0 &&
      (!facts.unseen || last.place.after.frame === facts.place.after.frame);
    if (joins) {
      last.end = facts.end;
      return;
    }
    if (this.#pending.length === MOST_PENDING) this.#judge(this.#pending.shift()!);
    this.#pending.push({ ...facts, twice: false, acknowledged: noMark() });
  }

  /** Notes that the file holds another copy of bytes that it held. */
  seenTwice(start: number, end: number): void {
    for (const resend of this.#pending) {
      if (resend.start < end && resend.end > start) resend.twice = true;
    }
  }

  /** Notes that everything before a position is acknowledged. */
  acknowledgedTo(position: number, mark: FrameMark): void {
    for (const resend of this.#pending) {
      if (resend.acknowledged.frame === 0 && resend.end <= position) resend.acknowledged = mark;
    }
  }

  /** Takes the receiver's report that it got bytes twice. */
  duplicate(start: number, end: number, mark: FrameMark): void {
    const kept: Resend[] = [];
    for (const resend of this.#pending) {
      const from = Math.max(start, resend.start);
      const to = Math.min(end, resend.end);
      if (from >= to || (resend.unseen && resend.twice)) {
        kept.push(resend);
        continue;
      }
      if (resend.start < from) kept.push({ ...resend, end: from });
      const both = { ...resend, start: from, end: to, split: resend.split || resend.start < from };
      if (resend.unseen) this.#sink.found(findingOf(both, 'capture', undefined, 'duplicate', mark));
      else this.spuriousBytes += to - from;
      if (resend.end > to) kept.push({ ...resend, start: to, split: true });
    }
    this.#pending = kept;
  }

  /** Judges what has waited long enough at the time of a segment. */
  expire(now: TcpSegment): void {
    while (this.#pending.length > 0) {
      const { acknowledged } = this.#pending[0]!;
      if (acknowledged.frame === 0) return;
      const waitedNs = now.nanosecondsSince(acknowledged.seconds, acknowledged.nanoseconds);
      if (waitedNs <= REPORT_LIMIT_NS) return;
      this.#judge(this.#pending.shift()!);
    }
  }

  /**
   * Judges everything that is left.
   *
   * @param oneWay whether the file holds no frame of the receiver
   */
  finish(oneWay: boolean): void {
    for (const resend of this.#pending) this.#judge(resend, oneWay);
    this.#pending = [];
  }

  #judge(resend: Resend, oneWay = false): void {
    const { unseen, lacked, acknowledged } = resend;
    const side = unseen ? 'before' : 'after';
    const silent = this.reports && acknowledged.frame > 0;
    if (oneWay) {
      this.#sink.found(findingOf(resend, 'undecided', undefined, 'one-way', acknowledged));
    } else if (lacked) {
      this.#sink.found(findingOf(resend, 'network', side, 'lacked', acknowledged));
    } else if (silent) {
      this.#sink.found(findingOf(resend, 'network', side, 'resent', acknowledged));
    } else {
      this.#sink.found(findingOf(resend, 'undecided', undefined, 'unknown-order', acknowledged));
    }
  }
}

function findingOf(
  resend: Resend,
  cause: TcpFinding['cause'],
  side: TcpFinding['side'],
  reason: TcpFinding['reason'],
  proof: FrameMark,
): TcpFinding {
  const { start, end, place, resent, split } = resend;
  const bytes = end - start;
  return { cause, side, reason, start, end, sharesSegment: split, bytes, place, proof, resent };
}
