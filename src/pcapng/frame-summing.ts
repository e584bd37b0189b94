/** When frames of a file are added up by a loop, and which. */

import type { FrameSums } from '../core/frame-sums.js';
import type { BlockParser } from './block-parser.js';
import type { SummingLoop, SumPlan } from './summing-loop.js';

/** A file of fewer bytes is read in the time that a loop takes to be ready. */
const SHORT_FILE_BYTES = 128 * 1024;
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
  readonly #makeLoop: (() => SummingLoop | undefined) | undefined;
  #hasAsked: boolean = false;
  #loop: SummingLoop | undefined = undefined;
  #pausesLeft = 0;
  #pauses = 0;

  /** @param makeLoop as `PcapngReaderOptions` have it */
  constructor(makeLoop: (() => SummingLoop | undefined) | undefined) {
    this.#makeLoop = makeLoop;
  }

  /**
   * Whether to add up now; may have moved the parser's buffer. Where frames of several interfaces
   * alternate, a call of the loop costs more than it gains, so there are calls less often.
   */
  isDue(parser: BlockParser): boolean {
    if (this.#loop === undefined && !this.#hasAsked) this.#ask(parser);
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
    const isVain = count < ENOUGH_FRAMES && !loop.isFull;
    this.#pauses = isVain ? Math.min(this.#pauses * 2 + 1, MOST_PAUSES) : 0;
    this.#pausesLeft = this.#pauses;
    if (count === 0) return undefined;
    parser.nextStart = loop.endAfter;
    this.lastNanoseconds = loop.lastNanoseconds;
    return loop.sums;
  }

  /** Lets go of the loop: nothing will be added up any more. */
  end(): void {
    this.#hasAsked = true;
    this.#loop?.release();
    this.#loop = undefined;
  }

  #ask(parser: BlockParser): void {
    if (parser.bytesRead < Math.min(SHORT_FILE_BYTES, parser.bytes.length)) return;
    this.#hasAsked = true;
    this.#loop = this.#makeLoop?.();
    if (this.#loop !== undefined) parser.moveTo(this.#loop.room);
  }
}
