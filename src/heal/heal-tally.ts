/** Writes what healing decides, gap by gap, and keeps the account of it. */

import type { Loss } from '../core/loss.js';
import { NS_PER_SECOND } from '../core/timestamp.js';
import type { FileBatch } from '../source/format-reader.js';
import { type SettledGap, settleExact, settleGroup } from './gap-settlement.js';
import type { HealedGap } from './heal-options.js';
import type { DonorInterface, HealedFile } from './healed-file.js';
import type { GapState, HeldFrame } from './held-frame.js';
import { FINAL_GAP, type SurveyedInterface } from './survey.js';

const DEFAULT_GAP_LIMIT = 100_000;
/** While a group of bounded losses is open, so much may wait for it. */
const MAX_WAITING = 1 << 20;

/** Something that is to be written: a gap with its frames, or anything else. */
type Unit = GapUnit | (() => void);

/** The frame before a gap. */
export interface GapStart {
  readonly frameNumber: number;
  /** Nanoseconds, as in `HeldFrame`. */
  readonly time: number;
}

/** A gap, the frames found for it, and the frame after it. */
interface GapUnit extends SettledGap {
  readonly surveyed: SurveyedInterface;
  /** Undefined for the final gap. */
  readonly frame: HeldFrame | undefined;
  readonly after: GapStart | undefined;
  readonly donorOf: (frame: HeldFrame) => DonorInterface;
  /** Frames found for it that stand elsewhere, among those of other rings. */
  readonly elsewhere: number;
}

/** A group of bounded losses that isn't complete yet. */
interface OpenGroup {
  readonly last: number;
  readonly gaps: GapUnit[];
}

/** Counts of what became of gaps. */
export interface GapCounts {
  filled: number;
  lost: number;
  left: number;
  gapCount: number;
  wholeCount: number;
  provedCount: number;
  partCount: number;
  noneCount: number;
}

/** Writes frames and gaps in order; holds back what a bounded loss has yet to decide. */
export class HealTally {
  readonly gaps: HealedGap[] = [];
  readonly filledBy: Map<DonorInterface, number> = new Map();
  readonly counts: GapCounts = {
    ...{ filled: 0, lost: 0, left: 0, gapCount: 0 },
    ...{ wholeCount: 0, provedCount: 0, partCount: 0, noneCount: 0 },
  };
  readonly #output: HealedFile;
  readonly #gapLimit: number;
  readonly #baseSeconds: number;
  readonly #open = new Map<string, OpenGroup>();
  #waiting: Unit[] = [];

  constructor(output: HealedFile, baseSeconds: number, gapLimit: number | undefined) {
    this.#output = output;
    this.#baseSeconds = baseSeconds;
    this.#gapLimit = gapLimit ?? DEFAULT_GAP_LIMIT;
  }

  /** Writes something that has nothing to do with gaps. */
  other(write: (output: HealedFile) => void): void {
    if (this.#open.size === 0) write(this.#output);
    else this.#wait(() => write(this.#output));
  }

  /** Writes a frame that follows no gap as it stands in the batch, where that can be; says whether it was. */
  pass(batch: FileBatch): boolean {
    return this.#open.size === 0 && this.#waiting.length === 0 && this.#output.passFrame(batch);
  }

  /** Writes a frame that follows no gap. */
  frame(frame: HeldFrame): void {
    if (this.#open.size === 0) this.#output.ownFrame(frame, 0, undefined);
    else this.#wait(() => this.#output.ownFrame(frame, 0, undefined));
  }

  /** Writes frames that fill gaps of rings, where they belong among frames of others. */
  fills(frames: readonly HeldFrame[], donorOf: (frame: HeldFrame) => DonorInterface): void {
    if (frames.length === 0) return;
    this.other(() => {
      for (const frame of frames) this.#fill(frame, donorOf(frame));
    });
  }

  /** Writes a gap's frames and the frame after it, or the final gap's frames. */
  gap(
    surveyed: SurveyedInterface,
    place: { readonly after: GapStart | undefined; readonly frame: HeldFrame | undefined },
    found: { readonly fills: readonly HeldFrame[]; readonly state: GapState },
    donorOf: (frame: HeldFrame) => DonorInterface,
  ): void {
    const { amongRings, filled } = found.state;
    const elsewhere = amongRings === undefined ? 0 : filled;
    const unit: GapUnit = { surveyed, ...place, ...found, left: undefined, donorOf, elsewhere };
    const { group, certainty } = found.state.recorded;
    if (amongRings !== undefined) {
      unit.left = amongRings.left;
      this.#wait(unit);
    } else if (certainty === 'exact') {
      settleExact(unit);
      this.#wait(unit);
    } else if (group === undefined) {
      settleGroup([unit]);
      this.#wait(unit);
    } else this.#join(unit, group);
    this.#flushIfSettled();
  }

  /** Ends everything that is still open. */
  end(): void {
    for (const { gaps } of this.#open.values()) settleGroup(gaps);
    this.#open.clear();
    this.#flushIfSettled();
  }

  #join(unit: GapUnit, group: number): void {
    const { described, groups } = unit.surveyed;
    const key = `${described.id} ${group}`;
    const { last } = groups.get(group)!;
    let open = this.#open.get(key);
    if (open === undefined) {
      open = { last, gaps: [] };
      this.#open.set(key, open);
    }
    open.gaps.push(unit);
    this.#wait(unit);
    if ((unit.frame?.frameNumber ?? FINAL_GAP) !== last) return;
    settleGroup(open.gaps);
    this.#open.delete(key);
  }

  #wait(unit: Unit): void {
    this.#waiting.push(unit);
    if (this.#waiting.length < MAX_WAITING) return;
    // Never seen: groups are of neighbouring gaps. What is found for such a one is left out.
    for (const { gaps } of this.#open.values()) {
      for (const gap of gaps) {
        gap.fills = [];
        gap.state.resolved = undefined;
        gap.state.reason = 'too long';
      }
      settleGroup(gaps);
    }
    this.#open.clear();
    this.#flushIfSettled();
  }

  #flushIfSettled(): void {
    if (this.#open.size > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const unit of waiting) {
      if (typeof unit === 'function') unit();
      else this.#write(unit);
    }
  }

  #write(unit: GapUnit): void {
    const { surveyed, frame, fills, left, donorOf } = unit;
    for (const fill of fills) this.#fill(fill, donorOf(fill));
    const found = fills.length + unit.elsewhere;
    if (frame !== undefined) this.#output.ownFrame(frame, found, left);
    else this.#output.finalGap(surveyed.described.id, fills.length, left);
    this.#count(unit);
  }

  #fill(frame: HeldFrame, donor: DonorInterface): void {
    this.#output.filledFrame(frame, donor);
    this.filledBy.set(donor, (this.filledBy.get(donor) ?? 0) + 1);
  }

  #count({ surveyed, frame, after, fills, left, state, elsewhere }: GapUnit): void {
    const { counts } = this;
    const { recorded, isCertain, reason } = state;
    const filled = fills.length + elsewhere;
    counts.filled += filled;
    counts.lost += recorded.lost;
    counts.left += left?.lost ?? 0;
    // A place where frames counted elsewhere may have been lost is no gap, unless some were found.
    if (recorded.lost === 0 && filled === 0) return;
    const outcome =
      filled === 0
        ? left === undefined
          ? 'whole'
          : 'none'
        : left === undefined
          ? 'whole'
          : 'part';
    const proved = outcome === 'whole' && isCertain;
    counts.gapCount++;
    if (outcome === 'whole') counts.wholeCount++;
    if (outcome === 'part') counts.partCount++;
    if (outcome === 'none') counts.noneCount++;
    if (proved) counts.provedCount++;
    if (this.gaps.length >= this.#gapLimit) return;
    this.gaps.push({
      interfaceId: surveyed.described.id,
      after: after?.frameNumber,
      before: frame?.frameNumber,
      startNs: this.#timeOf(after),
      endNs: this.#timeOf(frame),
      ...{ recorded, filled, left, outcome, proved, reason },
    });
  }

  #timeOf(frame: GapStart | undefined): bigint | undefined {
    if (frame === undefined) return undefined;
    return BigInt(this.#baseSeconds) * BigInt(NS_PER_SECOND) + BigInt(frame.time);
  }
}

/** A loss that nothing is known of but what is recorded. */
export function newGapState(recorded: Loss): GapState {
  return {
    ...{ recorded, resolved: undefined, filled: 0, isCertain: true, reason: undefined },
    amongRings: undefined,
  };
}
