/**
 * Aligns the frames of a capture with those of another capture of the same traffic, and fills its gaps.
 *
 * # Theory of operation
 *
 * Both captures are taken to be the same run of frames, each with some of them missing, and each with
 * a record of how many are missing where. So each frame has a *place* in the run: the frames and lost
 * frames before it. Two frames that both captures have, next to each other in both, with the gaps in
 * between, are *anchors*; what lies between two anchors is a *region*. In a region
 *
 *     frames only here + frames lost here  =  frames only there + frames lost there
 *
 * 1. *Matching.* After an anchor the next frames are the next match, if neither has a loss before it,
 *    their keys (invariant bytes) are equal and their times agree within the tolerance. That is nearly
 *    always so, and makes order, not content, tell look-alikes apart.
 * 2. *Regions by place.* Otherwise both are walked until two frames have the same place. If they are
 *    equal in key and time, and so are the next ones (`RUN` of them), that is the next anchor. Every
 *    frame of the other capture whose place is in a gap here is one that was lost here: number, order
 *    and place follow from the two records, the bytes of the anchors confirm it.
 * 3. *Regions by content.* Where that fails (a loss that one of the two has no record of, bounded
 *    losses, frames in another order) the nearest pair of equal frames with a run after it is looked
 *    for, in growing windows of both. Frames in a region that both have are paired, whatever their
 *    order. The ones left over there are candidates.
 * 4. *The count judges.* Candidates that are more than were lost, together with those lost there as
 *    well, contradict the premise: then nothing is filled in. A candidate must lie within its gap's
 *    time bracket; where a region has several gaps, within that of one only.
 * 5. *Sure places.* Contents that the whole capture has only once are known from its first reading. Where
 *    the pairs next to a region, on both sides of it, follow each other place by place and two of them or
 *    more have such contents, they are no look-alikes, and so the region is where it seems to be, whatever
 *    the clocks say. What the other capture has within it, and this one hasn't, was lost here. All other
 *    candidates must have a content that this capture has nowhere (`FillGuard`).
 * 6. *Nothing twice.* A frame may come in another order in each capture, and beyond an anchor. So a
 *    region is decided only when the alignment is two tolerances past it: a candidate is given up where
 *    there is an equal frame nearby here that has no partner.
 *
 * Before the first anchor places are counted back from it, after the last one on from it; such gaps
 * are anchored on one side only, and the caller says so.
 *
 * A gap is complete where as many frames were filled in as were lost. What this proves, and what not,
 * is in docs/heal.md: it rests on both captures having seen the same traffic.
 *
 * Cost: constant for each frame; a region costs its frames, a search by content its window. Memory:
 * the frames of the largest region, at most `maxFrames` of each capture.
 */

import type { Loss } from '../core/loss.js';
import { Deque } from './deque.js';
import type { FillGuard } from './fill-guard.js';
import type { DonorFrames, PassableStream } from './frame-stream.js';
import { FrameWindow } from './frame-window.js';
import {
  type HeldFrame,
  isAmongRings,
  isBounded,
  isSameContent,
  type Recognised,
} from './held-frame.js';
import { fillOneSided, type OneSidedFills } from './one-sided-gap.js';
import type { MatchedFrame, PassingFrame } from './passed-frame.js';
import { closeRegion } from './region.js';
import type { DecidableRegion } from './region-options.js';
import {
  isSureFrom,
  type Pair,
  type Search,
  searchWindows,
  walkBack,
  walkPlaces,
} from './region-search.js';
import { Strays } from './strays.js';
import { SURE_WITHIN, SureRun } from './sure-run.js';
import type { LossGroup } from './survey.js';

/** Where the healed capture's beginning isn't recorded, it is taken to be at most so long before. */
const UNKNOWN_START_NS = 1e10;

/** How to align. Times are nanoseconds. */
export interface AlignmentOptions {
  /** How far from where it should be a frame is looked for. */
  readonly toleranceNs: number;
  /** How far stamps of one frame lie apart: equal frames further apart are two that look alike. */
  readonly spreadNs: number;
  /** Whether the other capture's losses are all recorded, so that its places are known. */
  readonly donorPlacesLosses: boolean;
  /** Whether agreement of both records is proof; see `GapState.isCertain`. */
  readonly proves: boolean;
  /** When the healed capture began and ended; undefined: unknown. */
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  /** Whether the other capture may have further traffic: then only what both records prove is filled in. */
  readonly isMixed: boolean;
  /** Whether clocks may be off by more than they seem to be: then long runs prove nothing. */
  readonly mayBeShifted: boolean;
  /** What may be filled in. */
  readonly guard: FillGuard;
  /** Frames of each capture that may be held. */
  readonly maxFrames: number;
  /** Gives a number that no group of bounded losses of the interface has. */
  readonly newGroup: () => number;
  /** The groups that it has by its record. */
  readonly groups: ReadonlyMap<number, LossGroup>;
}

/** The frames of a capture with those of another filled into its gaps; see the head of this file. */
export class Alignment implements PassableStream {
  /** What is left of the final gap; known at the end. */
  finalLoss: Loss | undefined = undefined;
  readonly #upstream: PassableStream;
  readonly #options: AlignmentOptions;
  readonly #mine: FrameWindow;
  readonly #theirs: FrameWindow<DonorFrames>;
  readonly #ready = new Deque<HeldFrame>();
  /** Regions that aren't decided yet, and the frames after each. */
  readonly #undecided = new Deque<{
    readonly region: DecidableRegion;
    readonly after: HeldFrame[];
  }>();
  #lastUndecided: HeldFrame[] | undefined = undefined;
  readonly #strays: Strays;
  #anchored: boolean = false;
  /** The pair matched last: the frame here, and the one there unless it was passed over. */
  #lastMine: MatchedFrame | undefined = undefined;
  #lastTheirs: HeldFrame | undefined = undefined;
  /** Keys of the pairs matched last, and how many were matched place by place. */
  readonly #run = new Float64Array(SURE_WITHIN);
  #runLength = 0;
  #lastTime: number | undefined = undefined;
  #ended: boolean = false;

  /**
   * @param upstream the capture to heal
   * @param donor the capture to fill its gaps from
   */
  constructor(upstream: PassableStream, donor: DonorFrames, options: AlignmentOptions) {
    this.#upstream = upstream;
    this.#options = options;
    this.#mine = new FrameWindow(upstream);
    this.#theirs = new FrameWindow(donor);
    this.#strays = new Strays(options.spreadNs);
  }

  next(): HeldFrame | undefined {
    for (;;) {
      const frame = this.#ready.shift();
      if (frame !== undefined || this.#ended) return frame;
      this.#advance();
    }
  }

  canPass(key: number, time: number): boolean {
    const isIdle =
      this.#anchored &&
      this.#lastUndecided === undefined &&
      this.#ready.length === 0 &&
      !this.#mine.isWaiting &&
      !this.#theirs.isWaiting;
    if (!isIdle || !this.#theirs.stream.isNextSame(key, time, this.#options.spreadNs)) return false;
    return this.#upstream.canPass(key, time);
  }

  pass(frame: PassingFrame, recognised: Recognised): MatchedFrame {
    this.#theirs.stream.skip();
    const passed = this.#upstream.pass(frame, recognised);
    this.#pair(passed, undefined);
    this.#lastTime = recognised.time;
    return passed;
  }

  #advance(): void {
    const mine = this.#mine.at(0);
    if (mine === undefined) {
      this.#finish();
      return;
    }
    const { spreadNs } = this.#options;
    const isNext = this.#anchored && mine.lostBefore === undefined;
    if (isNext && !this.#theirs.isWaiting && this.#theirs.stream.skipIfSame(mine, spreadNs)) {
      this.#match(this.#mine.shift(), undefined);
      return;
    }
    const theirs = this.#theirs.at(0);
    if (theirs === undefined) {
      this.#pass(1);
      return;
    }
    if (
      isNext &&
      theirs.lostBefore === undefined &&
      mine.key === theirs.key &&
      Math.abs(mine.time - theirs.time) <= spreadNs + mine.slackNs
    ) {
      this.#match(this.#mine.shift(), this.#theirs.shift());
    } else this.#region(mine, theirs);
  }

  #match(mine: HeldFrame, theirs: HeldFrame | undefined): void {
    this.#pair(mine, theirs);
    this.#emit(mine);
  }

  #pair(mine: MatchedFrame, theirs: HeldFrame | undefined): void {
    this.#lastMine = mine;
    this.#lastTheirs = theirs;
    this.#run[this.#runLength++ % SURE_WITHIN] = mine.key;
  }

  /** There is no anchor any more. */
  #lose(): void {
    this.#anchored = false;
    this.#runLength = 0;
  }

  // Pairs are matched by the first bytes of frames; one that bears on what is filled in, by all of them.
  #isAnchorWhole(): boolean {
    if (this.#lastTheirs !== undefined) return isSameContent(this.#lastMine!, this.#lastTheirs);
    return this.#theirs.stream.isSkippedWhole(this.#lastMine!);
  }

  #newRun(): SureRun {
    const { guard, mayBeShifted } = this.#options;
    return new SureRun((key) => guard.isUnique(key), mayBeShifted);
  }

  /** Whether the pairs before the next frames are no look-alikes. */
  #isSureSoFar(): boolean {
    const run = this.#newRun();
    for (let back = 1; back <= Math.min(this.#runLength, SURE_WITHIN); back++) {
      if (run.add(this.#run[(this.#runLength - back) % SURE_WITHIN]!)) return true;
    }
    return false;
  }

  #region(mine: HeldFrame, theirs: HeldFrame): void {
    const { toleranceNs } = this.#options;
    const search = this.#search();
    if (this.#anchored && !this.#isAnchorWhole()) this.#lose();
    if (this.#anchored) {
      const walking = this.#walk();
      const walked = walkPlaces(walking);
      if (walked !== undefined) {
        this.#close(walking, walked, true);
        return;
      }
    }
    // Of an open frame it isn't known what was lost before it, so it is no use to go on without it.
    if (!mine.isOpen && mine.time < theirs.time - toleranceNs) {
      this.#pass(1);
      return;
    }
    if (theirs.time < this.#earliest(mine)) {
      this.#theirs.shift();
      this.#lose();
      return;
    }
    const found = searchWindows(search);
    if (found.pair !== undefined) this.#closeBack(found.pair);
    else this.#giveUp(found.mineSeen, found.tooLong);
  }

  /** Ends a region with a pair that was found by content, or those before it. */
  #closeBack(pair: Pair): void {
    const { donorPlacesLosses, isMixed, guard } = this.#options;
    const search = this.#search();
    if (donorPlacesLosses && !isMixed && isSureFrom(search, pair, this.#newRun())) {
      const back = { ...search, isOnlyOne: (key: number) => guard.isUnique(key) };
      this.#close(back, walkBack(back, pair), false);
    } else this.#close(search, pair, false);
  }

  #search(): Search {
    const { toleranceNs, spreadNs, maxFrames } = this.#options;
    return { mine: this.#mine, theirs: this.#theirs, toleranceNs, spreadNs, maxFrames };
  }

  /** The same from an anchor on, place by place. */
  #walk(): Search {
    const { donorPlacesLosses, isMixed, guard } = this.#options;
    if (!donorPlacesLosses || isMixed || !this.#isSureSoFar()) return this.#search();
    return { ...this.#search(), isOnlyOne: (key) => guard.isUnique(key) };
  }

  /** From when on a frame of the other capture may have to do with what comes next here. */
  #earliest(mine: HeldFrame): number {
    const { toleranceNs, startTime } = this.#options;
    if (mine.lostBefore === undefined && !isAmongRings(mine)) return mine.time - toleranceNs;
    if (this.#lastTime !== undefined) return this.#lastTime - toleranceNs;
    return (startTime ?? mine.time - UNKNOWN_START_NS) - toleranceNs;
  }

  #close(search: Search, pair: Pair, byPlace: boolean): void {
    const { spreadNs, toleranceNs, donorPlacesLosses, proves, guard, isMixed } = this.#options;
    const { newGroup, groups, mayBeShifted } = this.#options;
    const isSure =
      this.#anchored &&
      (!isMixed || (byPlace && donorPlacesLosses)) &&
      this.#isSureSoFar() &&
      isSureFrom(search, pair, this.#newRun());
    const mine = this.#mine.take(pair.mine + 1);
    const theirs = this.#theirs.take(pair.theirs + 1);
    const region = closeRegion(mine, theirs, {
      toleranceNs,
      spreadNs,
      donorPlacesLosses,
      ...{ proves, guard, isSure, isMixed, before: this.#lastMine },
      ...{ newGroup, groups, mayBeShifted },
      byPlace,
      anchored: this.#anchored,
      startTime: this.#lastTime ?? this.#options.startTime,
    });
    this.#anchored = true;
    if (!byPlace || mine.some(isBounded) || theirs.some(isBounded)) this.#runLength = 0;
    this.#pair(mine.at(-1)!, theirs.at(-1)!);
    for (const stray of region.strays) this.#strays.add(stray);
    if (!region.hasGaps) for (const frame of mine) this.#emit(frame);
    else {
      this.#decideUpTo(mine[0]!.time);
      this.#lastUndecided = [];
      this.#undecided.push({ region, after: this.#lastUndecided });
      this.#lastTime = mine.at(-1)!.time;
    }
  }

  /** Gives frames on as they are: they have no partner. */
  #pass(count: number): void {
    for (let i = 0; i < count; i++) {
      const frame = this.#mine.shift();
      this.#strays.add(frame);
      this.#emit(frame);
    }
    this.#lose();
  }

  #giveUp(mineSeen: number, tooLong: boolean): void {
    const mine = this.#mine.at(0)!;
    if (tooLong && mine.gap !== undefined) mine.gap.reason ??= 'too long';
    const isPlain = mine.lostBefore !== undefined && !isAmongRings(mine);
    if (this.#anchored && isPlain && !tooLong) this.#fillFromLeft(mine);
    this.#pass(Math.max(1, mineSeen >> 1));
    const next = this.#mine.at(0);
    if (next === undefined) return;
    const earliest = this.#earliest(next);
    for (let theirs = this.#theirs.at(0); theirs !== undefined; theirs = this.#theirs.at(0)) {
      if (theirs.time >= earliest) break;
      this.#theirs.shift();
    }
  }

  // The other capture ends within the gap: what it has after the last anchor can only be of this gap.
  #fillFromLeft(after: HeldFrame): void {
    const { frames, left } = this.#fillOneSided(after.lostBefore!, after.time);
    if (this.#theirs.at(0) !== undefined) return;
    for (const fill of frames) this.#emit(fill);
    after.lostBefore = left;
    if (after.gap === undefined || frames.length === 0) return;
    after.gap.isCertain = false;
    after.gap.filled += frames.length;
  }

  #fillOneSided(loss: Loss, endTime: number): OneSidedFills {
    const { spreadNs, donorPlacesLosses, isMixed, guard } = this.#options;
    return fillOneSided(loss, this.#theirs, {
      ...{ spreadNs, donorPlacesLosses, isMixed, guard, endTime },
      isSure: this.#isAnchorWhole() && this.#isSureSoFar(),
      startTime: this.#lastTime!,
      isHereAlready: (frame) => this.#isHereAlready(frame),
    });
  }

  #emit(frame: HeldFrame): void {
    this.#lastTime = frame.time;
    if (this.#lastUndecided === undefined) this.#ready.push(frame);
    else {
      this.#lastUndecided.push(frame);
      this.#decideUpTo(frame.time);
    }
  }

  #decideUpTo(time: number): void {
    for (;;) {
      const first = this.#undecided.at(0);
      if (first === undefined) return;
      if (time <= first.region.endTime + 2 * this.#options.toleranceNs) return;
      this.#decideFirst();
    }
  }

  #decideFirst(): void {
    const { region, after } = this.#undecided.shift()!;
    if (this.#undecided.length === 0) this.#lastUndecided = undefined;
    for (const frame of region.decide(this.#strays)) this.#ready.push(frame);
    for (const frame of after) this.#ready.push(frame);
    this.#strays.forgetBefore(region.endTime - 4 * this.#options.toleranceNs);
  }

  #finish(): void {
    this.finalLoss = this.#upstream.finalLoss;
    // No region ends with an open frame: where an anchor is, no ring lost anything between the last frames.
    const { endTime } = this.#options;
    if (this.finalLoss !== undefined && this.#anchored && endTime !== undefined) {
      const { frames, left } = this.#fillOneSided(this.finalLoss, endTime);
      for (const fill of frames) this.#emit(fill);
      this.finalLoss = left;
    }
    while (this.#undecided.length > 0) this.#decideFirst();
    this.#ended = true;
  }

  /** Whether a frame has an equal one nearby here, before or after it. */
  #isHereAlready(frame: HeldFrame): boolean {
    const latest = frame.time + this.#options.spreadNs;
    for (let i = 0; ; i++) {
      const mine = this.#mine.at(i);
      if (mine === undefined || mine.time - mine.slackNs > latest) break;
      if (mine.key === frame.key) return true;
    }
    return this.#strays.claim(frame);
  }
}
