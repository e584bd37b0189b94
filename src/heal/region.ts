/** What lies between two anchors: which frames of the other capture belong into which gap. */

import { exactLoss, type Loss } from '../core/loss.js';
import { type GapReason, type HeldFrame, isVague, lostBefore } from './held-frame.js';
import { pairUp } from './pair-up.js';
import type {
  DecidableRegion,
  DecidedOptions,
  PairedOptions,
  RegionOptions,
} from './region-options.js';
import { remainingLoss } from './remaining-loss.js';
import { isOfRings, RingRegion } from './ring-region.js';
import type { Strays } from './strays.js';

/** A frame to be filled in, and how many are lost right before it, where that is known. */
interface Fill {
  readonly frame: HeldFrame;
  readonly lost: number;
}

/** A gap with its candidates. */
interface RegionGap {
  /** Which of the region's frames it lies before. */
  readonly at: number;
  readonly fills: readonly Fill[];
  /** Lost behind the last of them; undefined: how the rest is spread isn't known. */
  readonly tail: number | undefined;
  /** How many were lost for sure, where the record bounds it. */
  readonly resolved: number | undefined;
  /** Whether what the other capture has there was lost there, whatever it looks like. */
  readonly isSure: boolean;
}

/** A region between two anchors, the second one included. */
class Region implements DecidableRegion {
  readonly endTime: number;
  readonly gaps: readonly RegionGap[];
  readonly strays: readonly HeldFrame[];
  readonly #frames: readonly HeldFrame[];
  readonly #options: DecidedOptions;

  constructor(
    frames: readonly HeldFrame[],
    gaps: readonly RegionGap[],
    strays: readonly HeldFrame[],
    options: DecidedOptions,
  ) {
    this.#frames = frames;
    this.gaps = gaps;
    this.strays = strays;
    this.#options = options;
    this.endTime = frames.at(-1)!.time;
  }

  get hasGaps(): boolean {
    return this.gaps.length > 0;
  }

  decide(strays: Strays): HeldFrame[] {
    const healed: HeldFrame[] = [];
    let done = 0;
    for (const gap of this.gaps) {
      while (done < gap.at) healed.push(this.#frames[done++]!);
      this.#fill(gap, strays, healed);
    }
    while (done < this.#frames.length) healed.push(this.#frames[done++]!);
    return healed;
  }

  #fill(gap: RegionGap, strays: Strays, healed: HeldFrame[]): void {
    const after = this.#frames[gap.at]!;
    const loss = after.lostBefore!;
    let earliest = healed.at(-1)?.time ?? this.#options.startTime ?? Number.NEGATIVE_INFINITY;
    let lost = 0;
    let count = 0;
    let refused = false;
    for (const { frame, lost: lostHere } of gap.fills) {
      lost += lostHere;
      if (strays.claim(frame)) {
        lost++;
        continue;
      }
      const { guard, isMixed, doubtful } = this.#options;
      const isDoubtful = !gap.isSure && (isMixed || doubtful.has(frame));
      if (isDoubtful || !guard.admit(frame, gap.isSure)) {
        lost++;
        refused = true;
        continue;
      }
      frame.lostBefore = gap.tail !== undefined && lost > 0 ? exactLoss(lost) : undefined;
      lost = 0;
      frame.slackNs = this.#options.spreadNs;
      frame.time = Math.min(Math.max(frame.time, earliest), Math.max(after.time, earliest));
      earliest = frame.time;
      healed.push(frame);
      count++;
    }
    const isWhole = count === gap.fills.length;
    const tail = gap.tail === undefined ? undefined : lost + gap.tail;
    after.lostBefore =
      tail === undefined
        ? restOf(loss, count, isWhole ? gap.resolved : undefined)
        : tail > 0
          ? exactLoss(tail)
          : undefined;
    const state = after.gap;
    if (state === undefined) return;
    if (!isWhole) state.reason ??= refused ? this.#options.guard.reason : 'contradiction';
    // Frames of another source split the gap: then this is the number of a part of it.
    else if (gap.resolved !== undefined && state.filled === 0) state.resolved ??= gap.resolved;
    state.filled += count;
    const { donorPlacesLosses, proves } = this.#options;
    if (count > 0 || gap.resolved !== undefined) {
      state.isCertain &&= gap.isSure && donorPlacesLosses && proves;
    }
  }
}

function restOf(loss: Loss, found: number, resolved: number | undefined): Loss | undefined {
  if (resolved === undefined) return remainingLoss(loss, found);
  return resolved > found ? exactLoss(resolved - found) : undefined;
}

/**
 * Finds out which frames of the other capture fill which gap.
 *
 * @param mine the region's frames in the healed capture, the anchor last
 * @param theirs the same in the other one
 */
export function closeRegion(
  mine: readonly HeldFrame[],
  theirs: readonly HeldFrame[],
  options: RegionOptions,
): DecidableRegion {
  const paired = new Set<HeldFrame>();
  const areOfRings = isOfRings(mine);
  const { spreadNs, toleranceNs, isSure, guard } = options;
  const isOnlyOne = (key: number): boolean => guard.isUnique(key);
  // Losses of rings are told by their sum: one pair too few, and it no longer adds up.
  const onlyOnes = areOfRings && isSure ? { isOnlyOne, reachNs: toleranceNs } : undefined;
  const partners = pairUp(mine, theirs, { spreadNs, onlyOnes });
  for (const [one, other] of partners) paired.add(one).add(other);
  const strays = mine.slice(0, -1).filter((frame) => !paired.has(frame));
  const gapsAt: number[] = [];
  for (const [at, { lostBefore: loss }] of mine.entries()) if (loss !== undefined) gapsAt.push(at);
  const candidates = theirs.slice(0, -1).filter((frame) => !paired.has(frame));
  const balance = balanceOf(mine, theirs, strays.length, candidates.length, options);
  const decided = { ...options, doubtful: doubtfulOf(candidates, options) };
  if (areOfRings) {
    return new RingRegion(mine, theirs, strays, { ...decided, candidates, partners });
  }
  if (gapsAt.length === 0 || candidates.length === 0) {
    const gaps = gapsAt.flatMap((at) =>
      untouched(mine, at, gapsAt, balance, { ...options, candidates, partners }),
    );
    return new Region(mine, gaps, strays, decided);
  }
  if (balance.contradicts) {
    for (const at of gapsAt) markReason(mine[at]!, 'contradiction');
    return new Region(mine, [], strays, decided);
  }
  const gaps = candidatesOf(mine, theirs, gapsAt, balance, {
    ...options,
    candidates,
    partners,
  });
  return new Region(mine, gaps, strays, decided);
}

/**
 * Candidates between one that looks like a frame which this capture has elsewhere and another one, or the
 * region's beginning where no anchor is: if it is that frame, these are from there as well.
 */
function doubtfulOf(
  candidates: readonly HeldFrame[],
  { isSure, anchored, guard }: RegionOptions,
): ReadonlySet<HeldFrame> {
  const isKnown = ({ key }: HeldFrame): boolean => !guard.isNew(key);
  const last = isSure ? -1 : candidates.findLastIndex(isKnown);
  const first = anchored ? candidates.findIndex(isKnown) : 0;
  return new Set(candidates.slice(first, last + 1));
}

/** Places are worth something where all counts that they follow from are exact. */
function candidatesOf(
  mine: readonly HeldFrame[],
  theirs: readonly HeldFrame[],
  gapsAt: readonly number[],
  balance: Balance,
  options: PairedOptions,
): RegionGap[] {
  const { anchored, byPlace, donorPlacesLosses, partners, startTime } = options;
  // Places alone don't say what came before the capture began: the other one may see less of the traffic.
  if (startTime === undefined) return [];
  const areSure = donorPlacesLosses && ![...mine, ...theirs].some((frame) => isVague(frame));
  if (areSure && partners.size === 0 && (byPlace || !anchored)) {
    return gapsByPlace(mine, theirs, gapsAt, options);
  }
  return anchored ? gapsByTime(mine, theirs, gapsAt, balance, options) : [];
}

/** A bounded gap may become exact although nothing is filled in: what is lost there is known then. */
function untouched(
  mine: readonly HeldFrame[],
  at: number,
  gapsAt: readonly number[],
  { resolved }: Balance,
  options: PairedOptions,
): RegionGap[] {
  const isBounded = mine[at]!.lostBefore!.certainty === 'bounded';
  if (!isBounded || gapsAt.length > 1 || resolved === undefined) return [];
  if (!options.isSure || mine.length > 1 || !areBordersClear(mine[at]!, options)) return [];
  return [{ at, fills: [], tail: undefined, resolved, isSure: true }];
}

function markReason(frame: HeldFrame, reason: GapReason): void {
  if (frame.gap !== undefined) frame.gap.reason ??= reason;
}

/** How the two records of a region go together. */
interface Balance {
  /** Whether the other capture saw or lost more than there was. */
  readonly contradicts: boolean;
  /** Frames lost in all gaps of the region, where both records together say it. */
  readonly resolved: number | undefined;
}

function balanceOf(
  mine: readonly HeldFrame[],
  theirs: readonly HeldFrame[],
  strays: number,
  candidates: number,
  { anchored, donorPlacesLosses }: RegionOptions,
): Balance {
  const lost = sumOf(mine);
  const lostThere = sumOf(theirs);
  // Without an anchor before it the region has no beginning to count from.
  if (!anchored) return { contradicts: !donorPlacesLosses, resolved: undefined };
  const known = lostThere.atLeast - strays;
  const contradicts = candidates + Math.max(known, 0) > lost.atMost;
  const isExact = donorPlacesLosses && lostThere.atLeast === lostThere.atMost && known >= 0;
  const total = candidates + known;
  const fits = total >= lost.atLeast && total <= lost.atMost;
  return { contradicts, resolved: isExact && fits ? total : undefined };
}

function sumOf(frames: readonly HeldFrame[]): { atLeast: number; atMost: number } {
  let atLeast = 0;
  let atMost = 0;
  for (const { lostBefore: loss } of frames) {
    if (loss === undefined) continue;
    atLeast += loss.atLeast;
    atMost += loss.atMost;
  }
  return { atLeast, atMost };
}

/** Places of frames, counted back from the last one, which is 0. */
function placesOf(frames: readonly HeldFrame[]): number[] {
  const places = new Array<number>(frames.length).fill(0);
  for (let i = frames.length - 2; i >= 0; i--) {
    places[i] = places[i + 1]! - 1 - lostBefore(frames[i + 1]!);
  }
  return places;
}

function gapsByPlace(
  mine: readonly HeldFrame[],
  theirs: readonly HeldFrame[],
  gapsAt: readonly number[],
  { spreadNs, toleranceNs, startTime, isSure, byPlace }: RegionOptions,
): RegionGap[] {
  const places = placesOf(mine);
  const theirPlaces = placesOf(theirs);
  // Beside a gap there may be another one, and then it is the times that tell them apart.
  const sureReach = gapsAt.length === 1 ? toleranceNs : spreadNs;
  const reach = isSure && byPlace ? sureReach : -spreadNs;
  const gaps: RegionGap[] = [];
  let next = 0;
  for (const at of gapsAt) {
    const { lostBefore: loss, time } = mine[at]!;
    const end = places[at]!;
    let place = end - loss!.lost;
    const earliest =
      (at > 0 ? mine[at - 1]!.time : (startTime ?? Number.NEGATIVE_INFINITY)) - reach;
    const fills: Fill[] = [];
    while (next < theirPlaces.length && theirPlaces[next]! < place) next++;
    for (; next < theirPlaces.length && theirPlaces[next]! < end; next++) {
      const frame = theirs[next]!;
      if (frame.time < earliest || frame.time > time + reach) continue;
      fills.push({ frame, lost: theirPlaces[next]! - place });
      place = theirPlaces[next]! + 1;
    }
    gaps.push({ at, fills, tail: end - place, resolved: undefined, isSure: isSure && byPlace });
  }
  return gaps;
}

/**
 * Whether none of what lies beside a bounded gap looks like the frame before or after it: otherwise the
 * other capture's twin of that frame may be the one it was taken for, and the gap end elsewhere.
 */
function areBordersClear(
  after: HeldFrame,
  { before, candidates, guard, isMixed, donorPlacesLosses }: PairedOptions,
): boolean {
  if (!donorPlacesLosses || isMixed || before === undefined) return false;
  const borders = [before.key, after.key];
  if (!borders.every((key) => guard.isUnique(key))) return false;
  return candidates.every(({ key }) => !borders.includes(key));
}

/** The largest number up to each place. */
function runningLargest(numbers: readonly (number | undefined)[]): number[] {
  let largest = Number.NEGATIVE_INFINITY;
  return numbers.map((number) => {
    largest = Math.max(largest, number ?? largest);
    return largest;
  });
}

function gapsByTime(
  mine: readonly HeldFrame[],
  theirs: readonly HeldFrame[],
  gapsAt: readonly number[],
  { resolved }: Balance,
  options: PairedOptions,
): RegionGap[] {
  const { spreadNs, toleranceNs, startTime, candidates, partners, isSure } = options;
  const placeOf = new Map(theirs.map((frame, i) => [frame, i]));
  const partnerPlaces = mine.map((frame) => placeOf.get(partners.get(frame)!));
  partnerPlaces[mine.length - 1] = theirs.length - 1;
  const latest = runningLargest(partnerPlaces);
  const soonest = runningLargest(partnerPlaces.map((place) => place && -place).reverse()).reverse();
  // Between sure anchors a single gap is where all belongs that this capture hasn't.
  const isOnlyGap = isSure && gapsAt.length === 1 && !options.isMixed;
  const onlyReach = mine.length === 1 ? toleranceNs : spreadNs;
  const reach = isOnlyGap ? onlyReach : -spreadNs;
  const brackets = gapsAt.map((at) => ({
    // Whatever the stamps say: what both have before the gap comes before it, and so behind it.
    after: at > 0 ? latest[at - 1]! : -1,
    before: -soonest[at]!,
    at,
    from: (at > 0 ? mine[at - 1]!.time : (startTime ?? Number.NEGATIVE_INFINITY)) - reach,
    to: mine[at]!.time + reach,
    fills: [] as Fill[],
  }));
  // With frames of this capture between the anchors, which of them lie before a gap is a matter of time.
  const isSurePlace = isSure && mine.length === 1 && !options.isMixed;
  const isSureNumber = isSurePlace && areBordersClear(mine[0]!, options);
  for (const frame of candidates) {
    const place = placeOf.get(frame)!;
    const fitting = brackets.filter(
      ({ from, to, after, before }) =>
        frame.time >= from && frame.time <= to && place > after && place < before,
    );
    if (fitting.length !== 1) continue;
    const [{ at, fills }] = fitting as [(typeof brackets)[number]];
    // Of a bounded loss the number may come from this: then it must be the right gap.
    const isBounded = mine[at]!.lostBefore!.certainty !== 'exact';
    if (isBounded && !isSureNumber && !(isOnlyGap && options.guard.isNew(frame.key))) {
      markReason(mine[at]!, 'not proved');
      continue;
    }
    fills.push({ frame, lost: 0 });
  }
  const placed = brackets.reduce((sum, { fills }) => sum + fills.length, 0);
  const isOne = gapsAt.length === 1 && placed === candidates.length;
  return brackets.flatMap(({ at, fills }) => {
    const loss = mine[at]!.lostBefore!;
    if (fills.length > loss.atMost) {
      markReason(mine[at]!, 'contradiction');
      return [];
    }
    const isBounded = loss.certainty !== 'exact';
    const isKnown = isOne && isBounded && isSureNumber;
    const number = isKnown ? resolved : undefined;
    return [{ at, fills, tail: undefined, resolved: number, isSure: isSurePlace }];
  });
}
