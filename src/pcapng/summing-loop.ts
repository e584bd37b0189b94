/** What the reader of a pcapng file needs of a loop that adds up frames; `source/sum-loop.ts` has one. */

import type { FrameSums } from '../core/frame-sums.js';

/** Which frames belong together: those that are like the one before them. */
export interface SumPlan {
  /** The interface's number in its section. */
  interfaceId: number;
  /** The queue that all of them name; undefined: none names one. */
  queue: number | undefined;
  /** First tick of their second, upper half … */
  firstTickHigh: number;
  /** … and lower half. */
  firstTickLow: number;
  /** Ticks of that second, 1 … 10^9. */
  ticks: number;
  /** Nanoseconds of a tick. */
  nsPerTick: number;
  /** Nanoseconds from the start of the second to the frame before. */
  nanosecondsBefore: number;
  /** A longer block is taken for a broken file. */
  maxBlockBytes: number;
}

/** A loop over blocks that lie in memory of its own. */
export interface SummingLoop {
  /** Memory for the file's bytes, from a multiple of 8 on: the loop sees no other. */
  readonly room: Uint8Array;
  /** What the last frames came to that were added. */
  readonly sums: FrameSums;
  /** Where in the room the block behind the last of those starts. */
  readonly endAfter: number;
  /** Time of the last of them, in nanoseconds within its second. */
  readonly lastNanoseconds: number;
  /** Whether the last call ended for want of room for what it writes: the next one, behind the frame that follows, has room. */
  readonly isFull: boolean;
  /**
   * Adds up enhanced packet blocks in host order, up to the first that doesn't belong to them, isn't whole
   * or isn't right.
   *
   * @param at where in the room the first block starts, a multiple of 4
   * @param end where in the room the bytes of the file end
   * @returns how many; where 0, what the fields above say means nothing
   */
  sum(at: number, end: number, plan: SumPlan): number;
  /** Gives the memory to another file: nothing that lies in it is needed any more. */
  release(): void;
}
