/** Recorded gaps: reads any source of frames to its end and says what is known of its loss. */

import { type AccountingError, FormatError } from '../core/errors.js';
import type { FrameBatch, FrameSource } from '../core/frame.js';
import type { FrameSums } from '../core/frame-sums.js';
import type { LossBounds } from '../gaps/account.js';
import { type EarlyLossReading, EarlyLossTracker } from '../gaps/early-loss.js';
import { Ledger, type LedgerOptions } from '../gaps/ledger.js';
import type { LossFacts } from '../gaps/loss-facts.js';
import type { QueueFinalGap } from '../gaps/queue-page.js';
import { type RecordedTotals, reconcile } from '../gaps/reconciliation.js';

/** What `readRecordedGaps` needs of a file beyond its frames; a file source has it. */
export interface LossRecord {
  /** `truncated` where the file ends inside a block; known once the source has ended. */
  readonly end: 'complete' | 'truncated' | undefined;
  /** `pcapng` or `pcap`. */
  readonly format: string;
  /** The program that wrote the file (shb_userappl); undefined where it doesn't say. */
  readonly application: string | undefined;
  /** The program that wrote an interface's section, where sections have programs of their own. */
  applicationOf?(interfaceId: number): string | undefined;
  /** The last totals recorded for an interface; undefined where there are none. */
  statistics(interfaceId: number): RecordedStatistics | undefined;
}

/** What tells of each statistics block as it is met; a file source does. */
export interface StatisticsTeller {
  /** Calls `listener` for each block, in the order of the file. */
  listenToStatistics?(listener: (interfaceId: number, statistics: StatisticsReading) => void): void;
}

/** What of a statistics block bears on loss before the socket. */
type StatisticsReading = Omit<EarlyLossReading, 'interfaceId'>;

/** Totals as a file's statistics block gives them; undefined where it doesn't. */
export interface RecordedStatistics {
  /** isb_filteraccept */
  readonly accepted: number | undefined;
  /** isb_osdrop */
  readonly dropped: number | undefined;
  /** isb_usrdeliv */
  readonly delivered: number | undefined;
  /** isb_ifrecv */
  readonly received: number | undefined;
  /** isb_ifdrop */
  readonly interfaceDropped: number | undefined;
  /** Where the final gap isn't exact: the bounds that the block's comment gives. */
  readonly finalBounds?: LossBounds | undefined;
  /** The final gap by rings, where a comment of the block says so. */
  readonly finalQueues?: readonly QueueFinalGap[] | undefined;
  /** The block's own time, in nanoseconds since 1970-01-01 UTC. */
  readonly timestampNs?: bigint | undefined;
  /** isb_endtime, in nanoseconds since 1970-01-01 UTC. */
  readonly endNs?: bigint | undefined;
}

/** How to read. */
export interface RecordedGapsOptions extends LedgerOptions {
  /** The file as the user named it, for the facts; default: none. */
  readonly file?: string;
  /**
   * Whether damage in a file is told as `damage` in the facts, which are then of what comes before it,
   * instead of thrown. False unless given. Thrown it is all the same where nothing comes before it, and
   * where the limit of what a file may describe is reached (`TOO_MANY_DESCRIPTIONS`).
   */
  readonly keepsDamaged?: boolean;
  /** Called for each frame after it was booked; must not keep the batch. */
  readonly onFrame?: (batch: FrameBatch, frameNumber: number) => void;
  /**
   * Called for frames that were booked together, instead of `onFrame`, right after the frame before them;
   * must keep neither. Unless given, `onFrame` is called for every frame.
   *
   * @param batch has their time (the last one's), interface and queue, and no more
   */
  readonly onSums?: (sums: FrameSums, batch: FrameBatch) => void;
}

/** Longest wait of one `read`, in milliseconds; a live source that is stopped ends within it. */
const READ_TIMEOUT_MS = 100;

/**
 * Reads a source to its end and gives the facts of its loss.
 *
 * A file's recorded totals are reconciled with its gaps (see `reconcile`); a live or simulated
 * source's totals must fit exactly. Blocks the thread until the source has ended (a live one ends
 * after its `stop`, for example from `onFrame`); doesn't close it. Cost: a few nanoseconds a frame
 * on top of the source's.
 *
 * @returns the facts; where a file's recorded totals contradict its frames, `mismatches` says so
 * @throws {AccountingError} `LEDGER_MISMATCH` where the totals of a source that isn't a file don't
 *   fit the frames it gave
 * @throws {FormatError} where a file contradicts its format
 */
export function readRecordedGaps(
  source: FrameSource & Partial<LossRecord> & StatisticsTeller,
  options: RecordedGapsOptions = {},
): LossFacts {
  const ledger = new Ledger(options);
  const { onFrame, onSums } = options;
  const takesSums = onFrame === undefined || onSums !== undefined;
  const early = new EarlyLossTracker();
  source.listenToStatistics?.((interfaceId, statistics) =>
    early.reading({ ...statistics, interfaceId }),
  );
  let damage: FormatError | undefined;
  try {
    while (!source.ended) {
      const batch = source.read(READ_TIMEOUT_MS);
      while (batch.next()) {
        ledger.book(batch);
        early.frame(batch.seconds, ledger.frameCount);
        onFrame?.(batch, ledger.frameCount);
        const sums = takesSums ? batch.addUp?.() : undefined;
        if (sums === undefined) continue;
        const { interfaceId, seconds, nanoseconds, queue } = batch;
        ledger.bookRun(interfaceId, sums.frames, seconds, nanoseconds, queue);
        early.frame(seconds, ledger.frameCount);
        onSums?.(sums, batch);
      }
    }
  } catch (error) {
    if (options.keepsDamaged !== true || !isDamage(error, source)) throw error;
    damage = error;
  }
  for (const { id, name, linkType } of source.interfaces) ledger.addInterface(id, name, linkType);
  const mismatches = isRecorded(source)
    ? closeRecorded(ledger, source, damage !== undefined || source.end === 'truncated')
    : closeCounted(ledger, source);
  return {
    file: options.file,
    format: source.format,
    application: source.application,
    truncated: source.end === 'truncated',
    ...(damage === undefined ? {} : { damage }),
    ...(early.losses.length === 0 ? {} : { earlyLosses: early.losses }),
    account: ledger.account(),
    mismatches,
  };
}

function isRecorded(source: FrameSource & Partial<LossRecord>): source is FrameSource & LossRecord {
  return source.statistics !== undefined && source.format !== undefined;
}

// Of a file that describes too much, or nothing at all, there is nothing to tell but that.
function isDamage(error: unknown, { interfaces }: FrameSource): error is FormatError {
  if (!(error instanceof FormatError) || error.code === 'TOO_MANY_DESCRIPTIONS') return false;
  return interfaces.length > 0;
}

/** @param isCut whether the end of the file is missing, or can't be read */
function closeRecorded(
  ledger: Ledger,
  source: FrameSource & LossRecord,
  isCut: boolean,
): AccountingError[] {
  const mismatches: AccountingError[] = [];
  for (const { id, name } of source.interfaces) {
    const { frames, placed } = ledger.interfaceAccount(id);
    const recorded = {
      interface: name ?? `interface ${id}`,
      frames,
      placed,
      hasPlaces: ledger.hasPlaces(id),
      lastTimeNs: ledger.lastTimeNs(id),
      application:
        source.applicationOf === undefined ? source.application : source.applicationOf(id),
      truncated: isCut,
    };
    const { settlement, violation } = reconcile(recorded, totalsOf(source.statistics(id)));
    if (violation !== undefined) mismatches.push(violation);
    ledger.settle(id, settlement);
  }
  return mismatches;
}

// What is left in the queue of a source that ended by itself or by `stop` is nothing, so its totals
// must be met by the frames it gave.
function closeCounted(ledger: Ledger, source: FrameSource): AccountingError[] {
  for (const { id } of source.interfaces) {
    const counters = source.counters(id);
    ledger.close(id, counters === undefined ? undefined : { ...counters, unread: 0 });
  }
  return [];
}

function totalsOf(statistics: RecordedStatistics | undefined): RecordedTotals | undefined {
  if (statistics === undefined) return undefined;
  return { ...statistics, takenNs: statistics.endNs ?? statistics.timestampNs };
}
