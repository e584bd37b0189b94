/** What the ledger knows at the end: one account per interface, one per file, one per run. */

import type { Gap } from './gap.js';
import type { QueueFinalGap } from './queue-page.js';

/** Between what a number of lost frames lies, where it isn't exact. */
export interface LossBounds {
  readonly atLeast: number;
  readonly atMost: number;
  /** The group, from 1 per interface, over which the sum of the counts is exact. */
  readonly group: number | undefined;
}

/** The totals of one interface, once they are settled; an unknown number is undefined. */
export interface Settlement {
  /** Frames the kernel tried to give to the socket, after the filter, dropped ones included. */
  readonly received: number | undefined;
  /** Received, then discarded because queue or ring was full. */
  readonly dropped: number | undefined;
  /** Still in queue or ring at the end; 0 after a clean stop. */
  readonly unread: number | undefined;
  /** Delivered frames that a copy of the capture left out on purpose; undefined: none. */
  readonly leftOut?: number | undefined;
  /** Frames lost after the interface's last frame. */
  readonly finalGap: number | undefined;
  /** Where the final gap isn't exact: between what its true number lies. Undefined: exact. */
  readonly finalBounds: LossBounds | undefined;
  /**
   * The final gap by rings, where several feed the interface and somebody recorded that; rings that lost
   * nothing are left out.
   */
  readonly finalQueues?: readonly QueueFinalGap[] | undefined;
  /** Frames lost at places that nobody recorded. */
  readonly unplaced: number | undefined;
  /**
   * Whether the absence of a gap means that no frame was lost there. False for what records no
   * loss at all, such as a classic pcap file: then `lost` is unknown instead of 0.
   */
  readonly lossRecorded: boolean;
}

/** The account of one interface; an unknown number is undefined, never 0. */
export interface InterfaceAccount {
  /** Position in the source's list, from 0. */
  readonly id: number;
  /** The system's name for it; undefined where a file gives none. */
  readonly name: string | undefined;
  /** LINKTYPE_ number of its frames. */
  readonly linkType: number | undefined;
  /** Frames delivered. */
  readonly frames: number;
  /** Frames the kernel tried to give to the socket, after the filter, dropped ones included. */
  readonly received: number | undefined;
  /** Received, then discarded because queue or ring was full. */
  readonly dropped: number | undefined;
  /** Still in queue or ring at the end. */
  readonly unread: number | undefined;
  /**
   * Delivered frames that aren't in this file because a copy left them out on purpose; undefined:
   * none. Then received = frames + left out + dropped + unread.
   */
  readonly leftOut?: number | undefined;
  /**
   * Sum of gaps, final gap and unplaced, as far as they are known (what is unknown adds nothing);
   * undefined where nothing at all is known of loss.
   */
  readonly lost: number | undefined;
  /** Sum of the gaps that have a frame after them; the final gap isn't in it. */
  readonly placed: number;
  /** Frames lost after the last frame. */
  readonly finalGap: number | undefined;
  /** Frames lost at places that nobody recorded. */
  readonly unplaced: number | undefined;
  /** Gaps, the final one included; entries with no frame counted at them aren't gaps. */
  readonly gapCount: number;
  /** How many of `gapCount` have the certainty `bounded`. */
  readonly boundedGapCount: number;
}

/** The account of a file or of a run: sums over its interfaces, and the gaps. */
export interface CaptureAccount {
  /** Frames delivered, over all interfaces. */
  readonly frames: number;
  /** Sum of the interfaces' `lost` as far as known; undefined where no interface's is. */
  readonly lost: number | undefined;
  /** In the order of their ids. */
  readonly interfaces: readonly InterfaceAccount[];
  /**
   * The gaps in the order of the frames after them, final gaps last; at most as many as the ledger
   * keeps (see `gapsOmitted`). Entries with `lost` 0 are places where frames counted at a
   * neighbouring gap may have been lost.
   */
  readonly gaps: readonly Gap[];
  /** Gaps there were, listed or not, entries with `lost` 0 not counted. */
  readonly gapCount: number;
  /** Entries that `gaps` should hold and doesn't, because there were too many to keep. */
  readonly gapsOmitted: number;
}

/** Adds up the interfaces' losses; undefined where none knows its own, or there is none. */
export function sumOfLost(interfaces: readonly InterfaceAccount[]): number | undefined {
  let sum: number | undefined;
  for (const { lost } of interfaces) {
    if (lost !== undefined) sum = (sum ?? 0) + lost;
  }
  return sum;
}
