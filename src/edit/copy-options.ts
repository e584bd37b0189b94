/** What can be asked of a copy, and what it tells at its end. */

import type { AccountingError } from '../core/errors.js';
import type { CopyFormat } from './output-file.js';
import type { SelectionOptions } from './selection.js';

/** How to make frames anonymous. */
export interface AnonymiseOptions {
  /** 32 bytes; the same key gives the same pseudonyms. */
  readonly key: Uint8Array;
  /** Whether what lies behind the headers stays as it is; cut off unless given. */
  readonly keepPayload?: boolean | undefined;
}

/** How to copy. */
export interface CopyOptions {
  /** The output; `-` is standard output, `.gz` at the end compresses it. */
  readonly output: string;
  /** `pcapng` unless given. */
  readonly format?: CopyFormat | undefined;
  /** Which frames are taken; all unless given. */
  readonly selection?: SelectionOptions | undefined;
  /** How much a compressed input may grow; see `DecompressionLimits`. */
  readonly maxCompressionRatio?: number | undefined;
  /** Longest part of a frame that is kept, in bytes. */
  readonly snapshotLength?: number | undefined;
  /** Makes frames anonymous. */
  readonly anonymise?: AnonymiseOptions | undefined;
  /** Called now and then. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
  /** Ends the copy early but properly: the output is whole as far as it goes. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a copy is. */
export interface CopyProgress {
  /** Frames read so far. */
  readonly frames: number;
  /** Bytes of the inputs read so far, as they are stored. */
  readonly inputBytes: number;
}

/** What became of the frames. */
export interface CopyResult {
  /** Frames of all inputs. */
  readonly framesRead: number;
  /** Frames in the output. */
  readonly framesWritten: number;
  /** Frames that the inputs record as lost, in gaps and by their totals. */
  readonly lost: number;
  /** How many of these the output records as well: all or, as pcap, none. */
  readonly lostKept: number;
  /** Whether an input ended inside a block. */
  readonly truncated: boolean;
  /** Which inputs did, as they were named; `-` is standard input. */
  readonly truncatedInputs: readonly string[];
  /**
   * Where an input's own counts of frames contradict each other, one for each such interface. What they
   * say is copied all the same.
   */
  readonly mismatches: readonly AccountingError[];
  /** Interfaces that `selection` names and no input has. */
  readonly unknownInterfaces: readonly string[];
  /** Whether `signal` ended it early. */
  readonly aborted: boolean;
  /** What couldn't be kept as it was, and how often. */
  readonly notes: readonly (readonly [what: string, count: number])[];
}
