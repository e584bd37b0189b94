/** Frames as healing keeps them, for tests of what decides on them. */

import { exactLoss, type Loss } from '../../src/core/loss.js';
import { ContentKeys } from '../../src/heal/content-keys.js';
import { newGapState } from '../../src/heal/heal-tally.js';
import { HeldFrame } from '../../src/heal/held-frame.js';
import { singleFrame } from './single-frame.js';

const keys = new ContentKeys({ exact: false, limit: 64 });

/** What a frame is; its content is told by its key alone. */
export interface HeldSpec {
  readonly key: number;
  /** Nanoseconds. */
  readonly time: number;
  /** Of the capture that is healed; undefined: it is of the other one. */
  readonly ring?: number;
  /** Frames lost before it in its ring, or in the other capture: a number that is exact, or all that is known; default 0. */
  readonly lost?: number | Loss;
}

/** A frame of either capture; one of the healed capture with a loss before it has a gap. */
export function heldFrame({ key, time, ring, lost = 0 }: HeldSpec): HeldFrame {
  const lostBefore = lost === 0 ? undefined : typeof lost === 'number' ? exactLoss(lost) : lost;
  const batch = {
    ...singleFrame({ lostBefore }),
    ...{ hasTimestamp: true, frameNumber: 1, queue: ring, ticksHigh: 0, ticksLow: 0 },
    rawBlock: () => undefined,
    otherOptions: () => undefined,
    comments: () => [],
  };
  const donor = ring === undefined ? 1 : 0;
  const frame = new HeldFrame(batch, { key, time, linkType: 1, donor }, keys);
  frame.ring = ring;
  if (ring !== undefined && lostBefore !== undefined) frame.gap = newGapState(lostBefore);
  return frame;
}
