/** What can be asked of healing, and what it tells at its end. */

import type { AccountingError } from '../core/errors.js';
import type { Loss } from '../core/loss.js';
import type { GapReason } from './held-frame.js';

/** How to heal. */
export interface HealOptions {
  /** The output; `-` is standard output, `.gz` at the end compresses it. */
  readonly output: string;
  /**
   * Whether frames are the same only if every byte is; unless given, what changes on the way is left
   * out (MAC addresses, VLAN tags, time to live, checksums, …).
   */
  readonly exact?: boolean | undefined;
  /** Frames of each capture that may be held in memory to fill one gap; 2^20 unless given. */
  readonly maxFrames?: number | undefined;
  /** How much a compressed capture may grow; see `DecompressionLimits`. */
  readonly maxCompressionRatio?: number | undefined;
  /** Gaps that the result lists; 100,000 unless given. Further ones are counted. */
  readonly gapLimit?: number | undefined;
  /** Called now and then. */
  readonly onProgress?: ((progress: HealProgress) => void) | undefined;
  /** Ends it early: the output is whole as far as it goes, but for statistics. */
  readonly signal?: AbortSignal | undefined;
}

/** How far it is. Each capture is read twice. */
export interface HealProgress {
  /** Frames read so far, in both readings together. */
  readonly frames: number;
  /** Bytes read so far, as they are stored. */
  readonly inputBytes: number;
  /** Bytes that there are to read. */
  readonly totalBytes: number;
}

/** What became of one gap. */
export interface HealedGap {
  /** The interface in the healed capture. */
  readonly interfaceId: number;
  /** Numbers, in the healed capture, of the frames before and after; undefined: there is none. */
  readonly after: number | undefined;
  readonly before: number | undefined;
  /** Times of these frames, in nanoseconds since 1970-01-01 UTC. */
  readonly startNs: bigint | undefined;
  readonly endNs: bigint | undefined;
  /** As it was recorded. */
  readonly recorded: Loss;
  /** Frames filled in. */
  readonly filled: number;
  /** What is still missing; undefined: nothing. */
  readonly left: Loss | undefined;
  /** `whole`: exactly as many as were lost; `part`: some of them; `none`: none. */
  readonly outcome: 'whole' | 'part' | 'none';
  /**
   * Whether it is `whole`, frames on both sides of it were recognised, and the records of loss of both
   * captures agree that nothing but the lost frames lies between. False where the gap is at an end of one
   * of the captures, or the other one doesn't record its losses: then only the count says so.
   */
  readonly proved: boolean;
  /** Why it stayed as it is, beyond that its frames weren't found. */
  readonly reason: GapReason | undefined;
}

/** An interface of another capture that gaps were filled from. */
export interface HealSource {
  /** The capture's path. */
  readonly file: string;
  /** The interface there. */
  readonly interfaceId: number;
  readonly interfaceName: string | undefined;
  /** The interface of the healed capture that has the same traffic. */
  readonly healedInterfaceId: number;
  /** Frames that it filled in. */
  readonly filled: number;
  /** Contents that samples of both have in common, and the frames by which the clocks were compared. */
  readonly shared: number;
  readonly compared: number;
  /** What was added to its times at the first shared frame, in nanoseconds. */
  readonly offsetNs: number;
  /** How much faster the healed capture's clock went, in millionths. */
  readonly driftPpm: number;
  /** How far stamps of the same frame were allowed to be apart, in nanoseconds. */
  readonly toleranceNs: number;
}

/** What came of it. */
export interface HealResult {
  /** Frames of the healed capture. */
  readonly frames: number;
  /** Frames filled in. */
  readonly filled: number;
  /** Frames that it records as lost at a place, and how many of them are still missing. */
  readonly lost: number;
  readonly left: number;
  /** Frames that it records as lost without a place; they can't be filled in. */
  readonly unplaced: number;
  /** Gaps, whatever became of them. */
  readonly gapCount: number;
  /** Gaps of which every lost frame was found. */
  readonly wholeCount: number;
  /** How many of `wholeCount` are proved complete. */
  readonly provedCount: number;
  /** Gaps of which some frames were found. */
  readonly partCount: number;
  /** Gaps of which no frame was found. */
  readonly noneCount: number;
  /** In the order of the file, as many as `gapLimit`. */
  readonly gaps: readonly HealedGap[];
  readonly gapsOmitted: number;
  /** The interfaces that frames came from, or could have. */
  readonly sources: readonly HealSource[];
  /** Captures that share no frame with it, and so were of no use. */
  readonly unrelated: readonly string[];
  /**
   * Where the counts that a capture records contradict its frames: one for each such interface of each
   * capture. It is taken for one that records no totals.
   */
  readonly mismatches: readonly AccountingError[];
  /** Whether the healed capture ended inside a block. */
  readonly truncated: boolean;
  /** Whether `signal` ended it early. */
  readonly aborted: boolean;
}
