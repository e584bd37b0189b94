/** When one capture file is enough and the next one begins. */

import { ArgumentError } from '../core/errors.js';

/** What ends a file and begins the next; whichever comes first. dumpcap's `-b`. */
export interface RotationOptions {
  /** Milliseconds after a file's beginning. */
  readonly durationMs?: number | undefined;
  /**
   * Whenever the clock shows a multiple of so many seconds since 1970-01-01 UTC: 3600 is every hour
   * on the hour.
   */
  readonly intervalSeconds?: number | undefined;
  /** When the file has so many bytes (before compression), after the frame that reaches it. */
  readonly fileSizeBytes?: number | undefined;
  /** When the file holds so many frames. */
  readonly packets?: number | undefined;
  /** Files to keep: when there are more, the oldest is deleted. All of them unless given. */
  readonly files?: number | undefined;
}

/**
 * How long after an interval's end an idle capture waits before it begins the next file, so that
 * frames of that interval that the kernel still holds back get into it, in milliseconds.
 */
const INTERVAL_GRACE_MS = 200;

/** What decides whether a file is full, looked at after each frame. */
export interface FileLimits {
  /** Frames; `Infinity` where there is no limit. */
  readonly packets: number;
  /** Bytes; `Infinity` where there is no limit. */
  readonly fileSizeBytes: number;
}

/**
 * The limits of one file.
 *
 * @param series whether there is a series of files, and whether a next one can be begun
 * @param framesBefore frames in the files before it
 */
export function fileLimits(
  options: {
    readonly rotation?: RotationOptions | undefined;
    readonly maxFrames?: number | undefined;
    readonly maxFileSizeBytes?: number | undefined;
  },
  series: { readonly exists: boolean; readonly goesOn: boolean },
  framesBefore: number,
): FileLimits {
  const { rotation, maxFrames = Number.POSITIVE_INFINITY, maxFileSizeBytes } = options;
  const ofFile = series.goesOn ? rotation : undefined;
  const sizeBytes = series.exists ? ofFile?.fileSizeBytes : maxFileSizeBytes;
  return {
    packets: Math.min(maxFrames - framesBefore, ofFile?.packets ?? Number.POSITIVE_INFINITY),
    fileSizeBytes: sizeBytes ?? Number.POSITIVE_INFINITY,
  };
}

/**
 * Watches the clock for one rotating capture; knows nothing of files.
 *
 * Frames belong to the interval in which they were captured, so a frame's own time ends an interval.
 * Where no frame comes, the clock does, a moment later.
 */
export class RotationClock {
  readonly #durationMs: number;
  readonly #intervalSeconds: number | undefined;
  #fileEndsAtMs = Number.POSITIVE_INFINITY;
  #intervalEnd = Number.POSITIVE_INFINITY;
  #intervalFloor = 0;

  /** @throws {ArgumentError} `BAD_ROTATION` for a limit that can't be */
  constructor(options: RotationOptions) {
    for (const [name, value] of Object.entries(options)) {
      if (
        value === undefined ||
        (value > 0 && (name === 'durationMs' || Number.isSafeInteger(value)))
      )
        continue;
      throw new ArgumentError('BAD_ROTATION', `Can't rotate capture files by ${name} ${value}.`, {
        argument: name,
        value,
        expected: 'a number above 0',
      });
    }
    this.#durationMs = options.durationMs ?? Number.POSITIVE_INFINITY;
    this.#intervalSeconds = options.intervalSeconds;
  }

  /**
   * A file begins.
   *
   * @param monotonicMs from `performance.now()`
   * @param epochSeconds seconds since 1970: the clock's, or the frame's that ended the interval
   */
  begin(monotonicMs: number, epochSeconds: number): void {
    this.#fileEndsAtMs = monotonicMs + this.#durationMs;
    const interval = this.#intervalSeconds;
    if (interval !== undefined) {
      this.#intervalEnd = (Math.floor(epochSeconds / interval) + 1) * interval;
      this.#intervalFloor = this.#intervalEnd - 2 * interval;
    }
  }

  /** The first second since 1970 whose frames belong to the next file; `Infinity`: none. */
  get intervalEnd(): number {
    return this.#intervalEnd;
  }

  /**
   * A second since 1970 before which frames belong to the next file too: the beginning of the interval
   * before this one. Late frames aren't so late; the clock was set back.
   */
  get intervalFloor(): number {
    return this.#intervalFloor;
  }

  /** Whether the file's time is over. */
  isOver(monotonicMs: number): boolean {
    return monotonicMs >= this.#fileEndsAtMs;
  }

  /** Whether the interval is over though no frame has said so; ask when no frame is at hand. */
  isIntervalOver(epochMs: number): boolean {
    return (
      epochMs >= this.#intervalEnd * 1000 + INTERVAL_GRACE_MS ||
      epochMs < this.#intervalFloor * 1000
    );
  }

  /** Milliseconds until the clock should be looked at again. */
  msUntilDue(monotonicMs: number, epochMs: number): number {
    const ofFile = this.#fileEndsAtMs - monotonicMs;
    const ofInterval = this.#intervalEnd * 1000 + INTERVAL_GRACE_MS - epochMs;
    return Math.max(0, Math.min(ofFile, ofInterval));
  }
}
