/** What regions between two anchors have in common. */

import type { FillGuard } from './fill-guard.js';
import type { HeldFrame } from './held-frame.js';
import type { MatchedFrame } from './passed-frame.js';
import type { Strays } from './strays.js';
import type { LossGroup } from './survey.js';

/** A region whose gaps are to be filled once enough is known of what lies around it. */
export interface DecidableRegion {
  /** Time of its last frame. */
  readonly endTime: number;
  readonly hasGaps: boolean;
  /** Its frames that the other capture doesn't have. */
  readonly strays: readonly HeldFrame[];
  /** Its frames with those that fill its gaps, but for those that a stray shows to be here already. */
  decide(strays: Strays): HeldFrame[];
}

/** How a region came about. */
export interface RegionOptions {
  readonly toleranceNs: number;
  /** How far stamps of one frame lie apart: equal frames further apart are two that look alike. */
  readonly spreadNs: number;
  /** Whether the other capture records all its losses. */
  readonly donorPlacesLosses: boolean;
  /** Whether agreement of both records is proof. */
  readonly proves: boolean;
  /** What may be filled in. */
  readonly guard: FillGuard;
  /** Whether the other capture may have further traffic. */
  readonly isMixed: boolean;
  /** Whether clocks may be off by more than they seem to be. */
  readonly mayBeShifted: boolean;
  /** Whether the anchors on both sides are no look-alikes. */
  readonly isSure: boolean;
  /** Whether its end was found by walking places, as both records have them. */
  readonly byPlace: boolean;
  /** Whether an anchor lies before it. */
  readonly anchored: boolean;
  /** The anchor before it, of the healed capture. */
  readonly before: MatchedFrame | undefined;
  /** Time of the frame before it, or of the capture's beginning; undefined: unknown. */
  readonly startTime: number | undefined;
  /** Gives a number that no group of bounded losses of the interface has. */
  readonly newGroup: () => number;
  /** The groups that it has by its record. */
  readonly groups: ReadonlyMap<number, LossGroup>;
}

/** What a region needs to be decided. */
export interface DecidedOptions extends RegionOptions {
  /** Frames of the other capture that aren't filled in unless their place is sure. */
  readonly doubtful: ReadonlySet<HeldFrame>;
}

/** What of a region is known once equal frames are paired. */
export interface PairedOptions extends RegionOptions {
  /** Frames of the other capture without a partner. */
  readonly candidates: readonly HeldFrame[];
  /** Of frames here the partner there; the anchor isn't in it. */
  readonly partners: ReadonlyMap<HeldFrame, HeldFrame>;
}
