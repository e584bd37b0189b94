/** Statistics blocks in a copy: their numbers as they were, and remarks on what the copy changed. */

import type { Loss } from '../core/loss.js';
import { addLosses } from '../gaps/loss-sum.js';
import { BlockBuilder } from '../pcapng/block-builder.js';
import { BlockType, CommonOption, StatisticsOption } from '../pcapng/constants.js';
import {
  encodeLeftOut,
  encodeLossesPlaced,
  saysLossesPlaced,
  tryParseLeftOut,
} from '../pcapng/copy-remarks.js';
import { encodeLossComment, tryParseLossComment } from '../pcapng/loss-options.js';
import { decodeText } from '../pcapng/options.js';
import type { InterfaceStatistics } from '../pcapng/statistics.js';
import type { InterfaceRecord } from './interface-record.js';

const FIXED_BYTES = 20;
const INTERFACE_AT = 8;

/** What a copy says in a statistics block. */
export interface StatisticsRemarks {
  /** Delivered frames that aren't in the copy, those of earlier copies included; 0: none. */
  readonly leftOut: number;
  /** The loss after the last frame where it is bounded. */
  readonly finalLoss: Loss | undefined;
  /** Whether to say that losses are placed. */
  readonly lossesPlaced: boolean;
}

/**
 * What is to be said in the copy of a statistics block.
 *
 * @param statistics the block as it is understood
 * @param outputPlacesLosses whether the output's section says by its application that losses are placed
 */
export function remarksOn(
  record: InterfaceRecord,
  statistics: InterfaceStatistics,
  outputPlacesLosses: boolean,
): StatisticsRemarks {
  const placing = record.writerPlacesLosses || record.hasPlaces || statistics.lossesPlaced;
  const changed = record.leftOut > 0 || record.writerPlacesLosses;
  return {
    leftOut: (statistics.leftOut ?? 0) + record.leftOut,
    finalLoss: boundedFinalLoss(record, statistics),
    lossesPlaced: !outputPlacesLosses && (statistics.lossesPlaced || (placing && changed)),
  };
}

/** Whether a block that says this already needs no change. */
export function saysAlready(statistics: InterfaceStatistics, remarks: StatisticsRemarks): boolean {
  const { finalLoss, leftOut, lossesPlaced } = remarks;
  const bounds = statistics.finalBounds;
  return (
    leftOut === (statistics.leftOut ?? 0) &&
    lossesPlaced === statistics.lossesPlaced &&
    (finalLoss === undefined ||
      (bounds?.atLeast === finalLoss.atLeast && bounds.atMost === finalLoss.atMost))
  );
}

// What waits for a frame lies before the final gap, and nothing but left-out frames lies between.
function boundedFinalLoss(
  record: InterfaceRecord,
  statistics: InterfaceStatistics,
): Loss | undefined {
  const { pending } = record;
  const { finalBounds } = statistics;
  const dropped = statistics.dropped ?? statistics.interfaceDropped ?? record.placed;
  const lost = dropped - record.placed;
  const own: Loss =
    finalBounds !== undefined && lost >= finalBounds.atLeast && lost <= finalBounds.atMost
      ? { lost, certainty: 'bounded', ...finalBounds }
      : { lost, certainty: 'exact', atLeast: lost, atMost: lost, group: undefined };
  if (lost < 0) return undefined;
  const total = pending === undefined ? own : addLosses(pending, own);
  return total.certainty === 'bounded' ? total : undefined;
}

/**
 * A statistics block of the output.
 *
 * @param block the input's, little-endian
 * @param keepsText whether other comments stay
 */
export function copyStatistics(
  block: Uint8Array,
  outputId: number,
  remarks: StatisticsRemarks,
  keepsText: boolean,
): Uint8Array {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const builder = new BlockBuilder();
  builder.u32(outputId);
  builder.u32(view.getUint32(INTERFACE_AT + 4, true));
  builder.u32(view.getUint32(INTERFACE_AT + 8, true));
  for (let at = FIXED_BYTES; at + 4 <= block.length - 4; ) {
    const code = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    if (code === CommonOption.End) break;
    const isText = code === CommonOption.Comment;
    const keeps = isText
      ? staysComment(decodeText(block, at + 4, length), keepsText)
      : keepsText || code <= StatisticsOption.UserDelivered;
    if (keeps) builder.option(code, block.subarray(at + 4, at + 4 + length));
    at += 4 + ((length + 3) & ~3);
  }
  addRemarks(builder, remarks);
  return builder.finish(BlockType.InterfaceStatistics);
}

/** By this comment readers know dumpcap's way of counting; it says nothing of anybody. */
const DUMPCAP_COMMENT = 'Counters provided by dumpcap';

/** How gapcap's own remarks on counts begin; they name nobody either. */
const OWN_COMMENT_PREFIX = 'gapcap: ';

function staysComment(text: string, keepsText: boolean): boolean {
  if (tryParseLeftOut(text) !== undefined || saysLossesPlaced(text)) return false;
  if (tryParseLossComment(text) !== undefined) return false;
  return keepsText || text === DUMPCAP_COMMENT || text.startsWith(OWN_COMMENT_PREFIX);
}

function addRemarks(builder: BlockBuilder, remarks: StatisticsRemarks): void {
  const { leftOut, finalLoss, lossesPlaced } = remarks;
  const comment = (text: string | undefined): void =>
    builder.textOption(CommonOption.Comment, text);
  if (finalLoss !== undefined) comment(encodeLossComment(finalLoss));
  if (lossesPlaced) comment(encodeLossesPlaced());
  if (leftOut > 0) comment(encodeLeftOut(leftOut));
}

/**
 * Whether the output needs statistics of its own at the end of an interface: because losses of
 * left-out frames would be nowhere, or because the input's last statistics are older than its end and
 * the output no longer shows it.
 */
export function needsStatistics(record: InterfaceRecord, truncated: boolean): boolean {
  const { pending, dropped, lostSince, leftOut, leftOutStated } = record;
  if (pending !== undefined && (dropped === undefined || lostSince)) return true;
  return record.isOutdated && (truncated || leftOut > leftOutStated);
}

/**
 * Statistics for an interface whose input ends without any that hold its last losses: what its
 * records add up to, as of its last frame.
 */
export function ownStatistics(record: InterfaceRecord, outputPlacesLosses: boolean): Uint8Array {
  const builder = new BlockBuilder();
  builder.u32(record.outputId);
  builder.u32(record.ticksHigh >>> 0);
  builder.u32(record.ticksLow >>> 0);
  const { pending } = record;
  // Where nothing waits it is there only to say that earlier totals are older than the end.
  if (pending !== undefined) builder.u64Option(StatisticsOption.SystemDropped, record.lost);
  builder.u64Option(StatisticsOption.UserDelivered, record.frames);
  addRemarks(builder, {
    leftOut: record.leftOut,
    finalLoss: pending?.certainty === 'bounded' ? pending : undefined,
    lossesPlaced: !outputPlacesLosses && (record.writerPlacesLosses || record.hasPlaces),
  });
  return builder.finish(BlockType.InterfaceStatistics);
}
