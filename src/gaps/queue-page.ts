/** One ring's part of an interface's page of the ledger, where several rings feed the interface. */

import { exactLoss, type Loss } from '../core/loss.js';
import type { LossBounds } from './account.js';
import { finalGap, findViolation } from './conservation.js';
import { addLosses } from './loss-sum.js';

/** What one of several rings lost after its last frame. */
export interface QueueFinalGap {
  /** As in `FrameBatch.queue`. */
  readonly queue: number;
  readonly lost: number;
  /** Where it isn't exact: between what the true number lies. Undefined: exact. */
  readonly bounds: LossBounds | undefined;
}

/** What was counted for one ring, from the beginning of the run to its end. */
export interface QueueTotals {
  readonly queue: number;
  readonly received: number;
  readonly dropped: number;
  /** What the source knows of the loss after the ring's last frame; undefined: nothing more. */
  readonly finalLoss?: Loss | undefined;
}

/** Running counts of one ring. */
export class QueuePage {
  readonly queue: number;
  /** Frames delivered in the run. */
  frames = 0;
  /** Frames lost in gaps that have a frame after them. */
  placed = 0;
  /** Number in the present file of the last frame; 0: none in this file. */
  lastNumber = 0;
  /** Time of the last frame of the run; means nothing while `frames` is 0. */
  lastSeconds = 0;
  lastNanoseconds = 0;
  /** Frames that were taken from the source and won't be delivered. */
  unread = 0;
  /** Lost before those frames. */
  unreadLoss: Loss = exactLoss(0);

  constructor(queue: number) {
    this.queue = queue;
  }

  /** Counts a frame that won't be delivered, and what was lost before it. */
  addUnread(loss: Loss | undefined): void {
    this.unread++;
    if (loss !== undefined) this.unreadLoss = addLosses(this.unreadLoss, loss);
  }

  /**
   * The ring's final gap, by its totals; checks nothing.
   */
  finalGap({ dropped, finalLoss }: QueueTotals): QueueFinalGap {
    const lost = finalGap(dropped, this.placed);
    const known = addLosses(this.unreadLoss, finalLoss ?? exactLoss(0));
    const { queue } = this;
    if (known.certainty === 'exact') return { queue, lost, bounds: undefined };
    const total = addLosses(known, exactLoss(lost - known.lost));
    return { queue, lost, bounds: total };
  }

  /**
   * Holds the ring's totals against what was booked.
   *
   * @param label the interface's name
   * @param allUnread whether the source showed every frame it had; otherwise what is missing is unread
   * @throws {AccountingError} `LEDGER_MISMATCH` where the law of conservation fails for this ring
   */
  check(label: string, totals: QueueTotals, allUnread: boolean): void {
    const { received, dropped, finalLoss } = totals;
    const violation = findViolation({
      interface: `${label}, ring ${this.queue}`,
      received,
      delivered: this.frames,
      dropped,
      unread: allUnread ? this.unread : received - dropped - this.frames,
      placed: this.placed,
      lostAfter:
        allUnread && finalLoss !== undefined ? this.unreadLoss.lost + finalLoss.lost : undefined,
    });
    if (violation !== undefined) throw violation;
  }
}
