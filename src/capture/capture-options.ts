/** What to capture, into what, and until when. */

import type { FrameBatch } from '../core/frame.js';
import type { Gap } from '../gaps/gap.js';
import type { LiveSourceOptions } from '../source/live-source.js';

/** A consumer of frames beside the file, such as one that prints a line for each. */
export interface FrameSink {
  /**
   * Takes one frame; called once for each, in order.
   *
   * @param batch stands on the frame; valid only during the call
   * @param number the frame's number, from 1
   */
  frame(batch: FrameBatch, number: number): void;
  /** Called when no further frame is at hand for now, and at the end. */
  flush(): void;
}

/** Settings of a capture session: those of the source, and these. */
export interface CaptureOptions extends LiveSourceOptions {
  /** The pcapng file to write; `-` for standard output; none unless given. */
  readonly output?: string | undefined;
  /** Who else gets each frame. */
  readonly sink?: FrameSink | undefined;
  /** Frames after which the capture ends. */
  readonly maxFrames?: number | undefined;
  /** Milliseconds after which it ends. */
  readonly durationMs?: number | undefined;
  /** Called for each gap as soon as it is known. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
}

/** A capture under way, in numbers. */
export interface CaptureProgress {
  /** Frames delivered. */
  readonly frames: number;
  /** Frames the kernel tried to give to the socket, as of the last look at its counters. */
  readonly received: number;
  /** Frames the kernel dropped, as of the last look at its counters. */
  readonly lost: number;
  /** Gaps found so far. */
  readonly gaps: number;
  /** How full the ring or queue is, 0 to 1; undefined where that can't be told. */
  readonly fill: number | undefined;
  /** Bytes of capture file written, pending ones included; undefined without a file. */
  readonly bytesWritten: number | undefined;
  /** Milliseconds since the capture began. */
  readonly elapsedMs: number;
}
