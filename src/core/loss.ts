/** How a count of lost frames is known; docs/accounting.md explains the words. */

/**
 * How far a loss can be relied on.
 *
 * `exact`: a per-frame counter, or a proof, gives the number and the place.
 * `bounded`: the sum over a group of neighbouring gaps is exact, the split among them is not.
 * `inferred`: deduced from traffic. `unplaced`: a total with no place.
 */
export type Certainty = 'exact' | 'bounded' | 'inferred' | 'unplaced';

/** Frames lost right before one frame of an interface. */
export interface Loss {
  /**
   * Frames lost here. 0 only where `certainty` is `bounded`: then frames that are counted at
   * another gap of the group may have been lost here.
   */
  readonly lost: number;
  readonly certainty: Certainty;
  /** What the loss is at least; equals `lost` where it is exact. */
  readonly atLeast: number;
  /** What the loss is at most; equals `lost` where it is exact. */
  readonly atMost: number;
  /**
   * Where `bounded`: the group (numbered from 1 per interface) over which the sum of `lost` is
   * exact. Undefined otherwise.
   */
  readonly group: number | undefined;
}

/** A loss whose number and place are proved. */
export function exactLoss(lost: number): Loss {
  return { lost, certainty: 'exact', atLeast: lost, atMost: lost, group: undefined };
}
