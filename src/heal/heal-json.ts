/** What healing did, in the shape that `heal --json` prints. */

import { formatEpochNs } from '../core/timestamp.js';
import type { HealedGap, HealResult, HealSource } from './heal-options.js';

/** One run; an unknown number is null, never 0. */
export interface HealJson {
  /** The capture that was healed, and the output. */
  file: string;
  output: string;
  frames: number;
  filled: number;
  /** Frames that the capture records as lost at a place, and how many of them are still missing. */
  lost: number;
  left: number;
  /** Frames recorded as lost without a place. */
  unplaced: number;
  gapCount: number;
  /** Gaps of which every lost frame was found. */
  whole: number;
  /** How many of `whole` are proved complete. */
  proved: number;
  /** Gaps of which some frames were found. */
  part: number;
  /** Gaps of which no frame was found. */
  none: number;
  truncated: boolean;
  /** Where the counts of a capture contradict each other; absent: nowhere. */
  mismatches?: string[];
  /** The interfaces that frames came from, or could have. */
  sources: HealSourceJson[];
  /** Captures of no use: they share too few frames with this one. */
  unrelated: string[];
  gaps: HealedGapJson[];
  /** Gaps that should be in `gaps` and aren't, because there were too many; absent: none. */
  gapsOmitted?: number;
}

/** An interface that gaps were filled from. */
export interface HealSourceJson {
  file: string;
  /** Its number in its file, and its name. */
  interface: number;
  name: string | null;
  /** Number of the healed capture's interface that has the same traffic. */
  healedInterface: number;
  filled: number;
  /** Frames by which the clocks were compared. */
  compared: number;
  /** Added to its times at the first of them, in nanoseconds. */
  offsetNs: number;
  driftPpm: number;
}

/** One gap, as in `gaps --json`, and what became of it. */
export interface HealedGapJson {
  interface: number;
  lost: number;
  after: number | null;
  before: number | null;
  start: string | null;
  end: string | null;
  certainty: HealedGap['recorded']['certainty'];
  filled: number;
  left: number;
  outcome: HealedGap['outcome'];
  proved: boolean;
  /** Why it stayed as it is, where that is known. */
  reason: string | null;
}

/** Gives a result the shape of `heal --json`. */
export function toHealJson(file: string, output: string, result: HealResult): HealJson {
  const { frames, filled, lost, left, unplaced, gapCount } = result;
  return {
    ...{ file, output, frames, filled, lost, left, unplaced, gapCount },
    whole: result.wholeCount,
    proved: result.provedCount,
    part: result.partCount,
    none: result.noneCount,
    truncated: result.truncated,
    ...(result.mismatches.length > 0
      ? { mismatches: result.mismatches.map(({ message }) => message) }
      : {}),
    sources: result.sources.map(toSourceJson),
    unrelated: [...result.unrelated],
    gaps: result.gaps.map(toGapJson),
    ...(result.gapsOmitted > 0 ? { gapsOmitted: result.gapsOmitted } : {}),
  };
}

function toSourceJson(source: HealSource): HealSourceJson {
  const { file, filled, compared, offsetNs, driftPpm } = source;
  return {
    file,
    interface: source.interfaceId,
    name: source.interfaceName ?? null,
    healedInterface: source.healedInterfaceId,
    ...{ filled, compared, offsetNs, driftPpm },
  };
}

function toGapJson(gap: HealedGap): HealedGapJson {
  const { recorded, filled, outcome, proved, startNs, endNs } = gap;
  return {
    interface: gap.interfaceId,
    lost: recorded.lost,
    after: gap.after ?? null,
    before: gap.before ?? null,
    start: startNs === undefined ? null : formatEpochNs(startNs),
    end: endNs === undefined ? null : formatEpochNs(endNs),
    certainty: recorded.certainty,
    filled,
    left: gap.left?.lost ?? 0,
    ...{ outcome, proved },
    reason: gap.reason ?? null,
  };
}
