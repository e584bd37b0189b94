/**
 * What lies between two anchors where losses of several rings lie among each other's frames.
 *
 * Each loss lies between two frames of its ring, and frames of other rings may lie between these as well. What was lost in
 * the whole region adds up, so which frames of the other capture were lost is told as in any region. Which ring lost
 * one is told by where it lies: between the two frames of one loss only, in order and by time. Where it lies between those
 * of several, it fills them together; see `shareOut`.
 */

import type { Loss } from '../core/loss.js';
import {
  type GapReason,
  type HeldFrame,
  isAmongRings,
  isBounded,
  lostBefore,
} from './held-frame.js';
import type { DecidableRegion, DecidedOptions, PairedOptions } from './region-options.js';
import { shareOut } from './ring-shares.js';
import type { Strays } from './strays.js';

/** Each frame found is held against each loss of its region, so many times at most. */
const MOST_COMPARED = 1 << 26;

/** A loss of one ring in a region. */
interface RingGap {
  /** Which of the region's frames it is recorded at, and which is the first behind the ring's frame before it. */
  readonly at: number;
  readonly first: number;
  /** Where in the other capture its frames lie: behind the one place, before the other. */
  readonly after: number;
  readonly until: number;
  /** Times of the ring's frames around it. */
  readonly from: number;
  readonly to: number;
}

/** A frame that was lost in one of several gaps. */
interface RingFill {
  readonly frame: HeldFrame;
  /** Places in the list of gaps: any of these may have lost it. */
  readonly gaps: readonly number[];
  readonly isSure: boolean;
}

/** Whether losses of several rings lie in a region. */
export function isOfRings(mine: readonly HeldFrame[]): boolean {
  return mine.some(isAmongRings);
}

/** A region with losses of several rings. */
export class RingRegion implements DecidableRegion {
  readonly endTime: number;
  readonly strays: readonly HeldFrame[];
  readonly #mine: readonly HeldFrame[];
  readonly #gaps: readonly RingGap[];
  readonly #fills: readonly RingFill[];
  readonly #options: DecidedOptions & PairedOptions;
  /** Whether frames and losses of both captures do. */
  readonly #doesAddUp: boolean;

  /**
   * @param mine the region's frames in the healed capture, the anchor last
   * @param theirs the same in the other one
   */
  constructor(
    mine: readonly HeldFrame[],
    theirs: readonly HeldFrame[],
    strays: readonly HeldFrame[],
    options: DecidedOptions & PairedOptions,
  ) {
    this.#mine = mine;
    this.#options = options;
    this.strays = strays;
    this.endTime = mine.at(-1)!.time;
    this.#gaps = gapsOf(mine, theirs, options);
    this.#doesAddUp = this.#addsUp(theirs);
    this.#fills = this.#isCountable() && !this.#contradicts(theirs) ? this.#findFills(theirs) : [];
  }

  get hasGaps(): boolean {
    return this.#gaps.length > 0;
  }

  decide(strays: Strays): HeldFrame[] {
    const before = this.#place(strays);
    const placed = before.flat();
    const frames = this.#gaps.map(({ at }) => this.#mine[at]!);
    const shares = shareOut(
      frames.map(({ lostBefore: loss }) => loss!),
      placed.map(({ gaps }) => gaps),
      this.#options.newGroup,
    );
    if (shares === undefined) {
      this.#mark('contradiction');
      return [...this.#mine];
    }
    for (const members of shares.components) {
      if (!shares.isTouched[members[0]!]) continue;
      const its = placed.filter(({ gaps }) => members.includes(gaps[0]!));
      const areCertain = this.#isProof(
        its,
        members.map((i) => frames[i]!),
      );
      for (const i of members) settle(frames[i]!, shares.left[i], shares.numbers[i], areCertain);
    }
    return this.#write(before);
  }

  // What is known of one of them follows from the others: it is no surer than they are.
  #isProof(fills: readonly RingFill[], frames: readonly HeldFrame[]): boolean {
    const { donorPlacesLosses, proves } = this.#options;
    const areSure =
      fills.every(({ isSure }) => isSure) && frames.every(({ gap }) => gap!.isCertain);
    return areSure && donorPlacesLosses && proves && this.#doesAddUp;
  }

  // A loss before a frame that another source filled in is a part of one that was settled by places.
  #isCountable(): boolean {
    if (!this.#options.anchored) return false;
    const wholeGroups = this.#wholeGroups();
    const areCountable = this.#gaps.every(({ at }) => {
      const { gap } = this.#mine[at]!;
      if (gap === undefined) return false;
      // Of a group that lies in the region in part some may have been lost elsewhere.
      const { certainty, group } = gap.recorded;
      if (certainty !== 'exact' && !wholeGroups.has(group)) return false;
      return gap.filled === 0 || gap.amongRings !== undefined;
    });
    const { candidates } = this.#options;
    if (!areCountable && candidates.length > 0) this.#mark('not proved');
    if (candidates.length * this.#gaps.length <= MOST_COMPARED) return areCountable;
    this.#mark('too long');
    return false;
  }

  /** Groups of bounded losses all of whose places are in the region. */
  #wholeGroups(): ReadonlySet<number | undefined> {
    const places = new Map<number, number>();
    for (const { gap } of this.#mine) {
      const group = gap?.recorded.group;
      if (group !== undefined) places.set(group, (places.get(group) ?? 0) + 1);
    }
    const { groups } = this.#options;
    return new Set(
      [...places.keys()].filter((group) => places.get(group) === groups.get(group)?.places),
    );
  }

  #contradicts(theirs: readonly HeldFrame[]): boolean {
    const { candidates } = this.#options;
    const lost = sumOfLosses(this.#mine);
    const lostThere = theirs.reduce((sum, { lostBefore: loss }) => sum + (loss?.atLeast ?? 0), 0);
    const alsoThere = Math.max(lostThere - this.strays.length, 0);
    const contradicts = candidates.length + alsoThere > lost;
    if (contradicts) this.#mark('contradiction');
    return contradicts;
  }

  /** Whether frames and losses of the one are as many as frames and losses of the other: what they share left out. */
  #addsUp(theirs: readonly HeldFrame[]): boolean {
    if (theirs.some(isBounded)) return false;
    const onlyHere = this.strays.length + sumOfLosses(this.#mine);
    return onlyHere === this.#options.candidates.length + sumOfLosses(theirs);
  }

  #findFills(theirs: readonly HeldFrame[]): RingFill[] {
    const { candidates, spreadNs, toleranceNs, isSure, isMixed, doubtful, before } = this.#options;
    const placeOf = new Map(theirs.map((frame, i) => [frame, i]));
    // Of a frame that looks like one here either may be the partner of that one, and they belong to different gaps.
    const keys = new Set(this.#mine.map(({ key }) => key));
    if (before !== undefined) keys.add(before.key);
    // However sure it is that frames were lost here: which ring lost each is told by its time.
    const areTimed = this.#gaps.length === 1 || !this.#options.mayBeShifted;
    return candidates.flatMap((frame) => {
      const place = placeOf.get(frame)!;
      const within = (reach: number): number[] =>
        this.#gaps.flatMap(({ after, until, from, to }, i) =>
          place > after && place < until && frame.time >= from - reach && frame.time <= to + reach
            ? [i]
            : [],
        );
      // An interrupt between the stamps of two captures makes a frame seem to lie in another gap.
      const reached = within(toleranceNs);
      const isPlain = doOverlap(reached.map((i) => this.#gaps[i]!));
      // Where no place lies within all of them, its time must say which it is of.
      const gaps = isPlain ? reached : within(spreadNs);
      const isSureHere = isSure && isPlain && !keys.has(frame.key);
      const isFit = isSureHere
        ? gaps.length > 0
        : !isMixed && !doubtful.has(frame) && within(-spreadNs).length > 0;
      if (isFit && areTimed && doOverlap(gaps.map((i) => this.#gaps[i]!)))
        return [{ frame, gaps, isSure: isSureHere }];
      this.#mark('not proved', gaps);
      return [];
    });
  }

  /** Before which of the region's frames each belongs that may be filled in, in order of time. */
  #place(strays: Strays): RingFill[][] {
    const { guard } = this.#options;
    const before = this.#mine.map((): RingFill[] => []);
    let at = 0;
    for (const fill of this.#fills) {
      if (strays.claim(fill.frame)) continue;
      const place = this.#placeOf(fill, at);
      // One without a place is asked for nowhere: what is admitted is this source's from then on.
      if (place === undefined) this.#mark('not proved', fill.gaps);
      else if (!guard.admit(fill.frame, fill.isSure)) this.#mark(guard.reason, fill.gaps);
      else {
        before[place]!.push(fill);
        at = place;
      }
    }
    return before;
  }

  /** Where it belongs by time, from a place on and within all gaps that it may be of; undefined: nowhere. */
  #placeOf({ frame, gaps }: RingFill, from: number): number | undefined {
    const its = gaps.map((i) => this.#gaps[i]!);
    const last = Math.min(...its.map(({ at }) => at));
    let place = Math.max(from, ...its.map(({ first }) => first));
    while (place < last && this.#mine[place]!.time < frame.time) place++;
    return place <= last ? place : undefined;
  }

  #write(before: readonly (readonly RingFill[])[]): HeldFrame[] {
    const { spreadNs, startTime } = this.#options;
    const healed: HeldFrame[] = [];
    for (const [i, own] of this.#mine.entries()) {
      let earliest = healed.at(-1)?.time ?? startTime ?? Number.NEGATIVE_INFINITY;
      for (const { frame } of before[i]!) {
        frame.lostBefore = undefined;
        frame.slackNs = spreadNs;
        frame.ring = undefined;
        frame.isOpen = true;
        frame.endsSpan = false;
        frame.fillsRing = true;
        frame.time = Math.min(Math.max(frame.time, earliest), Math.max(own.time, earliest));
        earliest = frame.time;
        healed.push(frame);
      }
      healed.push(own);
    }
    return healed;
  }

  #mark(reason: GapReason, gaps?: readonly number[]): void {
    for (const [i, { at }] of this.#gaps.entries()) {
      const { gap } = this.#mine[at]!;
      if (gap !== undefined && gaps?.includes(i) !== false) gap.reason ??= reason;
    }
  }
}

/** Says of a loss what is left of it, how many frames were lost, where that is known, and whether it is certain. */
function settle(
  frame: HeldFrame,
  left: Loss | undefined,
  number: number | undefined,
  isCertain: boolean,
): void {
  const state = frame.gap!;
  const isExact = state.recorded.certainty === 'exact';
  // What an earlier source filled in isn't counted by places: then that of the others isn't known, either.
  const isNumbered = number !== undefined && state.amongRings === undefined;
  const lost = !isExact && isNumbered ? number : state.recorded.lost;
  // Of those that share frames, so that all that is left and all that was found make what was lost.
  state.filled = lost - (left?.lost ?? 0);
  state.amongRings = { left };
  state.isCertain = isCertain && (isExact || isNumbered);
  frame.lostBefore = left;
  // However it was counted: places within it are no longer known.
  if (!frame.isOpen) frame.endsSpan = true;
}

function sumOfLosses(frames: readonly HeldFrame[]): number {
  return frames.reduce((sum, frame) => sum + lostBefore(frame), 0);
}

/** Whether there are places that lie within all of some gaps. */
function doOverlap(gaps: readonly RingGap[]): boolean {
  return Math.max(...gaps.map(({ first }) => first)) <= Math.min(...gaps.map(({ at }) => at));
}

/** The losses of a region, each between the frames of its ring. */
function gapsOf(
  mine: readonly HeldFrame[],
  theirs: readonly HeldFrame[],
  { partners, startTime }: PairedOptions,
): RingGap[] {
  const placeOf = new Map(theirs.map((frame, i) => [frame, i]));
  const partnerPlace = (frame: HeldFrame): number | undefined =>
    frame === mine.at(-1) ? theirs.length - 1 : placeOf.get(partners.get(frame)!);
  const gaps: RingGap[] = [];
  /** Of each ring, where its last frame so far is, and that of its last one that the other capture has. */
  const lastOf = new Map<number | undefined, { at: number; place: number }>();
  /** Gaps of a ring that no frame with a partner follows yet. */
  const open = new Map<number | undefined, number[]>();
  for (const [at, frame] of mine.entries()) {
    const last = lastOf.get(frame.ring) ?? { at: -1, place: -1 };
    const place = partnerPlace(frame);
    if (frame.lostBefore !== undefined) {
      open.set(frame.ring, [...(open.get(frame.ring) ?? []), gaps.length]);
      gaps.push({
        ...{ at, first: last.at + 1, after: last.place, until: theirs.length - 1 },
        from: last.at < 0 ? (startTime ?? Number.NEGATIVE_INFINITY) : mine[last.at]!.time,
        to: frame.time,
      });
    }
    if (place !== undefined) {
      for (const i of open.get(frame.ring) ?? []) gaps[i] = { ...gaps[i]!, until: place };
      open.delete(frame.ring);
    }
    lastOf.set(frame.ring, { at, place: Math.max(last.place, place ?? -1) });
  }
  return gaps;
}
