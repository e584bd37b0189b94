/** From what streams found to facts: names, sums, order. */

import { toEpochNs } from '../core/timestamp.js';
import { endpointsOf } from './flow-name.js';
import type {
  InferenceLimits,
  InferredFlow,
  InferredLoss,
  LossTallies,
  TcpLossFacts,
} from './inferred-loss.js';
import { addTallies, addToTally, noTallies, tallyNameOf } from './loss-tally.js';
import { type FindingBudget, LONGEST_PAYLOAD, segmentsAtLeast } from './stream-findings.js';
import type { FrameMark, TcpFinding } from './tcp-finding.js';
import type { TcpFlow } from './tcp-flow.js';
import type { TcpStream } from './tcp-stream.js';

/** Payload of a full segment on Ethernet: what is assumed where no MSS is known. */
const USUAL_SEGMENT = 1460;

/** Collects what connections give when they are finished; also the budget that their streams share. */
export class TcpLossSummary implements FindingBudget {
  left: number;
  /** Whether frames can be longer than segments: seen so in this source. */
  offload = false;
  readonly #flowLimit: number;
  readonly #flows: InferredFlow[] = [];
  readonly #losses: InferredLoss[] = [];
  #lost: LossTallies = noTallies();
  #connections = 0;
  #oneWayConnections = 0;
  #spuriousBytes = 0;
  #outOfOrder = 0;
  #copies = 0;
  #flowsEvicted = 0;
  #flowsOmitted = 0;
  #lossesOmitted = 0;
  #holesForgotten = 0;

  /** @param limit findings kept one by one, and flows kept by name */
  constructor(limit: number) {
    this.left = limit;
    this.#flowLimit = limit;
  }

  /** Takes a connection that had to make room. */
  evict(flow: TcpFlow): void {
    this.#flowsEvicted += 1;
    this.finish(flow);
  }

  /** Looks at frames' lengths before anything is said about how many were lost at least. */
  learnFrom({ low, high }: TcpFlow): void {
    for (const { largestSegment, maximumSegmentSize } of [low, high]) {
      const limit = maximumSegmentSize > 0 ? maximumSegmentSize : USUAL_SEGMENT;
      if (largestSegment > limit) this.offload = true;
    }
  }

  /** Judges what is left of a connection and takes everything that it found. */
  finish(flow: TcpFlow): void {
    this.learnFrom(flow);
    flow.finish();
    const { low, high } = flow;
    this.#connections += 1;
    if (low.frames === 0 || high.frames === 0) this.#oneWayConnections += 1;
    this.#takeStream(flow.key, low, high, true);
    this.#takeStream(flow.key, high, low, false);
  }

  /** Everything taken so far as facts. */
  facts(tcpFrames: number, unmeasuredFrames: number): TcpLossFacts {
    const limits: InferenceLimits = {
      flowsEvicted: this.#flowsEvicted,
      flowsOmitted: this.#flowsOmitted,
      lossesOmitted: this.#lossesOmitted,
      holesForgotten: this.#holesForgotten,
    };
    return {
      tcpFrames,
      unmeasuredFrames,
      connections: this.#connections,
      oneWayConnections: this.#oneWayConnections,
      lost: this.#lost,
      spuriousBytes: this.#spuriousBytes,
      outOfOrder: this.#outOfOrder,
      copies: this.#copies,
      flows: this.#flows,
      losses: this.#losses.sort(byPlace),
      limits,
    };
  }

  #takeStream(key: string, stream: TcpStream, other: TcpStream, isLow: boolean): void {
    const { findings } = stream;
    this.#spuriousBytes += stream.resends.spuriousBytes;
    this.#outOfOrder += stream.outOfOrder;
    this.#copies += stream.copies;
    this.#holesForgotten += stream.holesForgotten;
    const frameBytes = this.#frameBytesOf(stream);
    let lost = findings.omittedTallies;
    for (const finding of findings.kept) {
      const { cause, side, bytes } = finding;
      const segments = segmentsAtLeast(finding, frameBytes);
      lost = addToTally(lost, tallyNameOf(cause, side), { count: 1, bytes, segments });
    }
    this.#lost = addTallies(this.#lost, lost);
    this.#lossesOmitted += findings.omitted;
    const isTold = findings.kept.length > 0 || findings.omitted > 0 || stream.unseenBytes > 0;
    if (!isTold) return;
    if (this.#flows.length === this.#flowLimit) {
      this.#flowsOmitted += 1;
      this.#lossesOmitted += findings.kept.length;
      return;
    }
    const [lowEnd, highEnd] = endpointsOf(key);
    const flow = this.#flows.length;
    this.#flows.push({
      source: isLow ? lowEnd : highEnd,
      destination: isLow ? highEnd : lowEnd,
      frames: stream.frames,
      payloadBytes: stream.payloadBytes,
      lost,
      spuriousBytes: stream.resends.spuriousBytes,
      outOfOrder: stream.outOfOrder,
      copies: stream.copies,
      seen: seenOf(stream, other),
      unseenBytes: stream.unseenBytes,
    });
    for (const finding of findings.kept) this.#losses.push(lossOf(finding, flow, frameBytes));
  }

  // An upper bound, since it divides: whatever one frame of the stream can hold.
  #frameBytesOf(stream: TcpStream): number {
    const { largestSegment, maximumSegmentSize } = stream;
    if (this.offload) return Math.max(LONGEST_PAYLOAD, largestSegment);
    return Math.max(largestSegment, maximumSegmentSize > 0 ? maximumSegmentSize : USUAL_SEGMENT);
  }
}

function seenOf(stream: TcpStream, other: TcpStream): InferredFlow['seen'] {
  if (stream.frames === 0) return 'receiver';
  return other.frames === 0 ? 'sender' : 'both';
}

function lossOf(finding: TcpFinding, flow: number, frameBytes: number): InferredLoss {
  const { place, proof, resent } = finding;
  return {
    flow,
    interfaceId: place.interfaceId,
    cause: finding.cause,
    side: finding.side,
    reason: finding.reason,
    certainty: 'inferred',
    bytes: finding.bytes,
    segments: segmentsAtLeast(finding, frameBytes),
    after: numberOf(place.after),
    earliest: place.earliest === 0 ? undefined : place.earliest,
    before: numberOf(place.before),
    proof: numberOf(proof),
    resent: numberOf(resent),
    startNs: timeOf(place.after),
    endNs:
      finding.reason === 'asked' ? timeOf(proof) : earlier(timeOf(place.before), timeOf(proof)),
  };
}

function numberOf({ frame }: FrameMark): number | undefined {
  return frame === 0 ? undefined : frame;
}

// A frame that is remembered by its number alone has no time.
function timeOf({ frame, seconds, nanoseconds }: FrameMark): bigint | undefined {
  return frame === 0 || seconds === 0 ? undefined : toEpochNs(seconds, nanoseconds);
}

function earlier(first: bigint | undefined, second: bigint | undefined): bigint | undefined {
  if (first === undefined) return second;
  return second === undefined || first < second ? first : second;
}

function byPlace(first: InferredLoss, second: InferredLoss): number {
  return endOf(first) - endOf(second) || (first.after ?? 0) - (second.after ?? 0);
}

/**
 * Number of the frame by which a loss had most likely happened; `Infinity` where no frame says so. Where
 * the receiver had asked for the bytes, it was the second copy that got lost, later than `before`.
 */
export function endOf({ before, proof, reason }: InferredLoss): number {
  const proved = proof ?? Number.POSITIVE_INFINITY;
  return reason === 'asked' ? proved : Math.min(before ?? Number.POSITIVE_INFINITY, proved);
}
