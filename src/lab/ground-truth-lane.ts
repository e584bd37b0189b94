/** The numbered frames of one interface (or one ring of it) in file order, and the gaps in them. */

import { type BoundedGroups, tryReadMark } from './bounded-groups.js';

/** What the file says about the loss before one frame. */
export interface GapMark {
  /** epb_dropcount; 0 where absent. */
  readonly recorded: number;
  /** The comment that says the number is bounded; undefined where the number is exact. */
  readonly comment: string | undefined;
}

/** A gap the file is wrong about. */
export interface WrongGap {
  /** The frame after the gap, numbered from 1 in the file; undefined for the sum over a group. */
  readonly frame: number | undefined;
  readonly interfaceId: number;
  /** Frames that are missing by their numbers. */
  readonly missing: number;
  /** Frames that the file says were lost. */
  readonly recorded: number;
  /** What is wrong about it, in words. */
  readonly reason: string;
}

const WRONG_KEPT = 20;

/** Books one lane's frames; all counts are of what was taken so far. */
export class GroundTruthLane {
  readonly interfaceId: number;
  frames = 0;
  foreignFrames = 0;
  gaps = 0;
  exactRight = 0;
  markedCount = 0;
  splitRight = 0;
  disorder = 0;
  missing = 0;
  recorded = 0;
  wrongCount = 0;
  readonly wrong: WrongGap[] = [];
  /** Lowest and highest number; undefined before the first numbered frame. */
  first: number | undefined;
  last: number | undefined;

  #streamId: number | undefined;
  /** The number that the frame before the next one had, or would have had if it had been there. */
  #previous: number | undefined;
  /** Loss recorded at frames that carry no number of ours, for the next one that does. */
  #carried = 0;
  readonly #groups: BoundedGroups;

  /**
   * @param groups of the interface; lanes of one interface share them
   * @param firstSent number of the first frame sent; undefined: loss before the first isn't judged
   */
  constructor(interfaceId: number, groups: BoundedGroups, firstSent: number | undefined) {
    this.interfaceId = interfaceId;
    this.#groups = groups;
    this.#previous = firstSent === undefined ? undefined : firstSent - 1;
  }

  /** Loss recorded at frames without a number since the last one with. */
  get carried(): number {
    return this.#carried;
  }

  /** Books a frame without a number. What was lost before it counts for the next numbered frame. */
  takeForeign(frame: number, mark: GapMark): void {
    this.foreignFrames++;
    this.#carried += mark.recorded;
    if (mark.comment !== undefined) {
      this.#addWrong(frame, 0, mark.recorded, 'a bounded gap before a frame without a number');
    }
  }

  /** Books a numbered frame. */
  take(frame: number, streamId: number, sequence: number, mark: GapMark): void {
    this.#streamId ??= streamId;
    if (streamId !== this.#streamId) {
      this.takeForeign(frame, mark);
      return;
    }
    this.frames++;
    const recorded = mark.recorded + this.#carried;
    this.#carried = 0;
    this.recorded += recorded;
    const previous = this.#previous;
    this.first = this.first === undefined ? sequence : Math.min(this.first, sequence);
    this.last = this.last === undefined ? sequence : Math.max(this.last, sequence);
    this.#previous = sequence;
    if (previous === undefined) {
      const group = mark.comment === undefined ? undefined : tryReadMark(mark.comment)?.group;
      if (group !== undefined) this.#groups.leaveOut(group);
      return;
    }
    if (sequence <= previous) {
      this.disorder++;
      return;
    }
    const missing = sequence - previous - 1;
    this.missing += missing;
    if (missing > 0) this.gaps++;
    if (mark.comment !== undefined) this.#takeBounded(frame, missing, recorded, mark.comment);
    else if (missing !== recorded)
      this.#addWrong(frame, missing, recorded, 'not marked, not exact');
    else if (missing > 0) this.exactRight++;
  }

  #takeBounded(frame: number, missing: number, recorded: number, comment: string): void {
    this.markedCount++;
    const bounds = tryReadMark(comment);
    if (bounds === undefined) {
      this.#addWrong(frame, missing, recorded, `a comment of another form: ${comment}`);
      return;
    }
    const { atLeast, atMost, group } = bounds;
    if (missing < atLeast || missing > atMost) {
      this.#addWrong(frame, missing, recorded, `not within ${atLeast} to ${atMost}`);
    }
    if (missing === recorded) this.splitRight++;
    this.#groups.add(group, missing, recorded);
  }

  #addWrong(frame: number, missing: number, recorded: number, reason: string): void {
    this.wrongCount++;
    if (this.wrong.length >= WRONG_KEPT) return;
    this.wrong.push({ frame, interfaceId: this.interfaceId, missing, recorded, reason });
  }
}
