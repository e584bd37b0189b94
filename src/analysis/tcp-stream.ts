/** One direction of a TCP connection: what was sent, by its segments and by the other side's acknowledgments. */

import { TcpFlag } from '../headers/tcp.js';
import { ByteRanges } from './byte-ranges.js';
import { HoleList, type OpenHoles } from './hole-list.js';
import { RecentSegments } from './recent-segments.js';
import { positionOf } from './sequence-number.js';
import type { StreamFindings } from './stream-findings.js';
import {
  type FindingSink,
  type FrameMark,
  type HolePlace,
  markOf,
  noMark,
  type TcpFinding,
} from './tcp-finding.js';
import { countsOn, REORDER_LIMIT_NS, type TcpHole } from './tcp-hole.js';
import { TcpResends } from './tcp-resend.js';
import type { TcpSegment } from './tcp-segment.js';
import { UnprovedFrames } from './unproved-frames.js';

/** The largest window that TCP has (RFC 7323 §2.3): nothing farther away can belong to the stream. */
const LARGEST_WINDOW = 2 ** 30;

/** Ranges of selective acknowledgments kept for one stream. */
const MOST_SACKED = 64;

/** Rounds of data and acknowledgment after which nothing sent before the capture is under way. */
const SETTLING_ROUNDS = 2;

/** The least time after which a sender repeats what nobody has asked for (Linux: TCP_RTO_MIN). */
const SHORTEST_TIMEOUT_NS = 190_000_000;

/** How long a recovery is taken to last at most, in seconds. */
const LONGEST_DOUBT_S = 2;

/** Steps after which an identification counts as counting. */
const SURE_STEPS = 4;

/**
 * Follows one direction. Positions count from the first sequence number that is known.
 * Findings come in
 * the order in which they were proved, which isn't that of the stream.
 */
export class TcpStream implements FindingSink {
  /** Frames of this direction, copies included. */
  frames = 0;
  /** Bytes of payload in them. */
  payloadBytes = 0;
  /** The longest payload of one frame. */
  largestSegment = 0;
  /** What the other side accepts, from its SYN; 0 where that isn't known. */
  maximumSegmentSize = 0;
  /** Acknowledgments of the other side seen. */
  acknowledgments = 0;
  /** Bytes acknowledged of a direction of which the file holds no frame. */
  unseenBytes = 0;
  /** Segments that came out of order, by network or capture. */
  outOfOrder = 0;
  /** Frames that are in the file twice. */
  copies = 0;
  /** Times the numbers jumped so far that following had to begin anew. */
  jumps = 0;
  /** The initial sequence number, from a SYN of this direction; −1 unknown. */
  initialSequence = -1;
  readonly resends: TcpResends = new TcpResends(this);
  readonly #holes: HoleList;
  readonly #sacked = new ByteRanges(MOST_SACKED);
  /** What has been found so far. */
  readonly findings: StreamFindings;
  #recent: RecentSegments | undefined;
  #known = false;
  /** Whether everything above `#floor` was sent while the capture ran. */
  #settled = false;
  #rounds = 0;
  #roundEnd = Number.NaN;
  /** Nothing is said of what lies below. */
  #floor = 0;
  /** Position after the last byte known to be sent, and its sequence number. */
  #next = 0;
  #next32 = 0;
  #acknowledged = 0;
  #sackedTo = 0;
  #duplicateAcks = 0;
  #ackFingerprint = 0;
  #ackWindow = -1;
  /** The last frame that showed where the end of what had been sent was: what lies above came later. */
  readonly #newest: FrameMark = noMark();
  /** The last one of which an acknowledgment proved that, and the second in which doubt last came up. */
  #sureFrame = 0;
  readonly #unproved = new UnprovedFrames();
  #doubtfulSince = Number.NEGATIVE_INFINITY;
  #lastInterface = 0;
  #lastIdentification = -1;
  #countingSteps = 0;
  #finSeen = false;
  #tail: TcpFinding | undefined;

  /** @param openHoles of all streams together */
  constructor(findings: StreamFindings, openHoles: OpenHoles) {
    this.findings = findings;
    this.#holes = new HoleList(this, openHoles);
  }

  /** Holes that were too many to follow and of which nothing is said. */
  get holesForgotten(): number {
    return this.#holes.forgotten;
  }

  /** Whether a sequence number of this direction is known. */
  get known(): boolean {
    return this.#known;
  }

  /** Whether this segment's SYN starts another connection than the one being followed. */
  isRestartedBy(segment: TcpSegment): boolean {
    if (!this.#known) return false;
    if (this.initialSequence >= 0) return this.initialSequence !== segment.sequence;
    // Known from an acknowledgment, perhaps of this very SYN.
    return this.frames > 0 || this.#positionOf((segment.sequence + 1) >>> 0) !== this.#acknowledged;
  }

  /** Begins at a SYN. */
  begin(synSegment: TcpSegment): void {
    if (this.initialSequence >= 0) return;
    this.initialSequence = synSegment.sequence;
    if (!this.#known) this.#startAt((synSegment.sequence + 1) >>> 0);
    this.settle();
    // Data in a SYN (RFC 7413) may be refused and is then sent again: no sign of loss.
    this.#floor = this.#next + synSegment.payloadLength;
  }

  /** Says that nothing was sent before the capture: the other direction began within it. */
  settle(): void {
    if (!this.#settled) this.#floor = this.#next;
    this.#settled = true;
  }

  /** Goes back to making no claims, where bytes passed that the numbers don't show. */
  unsettle(): void {
    this.#settled = false;
    this.#rounds = 0;
    this.#roundEnd = Number.NaN;
  }

  /** Takes a segment of this direction. Not for RST, whose numbers prove nothing. */
  sent(segment: TcpSegment, settled: boolean): void {
    const { payloadLength } = segment;
    const isSyn = segment.has(TcpFlag.Syn);
    const start32 = isSyn ? (segment.sequence + 1) >>> 0 : segment.sequence;
    if (!this.#known) {
      this.#startAt(start32);
      if (settled) this.settle();
    }
    const start = this.#positionOf(start32);
    const end = start + payloadLength + (segment.has(TcpFlag.Fin) ? 1 : 0);
    if (start - this.#next > LARGEST_WINDOW || start - this.#next < -LARGEST_WINDOW) {
      this.#jump(start32);
    } else {
      this.#holes.expire(segment);
      if (this.resends.some) this.resends.expire(segment);
      this.#place(segment, start, end);
    }
    if (segment.has(TcpFlag.Fin)) this.#finSeen = true;
    if (payloadLength > this.largestSegment) this.largestSegment = payloadLength;
    this.payloadBytes += payloadLength;
    this.#note(segment);
  }

  /** Notes a frame of this direction that is outside the stream of bytes, such as an RST. */
  pass(segment: TcpSegment): void {
    this.#note(segment);
  }

  /** Takes the acknowledgment that a segment of the other direction carries. */
  acknowledgedBy(segment: TcpSegment, settled: boolean): void {
    this.acknowledgments += 1;
    if (!this.#known) {
      this.#startAt(segment.acknowledgment);
      if (settled) this.settle();
    }
    const position = this.#positionOf(segment.acknowledgment);
    if (position - this.#next > LARGEST_WINDOW) {
      this.#jump(segment.acknowledgment);
      return;
    }
    this.#holes.expire(segment);
    if (this.resends.some) this.resends.expire(segment);
    if (position > this.#next) this.#beyond(position);
    const repeats = segment.sackCount > 0 && this.#repeatsSack(segment, position);
    if (position > this.#acknowledged) {
      this.#holes.prove(0, position, segment, 'acknowledged', this);
      this.#acknowledged = position;
      this.#duplicateAcks = 0;
      this.#sacked.removeBelow(position);
      if (this.resends.some) this.resends.acknowledgedTo(position, markOf(segment));
      this.#completeRound(position);
    } else if (position === this.#acknowledged) {
      this.#countDuplicate(segment);
    }
    this.#ackFingerprint = segment.fingerprint;
    this.#ackWindow = segment.window;
    if (segment.sackCount > 0) this.#takeSack(segment, position, repeats);
    if (position === this.#acknowledged) this.#makeSure(segment, position);
  }

  /** Takes findings of its own holes and retransmissions. */
  found(finding: TcpFinding): void {
    if (finding.cause === 'capture' && finding.end === this.#next) this.#tail = finding;
    this.findings.found(finding);
  }

  /**
   * Judges what is left, at the end of the file, of the connection or of the memory for it.
   *
   * @param oneWay whether the file holds no frame of the other direction
   */
  finish(oneWay: boolean): void {
    this.#holes.finish(oneWay);
    this.resends.finish(oneWay);
    // The last byte of a hole at the very end may be the FIN, which is no byte of the payload.
    const tail = this.#tail;
    if (tail !== undefined && tail.end === this.#next && !this.#finSeen) tail.bytes -= 1;
    this.#tail = undefined;
  }

  #positionOf(sequence32: number): number {
    return positionOf(sequence32, this.#next32, this.#next);
  }

  #startAt(sequence32: number): void {
    this.#known = true;
    this.#next32 = sequence32;
  }

  #advance(position: number): void {
    this.#next32 = (this.#next32 + (position - this.#next)) >>> 0;
    this.#next = position;
  }

  #jump(sequence32: number): void {
    this.jumps += 1;
    this.#holes.finish(false);
    this.#sacked.clear();
    this.unsettle();
    this.#advance(this.#positionOf(sequence32));
    this.#acknowledged = this.#next;
    this.#sackedTo = this.#next;
    this.#floor = this.#next;
  }

  // Bytes acknowledged that no frame has shown: what came before the capture, a direction that isn't
  // captured, or a hole at the end of what has been seen.
  #beyond(position: number): void {
    if (this.#settled && this.frames > 0) {
      this.#holes.add(this.#next, position, this.#placeAfterNewest(this.#lastInterface));
    } else {
      // What is acknowledged by such a leap was sent before the capture: a recovery is under way.
      this.#rounds = 0;
      if (this.frames === 0) this.unseenBytes += position - this.#next;
    }
    this.#advance(position);
  }

  #place(segment: TcpSegment, start: number, end: number): void {
    this.#holes.follow(segment);
    const next = this.#next;
    if (start > next) {
      if (this.#settled && this.frames > 0) {
        const place = this.#placeAfterNewest(segment.interfaceId);
        this.#holes.add(next, start, place).followedBy(segment);
      }
      this.#advance(end);
    } else if (end > next) {
      if (start < next) this.#again(segment, start, next);
      this.#advance(end);
    } else if (start < end) {
      this.#again(segment, start, end);
    }
    if (start >= next) {
      this.#moveNewest(segment);
      this.#unproved.add(end, segment.frame);
    }
    if (segment.payloadLength > 0) {
      this.#recent ??= new RecentSegments();
      this.#recent.add(segment);
      if (!this.#settled && Number.isNaN(this.#roundEnd)) this.#roundEnd = this.#next;
    }
  }

  // A segment that follows on all others may be a retransmission still, whose first copy isn't in the
  // file: after a timeout, or when the receiver had asked for something.
  #moveNewest(segment: TcpSegment): void {
    const { frame, seconds, nanoseconds } = this.#newest;
    const asked = this.#duplicateAcks > 0 || this.#sackedTo > this.#acknowledged;
    const isLate = segment.nanosecondsSince(seconds, nanoseconds) > SHORTEST_TIMEOUT_NS;
    if (frame > 0 && (asked || isLate)) this.#doubtfulSince = segment.seconds;
    this.#newest.frame = segment.frame;
    this.#newest.seconds = segment.seconds;
    this.#newest.nanoseconds = segment.nanoseconds;
  }

  // An acknowledgment that reports nothing above it says that nothing above had come to the receiver:
  // what comes there later passes the tap after the frames that it acknowledges. A receiver without
  // selective acknowledgments may hold something and not say so.
  #makeSure(segment: TcpSegment, position: number): void {
    if (this.#sackedTo > position) return;
    const mayHold = !this.resends.reports && this.#isDoubtful(segment.seconds);
    const frame = this.#unproved.takeBefore(position);
    if (frame > 0 && !mayHold) this.#sureFrame = frame;
  }

  #isDoubtful(seconds: number): boolean {
    return seconds - this.#doubtfulSince <= LONGEST_DOUBT_S;
  }

  #placeAfterNewest(interfaceId: number): HolePlace {
    const after = { ...this.#newest };
    return { interfaceId, earliest: this.#sureFrame, after, before: noMark() };
  }

  // Bytes at places that have been passed: late, sent again, or captured twice.
  #again(segment: TcpSegment, start: number, end: number): void {
    if (this.#recent?.hasCopyOf(segment)) {
      this.copies += 1;
      this.resends.seenTwice(start, end);
      return;
    }
    // A FIN takes a position, but it is no byte that could get lost.
    const dataEnd = Math.min(end, start + segment.payloadLength);
    let at = start;
    for (const hole of this.#holes.take(start, end)) {
      if (hole.start > at) this.#seenAgain(segment, at, hole.start);
      at = hole.end;
      hole.end = Math.min(hole.end, dataEnd);
      if (hole.end > hole.start) this.#fill(segment, hole);
    }
    if (dataEnd > at) this.#seenAgain(segment, at, dataEnd);
  }

  #fill(segment: TcpSegment, hole: TcpHole): void {
    if (hole.proved) {
      const { seconds, nanoseconds } = hole.proof;
      if (segment.nanosecondsSince(seconds, nanoseconds) < REORDER_LIMIT_NS) this.outOfOrder += 1;
      else this.#holes.lost(hole, markOf(segment));
      return;
    }
    if (hole.isOutOfOrder(segment, this.#countingSteps >= SURE_STEPS)) {
      this.outOfOrder += 1;
      return;
    }
    const { start, end, place, split } = hole;
    const lacked = this.lacks(start, end);
    this.resends.add({ start, end, unseen: true, place, resent: markOf(segment), lacked, split });
  }

  #seenAgain(segment: TcpSegment, start: number, end: number): void {
    this.resends.seenTwice(start, end);
    // One byte is a keep-alive (RFC 9293 §3.8.4), a probe of a closed window, or a FIN.
    if (!this.#settled || end - start <= 1) return;
    const from = Math.max(start, this.#floor);
    if (from >= end) return;
    const open = Math.max(from, this.#acknowledged);
    const missing = open < end ? this.#sacked.missingFrom(open, end) : [];
    const lost = missing.reduce((sum, [low, high]) => sum + (high - low), 0);
    this.resends.spuriousBytes += end - from - lost;
    const first = this.#recent?.frameOf(segment.sequence) ?? 0;
    for (const [low, high] of missing) {
      const after = { ...noMark(), frame: first };
      this.resends.add({
        start: low,
        end: high,
        unseen: false,
        place: {
          interfaceId: segment.interfaceId,
          earliest: first,
          after,
          before: markOf(segment),
        },
        resent: markOf(segment),
        lacked: this.lacks(low, high),
        split: false,
      });
    }
  }

  /** Whether the receiver's acknowledgments so far say that it hasn't got these bytes. */
  lacks(start: number, end: number): boolean {
    if (start < this.#acknowledged) return false;
    if (this.#sackedTo >= end) return true;
    return start === this.#acknowledged && this.#duplicateAcks > 0;
  }

  #countDuplicate(segment: TcpSegment): void {
    const isPlain =
      segment.payloadLength === 0 && !segment.has(TcpFlag.Syn) && !segment.has(TcpFlag.Fin);
    const isCopy = segment.fingerprint === this.#ackFingerprint;
    if (isPlain && !isCopy && segment.window === this.#ackWindow) this.#duplicateAcks += 1;
  }

  // The acknowledgment that closes a hole may still carry the block above it (Linux does so with the
  // FIN): it lies below the acknowledgment as a report does, and reports nothing.
  #repeatsSack(segment: TcpSegment, acknowledged: number): boolean {
    if (acknowledged <= this.#acknowledged) return false;
    const left = this.#positionOf(segment.sackEdges[0]!);
    return this.#sacked.missingFrom(left, left + 1).length === 0;
  }

  #takeSack(segment: TcpSegment, acknowledged: number, repeats: boolean): void {
    this.resends.reports = true;
    const { sackEdges, sackCount } = segment;
    const edge = (i: number): number => this.#positionOf(sackEdges[i]!);
    for (let i = 0; i < sackCount; i += 1) {
      const left = edge(i * 2);
      const right = edge(i * 2 + 1);
      if (right <= left || right - acknowledged > LARGEST_WINDOW) continue;
      const isReport =
        i === 0 &&
        (right <= acknowledged || (sackCount > 1 && left >= edge(2) && right <= edge(3)));
      if (isReport) {
        if (this.resends.some && !repeats) this.resends.duplicate(left, right, markOf(segment));
        continue;
      }
      if (left < acknowledged) continue;
      if (right > this.#next) this.#beyond(right);
      this.#holes.prove(left, right, segment, 'sacked', this);
      this.#sacked.add(left, right);
      if (right > this.#sackedTo) this.#sackedTo = right;
      this.#completeRound(right);
    }
  }

  // Before a stream is settled, bytes may come that were sent before the capture began.
  #completeRound(position: number): void {
    if (this.#settled || !(position >= this.#roundEnd)) return;
    this.#roundEnd = Number.NaN;
    this.#rounds += 1;
    if (this.#rounds === SETTLING_ROUNDS) this.settle();
  }

  #note(segment: TcpSegment): void {
    this.frames += 1;
    this.#lastInterface = segment.interfaceId;
    if (segment.identification < 0) return;
    if (this.#lastIdentification >= 0) {
      const counts = countsOn(this.#lastIdentification, segment.identification);
      // A copy has the number of its original, which says nothing.
      if (counts) this.#countingSteps += 1;
      else if (segment.identification !== this.#lastIdentification) this.#countingSteps = 0;
    }
    this.#lastIdentification = segment.identification;
  }
}
