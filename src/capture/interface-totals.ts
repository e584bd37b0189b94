/** The totals of the interfaces, for a whole run and for each of its files. */

import type { FrameBatch, FrameSource, ReceiveCounters } from '../core/frame.js';
import type { CaptureAccount, InterfaceAccount } from '../gaps/account.js';
import { isFinalGap } from '../gaps/gap.js';
import type { Ledger, SocketTotals } from '../gaps/ledger.js';
import type { StatisticsToWrite } from '../pcapng/description-blocks.js';
import { encodeLossComment } from '../pcapng/loss-options.js';
import { encodeQueueLosses } from '../pcapng/queue-losses.js';
import type { InterfaceCounts } from './capture-options.js';

/** The time that a file covers, in nanoseconds since 1970-01-01 UTC. */
export interface FileTime {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** What takes the totals of an interface for the present file. */
interface StatisticsWriter {
  statistics(interfaceId: number, statistics: StatisticsToWrite): void;
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
  #lastWanted: { readonly interfaceId: number; readonly queue: number | undefined } | undefined =
    undefined;

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
   * Records the totals of each interface in a file that the ledger has just finished.
   *
   * @param account of that file
   */
  writeFinished(writer: StatisticsWriter, account: CaptureAccount, time: FileTime): void {
    for (const one of account.interfaces) {
      writer.statistics(one.id, this.#ofFinishedFile(one, time));
    }
  }

  #ofFinishedFile(account: InterfaceAccount, time: FileTime): StatisticsToWrite {
    const counters = this.#source.counters(account.id);
    const statistics = this.#divide(account, counters, time);
    const earlier = this.#earlierOf(account.id);
    earlier.received += account.received ?? 0;
    earlier.dropped += account.dropped ?? 0;
    earlier.interfaceReceived = counters?.interfaceReceived ?? 0;
    earlier.interfaceDropped = counters?.interfaceDropped ?? 0;
    return statistics;
  }

  /**
   * Records in the last file, for each interface, what the run's totals hold beyond the other files.
   *
   * @param ofRun the totals of each interface, in their order; nothing is recorded where there are none
   */
  writeLast(
    writer: StatisticsWriter,
    ofRun: readonly (SocketTotals | undefined)[],
    time: FileTime,
  ): void {
    for (const [i, { id }] of this.#source.interfaces.entries()) {
      const totals = ofRun[i];
      if (totals !== undefined) writer.statistics(id, this.#ofLastFile(id, totals, time));
    }
  }

  #ofLastFile(interfaceId: number, totals: SocketTotals, time: FileTime): StatisticsToWrite {
    const { frames } = this.#ledger.interfaceAccount(interfaceId);
    const earlier = this.#earlierOf(interfaceId);
    const received = totals.received - earlier.received;
    const dropped = totals.dropped - earlier.dropped;
    const counters = this.#source.counters(interfaceId);
    return {
      ...this.#divide({ id: interfaceId, frames, received, dropped }, counters, time),
      comment: this.#finalComment(interfaceId, totals),
    };
  }

  #finalComment(interfaceId: number, totals: SocketTotals): string | undefined {
    const queues = this.#ledger.finalQueues(interfaceId, totals);
    if (queues !== undefined) return encodeQueueLosses(queues);
    return encodeLossComment(this.#ledger.finalLoss(interfaceId, totals));
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
    const { received, dropped, finalLoss, queues } = counters;
    return { received, dropped, finalLoss, unread, queues };
  }

  /** The sums over all interfaces as of now; undefined where no interface has such a count. */
  sums(): {
    readonly received: number | undefined;
    readonly dropped: number | undefined;
    readonly interfaceDropped: number | undefined;
  } {
    const counters = this.#source.interfaces.map(({ id }) => this.#source.counters(id));
    return {
      received: sum(counters.map((one) => one?.received)),
      dropped: sum(counters.map((one) => one?.dropped)),
      interfaceDropped: sum(counters.map((one) => one?.interfaceDropped)),
    };
  }

  /**
   * One interface's counts in the present file up to now, by what has been delivered; undefined where
   * nobody counts.
   */
  soFarInFile(interfaceId: number, time: FileTime): StatisticsToWrite | undefined {
    const counters = this.#source.counters(interfaceId);
    if (counters === undefined) return undefined;
    const { frames, placed } = this.#ledger.interfaceAccount(interfaceId);
    const counts = { id: interfaceId, frames, received: frames + placed, dropped: placed };
    return { ...this.#divide(counts, counters, time), endNs: undefined };
  }

  /** Frames that an interface lost in network card and driver, in the whole run. */
  interfaceDropped(interfaceId: number): number | undefined {
    return this.#source.counters(interfaceId)?.interfaceDropped;
  }

  /** The account of the run so far, with the source's totals as of now. */
  soFar(): CaptureAccount {
    const account = this.#ledger.runAccount();
    const interfaces = account.interfaces.map((one): InterfaceAccount => {
      const counters = this.#source.counters(one.id);
      return { ...one, received: counters?.received, dropped: counters?.dropped };
    });
    return { ...account, interfaces };
  }

  /** The counts of each interface as of now; copies no gap. */
  counts(): InterfaceCounts[] {
    return this.#ledger.runInterfaceAccounts().map(({ id, frames, placed }) => {
      const counters = this.#source.counters(id);
      return {
        id,
        frames,
        received: counters?.received,
        dropped: counters?.dropped,
        placed,
        interfaceReceived: counters?.interfaceReceived,
        interfaceDropped: counters?.interfaceDropped,
        queues: counters?.queues,
      };
    });
  }

  /** Time of the last frame, of whichever interface; undefined: there was none. */
  lastFrameNs(): bigint | undefined {
    let last: bigint | undefined;
    for (const { id } of this.#source.interfaces) {
      const time = this.#ledger.lastTimeNs(id);
      if (time !== undefined && (last === undefined || time > last)) last = time;
    }
    return last;
  }

  /**
   * Closes all accounts, also where one of them fails.
   *
   * @param ofRun the totals of each interface, in their order
   * @throws {AccountingError} the first violation of the law of conservation
   */
  closeAccounts(ofRun: readonly (SocketTotals | undefined)[]): void {
    let violation: unknown;
    for (const [i, { id }] of this.#source.interfaces.entries()) {
      try {
        this.#ledger.close(id, ofRun[i]);
      } catch (error) {
        violation ??= error;
      }
    }
    if (violation !== undefined) throw violation;
  }

  /** Takes note that a limit ended the run with the frame that the batch stands on. */
  endWithFrameOf({ interfaceId, queue }: FrameBatch): void {
    this.#lastWanted = { interfaceId, queue };
  }

  /**
   * Frames lost right behind the frame with which a limit ended the run, at least; 0 where none did.
   * To be called when the accounts are closed.
   */
  lostBeyondLimit(): number {
    const { gaps } = this.#ledger.account();
    const { interfaceId, queue } = this.#lastWanted ?? {};
    const last = gaps.find(
      (gap) => isFinalGap(gap) && gap.interfaceId === interfaceId && gap.queue === queue,
    );
    return last?.atLeast ?? 0;
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

/** Adds up what is known; undefined where nothing is. */
function sum(counts: readonly (number | undefined)[]): number | undefined {
  let total: number | undefined;
  for (const count of counts) if (count !== undefined) total = (total ?? 0) + count;
  return total;
}
