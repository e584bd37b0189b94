/** Counts what a simulation delivers, and tells each gap in it as it turns up. */

import { AccountingError } from '../core/errors.js';

/** Frames lost between two delivered frames, or after the last one. */
export interface SimulatedGap {
  /** How many. */
  readonly lost: number;
  /** Number of the delivered frame before the gap, from 1; 0 where there is none. */
  readonly after: number;
  /** Number of the delivered frame after the gap; undefined: none came, this is the final gap. */
  readonly before: number | undefined;
  /** Arrival of the frame before, in virtual nanoseconds. */
  readonly startNs: number | undefined;
  /** Arrival of the frame after. */
  readonly endNs: number | undefined;
}

/** What the books of a simulated socket have at the end. */
export interface SimulatedTotals {
  /** Frames that arrived. */
  readonly received: number;
  readonly delivered: number;
  readonly dropped: number;
  /** Frames still in the buffer at the end; 0 after draining. */
  readonly unread: number;
  /** Gaps between delivered frames, or before the first one. */
  readonly gapCount: number;
  /** Frames lost after the last delivered one. */
  readonly finalGap: number;
}

/** What a simulation tells while it runs. All members may be left out. */
export interface SimulationListener {
  /** A gap: known when the frame after it is delivered; the final gap at the end. */
  gap?(gap: SimulatedGap): void;
  /**
   * A frame is delivered.
   *
   * @param timeNs its arrival
   * @param length bytes on the wire
   * @param lostBefore frames lost between it and the one delivered before
   * @param number its number among all that arrived, from 1: counted at its arrival, so that the
   *   gaps can be checked by it
   */
  frame?(timeNs: number, length: number, lostBefore: number, number: number): void;
}

/** The books of one simulated socket. Memory doesn't grow with the number of frames. */
export class GapTally {
  delivered = 0;
  /** Gaps between delivered frames, or before the first; the final gap isn't one of them. */
  gapCount = 0;
  /** Frames lost in them. */
  lostInGaps = 0;
  /** Who is told of the gaps. */
  readonly listener: SimulationListener;
  #lastNs: number | undefined;

  constructor(listener: SimulationListener) {
    this.listener = listener;
  }

  /** One or more frames are delivered, the first of them after `lost` lost ones. */
  deliver(frames: number, lost: number, firstNs: number, lastNs: number): void {
    if (lost > 0) {
      this.gapCount++;
      this.lostInGaps += lost;
      this.listener.gap?.({
        lost,
        after: this.delivered,
        before: this.delivered + 1,
        startNs: this.#lastNs,
        endNs: firstNs,
      });
    }
    this.delivered += frames;
    this.#lastNs = lastNs;
  }

  /**
   * Closes the books.
   *
   * @returns the part of the outcome that the books have
   * @throws {AccountingError} `SIMULATION_MISMATCH` where the law of conservation fails: a defect of
   *   the model
   */
  close(received: number, dropped: number, unread: number): SimulatedTotals {
    const finalGap = dropped - this.lostInGaps;
    if (received !== this.delivered + dropped + unread || finalGap < 0) {
      throw new AccountingError(
        'SIMULATION_MISMATCH',
        `The simulation received ${received} frames, but delivered ${this.delivered}, dropped ${dropped} (${this.lostInGaps} in gaps) and left ${unread}. Report this as a defect.`,
        { interface: 'model', received, delivered: this.delivered, dropped, unread },
      );
    }
    if (finalGap > 0) {
      this.listener.gap?.({
        lost: finalGap,
        after: this.delivered,
        before: undefined,
        startNs: this.#lastNs,
        endNs: undefined,
      });
    }
    const { delivered, gapCount } = this;
    return { received, delivered, dropped, unread, gapCount, finalGap };
  }
}
