/** Pairs frames that two captures have, whatever their order. */

import { type HeldFrame, isSameContent } from './held-frame.js';

/** How far apart stamps of one frame may be. */
export interface PairReach {
  readonly spreadNs: number;
  /** Of contents that this capture has only once, where it is sure what lies between the anchors: further. */
  readonly onlyOnes:
    | { readonly isOnlyOne: (key: number) => boolean; readonly reachNs: number }
    | undefined;
}

/**
 * Pairs equal frames of a region with each other, nearest in time first; the last one of each, the anchor, is left out.
 *
 * @returns of frames here the partner there
 */
export function pairUp(
  mine: readonly HeldFrame[],
  theirs: readonly HeldFrame[],
  { spreadNs, onlyOnes }: PairReach,
): Map<HeldFrame, HeldFrame> {
  const partners = new Map<HeldFrame, HeldFrame>();
  if (mine.length < 2 || theirs.length < 2) return partners;
  const taken = new Set<HeldFrame>();
  const byKey = new Map<number, HeldFrame[]>();
  for (const frame of theirs.slice(0, -1)) {
    const known = byKey.get(frame.key);
    if (known === undefined) byKey.set(frame.key, [frame]);
    else known.push(frame);
  }
  for (const frame of mine.slice(0, -1)) {
    const others = byKey.get(frame.key);
    if (others === undefined) continue;
    let best: HeldFrame | undefined;
    const isOnlyOne = onlyOnes?.isOnlyOne(frame.key) === true;
    let distance = (isOnlyOne ? onlyOnes.reachNs : spreadNs) + frame.slackNs;
    for (const other of others) {
      const apart = Math.abs(other.time - frame.time);
      if (apart > distance || taken.has(other) || !isSameContent(frame, other)) continue;
      best = other;
      distance = apart;
    }
    if (best === undefined) continue;
    partners.set(frame, best);
    taken.add(best);
  }
  return partners;
}
