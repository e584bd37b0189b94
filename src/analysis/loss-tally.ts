/** Adding up inferred losses by who lost them. */

import type { LossTallies, LossTally } from './inferred-loss.js';
import type { LossCause, TapSide } from './tcp-finding.js';

/** Names of the sums in `LossTallies`. */
export type TallyName = keyof LossTallies;

/** Which sum a loss belongs to. */
export function tallyNameOf(cause: LossCause, side: TapSide | undefined): TallyName {
  switch (cause) {
    case 'capture':
      return 'capture';
    case 'undecided':
      return 'undecided';
    case 'network':
      if (side === undefined) return 'network';
      return side === 'before' ? 'beforeTap' : 'afterTap';
  }
}

/** Every sum at zero. */
export function noTallies(): LossTallies {
  const none: LossTally = { count: 0, bytes: 0, segments: 0 };
  return { capture: none, beforeTap: none, afterTap: none, network: none, undecided: none };
}

/** The sums with one more added to one of them. */
export function addToTally(tallies: LossTallies, name: TallyName, added: LossTally): LossTallies {
  return { ...tallies, [name]: addTally(tallies[name], added) };
}

/** Both sums as one. */
export function addTallies(first: LossTallies, second: LossTallies): LossTallies {
  return {
    capture: addTally(first.capture, second.capture),
    beforeTap: addTally(first.beforeTap, second.beforeTap),
    afterTap: addTally(first.afterTap, second.afterTap),
    network: addTally(first.network, second.network),
    undecided: addTally(first.undecided, second.undecided),
  };
}

function addTally(first: LossTally, second: LossTally): LossTally {
  return {
    count: first.count + second.count,
    bytes: first.bytes + second.bytes,
    segments: first.segments + second.segments,
  };
}

/** The sums with one loss moved from one of them to another. */
export function moveTally(
  tallies: LossTallies,
  from: TallyName,
  to: TallyName,
  { count, bytes, segments }: LossTally,
): LossTallies {
  const removed = { count: -count, bytes: -bytes, segments: -segments };
  return addToTally(addToTally(tallies, from, removed), to, { count, bytes, segments });
}
