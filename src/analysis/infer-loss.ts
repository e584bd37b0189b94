/** Inference over a whole source: what it records of its loss, what TCP gives away, how they agree. */

import type { FrameSource } from '../core/frame.js';
import type { LossFacts } from '../gaps/loss-facts.js';
import type { FileSource } from '../source/file-source.js';
import { readFileLoss } from './file-loss.js';
import type { InferredLoss, TcpLossFacts } from './inferred-loss.js';
import { agreeOnLoss, type LossAgreement } from './loss-agreement.js';
import { moveTally } from './loss-tally.js';
import { type RecordedGapsOptions, readRecordedGaps } from './recorded-gaps.js';
import { TcpAckLoss, type TcpAckLossOptions } from './tcp-ack-loss.js';

/** How to infer. */
export interface InferOptions extends TcpAckLossOptions {
  /** The file as the user named it, for the facts; default: none. */
  readonly file?: string;
  /** As `RecordedGapsOptions` have it. */
  readonly keepsDamaged?: boolean;
}

/** What is known and what is deduced of one capture's loss. */
export interface InferenceFacts {
  /** What the file records. */
  readonly recorded: LossFacts;
  /** What TCP gives away. */
  readonly tcp: TcpLossFacts;
  /** How the two fit. */
  readonly agreement: LossAgreement;
  /**
   * Capture filters of the interfaces. A filter that takes connections only in part looks like loss to
   * any inference.
   */
  readonly filters: readonly string[];
}

/**
 * Reads a capture file to its end; see `readFileLoss` for what it records, and tcp-ack-loss.ts for the
 * rules of inference.
 *
 * @throws {FormatError} where the file contradicts its format
 */
export function inferFileLoss(source: FileSource, options: InferOptions = {}): InferenceFacts {
  return infer(source, options, (reading) => readFileLoss(source, reading));
}

/** The same for any other source, such as a live one; see `readRecordedGaps`. */
export function inferLoss(source: FrameSource, options: InferOptions = {}): InferenceFacts {
  return infer(source, options, (reading) => readRecordedGaps(source, reading));
}

function infer(
  source: FrameSource,
  options: InferOptions,
  read: (reading: RecordedGapsOptions) => LossFacts,
): InferenceFacts {
  const inference = new TcpAckLoss(options);
  const recorded = read({
    ...(options.file === undefined ? {} : { file: options.file }),
    keepsDamaged: options.keepsDamaged === true,
    onFrame: (batch, frame) =>
      inference.take(batch, frame, source.interfaces[batch.interfaceId]!.linkType),
  });
  const found = inference.finish();
  const { account } = recorded;
  const agreement = agreeOnLoss(
    account.gaps,
    account.interfaces,
    found.losses,
    account.gapsOmitted === 0,
  );
  const filters = source.interfaces.flatMap(({ filter }) => (filter === undefined ? [] : [filter]));
  return { recorded, tcp: withDoubt(found, agreement), agreement, filters: [...new Set(filters)] };
}

// A retransmission at a recorded gap: the network lost the first copy, before the tap; or after it, and
// the capture lost it too.
function withDoubt(found: TcpLossFacts, agreement: LossAgreement): TcpLossFacts {
  const isDoubtful = (loss: InferredLoss, i: number): boolean =>
    loss.side === 'before' && agreement.places[i] !== undefined;
  if (!found.losses.some(isDoubtful)) return found;
  const flows = [...found.flows];
  let { lost } = found;
  const losses = found.losses.map((loss, i) => {
    if (!isDoubtful(loss, i)) return loss;
    const moved = { count: 1, bytes: loss.bytes, segments: loss.segments };
    const flow = flows[loss.flow]!;
    flows[loss.flow] = { ...flow, lost: moveTally(flow.lost, 'beforeTap', 'network', moved) };
    lost = moveTally(lost, 'beforeTap', 'network', moved);
    return { ...loss, side: undefined };
  });
  return { ...found, lost, flows, losses };
}
