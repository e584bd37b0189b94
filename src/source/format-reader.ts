/** What a file source needs from the reader of a file format. */

import type { FrameBatch } from '../core/frame.js';
import type { FileEnd } from '../pcapng/block-parser.js';
import type { FrameBlock } from '../pcapng/frame-cursor.js';
import type { FileInterface } from '../pcapng/interface-description.js';
import type { Section } from '../pcapng/section.js';
import type { InterfaceStatistics } from '../pcapng/statistics.js';

/** The frames of a file: what every batch has, and what only a file can tell. */
export interface FileBatch extends FrameBatch {
  /**
   * Whether the file gives the frame a time; where false, `seconds` and `nanoseconds` are 0 and mean
   * nothing.
   *
   * False for pcapng's simple packet blocks, and for times before 1970 or after 2106.
   */
  readonly hasTimestamp: boolean;
  /** Number of the frame in the file, from 1, as Wireshark numbers them. */
  readonly frameNumber: number;
  /** The receive queue or ring that the frame came from; undefined where not stated. */
  readonly queue: number | undefined;
  /** Upper half of the time in the interface's own units; undefined where the format has no such. */
  readonly ticksHigh: number | undefined;
  /** Lower half of the time in the interface's own units. */
  readonly ticksLow: number | undefined;
  /** The pcapng block that the frame is in; undefined for other formats. */
  rawBlock(): FrameBlock | undefined;
  /**
   * Options beyond flags, queue, drop count and comments, encoded for a little-endian pcapng section;
   * undefined where there are none.
   */
  otherOptions(): Uint8Array | undefined;
  /** The frame's comments, decoded at each call; the one that bounds a loss is among them. */
  comments(): readonly string[];
}

/** One file format, read from start to end. `FileSource` says what the members mean. */
export interface FormatReader {
  /** Which variant of its format the file is; undefined: the usual one, or not yet known. */
  readonly variant: string | undefined;
  readonly sections: readonly Section[];
  readonly interfaces: readonly FileInterface[];
  readonly ended: boolean;
  readonly end: FileEnd | undefined;
  /** Brings the next frames into memory: at least one, or `ended` is true afterwards. */
  read(): FileBatch;
  stop(): void;
  statistics(interfaceId: number): InterfaceStatistics | undefined;
  statisticsCount(interfaceId: number): number;
  onStatistics?: ((interfaceId: number, statistics: InterfaceStatistics) => void) | undefined;
}
