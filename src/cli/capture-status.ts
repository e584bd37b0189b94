/** The live line of a running capture: its progress, and the rate over the last seconds. */

import type { CaptureProgress, CaptureStatus } from '../index.js';

/** Samples that the rate is taken over: two seconds of a line rewritten four times a second. */
const samplesKept = 9;

/** Turns successive readings of a capture's progress into what the status line shows. */
export class RateMeter {
  readonly #samples: { frames: number; elapsedMs: number }[] = [];

  /** Takes a reading; the rate is that between the oldest kept reading and this one. */
  take(progress: CaptureProgress): CaptureStatus {
    const { frames, lost, gaps, fill, elapsedMs } = progress;
    this.#samples.push({ frames, elapsedMs });
    if (this.#samples.length > samplesKept) this.#samples.shift();
    const oldest = this.#samples[0]!;
    const seconds = (elapsedMs - oldest.elapsedMs) / 1000;
    const framesPerSecond = seconds > 0 ? (frames - oldest.frames) / seconds : undefined;
    return { frames, framesPerSecond, lost, gapCount: gaps, fill };
  }
}
