/** Sums of losses that lie next to each other, when no frame is left between them. */

import type { Loss } from '../core/loss.js';

/**
 * Two neighbouring losses as one.
 *
 * Bounds add up, a certainty less than exact stays. A sum that is bounded keeps the first loss's
 * group: the sum over that group, with this one in it, stays exact, since what else went into it is
 * exact by itself or a whole group of its own.
 */
export function addLosses(first: Loss, second: Loss): Loss {
  const worse = second.certainty === 'exact' ? first.certainty : second.certainty;
  return {
    lost: first.lost + second.lost,
    certainty: first.certainty === 'exact' ? worse : first.certainty,
    atLeast: first.atLeast + second.atLeast,
    atMost: first.atMost + second.atMost,
    group: first.group ?? second.group,
  };
}
