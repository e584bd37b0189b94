/**
 * Frames that are added up many at a time, for whoever wants to know no more of them than that.
 *
 * What a batch gives frame by frame, a source that knows how its frames lie in memory can add up in one
 * loop of its own. It takes the frames that belong together; any other stops it, and is read through the
 * batch. So there is one meaning of a frame, and this is only a shorter way for most of them.
 */

/**
 * What frames that follow each other come to. All are of one interface, one queue and one second, and
 * none has a loss before it.
 */
export interface FrameSums {
  /** How many; at least 1. */
  readonly frames: number;
  /** Sum of the lengths that were captured. */
  readonly capturedBytes: number;
  /** Sum of the lengths that the frames had on the wire. */
  readonly originalBytes: number;
  /** Frames that were longer on the wire than what was captured. */
  readonly shortenedFrames: number;
  /** Shortest captured part of those; means nothing where there are none. */
  readonly leastShortened: number;
  /** Longest captured part of those; means nothing where there are none. */
  readonly mostShortened: number;
  /** Frames that are older than the frame right before them; for the first, that is the one before all. */
  readonly unorderedFrames: number;
  /** Time of the earliest, in nanoseconds within the second. */
  readonly earliestNanoseconds: number;
  /** Time of the latest, in nanoseconds within the second. */
  readonly latestNanoseconds: number;
}

/** Sums that a loop writes anew for each of its calls. */
export type WritableFrameSums = { -readonly [Name in keyof FrameSums]: FrameSums[Name] };

/** Sums of no frame yet. */
export function emptyFrameSums(): WritableFrameSums {
  return {
    frames: 0,
    capturedBytes: 0,
    originalBytes: 0,
    shortenedFrames: 0,
    leastShortened: 0,
    mostShortened: 0,
    unorderedFrames: 0,
    earliestNanoseconds: 0,
    latestNanoseconds: 0,
  };
}
