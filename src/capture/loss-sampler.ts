/** Loss before the socket, read once a second and recorded where it changes. */

import type { CaptureInterface } from '../core/frame.js';
import { type EarlyLoss, EarlyLossTracker } from '../gaps/early-loss.js';
import type { StatisticsToWrite } from '../pcapng/description-blocks.js';
import type { SoftnetCounter } from '../source/softnet-counter.js';
import type { InterfaceTotals } from './interface-totals.js';

const SAMPLE_MS = 1_000;
/** Longest time without statistics in the file. */
const RECORD_NS = 60_000_000_000n;

/** What takes statistics for the present file. */
interface StatisticsWriter {
  statistics(interfaceId: number, statistics: StatisticsToWrite): void;
}

/** What was read of one interface. */
interface Sample {
  readonly statistics: StatisticsToWrite;
  readonly recorded: boolean;
}

/**
 * Reads the counters of the interfaces and, at the first of them, of the host's backlog.
 *
 * A change is recorded with the reading before it, so that it has a bracket of about a second; without
 * any, a reading a minute is. Costs some tenths of a millisecond a second.
 */
export class LossSampler {
  readonly #interfaces: readonly CaptureInterface[];
  readonly #totals: InterfaceTotals;
  readonly #softnet: SoftnetCounter | undefined;
  readonly #tracker = new EarlyLossTracker();
  readonly #samples = new Map<number, Sample>();
  readonly #startNs: bigint;
  #recordedNs: bigint;
  #dueMs: number;
  /** Dropped in the backlog before the present file. */
  #backlogBefore = 0;
  /** Dropped in the backlog, as last read. */
  #backlogRead: number | undefined = 0;

  /** @param nowMs a time that only goes forward, as `sample` takes it */
  constructor(
    interfaces: readonly CaptureInterface[],
    totals: InterfaceTotals,
    softnet: SoftnetCounter | undefined,
    now: { readonly ns: bigint; readonly ms: number },
  ) {
    this.#interfaces = interfaces;
    this.#totals = totals;
    this.#softnet = softnet;
    this.#startNs = now.ns;
    this.#recordedNs = now.ns;
    this.#dueMs = now.ms + SAMPLE_MS;
  }

  /** What was lost in the whole run. */
  get losses(): readonly EarlyLoss[] {
    return this.#tracker.losses;
  }

  /** Dropped in the host's backlog since the start, as last read; undefined where nobody counts. */
  get backlogDropped(): number | undefined {
    return this.#softnet === undefined ? undefined : this.#backlogRead;
  }

  /** Whether it is time for `sample`. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs;
  }

  /**
   * Reads the counters; writes statistics where there is something to say.
   *
   * @param last whether the file's final statistics follow, which say the rest
   */
  sample(
    writer: StatisticsWriter | undefined,
    fileStartNs: bigint,
    now: { readonly ns: bigint; readonly ms: number },
    last = false,
  ): void {
    this.#dueMs = now.ms + SAMPLE_MS;
    const backlog = this.#softnet?.read();
    this.#backlogRead = backlog;
    for (const [i, { id }] of this.#interfaces.entries()) {
      const ofFile = this.#totals.soFarInFile(id, { startNs: fileStartNs, endNs: now.ns });
      if (ofFile === undefined) continue;
      const backlogDropped =
        i > 0 || backlog === undefined ? undefined : backlog - this.#backlogBefore;
      this.#tracker.reading({
        interfaceId: id,
        timestampNs: now.ns,
        startNs: this.#startNs,
        interfaceDropped: this.#totals.interfaceDropped(id),
        backlogDropped: i > 0 ? undefined : backlog,
      });
      this.#record(writer, id, { ...ofFile, backlogDropped }, last);
    }
  }

  /** The next file begins: its counts start at 0. What the backlog drops until then, is in it too. */
  startFile(startNs: bigint): void {
    this.#samples.clear();
    this.#recordedNs = startNs;
    this.#backlogBefore = this.#backlogRead ?? 0;
  }

  #record(
    writer: StatisticsWriter | undefined,
    id: number,
    statistics: StatisticsToWrite,
    last: boolean,
  ): void {
    const before = this.#samples.get(id);
    const ofInterface =
      (statistics.interfaceDropped ?? 0) !== (before?.statistics.interfaceDropped ?? 0);
    const ofBacklog = (statistics.backlogDropped ?? 0) !== (before?.statistics.backlogDropped ?? 0);
    const changed = ofInterface || ofBacklog;
    const isOld = !last && statistics.timestampNs - this.#recordedNs >= RECORD_NS;
    if (changed && before?.recorded === false) writer?.statistics(id, before.statistics);
    // The final statistics have the interface's count.
    if ((last ? ofBacklog : changed) || isOld) writer?.statistics(id, statistics);
    if (isOld && id === this.#interfaces.at(-1)!.id) this.#recordedNs = statistics.timestampNs;
    this.#samples.set(id, { statistics, recorded: changed || isOld });
  }
}
