/** What a running capture tells of itself, to whoever asks. */

import type { FrameSource } from '../core/frame.js';
import type { Ledger } from '../gaps/ledger.js';
import type { CaptureCounts, CaptureProgress, CaptureSnapshot } from './capture-options.js';
import type { CaptureWriter } from './capture-writer.js';
import type { InterfaceTotals } from './interface-totals.js';
import type { LossSampler } from './loss-sampler.js';

/** The parts of a capture that know how far it is. */
export interface CountedParts {
  readonly source: FrameSource;
  readonly ledger: Ledger;
  readonly totals: InterfaceTotals;
  readonly sampler: LossSampler;
  readonly writer: CaptureWriter | undefined;
  /** Whether it writes a series of files. */
  readonly isSeries: boolean;
  /** When it began, on the clock of `performance.now`. */
  readonly startMs: number;
}

/** The counts of one capture as of now. Nothing is looked at before somebody asks. */
export class RunningCounts {
  /** Gaps so far: for the capture to count. */
  gaps = 0;
  readonly #parts: CountedParts;

  constructor(parts: CountedParts) {
    this.#parts = parts;
  }

  /** See `CaptureSession.progress`. */
  get progress(): CaptureProgress {
    const { totals, ledger, source, writer, startMs } = this.#parts;
    const { received, dropped } = totals.sums();
    const frames = ledger.runFrameCount;
    return {
      frames,
      received: received ?? frames,
      lost: dropped ?? 0,
      gaps: this.gaps,
      fill: source.fill,
      bytesWritten: writer?.bytesWritten,
      elapsedMs: performance.now() - startMs,
      ...this.#place,
    };
  }

  /** See `CaptureSession.counts`. */
  get counts(): CaptureCounts {
    const { totals, sampler, writer } = this.#parts;
    return {
      interfaces: totals.counts(),
      backlogDropped: sampler.backlogDropped,
      bytesWritten: writer?.bytesWritten,
      ...this.#place,
    };
  }

  /** See `CaptureSession.snapshot`. */
  get snapshot(): CaptureSnapshot {
    const { totals, ledger, writer } = this.#parts;
    return {
      account: totals.soFar(),
      file: writer?.path,
      fileCount: writer === undefined ? 0 : ledger.fileCount,
    };
  }

  get #place(): Pick<CaptureProgress, 'file' | 'fileNumber'> {
    const { ledger, writer, isSeries } = this.#parts;
    return { file: writer?.path, fileNumber: isSeries ? ledger.fileCount : undefined };
  }
}
