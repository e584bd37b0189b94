/** Statistics blocks of a healed capture: the counts without the frames that are no longer missing. */

import type { Loss } from '../core/loss.js';
import { BlockBuilder } from '../pcapng/block-builder.js';
import { BlockType, CommonOption, StatisticsOption } from '../pcapng/constants.js';
import { encodeLossesPlaced, saysLossesPlaced } from '../pcapng/copy-remarks.js';
import { encodeLossComment, tryParseLossComment } from '../pcapng/loss-options.js';
import { decodeText } from '../pcapng/options.js';
import type { InterfaceStatistics } from '../pcapng/statistics.js';

const FIXED_BYTES = 20;
const INTERFACE_AT = 8;

/** What healing changes in a statistics block. */
export interface StatisticsChange {
  /** The interface's number in the output's section. */
  readonly outputId: number;
  /** Frames of this interface filled in so far. */
  readonly filled: number;
  /** What is left of the final gap; undefined: it stays as it is. */
  readonly finalLoss: { readonly left: Loss | undefined } | undefined;
  /** Whether it has to say that losses are placed, as the frames no longer show it. */
  readonly lossesPlaced: boolean;
}

/**
 * A statistics block of the output.
 *
 * The frames filled in are on other interfaces of the output, whose statistics count them as
 * received and delivered. Here they are taken out of those received and those dropped, so that the
 * law holds for each interface, the final gap is still what is dropped less what is placed, and the
 * sum over all interfaces is what the capture received. What the capture counted stands in a comment.
 *
 * @param block the capture's, little-endian
 * @param meaning the block as it is understood
 */
export function healStatistics(
  block: Uint8Array,
  meaning: InterfaceStatistics,
  { outputId, filled, finalLoss, lossesPlaced }: StatisticsChange,
): Uint8Array {
  if (filled === 0 && finalLoss === undefined) {
    const copy = block.slice();
    new DataView(copy.buffer).setUint32(INTERFACE_AT, outputId, true);
    return copy;
  }
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const builder = new BlockBuilder();
  builder.u32(outputId);
  builder.u32(view.getUint32(INTERFACE_AT + 4, true));
  builder.u32(view.getUint32(INTERFACE_AT + 8, true));
  const reduced = reducedOptions(meaning);
  const counted: string[] = [];
  for (let at = FIXED_BYTES; at + 4 <= block.length - 4; ) {
    const code = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    if (code === CommonOption.End) break;
    const name = reduced.get(code);
    if (name !== undefined && length === 8) {
      const count = view.getBigUint64(at + 4, true);
      counted.push(`${name} ${count}`);
      const less = BigInt(filled);
      builder.u64Option(code, count > less ? count - less : 0n);
    } else if (code !== CommonOption.Comment || staysComment(decodeText(block, at + 4, length))) {
      builder.option(code, block.subarray(at + 4, at + 4 + length));
    }
    at += 4 + ((length + 3) & ~3);
  }
  const comment = (text: string): void => builder.textOption(CommonOption.Comment, text);
  if (counted.length > 0) {
    comment(
      `gapcap: healed, ${filled} of the frames dropped are in this file on other interfaces and not counted here; the capture counted ${counted.join(' and ')}`,
    );
  }
  const bounds = boundsOf(meaning, finalLoss);
  if (bounds !== undefined) comment(bounds);
  if (lossesPlaced || meaning.lossesPlaced) comment(encodeLossesPlaced());
  return builder.finish(BlockType.InterfaceStatistics);

  function staysComment(text: string): boolean {
    return tryParseLossComment(text) === undefined && !saysLossesPlaced(text);
  }
}

/** The counts that the dropped frames are in, by option; see `interpretStatistics` and `reconcile`. */
function reducedOptions(meaning: InterfaceStatistics): ReadonlyMap<number, string> {
  if (meaning.quirks.includes('dumpcap counters') || meaning.raw.systemDropped === undefined) {
    return new Map([
      [StatisticsOption.InterfaceDropped, 'isb_ifdrop'],
      [StatisticsOption.FilterAccepted, 'isb_filteraccept'],
    ]);
  }
  return new Map([
    [StatisticsOption.SystemDropped, 'isb_osdrop'],
    [StatisticsOption.FilterAccepted, 'isb_filteraccept'],
  ]);
}

function boundsOf(
  { finalBounds }: InterfaceStatistics,
  finalLoss: StatisticsChange['finalLoss'],
): string | undefined {
  if (finalLoss === undefined) {
    if (finalBounds === undefined) return undefined;
    return encodeLossComment({ lost: finalBounds.atLeast, certainty: 'bounded', ...finalBounds });
  }
  return finalLoss.left === undefined ? undefined : encodeLossComment(finalLoss.left);
}
