/** What is inferred from TCP, as facts: single losses, the flows that they belong to, sums. */

import type { LossCause, LossReason, TapSide } from './tcp-finding.js';

/** Bytes of one flow that were lost at one place. All numbers are deduced; none is more than that. */
export interface InferredLoss {
  /** Position of the flow in `flows`. */
  readonly flow: number;
  /** The interface of the frames around the place. */
  readonly interfaceId: number;
  readonly cause: LossCause;
  /** Where the network lost them; undefined where it didn't, or where that can't be told. */
  readonly side: TapSide | undefined;
  readonly reason: LossReason;
  /** Always `inferred`. */
  readonly certainty: 'inferred';
  /** Bytes of payload at least; 0 where it may be no more than the FIN. */
  readonly bytes: number;
  /** Frames in which they were at least. */
  readonly segments: number;
  /**
   * Number of the flow's last frame before the loss. Most likely none of the bytes had been sent by then;
   * it may be a retransmission itself, though. Where the network lost bytes after the tap: the frame
   * that holds the lost copy, undefined where that isn't remembered.
   */
  readonly after: number | undefined;
  /**
   * Number of a frame by which the copy that arrived had not been sent: `after`, or an earlier one that an
   * acknowledgment with nothing reported above it covers. Rests on selective acknowledgments and on
   * packets that don't overtake each other (docs/inference.md). Undefined where there is none.
   */
  readonly earliest: number | undefined;
  /** Number of the flow's first frame after the loss; undefined where none follows. */
  readonly before: number | undefined;
  /** Number of the frame whose acknowledgment proved it; undefined where there is none. */
  readonly proof: number | undefined;
  /** Number of the frame in which the bytes came again; undefined where they didn't. */
  readonly resent: number | undefined;
  /** Time of `after`, in nanoseconds since 1970-01-01 UTC. */
  readonly startNs: bigint | undefined;
  /** Time of `before` or of `proof`, whichever is earlier; of `proof` where the reason is `asked`. */
  readonly endNs: bigint | undefined;
}

/** A sum over losses. */
export interface LossTally {
  /** Places. */
  readonly count: number;
  readonly bytes: number;
  /** Frames at least. */
  readonly segments: number;
}

/** Sums by who lost the bytes. */
export interface LossTallies {
  /** Passed the tap, and missing in the file. */
  readonly capture: LossTally;
  /** Lost by the network before the tap. */
  readonly beforeTap: LossTally;
  /** Lost by the network after the tap. */
  readonly afterTap: LossTally;
  /** Lost by the network, on either side of the tap. */
  readonly network: LossTally;
  /** Missing or sent again, and nothing tells who lost them. */
  readonly undecided: LossTally;
}

/** One direction of a TCP connection of which something is to be told. */
export interface InferredFlow {
  /** Address and port, as `192.0.2.1:443` or `[2001:db8::1]:443`. */
  readonly source: string;
  /** As `source`. */
  readonly destination: string;
  readonly frames: number;
  readonly payloadBytes: number;
  readonly lost: LossTallies;
  /** Bytes sent again although the receiver had them. */
  readonly spuriousBytes: number;
  readonly outOfOrder: number;
  /** Frames that are in the file twice. */
  readonly copies: number;
  /**
   * Which directions of the connection the file holds: `both`, only this one (`sender`), or only the
   * acknowledgments (`receiver`).
   */
  readonly seen: 'both' | 'sender' | 'receiver';
  /** Where only acknowledgments are seen: bytes that they cover. Else 0. */
  readonly unseenBytes: number;
}

/** What limits of memory left out; all 0 is the rule. */
export interface InferenceLimits {
  /** Connections given up because there were too many at a time; a later frame begins them anew. */
  readonly flowsEvicted: number;
  /** Flows with losses that aren't in `flows`; nor are their losses in `losses`. */
  readonly flowsOmitted: number;
  /** Losses that are in the sums and not in `losses`. */
  readonly lossesOmitted: number;
  /** Holes given up because one flow had too many open; they are in no sum. */
  readonly holesForgotten: number;
}

/** Everything inferred from one source of frames. */
export interface TcpLossFacts {
  /** Frames with TCP. */
  readonly tcpFrames: number;
  /** Frames whose payload couldn't be measured: fragments, and headers cut by the snapshot length. */
  readonly unmeasuredFrames: number;
  /** Connections, each of which has two directions. */
  readonly connections: number;
  /** Connections of which the file holds one direction only. */
  readonly oneWayConnections: number;
  readonly lost: LossTallies;
  readonly spuriousBytes: number;
  readonly outOfOrder: number;
  readonly copies: number;
  /** Directions of which something is to be told, in the order in which that became clear. */
  readonly flows: readonly InferredFlow[];
  /** In the order of the frames before which they lie. */
  readonly losses: readonly InferredLoss[];
  /** What was left out to bound memory. */
  readonly limits: InferenceLimits;
}
