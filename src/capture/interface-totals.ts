/** The totals of the interfaces, for a whole run and for each of its files. */

import type { FrameSource, ReceiveCounters } from '../core/frame.js';
import type { InterfaceAccount } from '../gaps/account.js';
import type { Ledger, SocketTotals } from '../gaps/ledger.js';
import type { StatisticsToWrite } from '../pcapng/description-blocks.js';
import { encodeLossComment } from '../pcapng/loss-options.js';

/** The time that a file covers, in nanoseconds since 1970-01-01 UTC. */
export interface FileTime {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** One interface's counts in the files before the present one. */
interface EarlierFiles {
  received: number;
  dropped: number;
  interfaceReceived: number;
  interfaceDropped: number;
}

/**
 * Divides the source's totals, which run from the beginning, among the files.
 *
 * A finished file has what its frames and gaps make up; the last one has the rest, so that the sum over
 * all files is what the kernel counted.
 */
export class InterfaceTotals {
  readonly #source: FrameSource;
  readonly #ledger: Ledger;
  readonly #earlier = new Map<number, EarlierFiles>();
  readonly #unread = new Map<number, number>();

  constructor(source: FrameSource, ledger: Ledger) {
    this.#source = source;
    this.#ledger = ledger;
    for (const { id } of source.interfaces) {
      const nothing = { received: 0, dropped: 0, interfaceReceived: 0, interfaceDropped: 0 };
      this.#earlier.set(id, nothing);
    }
  }

  /** Counts a frame that the source gave and nobody gets. */
  addUnread(interfaceId: number): void {
    this.#unread.set(interfaceId, (this.#unread.get(interfaceId) ?? 0) + 1);
  }

  /**
   * The statistics of one interface in a file that the ledger has just finished.
   *
   * @param account of the interface in that file
   */
  ofFinishedFile(account: InterfaceAccount, time: FileTime): StatisticsToWrite {
    const counters = this.#source.counters(account.id);
    const statistics = this.#divide(account, counters, time);
    const earlier = this.#earlierOf(account.id);
    earlier.received += account.received ?? 0;
    earlier.dropped += account.dropped ?? 0;
    earlier.interfaceReceived = counters?.interfaceReceived ?? 0;
    earlier.interfaceDropped = counters?.interfaceDropped ?? 0;
    return statistics;
  }

  /** The statistics of one interface in the last file: what the run's totals hold beyond the others. */
  ofLastFile(interfaceId: number, totals: SocketTotals, time: FileTime): StatisticsToWrite {
    const { frames } = this.#ledger.interfaceAccount(interfaceId);
    const earlier = this.#earlierOf(interfaceId);
    const received = totals.received - earlier.received;
    const dropped = totals.dropped - earlier.dropped;
    const counters = this.#source.counters(interfaceId);
    return {
      ...this.#divide({ id: interfaceId, frames, received, dropped }, counters, time),
      comment: encodeLossComment(this.#ledger.finalLoss(interfaceId, totals)),
    };
  }

  /**
   * What was counted for one interface since the beginning; undefined where nobody counts.
   *
   * @param aborted whether frames were left where they were: all that is missing is unread then
   */
  ofRun(interfaceId: number, aborted: boolean): SocketTotals | undefined {
    const counters = this.#source.counters(interfaceId);
    if (counters === undefined) return undefined;
    let unread = this.#unread.get(interfaceId) ?? 0;
    if (aborted) {
      const { interfaces } = this.#ledger.runAccount();
      const frames = interfaces.find(({ id }) => id === interfaceId)?.frames ?? 0;
      unread = counters.received - counters.dropped - frames;
    }
    const { received, dropped, finalLoss } = counters;
    return { received, dropped, finalLoss, unread };
  }

  #divide(
    account: Pick<InterfaceAccount, 'id' | 'frames' | 'received' | 'dropped'>,
    counters: ReceiveCounters | undefined,
    time: FileTime,
  ): StatisticsToWrite {
    const earlier = this.#earlierOf(account.id);
    const { interfaceReceived, interfaceDropped } = counters ?? {};
    return {
      timestampNs: time.endNs,
      ...time,
      interfaceReceived: minus(interfaceReceived, earlier.interfaceReceived),
      interfaceDropped: minus(interfaceDropped, earlier.interfaceDropped),
      received: account.received,
      dropped: account.dropped,
      delivered: account.frames,
    };
  }

  #earlierOf(interfaceId: number): EarlierFiles {
    return this.#earlier.get(interfaceId)!;
  }
}

function minus(count: number | undefined, earlier: number): number | undefined {
  return count === undefined ? undefined : count - earlier;
}
