/** One interface's page of the ledger: running counts of the run, and where the present file began. */

import { exactLoss, type Loss } from '../core/loss.js';
import { toEpochNs } from '../core/timestamp.js';
import type { InterfaceAccount, Settlement } from './account.js';
import { addLosses } from './loss-sum.js';
import { QueuePage } from './queue-page.js';

/** Where an interface or a ring of it is: its last frame. */
export interface LastFrame {
  readonly frames: number;
  readonly lastNumber: number;
  readonly lastSeconds: number;
  readonly lastNanoseconds: number;
}

/** Time of that frame, in nanoseconds since 1970-01-01 UTC; undefined: there is none. */
export function timeOf({ frames, lastSeconds, lastNanoseconds }: LastFrame): bigint | undefined {
  return frames === 0 ? undefined : toEpochNs(lastSeconds, lastNanoseconds);
}

function isEarlier(a: LastFrame, b: LastFrame): boolean {
  return a.lastNumber < b.lastNumber;
}

/**
 * The running counts of one interface.
 *
 * Counts run over the whole run; the `…Before` fields hold what they were when the present file
 * began, so that a file's count is a difference and the frame path touches one set of fields only.
 */
export class LedgerEntry {
  readonly id: number;
  name: string | undefined = undefined;
  linkType: number | undefined = undefined;
  /** Frames delivered in the run. */
  frames = 0;
  /** Number in the present file of the last frame; 0: none in this file. */
  lastNumber = 0;
  /** Time of the last frame of the run; means nothing while `frames` is 0. */
  lastSeconds = 0;
  lastNanoseconds = 0;
  /** Frames lost in gaps that have a frame after them. */
  placed = 0;
  gapCount = 0;
  boundedGapCount = 0;
  /** Entries in the list of gaps, those with no frame counted at them included. */
  entries = 0;
  /** Whether the source said something about loss before any frame. */
  hasPlaces = false;
  settlement: Settlement | undefined = undefined;
  /** Frames that were taken from the source and won't be delivered. */
  unread = 0;
  /** Lost before those frames, that is after the last delivered one. */
  unreadLoss: Loss = exactLoss(0);
  framesBefore = 0;
  placedBefore = 0;
  gapsBefore = 0;
  boundedGapsBefore = 0;
  entriesBefore = 0;

  /** The interface's rings, where frames name theirs; in the order of their numbers. */
  readonly pages: QueuePage[] = [];

  constructor(id: number) {
    this.id = id;
  }

  /** The page of one ring. */
  pageOf(queue: number): QueuePage {
    const { pages } = this;
    const guess = pages[queue];
    if (guess?.queue === queue) return guess;
    const found = pages.find((page) => page.queue === queue);
    if (found !== undefined) return found;
    const created = new QueuePage(queue);
    pages.push(created);
    pages.sort((a, b) => a.queue - b.queue);
    return created;
  }

  /**
   * What precedes the loss after the last frame where nobody says which ring lost it: the earliest of
   * the rings' last frames, or the interface's.
   */
  lastForCertain(): LastFrame {
    const pages = this.pages.filter(({ frames }) => frames > 0);
    return pages.reduce<LastFrame>((a, b) => (isEarlier(b, a) ? b : a), this);
  }

  /** The interface's name, or its number where it has none; for messages. */
  get label(): string {
    return this.name ?? `interface ${this.id}`;
  }

  /** Time of the last frame of the run, in nanoseconds since 1970-01-01 UTC; undefined: no frame. */
  lastTimeNs(): bigint | undefined {
    return timeOf(this);
  }

  /** Counts a frame that won't be delivered, and what was lost before it. */
  addUnread(loss: Loss | undefined): void {
    this.unread++;
    if (loss !== undefined) this.unreadLoss = addLosses(this.unreadLoss, loss);
  }

  /** Remembers the present counts as those with which the next file begins. */
  startFile(): void {
    this.lastNumber = 0;
    for (const page of this.pages) page.lastNumber = 0;
    this.framesBefore = this.frames;
    this.placedBefore = this.placed;
    this.gapsBefore = this.gapCount;
    this.boundedGapsBefore = this.boundedGapCount;
    this.entriesBefore = this.entries;
  }

  /** The account of a file that ends with its last frame: nothing is lost or unread after it. */
  finishedFileAccount(): InterfaceAccount {
    const account = this.fileAccount();
    return {
      ...account,
      received: account.frames + account.placed,
      dropped: account.placed,
      unread: 0,
      finalGap: 0,
      unplaced: 0,
    };
  }

  /** The account of the present file: what the totals hold beyond the earlier files. */
  fileAccount(): InterfaceAccount {
    const earlier = this.framesBefore + this.placedBefore;
    const run = this.runAccount();
    return {
      ...run,
      frames: this.frames - this.framesBefore,
      received: run.received === undefined ? undefined : run.received - earlier,
      dropped: run.dropped === undefined ? undefined : run.dropped - this.placedBefore,
      lost: run.lost === undefined ? undefined : run.lost - this.placedBefore,
      placed: this.placed - this.placedBefore,
      gapCount: this.gapCount - this.gapsBefore,
      boundedGapCount: this.boundedGapCount - this.boundedGapsBefore,
    };
  }

  /** The account of the run. */
  runAccount(): InterfaceAccount {
    const settlement = this.settlement;
    const lossRecorded = settlement?.lossRecorded ?? true;
    const lost = this.placed + (settlement?.finalGap ?? 0) + (settlement?.unplaced ?? 0);
    return {
      id: this.id,
      name: this.name,
      linkType: this.linkType,
      frames: this.frames,
      received: settlement?.received,
      dropped: settlement?.dropped,
      unread: settlement?.unread,
      ...(settlement?.leftOut === undefined ? {} : { leftOut: settlement.leftOut }),
      lost: lossRecorded ? lost : undefined,
      placed: this.placed,
      finalGap: settlement?.finalGap,
      unplaced: settlement?.unplaced,
      gapCount: this.gapCount,
      boundedGapCount: this.boundedGapCount,
    };
  }
}
