/**
 * Two accounts of one loss: the gaps that a file records, and what TCP gives away.
 *
 * A recorded gap lies between two neighbouring frames of its interface. An inferred loss lies between
 * the flow's frames around it, so its bracket may hold several recorded gaps, one, or none:
 *
 *  - one: its segments are among the frames of that gap, unless they were lost before the socket;
 *  - several: they are among the frames of all these;
 *  - none: they weren't dropped by the socket. They were lost before it: in the network card, its driver,
 *    a switch or a mirror port. That is said only where the interface records its losses.
 *
 * Over the losses that lie in one gap alone, the sum of "at least so many segments" must not be above the
 * frames that the gap counts. Where it is, some of them were lost before the socket as well.
 */

import type { InterfaceAccount } from '../gaps/account.js';
import type { Gap } from '../gaps/gap.js';
import type { InferredLoss, LossTally } from './inferred-loss.js';
import { endOf } from './tcp-loss-summary.js';

/** What TCP says of one recorded gap. */
export interface GapAgreement {
  /** Position in the account's `gaps`. */
  readonly gap: number;
  /** Positions in `flows` of the flows that lost bytes in this gap and no other. */
  readonly flows: readonly number[];
  /** What they lost in it. */
  readonly lost: LossTally;
  /** Losses that lie in this gap or in others beside it; not in `lost`. */
  readonly sharedCount: number;
  /** Whether the gap counts fewer frames than TCP lost at least. */
  readonly exceeded: boolean;
}

/** How the two accounts agree. */
export interface LossAgreement {
  /** The recorded gaps in which TCP lost bytes, in their order. */
  readonly gaps: readonly GapAgreement[];
  /** Lost to the capture within exactly one recorded gap. */
  readonly inOneGap: LossTally;
  /** Lost to the capture within one of several recorded gaps. */
  readonly inSeveralGaps: LossTally;
  /** Lost to the capture outside every recorded gap: before the socket. */
  readonly beforeSocket: LossTally;
  /** Lost to the capture on interfaces whose losses the file doesn't record. */
  readonly unrecorded: LossTally;
  /**
   * For each loss, in their order: the first recorded gap in its bracket and how many there are;
   * undefined where there is none.
   */
  readonly places: readonly (GapRange | undefined)[];
}

/** Recorded gaps next to each other, of one interface. */
export interface GapRange {
  /** Position in the account's `gaps`. */
  readonly first: number;
  readonly count: number;
}

/** Mutable while it adds up. */
interface Entry {
  flows: Set<number>;
  count: number;
  bytes: number;
  segments: number;
  sharedCount: number;
}

/**
 * Compares both accounts.
 *
 * @param gaps as the ledger lists them
 * @param interfaces the accounts that say which interfaces record their losses
 * @param losses as inferred
 * @param complete whether every recorded gap is in `gaps`
 */
export function agreeOnLoss(
  gaps: readonly Gap[],
  interfaces: readonly InterfaceAccount[],
  losses: readonly InferredLoss[],
  complete: boolean,
): LossAgreement {
  const indexes = indexByInterface(gaps);
  const recorded = new Set(interfaces.filter(({ lost }) => lost !== undefined).map(({ id }) => id));
  const entries = new Map<number, Entry>();
  const sums = {
    inOneGap: tally(),
    inSeveralGaps: tally(),
    beforeSocket: tally(),
    unrecorded: tally(),
  };
  const places = losses.map((loss) => {
    const within = gapsOf(indexes.get(loss.interfaceId) ?? [], gaps, loss);
    const range = within.length === 0 ? undefined : { first: within[0]!, count: within.length };
    if (loss.cause !== 'capture') return range;
    if (range === undefined) {
      const known = recorded.has(loss.interfaceId) && complete;
      add(known ? sums.beforeSocket : sums.unrecorded, loss);
    } else {
      add(range.count === 1 ? sums.inOneGap : sums.inSeveralGaps, loss);
      bookInGaps(entries, within, loss);
    }
    return range;
  });
  const agreed = [...entries]
    .sort(([first], [second]) => first - second)
    .map(([gap, entry]) => agreementOf(gap, entry, gaps[gap]!));
  return { gaps: agreed, ...sums, places };
}

/** Positions of one interface's gaps in the list, in the order of the frames. */
function indexByInterface(gaps: readonly Gap[]): Map<number, number[]> {
  const indexes = new Map<number, number[]>();
  gaps.forEach((gap, position) => {
    const index = indexes.get(gap.interfaceId);
    if (index === undefined) indexes.set(gap.interfaceId, [position]);
    else index.push(position);
  });
  return indexes;
}

// Most likely the bytes were lost before the frame that showed the hole. What is certain is only that
// the receiver had them when it acknowledged them: a second copy may have been lost in between.
function gapsOf(
  index: readonly number[],
  gaps: readonly Gap[],
  loss: InferredLoss,
): readonly number[] {
  const within = gapsWithin(index, gaps, loss.after ?? 0, endOf(loss));
  if (within.length > 0 || loss.cause !== 'capture' || loss.proof === undefined) return within;
  return gapsWithin(index, gaps, loss.earliest ?? 0, loss.proof);
}

// Neighbours in `index` follow each other in the file, so a bracket holds a run of them.
function gapsWithin(
  index: readonly number[],
  gaps: readonly Gap[],
  start: number,
  end: number,
): readonly number[] {
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((gaps[index[middle]!]!.before ?? Number.POSITIVE_INFINITY) > start) high = middle;
    else low = middle + 1;
  }
  let count = 0;
  while (low + count < index.length && (gaps[index[low + count]!]!.after ?? 0) < end) count += 1;
  return index.slice(low, low + count);
}

function bookInGaps(
  entries: Map<number, Entry>,
  within: readonly number[],
  loss: InferredLoss,
): void {
  for (const position of within) {
    let entry = entries.get(position);
    if (entry === undefined) {
      entry = { flows: new Set(), count: 0, bytes: 0, segments: 0, sharedCount: 0 };
      entries.set(position, entry);
    }
    if (within.length > 1) {
      entry.sharedCount += 1;
      continue;
    }
    entry.flows.add(loss.flow);
    add(entry, loss);
  }
}

function agreementOf(gap: number, entry: Entry, recorded: Gap): GapAgreement {
  const { count, bytes, segments, sharedCount } = entry;
  return {
    gap,
    flows: [...entry.flows],
    lost: { count, bytes, segments },
    sharedCount,
    exceeded: segments > recorded.atMost,
  };
}

function tally(): { count: number; bytes: number; segments: number } {
  return { count: 0, bytes: 0, segments: 0 };
}

function add(
  sum: { count: number; bytes: number; segments: number },
  { bytes, segments }: InferredLoss,
): void {
  sum.count += 1;
  sum.bytes += bytes;
  sum.segments += segments;
}
