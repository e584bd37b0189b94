/** What a copy writes into: a pcapng file that holds all, or a pcap file that holds frames only. */

import type { RawBlock } from '../pcapng/pcapng-reader.js';
import type { InterfaceStatistics } from '../pcapng/statistics.js';
import type { FileBatch } from '../source/format-reader.js';
import type { Anonymiser } from './anonymiser.js';
import type { CopyNotes } from './copy-notes.js';
import type { EditableFrame } from './editable-frame.js';
import type { CopiedInterface, InterfaceRecord } from './interface-record.js';

/** How frames are changed on their way, and what they go through. */
export interface SinkOptions {
  /** Longest part of a frame that is kept; 0: all. */
  readonly snapshotLength: number;
  /** Makes frames anonymous; undefined: they aren't. */
  readonly anonymiser: Anonymiser | undefined;
  /** Whether the output differs from the input, so that what mustn't be in a changed file isn't. */
  readonly changes: boolean;
  /** Size of the pieces that the output is given, in bytes. */
  readonly bufferBytes: number;
  /** Takes note of what can't be kept. */
  readonly notes: CopyNotes;
}

/** What is to be known of an interface when it is taken into the output. */
export interface InterfaceOrigin {
  /** The interface as its input describes it. */
  readonly described: CopiedInterface & { readonly fcsLength: number | undefined };
  /** Its description, little-endian; undefined where the input is a pcap file. */
  readonly block: Uint8Array | undefined;
  /** Whether the input's writer places every loss that a frame follows. */
  readonly writerPlacesLosses: boolean;
}

/** Takes what an input holds, in its order. */
export interface CopySink {
  /**
   * Begins a section.
   *
   * @param block its header, little-endian
   * @param placesLosses whether its application says that every loss is placed which a frame follows
   */
  section(block: Uint8Array, placesLosses: boolean): void;
  /** Takes in an interface. */
  addInterface(origin: InterfaceOrigin): InterfaceRecord;
  /** Takes a frame that was booked: into the output, or only its loss. */
  frame(batch: FileBatch, record: InterfaceRecord, taken: boolean): void;
  /** Takes statistics that were booked; `block` is little-endian. */
  statistics(block: Uint8Array, record: InterfaceRecord, meaning: InterfaceStatistics): void;
  /** Takes any other block. */
  otherBlock(block: RawBlock): void;
  /** Ends an interface: its section or its input is over. */
  endInterface(record: InterfaceRecord, truncated: boolean): void;
  /** Hands everything on. */
  flush(): void;
}

/** Makes a frame what the options ask for, all but its loss. */
export function changeFrame(
  frame: EditableFrame,
  batch: FileBatch,
  linkType: number,
  { snapshotLength, anonymiser }: SinkOptions,
): void {
  frame.set(batch);
  if (snapshotLength > 0) frame.capturedLength = Math.min(frame.capturedLength, snapshotLength);
  anonymiser?.apply(frame, linkType);
}
