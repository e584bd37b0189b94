/**
 * Frames that can be taken many at a time: the source itself lays them out as a capture file has them.
 *
 * What a batch gives field by field, a source that knows how its frames lie in memory can encode in one
 * loop of its own, without the stores and loads in between. It takes the *plain* frames; any other stops
 * it, and is read through the batch. So there is one meaning of a frame, and this is only a shorter way
 * for most of them.
 */

/** Where blocks are encoded to: one piece of memory, seen in three ways, all from its first byte. */
export interface EncodingMemory {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly longs: BigInt64Array;
}

/** Which frames of a run are wanted, and what all their blocks say. */
export interface RunPlan {
  /** Frames to take at most. */
  most: number;
  /** No block may end behind this word of the area; `SLACK_WORDS` more may be overwritten. */
  end: number;
  /** The interface's number in the file. */
  interfaceId: number;
  /** The ring or receive queue that blocks name (epb_queue); undefined: none. */
  queue: number | undefined;
  /** Frames from this second on, since 1970-01-01 UTC … */
  firstSecond: number;
  /** … up to and with this one. */
  lastSecond: number;
}

/** Words beyond a frame's last one that whoever encodes may overwrite. */
export const SLACK_WORDS = 16;

/** The next frames of a batch, none with a loss before it; whoever takes some steps over them. */
export interface FrameRun {
  /** Where the frames can be encoded to, and nowhere else: their own memory has room for it. */
  readonly area: EncodingMemory;
  /** As in `FrameBatch`; all frames of a run are of one interface. */
  readonly interfaceId: number;
  /** Frames that are left. */
  readonly left: number;
  /** Time of the frame that was taken last: seconds since 1970-01-01 UTC (u32). */
  readonly seconds: number;
  /** The same: nanoseconds within the second. */
  readonly nanoseconds: number;
  /** Word of the area behind the last block that `encode` made. */
  readonly encodedTo: number;

  /**
   * Encodes frames as enhanced packet blocks up to the first that isn't plain or isn't in the plan,
   * byte for byte as `BlockEncoder.frame` does.
   *
   * @param at word of the area where the first block goes
   * @returns frames taken; what it says of them is in the fields above
   */
  encode(at: number, plan: RunPlan): number;
}
