/** Losses of which some frames were found. */

import { exactLoss, type Loss } from '../core/loss.js';

/** What is left of a loss of which some frames were found. */
export function remainingLoss(loss: Loss, found: number): Loss | undefined {
  if (loss.certainty === 'exact' || loss.atMost - found <= 0) {
    return loss.lost > found ? exactLoss(loss.lost - found) : undefined;
  }
  return {
    ...loss,
    lost: Math.max(loss.lost - found, 0),
    atLeast: Math.max(loss.atLeast - found, 0),
    atMost: loss.atMost - found,
  };
}
