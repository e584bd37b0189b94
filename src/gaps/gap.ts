/** A gap: one run of lost frames between two delivered ones of the same interface, or of the same ring. */

import type { Certainty } from '../core/loss.js';

/**
 * One run of lost frames: how many, where, when, and how far that can be relied on.
 *
 * The lost frames lie after frame `after` and before frame `before`, both of this gap's interface, and
 * of its ring where it has one; frames of other interfaces and rings may stand between the two in the file. An unknown number is undefined.
 */
export interface Gap {
  /** The interface whose frames were lost; position in the source's list, from 0. */
  readonly interfaceId: number;
  /**
   * Frames lost here. 0 only where `certainty` is `bounded`: then frames that are counted at
   * another gap of the same group may have been lost here. See `isPossibleGap`.
   */
  readonly lost: number;
  /** How number and place are known. */
  readonly certainty: Certainty;
  /** What the loss is at least; equals `lost` where it is exact. */
  readonly atLeast: number;
  /** What the loss is at most; equals `lost` where it is exact. */
  readonly atMost: number;
  /**
   * Where `bounded`: the group (from 1 per interface) over which the sum of `lost` is exact.
   * Undefined otherwise.
   */
  readonly group: number | undefined;
  /**
   * Number in the file (from 1, over all interfaces) of the interface's last frame before the gap;
   * undefined where the interface has none in this file before it.
   */
  readonly after: number | undefined;
  /** Number in the file of the interface's first frame after the gap; undefined: the final gap. */
  readonly before: number | undefined;
  /**
   * Time of the interface's last frame before the gap, in nanoseconds since 1970-01-01 UTC. Known
   * also where that frame is in the previous file of a rotation; undefined where there was none.
   */
  readonly startNs: bigint | undefined;
  /** Time of the first frame after the gap, in nanoseconds since 1970-01-01 UTC; undefined: final gap. */
  readonly endNs: bigint | undefined;
  /**
   * The ring that lost them, where several feed the interface: then the neighbours are those of this
   * ring. Undefined: there is one ring, or nobody says which.
   */
  readonly queue?: number | undefined;
}

/** Whether the gap lies after the last delivered frame of its interface. */
export function isFinalGap(gap: Gap): boolean {
  return gap.before === undefined;
}

/**
 * Whether no frame is counted at this place, but frames counted at another gap of its group may
 * have been lost here. Such an entry is listed; it isn't counted as a gap.
 */
export function isPossibleGap(gap: Gap): boolean {
  return gap.lost === 0;
}

/** How long the gap lasted at most, in nanoseconds; undefined where one end isn't known. */
export function gapDurationNs(gap: Gap): bigint | undefined {
  if (gap.startNs === undefined || gap.endNs === undefined) return undefined;
  return gap.endNs - gap.startNs;
}
