/** When frames of a file are added up by a loop, and which. */

import type { FrameSums } from '../core/frame-sums.js';
import type { BlockParser } from './block-parser.js';
import type { SummingLoop, SumPlan } from './summing-loop.js';

/** Frames that make a call of the loop worth while … */
const ENOUGH_FRAMES = 8;
/** … and calls that do nothing, at most, behind one that brought fewer. */
const MOST_PAUSES = 63;

/** A file's way to a loop: whether it wants one, has one, and when it is used. */
export class FrameSumming {
  /** Which frames to add up next: for the cursor to fill in. */
  readonly plan: SumPlan = {
    interfaceId: 0,
    queue: undefined,
    firstTickHigh: 0,
    firstTickLow: 0,
    ticks: 0,
    nsPerTick: 0,
    nanosecondsBefore: 0,
    maxBlockBytes: 0,
  };
  /** Time of the last frame that was added, in nanoseconds within its second. */
  lastNanoseconds = 0;
  #wanted: boolean = false;
  #isDecided: boolean = false;
  #loop: SummingLoop | undefined = undefined;
  #pausesLeft = 0;
  #pauses = 0;

  /** Whether frames were to be added up, and nobody has said yet what with. */
  get wantsLoop(): boolean {
    return this.#wanted && !this.#isDecided;
  }

  /** Adds up with this loop from now on, or with none. */
  decide(loop: SummingLoop | undefined): void {
    this.#isDecided = true;
    this.#loop = loop;
  }

  /** Lets go of the loop: nothing will be added up any more. */
  end(): void {
    this.#loop?.release();
    this.decide(undefined);
  }

  /**
   * Whether to add up now. Where frames of several interfaces alternate, a call of the loop costs more
   * than it gains, so there are calls less often.
   */
  isDue(): boolean {
    this.#wanted = true;
    if (this.#loop === undefined) return false;
    if (this.#pausesLeft === 0) return true;
    this.#pausesLeft--;
    return false;
  }

  /** Steps the parser over the frames that `plan` has, and says what they come to; undefined: there are none. */
  sum(parser: BlockParser): FrameSums | undefined {
    const loop = this.#loop;
    if (loop === undefined || !parser.isIn(loop.room)) return undefined;
    this.plan.maxBlockBytes = parser.maxBlockBytes;
    const count = loop.sum(parser.nextStart, parser.dataEnd, this.plan);
    this.#pauses = count < ENOUGH_FRAMES ? Math.min(this.#pauses * 2 + 1, MOST_PAUSES) : 0;
    this.#pausesLeft = this.#pauses;
    if (count === 0) return undefined;
    parser.nextStart = loop.endAfter;
    this.lastNanoseconds = loop.lastNanoseconds;
    return loop.sums;
  }
}
