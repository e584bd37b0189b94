/**
 * Frames that can be taken many at a time: each lies behind a header of one shape, and the headers lie
 * in memory one after the other.
 *
 * What a batch gives field by field, an encoder that wants many frames can read here itself, without the
 * stores and loads in between. It takes the *plain* frames, those that are in the file what they are in
 * memory; any other stops it, and is read through the batch. So there is one meaning of a frame, and
 * this is only a shorter way for most of them.
 */

/** Where a header's fields are, counted in words from its first; word 0 holds the bytes to the next. */
export interface FrameRunLayout {
  /** Seconds since 1970-01-01 UTC. */
  readonly seconds: number;
  /** Nanoseconds within the second. */
  readonly nanoseconds: number;
  /** Bytes present. */
  readonly captured: number;
  /** Bytes that the frame had on the wire. */
  readonly original: number;
  /** Bits that `flagsByStatus` explains; its lower 9 bits. */
  readonly status: number;
  /** Bytes from the header to the frame, in the lower 16 bits. */
  readonly offset: number;
  /** The kind of frame, in bits 16 … 18. */
  readonly kind: number;
  /**
   * `FrameBatch.flags` by the lower 9 bits of the status; −1 for a frame that isn't plain: its bytes
   * or lengths aren't yet what they have to be.
   */
  readonly flagsByStatus: Int32Array;
  /** Further `FrameBatch.flags`, by kind: 8 of them. */
  readonly flagsByKind: Int32Array;
}

/** The next frames of a batch, none with a loss before it; whoever takes some steps over them. */
export interface FrameRun {
  /** The memory as 32-bit words in host order. */
  readonly words: Int32Array;
  /** The same memory as 64-bit words. */
  readonly longs: BigInt64Array;
  /** Where the headers' fields are. */
  readonly layout: FrameRunLayout;
  /** As in `FrameBatch`; all frames of a run are of one interface. */
  readonly interfaceId: number;
  /** Word at which the next frame's header begins. */
  header: number;
  /** Frames from there on. */
  left: number;
  /** Time of the frame that was taken last: seconds since 1970-01-01 UTC (u32). */
  seconds: number;
  /** The same: nanoseconds within the second. */
  nanoseconds: number;
}
