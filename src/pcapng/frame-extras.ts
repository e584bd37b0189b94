/** What blocks of frames may say, and which frames are to be encoded. */

/** What a frame block may say beyond what its batch knows. */
export interface FrameExtras {
  /** The receive queue or ring that the frame came from: epb_queue, u32. */
  queue?: number | undefined;
  /** Comments, before the one that an inexact loss adds. */
  comments?: readonly string[] | undefined;
  /** The interface in this section, where it isn't the batch's number. */
  interfaceId?: number | undefined;
  /**
   * Further options as they stand in a little-endian section: code, length, value and padding each,
   * without opt_endofopt and without those that the other members and the batch give.
   */
  options?: Uint8Array | undefined;
  /** The time in the interface's own units, where that isn't nanoseconds; else the batch's. */
  ticks?: FrameTicks | undefined;
}

/** A 64-bit time in an interface's own units, as its two halves. */
export interface FrameTicks {
  /** The upper 32 bits, as u32 or int32. */
  readonly ticksHigh: number;
  /** The lower 32 bits. */
  readonly ticksLow: number;
}

/** Which frames of a run to encode. */
export interface RunLimits {
  /** Frames to take at most. */
  most: number;
  /** Bytes to encode at most. */
  mostBytes: number;
  /** Frames from this second on, since 1970-01-01 UTC … */
  firstSecond: number;
  /** … up to and with this one. */
  lastSecond: number;
}

/** What the blocks of a run may say beyond what its source knows. */
export type RunExtras = Pick<FrameExtras, 'queue' | 'interfaceId'>;
