/** The JSON shape of inferred loss. */

import type { InferenceFacts } from '../analysis/infer-loss.js';
import type { InferredFlow, InferredLoss, LossTallies } from '../analysis/inferred-loss.js';
import type { GapAgreement, LossAgreement } from '../analysis/loss-agreement.js';
import { formatEpochNs } from '../core/timestamp.js';
import type { Gap } from '../gaps/gap.js';
import { type LossJson, toLossJson } from './loss-json.js';

/** What `infer --json` prints for one file; an unknown number is null, never 0. */
export interface InferenceJson {
  file: string | null;
  frames: number;
  tcpFrames: number;
  unmeasuredFrames: number;
  connections: number;
  oneWayConnections: number;
  /** Sums over all losses, listed or not. */
  lost: LossTallies;
  spuriousBytes: number;
  outOfOrder: number;
  copies: number;
  flows: FlowJson[];
  losses: InferredLossJson[];
  /** How the recorded gaps and the inferred losses fit. */
  agreement: AgreementJson;
  /** What was left out to bound memory. */
  limits: InferenceFacts['tcp']['limits'];
  filters: string[];
  /** What the file records, as `gaps --json` prints it. */
  recorded: LossJson;
}

/** One direction of a connection. */
export interface FlowJson {
  source: string;
  destination: string;
  frames: number;
  payloadBytes: number;
  seen: InferredFlow['seen'];
  /** Where only acknowledgments are seen: bytes that they cover; else 0. */
  unseenBytes: number;
  lost: LossTallies;
  spuriousBytes: number;
  outOfOrder: number;
  copies: number;
}

/** One inferred loss. */
export interface InferredLossJson {
  /** Position in `flows`. */
  flow: number;
  interface: number;
  cause: InferredLoss['cause'];
  /** Side of the tap on which the network lost it. */
  side: 'before' | 'after' | null;
  reason: InferredLoss['reason'];
  certainty: 'inferred';
  bytes: number;
  /** Frames at least. */
  segments: number;
  /** Number of the flow's last frame before it. */
  after: number | null;
  /** `after`, or an earlier frame where that may itself be a retransmission of what is missing. */
  earliest: number | null;
  before: number | null;
  proof: number | null;
  resent: number | null;
  start: string | null;
  end: string | null;
  /** Recorded gaps in its bracket: position of the first in `recorded.gaps`, and how many. */
  recordedGaps: { first: number; count: number } | null;
}

/** How the recorded gaps and the inferred losses agree. */
export interface AgreementJson {
  inOneGap: LossAgreement['inOneGap'];
  inSeveralGaps: LossAgreement['inSeveralGaps'];
  beforeSocket: LossAgreement['beforeSocket'];
  unrecorded: LossAgreement['unrecorded'];
  gaps: GapAgreementJson[];
}

/** One recorded gap with what TCP lost in it. */
export interface GapAgreementJson {
  /** Position in `recorded.gaps`. */
  gap: number;
  /** Frames lost by the file's account. */
  recordedLost: number;
  /** Positions in `flows`. */
  flows: number[];
  bytes: number;
  segments: number;
  sharedCount: number;
  exceeded: boolean;
}

/** Gives the facts their JSON shape. */
export function toInferenceJson(facts: InferenceFacts): InferenceJson {
  const { recorded, tcp, agreement } = facts;
  return {
    file: recorded.file ?? null,
    frames: recorded.account.frames,
    tcpFrames: tcp.tcpFrames,
    unmeasuredFrames: tcp.unmeasuredFrames,
    connections: tcp.connections,
    oneWayConnections: tcp.oneWayConnections,
    lost: tcp.lost,
    spuriousBytes: tcp.spuriousBytes,
    outOfOrder: tcp.outOfOrder,
    copies: tcp.copies,
    flows: tcp.flows.map(toFlowJson),
    losses: tcp.losses.map((loss, i) => toInferredLossJson(loss, agreement.places[i])),
    agreement: toAgreementJson(agreement, recorded.account.gaps),
    limits: tcp.limits,
    filters: [...facts.filters],
    recorded: toLossJson(recorded),
  };
}

function toFlowJson(flow: InferredFlow): FlowJson {
  const { source, destination, frames, payloadBytes, seen, unseenBytes, lost } = flow;
  const { spuriousBytes, outOfOrder, copies } = flow;
  return {
    source,
    destination,
    frames,
    payloadBytes,
    seen,
    unseenBytes,
    lost,
    spuriousBytes,
    outOfOrder,
    copies,
  };
}

function toInferredLossJson(
  loss: InferredLoss,
  place: LossAgreement['places'][number],
): InferredLossJson {
  return {
    flow: loss.flow,
    interface: loss.interfaceId,
    cause: loss.cause,
    side: loss.side ?? null,
    reason: loss.reason,
    certainty: loss.certainty,
    bytes: loss.bytes,
    segments: loss.segments,
    after: loss.after ?? null,
    earliest: loss.earliest ?? null,
    before: loss.before ?? null,
    proof: loss.proof ?? null,
    resent: loss.resent ?? null,
    start: loss.startNs === undefined ? null : formatEpochNs(loss.startNs),
    end: loss.endNs === undefined ? null : formatEpochNs(loss.endNs),
    recordedGaps: place === undefined ? null : { first: place.first, count: place.count },
  };
}

function toAgreementJson(agreement: LossAgreement, gaps: readonly Gap[]): AgreementJson {
  const toGapJson = (one: GapAgreement): GapAgreementJson => ({
    gap: one.gap,
    recordedLost: gaps[one.gap]!.lost,
    flows: [...one.flows],
    bytes: one.lost.bytes,
    segments: one.lost.segments,
    sharedCount: one.sharedCount,
    exceeded: one.exceeded,
  });
  return {
    inOneGap: agreement.inOneGap,
    inSeveralGaps: agreement.inSeveralGaps,
    beforeSocket: agreement.beforeSocket,
    unrecorded: agreement.unrecorded,
    gaps: agreement.gaps.map(toGapJson),
  };
}
