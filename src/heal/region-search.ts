/** Finds the next anchor: a pair of frames that both captures have, with a run of pairs after it. */

import type { FrameWindow } from './frame-window.js';
import { type HeldFrame, isBounded, isSameContent, isVague, lostBefore } from './held-frame.js';
import { SURE_WITHIN, type SureRun } from './sure-run.js';

/** Pairs in a row that make an anchor sure. */
const RUN = 3;
/** A run that has to be looked for behind more lost frames than this is taken for granted. */
const FAR = 256;
/** A frame that looks like another isn't an anchor by its content alone, nor are two. */
const LEAST_WITHOUT_PLACE = RUN;
const FIRST_WINDOW = 16;
const WINDOW_FACTOR = 8;
/** How far a search goes beyond the later of the two frames that it begins with, in tolerances. */
const HORIZON_TOLERANCES = 8;
/** Of frames that look alike, so many are tried, the nearest in time. */
const MAX_TRIES = 4;

/** Where an anchor is: how many frames lie before it in each window. */
export interface Pair {
  readonly mine: number;
  readonly theirs: number;
}

/** What is searched. */
export interface Search {
  readonly mine: FrameWindow;
  readonly theirs: FrameWindow;
  readonly toleranceNs: number;
  readonly spreadNs: number;
  readonly maxFrames: number;
  /**
   * Whether the capture has a content only once. Given where an anchor that is no look-alike comes before, and
   * both captures record their losses: then a frame is told by place and content, and its stamps may be
   * `toleranceNs` apart. Between the stamps of two captures an interrupt may take much longer than it does most often,
   * and where a gap ends it does so more often than elsewhere.
   */
  readonly isOnlyOne?: ((key: number) => boolean) | undefined;
}

/** What became of a search by content. */
export interface Found {
  readonly pair: Pair | undefined;
  /** Frames of the healed capture that were looked at. */
  readonly mineSeen: number;
  /** Whether the search ended because it would have had to hold too many frames. */
  readonly tooLong: boolean;
}

/** Whether two frames can be one: equal bytes, times no further apart than stamps of one frame are. */
function isSame(mine: HeldFrame, theirs: HeldFrame, spreadNs: number): boolean {
  if (mine.key !== theirs.key) return false;
  if (Math.abs(mine.time - theirs.time) > spreadNs + mine.slackNs) return false;
  return isSameContent(mine, theirs);
}

/** Whether two frames at the same place, counted from an anchor by exact records, are one. */
function isSameThere(mine: HeldFrame, theirs: HeldFrame, search: Search): boolean {
  if (isSame(mine, theirs, search.spreadNs)) return true;
  const { isOnlyOne, toleranceNs } = search;
  return isOnlyOne?.(mine.key) === true && isSame(mine, theirs, toleranceNs);
}

/** The same search where a number that isn't known was walked over: places say less from there on. */
function withoutPlaces(search: Search): Search {
  return { ...search, isOnlyOne: undefined };
}

/**
 * Walks both captures from an anchor on, place by place, to the next frames with the same place.
 *
 * @returns undefined where these aren't equal, or times say that the places don't fit
 */
export function walkPlaces(search: Search): Pair | undefined {
  const { toleranceNs, maxFrames } = search;
  const mine = new Walker(search.mine, maxFrames);
  const theirs = new Walker(search.theirs, maxFrames);
  for (;;) {
    const one = mine.frame;
    const other = theirs.frame;
    if (one === undefined || other === undefined) return undefined;
    if (mine.place === theirs.place) {
      const further = mine.areExact && theirs.areExact ? search : withoutPlaces(search);
      const isPair = isSameThere(one, other, further);
      if (!isPair || !isRun(further, mine.index, theirs.index, 1)) return undefined;
      return { mine: mine.index, theirs: theirs.index };
    }
    if (mine.place > theirs.place) {
      if (other.time > one.time + toleranceNs) return undefined;
      theirs.step();
    } else {
      if (one.time > other.time + toleranceNs) return undefined;
      mine.step();
    }
  }
}

/** Goes through the frames of one capture that aren't open, and knows their places. */
class Walker {
  frame: HeldFrame | undefined;
  index = 0;
  place = 0;
  /** Whether all losses so far are. */
  areExact: boolean = true;
  readonly #window: FrameWindow;
  readonly #maxFrames: number;

  constructor(window: FrameWindow, maxFrames: number) {
    this.#window = window;
    this.#maxFrames = maxFrames;
    this.frame = window.at(0);
    this.#take();
    while (this.frame?.isOpen === true) this.#advance();
  }

  step(): void {
    do this.#advance();
    while (this.frame?.isOpen === true);
  }

  #advance(): void {
    this.place++;
    this.index++;
    this.frame = this.index > this.#maxFrames ? undefined : this.#window.at(this.index);
    this.#take();
  }

  #take(): void {
    if (this.frame === undefined) return;
    this.place += lostBefore(this.frame);
    this.areExact &&= !isBounded(this.frame);
  }
}

/**
 * Whether the equal frames at `i` and `j` are followed by others that are equal, place by place.
 *
 * @param least how many in all must be there where a capture's end or a long loss leaves no whole run
 */
function isRun(from: Search, i: number, j: number, least: number): boolean {
  const { mine, theirs } = from;
  let search = from;
  let count = 1;
  let at = i + 1;
  let otherAt = j + 1;
  let one = mine.at(at);
  let other = theirs.at(otherAt);
  let place = one === undefined ? 0 : lostBefore(one);
  let otherPlace = other === undefined ? 0 : lostBefore(other);
  while (count < RUN) {
    if (one === undefined || other === undefined) return count >= least;
    if (Math.abs(place - otherPlace) > FAR) return count >= least;
    if (one.isOpen || other.isOpen) return count >= least;
    if (isBounded(one) || isBounded(other)) search = withoutPlaces(search);
    if (place === otherPlace) {
      if (!isSameThere(one, other, search)) return false;
      count++;
    }
    const isBefore = place <= otherPlace;
    const isAfter = place >= otherPlace;
    if (isBefore) {
      one = mine.at(++at);
      if (one !== undefined) place += 1 + lostBefore(one);
    }
    if (isAfter) {
      other = theirs.at(++otherAt);
      if (other !== undefined) otherPlace += 1 + lostBefore(other);
    }
  }
  return true;
}

/** Whether the equal frames at `pair` begin a run, place by place, that can't be one of look-alikes. */
export function isSureFrom(search: Search, pair: Pair, run: SureRun): boolean {
  const { mine, theirs, spreadNs } = search;
  let at = pair.mine;
  let otherAt = pair.theirs;
  let one = mine.at(at);
  let other = theirs.at(otherAt);
  let place = 0;
  let otherPlace = 0;
  for (let steps = 0; steps < SURE_WITHIN; steps++) {
    if (one === undefined || other === undefined) return false;
    const isBefore = place <= otherPlace;
    const isAfter = place >= otherPlace;
    if (isBefore && isAfter) {
      if (!isSameThere(one, other, search)) return false;
      // One whose stamps are far apart is where it seems to be because the others are.
      if (isSame(one, other, spreadNs) && run.add(one.key)) return true;
    }
    if (isBefore) {
      one = mine.at(++at);
      if (one !== undefined) place += 1 + lostBefore(one);
    }
    if (isAfter) {
      other = theirs.at(++otherAt);
      if (other !== undefined) otherPlace += 1 + lostBefore(other);
    }
    // Behind a loss whose number isn't known, places aren't either.
    if (isVague(one) || isVague(other)) return false;
  }
  return false;
}

/**
 * The first of the pairs that end with one which is sure, where neither capture lost a frame between them: in one order,
 * those before it are pairs as well. A search by content passes over them where their stamps are far apart.
 */
export function walkBack(search: Search, pair: Pair): Pair {
  const { mine, theirs } = search;
  let { mine: i, theirs: j } = pair;
  while (i > 0 && j > 0) {
    if (mine.at(i - 1)!.isOpen || theirs.at(j - 1)!.isOpen) break;
    const areNext = mine.at(i)!.lostBefore === undefined && theirs.at(j)!.lostBefore === undefined;
    if (!areNext || !isSameThere(mine.at(i - 1)!, theirs.at(j - 1)!, search)) break;
    i--;
    j--;
  }
  return { mine: i, theirs: j };
}

/** Looks for the nearest pair of equal frames with a run after it, in windows that grow. */
export function searchWindows(search: Search): Found {
  const { mine, theirs, toleranceNs, maxFrames } = search;
  const span = HORIZON_TOLERANCES * toleranceNs;
  const start = Math.max(closedTime(mine, 0, maxFrames), closedTime(theirs, 0, maxFrames));
  let horizon = start + span;
  for (let size = FIRST_WINDOW; ; size *= WINDOW_FACTOR) {
    const mineCount = countUpTo(mine, horizon, size);
    const theirCount = countUpTo(theirs, horizon, size);
    const pair = searchPair(search, mineCount, theirCount);
    const isAll = mineCount < size && theirCount < size;
    if (pair !== undefined || size > maxFrames) {
      return { pair, mineSeen: mineCount, tooLong: !isAll };
    }
    if (!isAll) continue;
    // No region ends among open frames: a horizon that does goes on behind them.
    const further = Math.max(
      closedBehind(mine, mineCount, maxFrames),
      closedBehind(theirs, theirCount, maxFrames),
    );
    if (further <= horizon) return { pair, mineSeen: mineCount, tooLong: false };
    horizon = further + span;
  }
}

/** Time of the first frame from one on that isn't open: no region ends before it. */
function closedTime(window: FrameWindow, from: number, maxFrames: number): number {
  let index = from;
  while (index < maxFrames && window.at(index)!.isOpen && window.at(index + 1) !== undefined) {
    index++;
  }
  return window.at(index)!.time;
}

/** The same where frames up to a horizon end among open ones, or before some; else minus infinity. */
function closedBehind(window: FrameWindow, count: number, maxFrames: number): number {
  const next = window.at(count);
  const last = count > 0 ? window.at(count - 1) : undefined;
  const isAmong = next !== undefined && (next.isOpen || last?.isOpen === true);
  return isAmong ? closedTime(window, count, maxFrames) : Number.NEGATIVE_INFINITY;
}

function countUpTo(window: FrameWindow, horizon: number, limit: number): number {
  let count = 0;
  while (count < limit) {
    const frame = window.at(count);
    if (frame === undefined || frame.time > horizon) break;
    count++;
  }
  return count;
}

function searchPair(search: Search, mineCount: number, theirCount: number): Pair | undefined {
  const { mine, theirs, spreadNs } = search;
  const places = new Map<number, number[]>();
  for (let j = 0; j < theirCount; j++) {
    const { key, isOpen } = theirs.at(j)!;
    if (isOpen) continue;
    const known = places.get(key);
    if (known === undefined) places.set(key, [j]);
    else known.push(j);
  }
  for (let i = 0; i < mineCount; i++) {
    const frame = mine.at(i)!;
    if (frame.isOpen) continue;
    for (const j of nearest(frame, places.get(frame.key), search)) {
      if (!isSame(frame, theirs.at(j)!, spreadNs)) break;
      if (isRun(search, i, j, LEAST_WITHOUT_PLACE)) return { mine: i, theirs: j };
    }
  }
  return undefined;
}

/** The places of the equal frames that are nearest in time, nearest first. */
function nearest(
  frame: HeldFrame,
  places: readonly number[] | undefined,
  { theirs }: Search,
): readonly number[] {
  if (places === undefined || places.length === 1) return places ?? [];
  const distance = (j: number): number => Math.abs(theirs.at(j)!.time - frame.time);
  // Times go up, so the nearest one is found by halving, and its neighbours are the next ones.
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (theirs.at(places[middle]!)!.time < frame.time) low = middle + 1;
    else high = middle;
  }
  return places
    .slice(Math.max(0, low - MAX_TRIES), low + MAX_TRIES)
    .sort((first, second) => distance(first) - distance(second))
    .slice(0, MAX_TRIES);
}
