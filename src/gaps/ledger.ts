/**
 * The ledger books frames and derives from them which ones are missing.
 *
 * Purpose. Every source of frames (socket, ring, file, model) says for each frame how many were lost
 * right before it. The ledger folds that into gaps with a place in the file and a bracket in time,
 * keeps the sums, and at the end holds them against the totals that were counted independently: by
 * the kernel for a live capture, by whoever wrote the statistics for a file.
 *
 * Terms. A *gap* lies between two neighbouring frames of one interface, or of one ring of it where
 * frames name their rings. Frames are numbered from 1
 * over all interfaces in the order in which they are booked, which is their order in the file, so
 * the numbers are those that Wireshark shows. What has a frame after it is *placed*; the *final
 * gap* has none, and follows from the totals: dropped − placed.
 *
 * Invariants.
 *  1. For each interface: placed = sum of the `lost` of its gaps but the final one, listed or not.
 *  2. After `close`: received = frames + dropped + unread, dropped = placed + final gap, the final
 *     gap isn't negative, and it is what the source counted if it did; otherwise `close` has thrown
 *     an AccountingError.
 *  3. The sum of the files' accounts is the run's account, number by number.
 *  4. Memory doesn't grow with the length of a run: frames cost nothing, gaps are kept up to a limit
 *     per file and only counted beyond it.
 *
 * Rotation. `startFile` begins numbering anew. A loss becomes known with the frame that follows it,
 * so a gap that straddles the change of files belongs to the file of the frame after it: there it
 * has no `after`, but still knows when it began. A finished file has no final gap by this rule, and
 * its received is its frames + its gaps; what the kernel's totals hold beyond the finished files
 * belongs to the last one. So each file obeys the law on its own and can be checked without the
 * others.
 *
 * What can go wrong. A source that reports a loss twice, or not at all, breaks invariant 2 and is
 * found at `close`. One that reports the right number before the wrong frame isn't found: places are
 * the source's promise, stated in each loss's certainty.
 *
 * Cost. `book` runs once for each frame: a handful of field accesses, no allocation unless frames
 * were lost. Consecutive frames of one interface find its entry without a look-up.
 *
 * Limits. One ledger serves one thread. Counts are exact up to 2^53.
 */

import { StateError } from '../core/errors.js';
import type { FrameBatch } from '../core/frame.js';
import { exactLoss, type Loss } from '../core/loss.js';
import { toEpochNs } from '../core/timestamp.js';
import {
  type CaptureAccount,
  type InterfaceAccount,
  type Settlement,
  sumOfLost,
} from './account.js';
import { finalGap, findViolation } from './conservation.js';
import type { Gap } from './gap.js';
import { type LastFrame, LedgerEntry, timeOf } from './ledger-entry.js';
import { addLosses } from './loss-sum.js';
import type { QueueFinalGap, QueueTotals } from './queue-page.js';

type FrameTime = Pick<FrameBatch, 'seconds' | 'nanoseconds'>;
type WritableLast = { -readonly [Name in keyof LastFrame]: LastFrame[Name] };

/** Gaps that a ledger keeps per file unless told otherwise (about 15 MB of them). */
const DEFAULT_GAP_LIMIT = 100_000;

/** How a ledger is to behave. */
export interface LedgerOptions {
  /**
   * Gaps to keep per file; further ones are counted, not listed. Final gaps are always kept.
   * Default: `DEFAULT_GAP_LIMIT`.
   */
  readonly gapLimit?: number;
  /**
   * Called for each gap right when it becomes known, listed or not, also for entries with `lost`
   * 0 and for final gaps. Must not call the ledger.
   */
  readonly onGap?: (gap: Gap) => void;
}

/** What was counted for one interface, from the beginning of the run to its end. */
export interface SocketTotals {
  /** Frames the kernel tried to give to the socket, dropped ones included (tp_packets). */
  readonly received: number;
  /** Frames it discarded because queue or ring was full (tp_drops). */
  readonly dropped: number;
  /** Frames that were still in queue or ring when it was closed; 0 after a clean stop. */
  readonly unread: number;
  /**
   * What the source itself knows of the loss after the last frame that it gave; a source that
   * counts it is held to it. Undefined: it knows no more than the totals, from which the final gap
   * follows exactly.
   */
  readonly finalLoss?: Loss | undefined;
  /** The parts of it by ring, where there are several. */
  readonly queues?: readonly QueueTotals[] | undefined;
}

/** Books frames as they are delivered; knows which ones are missing. See the head of this file. */
export class Ledger {
  readonly #byId = new Map<number, LedgerEntry>();
  #sorted: readonly LedgerEntry[] | undefined;
  readonly #gapLimit: number;
  readonly #onGap: ((gap: Gap) => void) | undefined;
  #current: LedgerEntry | undefined;
  #gaps: Gap[] = [];
  #gapsOmitted = 0;
  #frameCount = 0;
  #framesOfEarlierFiles = 0;
  #fileCount = 1;

  constructor(options: LedgerOptions = {}) {
    this.#gapLimit = options.gapLimit ?? DEFAULT_GAP_LIMIT;
    this.#onGap = options.onGap;
  }

  /** Frames booked in the present file; also the number of the last one. */
  get frameCount(): number {
    return this.#frameCount;
  }

  /** Frames booked since the beginning, over all files. */
  get runFrameCount(): number {
    return this.#framesOfEarlierFiles + this.#frameCount;
  }

  /** The present file's number, from 1. */
  get fileCount(): number {
    return this.#fileCount;
  }

  /**
   * Makes an interface known, so that it has an account even if it never gives a frame.
   *
   * May come after the interface's first frame (a file may describe it late); then it adds the name.
   *
   * @param linkType LINKTYPE_ number, where known
   */
  addInterface(id: number, name: string | undefined, linkType?: number): void {
    const entry = this.#entryOf(id);
    entry.name = name;
    entry.linkType = linkType;
  }

  /**
   * Books the frame that the batch stands on: counts it, remembers its time, makes the gap before it.
   *
   * Call it once for each frame, in the order in which they go into the file. Cost: a few
   * nanoseconds; allocates only where `lostBefore` is set.
   *
   * @param mostMore how many frames behind it may be booked with it, where the batch has them as blocks
   * @returns how many were; the batch covers them then
   */
  book(batch: FrameBatch, mostMore = 0): number {
    const entry = this.#enter(batch.interfaceId);
    const number = ++this.#frameCount;
    if (batch.lostBefore !== undefined) this.#bookLoss(entry, batch, number);
    entry.frames++;
    entry.lastNumber = number;
    entry.lastSeconds = batch.seconds;
    entry.lastNanoseconds = batch.nanoseconds;
    if (batch.queue !== undefined) this.#addTo(entry.pageOf(batch.queue), 1, batch);
    if (mostMore === 0 || batch.blocks === undefined) return 0;
    const more = batch.blocks.extend(mostMore);
    if (more > 0) this.#addRun(entry, more, batch, batch.queue);
    return more;
  }

  /**
   * Books frames of one interface that follow each other with no loss before any of them; the time is
   * that of the last one. Costs as much as one frame.
   *
   * @param queue the ring or receive queue of all of them, where they name one
   */
  bookRun(
    interfaceId: number,
    count: number,
    seconds: number,
    nanoseconds: number,
    queue?: number,
  ): void {
    const entry = this.#enter(interfaceId);
    this.#addRun(entry, count, { seconds, nanoseconds }, queue);
  }

  /** The entry of the interface whose frames are booked now. */
  #enter(interfaceId: number): LedgerEntry {
    let entry = this.#current;
    if (entry === undefined || entry.id !== interfaceId) {
      entry = this.#entryOf(interfaceId);
      this.#current = entry;
    }
    return entry;
  }

  /** Adds frames without a loss before any; the time is that of the last one. */
  #addRun(entry: LedgerEntry, count: number, last: FrameTime, queue: number | undefined): void {
    this.#frameCount += count;
    this.#addTo(entry, count, last);
    if (queue !== undefined) this.#addTo(entry.pageOf(queue), count, last);
  }

  #addTo(page: WritableLast, count: number, last: FrameTime): void {
    page.frames += count;
    page.lastNumber = this.#frameCount;
    page.lastSeconds = last.seconds;
    page.lastNanoseconds = last.nanoseconds;
  }

  /**
   * Takes note of a frame that the source gave and nobody will get (it came behind a frame limit):
   * what was lost before it belongs to the final gap. Counts towards unread only for the check.
   */
  bookUnread(batch: FrameBatch): void {
    const entry = this.#entryOf(batch.interfaceId);
    entry.addUnread(batch.lostBefore);
    if (batch.queue !== undefined) entry.pageOf(batch.queue).addUnread(batch.lostBefore);
  }

  /**
   * Begins the next file of a live capture: numbering starts at 1 again, the gaps begin a new list.
   *
   * @returns the finished file's account: its received is its frames and gaps together, it has no
   *   final gap and nothing unread; what came after its last frame belongs to the next file
   */
  startFile(): CaptureAccount {
    const interfaces = this.#entries.map((entry) => entry.finishedFileAccount());
    const account = this.#accountOf(interfaces, this.#frameCount);
    for (const entry of this.#entries) entry.startFile();
    this.#framesOfEarlierFiles += this.#frameCount;
    this.#frameCount = 0;
    this.#gaps = [];
    this.#gapsOmitted = 0;
    this.#fileCount++;
    return account;
  }

  /**
   * Closes the account of one interface against the kernel's totals and makes its final gap.
   *
   * @param totals counted from the beginning of the run, over all files; undefined where nobody
   *   counted: then received, dropped, unread and final gap stay unknown
   * @returns the interface's account for the present file
   * @throws {AccountingError} `LEDGER_MISMATCH` where the law of conservation fails
   */
  close(interfaceId: number, totals: SocketTotals | undefined): InterfaceAccount {
    const entry = this.#entryOf(interfaceId);
    if (totals === undefined) {
      return this.settle(interfaceId, {
        received: undefined,
        dropped: undefined,
        unread: undefined,
        finalGap: undefined,
        finalBounds: undefined,
        unplaced: undefined,
        lossRecorded: true,
      });
    }
    const { received, dropped, unread } = totals;
    const violation = findViolation({
      interface: entry.label,
      received,
      delivered: entry.frames,
      dropped,
      unread,
      placed: entry.placed,
      lostAfter: this.#countedAfter(entry, totals),
    });
    if (violation !== undefined) throw violation;
    for (const queue of totals.queues ?? []) {
      entry.pageOf(queue.queue).check(entry.label, queue, unread === entry.unread);
    }
    const last = this.finalLoss(interfaceId, totals);
    return this.settle(interfaceId, {
      received,
      dropped,
      unread,
      finalGap: last.lost,
      finalBounds: last.certainty === 'exact' ? undefined : last,
      finalQueues: this.finalQueues(interfaceId, totals),
      unplaced: 0,
      lossRecorded: true,
    });
  }

  /**
   * The loss after the interface's last frame as `close` will book it; checks nothing. For whoever
   * writes it down before the account is closed.
   */
  finalLoss(interfaceId: number, totals: SocketTotals): Loss {
    const entry = this.#entryOf(interfaceId);
    const lost = finalGap(totals.dropped, entry.placed);
    const { queues = [] } = totals;
    const known = queues.reduce(
      (sum, { finalLoss }) => (finalLoss === undefined ? sum : addLosses(sum, finalLoss)),
      addLosses(entry.unreadLoss, totals.finalLoss ?? exactLoss(0)),
    );
    if (known.certainty === 'exact') return exactLoss(lost);
    // What the source gave no place to lies behind all it knows of.
    return addLosses(known, exactLoss(lost - known.lost));
  }

  /**
   * The same by rings, those that lost nothing there left out; undefined where the totals aren't by
   * rings.
   */
  finalQueues(interfaceId: number, totals: SocketTotals): QueueFinalGap[] | undefined {
    const entry = this.#entryOf(interfaceId);
    return totals.queues
      ?.map((queue) => entry.pageOf(queue.queue).finalGap(queue))
      .filter(({ lost, bounds }) => lost > 0 || (bounds?.atMost ?? 0) > 0);
  }

  /**
   * Closes the account of one interface with totals that the caller has reconciled (see
   * `reconcile`); checks nothing. Makes the final gap where it holds frames.
   *
   * @returns the interface's account for the present file
   * @throws {StateError} `ALREADY_CLOSED` at the second time
   */
  settle(interfaceId: number, settlement: Settlement): InterfaceAccount {
    const entry = this.#entryOf(interfaceId);
    if (entry.settlement !== undefined) {
      throw new StateError(
        'ALREADY_CLOSED',
        `The account of ${entry.label} is closed already; close each interface once, at the end.`,
        { state: 'closed', operation: 'close' },
      );
    }
    entry.settlement = settlement;
    this.#bookFinalGap(entry, settlement);
    return entry.fileAccount();
  }

  /**
   * The account of the present file, final gaps included once they are closed.
   *
   * Cost: proportional to the interfaces and the gaps kept; the list of gaps is a copy.
   */
  account(): CaptureAccount {
    const interfaces = this.#entries.map((entry) => entry.fileAccount());
    return this.#accountOf(interfaces, this.#frameCount);
  }

  /**
   * The account of the whole run, over all its files.
   *
   * Its list of gaps is the present file's (earlier files' gaps went with their accounts, see
   * `startFile`), so it is complete only where there was one file; `gapCount` counts all of them.
   */
  runAccount(): CaptureAccount {
    const account = this.#accountOf(this.runInterfaceAccounts(), this.runFrameCount);
    const gapsOfEarlierFiles = this.#entries.reduce((sum, entry) => sum + entry.entriesBefore, 0);
    return { ...account, gapsOmitted: account.gapsOmitted + gapsOfEarlierFiles };
  }

  /** The account of each interface over the whole run, in the order of their ids; no gap is copied. */
  runInterfaceAccounts(): InterfaceAccount[] {
    return this.#entries.map((entry) => entry.runAccount());
  }

  /** One interface's running counts, for whoever writes statistics while the capture goes on. */
  interfaceAccount(interfaceId: number): InterfaceAccount {
    return this.#entryOf(interfaceId).fileAccount();
  }

  /** Whether the interface had a frame whose source said something about loss before it. */
  hasPlaces(interfaceId: number): boolean {
    return this.#entryOf(interfaceId).hasPlaces;
  }

  /** Time of the interface's last frame, in nanoseconds since 1970-01-01 UTC; undefined: no frame. */
  lastTimeNs(interfaceId: number): bigint | undefined {
    return this.#entryOf(interfaceId).lastTimeNs();
  }

  #bookLoss(entry: LedgerEntry, batch: FrameBatch, number: number): void {
    const loss = batch.lostBefore!;
    const { queue } = batch;
    const page = queue === undefined ? undefined : entry.pageOf(queue);
    entry.hasPlaces = true;
    if (loss.lost === 0 && loss.certainty !== 'bounded') return;
    entry.entries++;
    if (loss.lost > 0) {
      entry.placed += loss.lost;
      if (page !== undefined) page.placed += loss.lost;
      entry.gapCount++;
      if (loss.certainty === 'bounded') entry.boundedGapCount++;
    }
    const listed = this.#gaps.length < this.#gapLimit;
    if (!listed) this.#gapsOmitted++;
    if (!listed && this.#onGap === undefined) return;
    const gap: Gap = {
      interfaceId: entry.id,
      lost: loss.lost,
      certainty: loss.certainty,
      atLeast: loss.atLeast,
      atMost: loss.atMost,
      group: loss.group,
      ...placeAfter(page ?? entry),
      before: number,
      endNs: toEpochNs(batch.seconds, batch.nanoseconds),
      ...(queue === undefined ? {} : { queue }),
    };
    if (listed) this.#gaps.push(gap);
    this.#onGap?.(gap);
  }

  #bookFinalGap(entry: LedgerEntry, settlement: Settlement): void {
    const { finalQueues } = settlement;
    if (finalQueues === undefined) {
      const final = { lost: settlement.finalGap ?? 0, bounds: settlement.finalBounds };
      this.#listFinalGap(entry, entry.lastForCertain(), final);
      return;
    }
    for (const final of finalQueues) {
      this.#listFinalGap(entry, entry.pageOf(final.queue), final);
    }
  }

  #listFinalGap(
    entry: LedgerEntry,
    last: LastFrame,
    final: Pick<QueueFinalGap, 'lost' | 'bounds'> & { readonly queue?: number },
  ): void {
    const { lost, bounds, queue } = final;
    if (lost === 0 && (bounds === undefined || bounds.atMost === 0)) return;
    entry.entries++;
    if (lost > 0) {
      entry.gapCount++;
      if (bounds !== undefined) entry.boundedGapCount++;
    }
    const gap: Gap = {
      interfaceId: entry.id,
      lost,
      certainty: bounds === undefined ? 'exact' : 'bounded',
      atLeast: bounds?.atLeast ?? lost,
      atMost: bounds?.atMost ?? lost,
      group: bounds?.group,
      ...placeAfter(last),
      before: undefined,
      endNs: undefined,
      ...(queue === undefined ? {} : { queue }),
    };
    this.#gaps.push(gap);
    this.#onGap?.(gap);
  }

  // Undefined where frames were left unread that nobody showed to the ledger: losses among them are
  // in the totals, and in no count here.
  #countedAfter(entry: LedgerEntry, totals: SocketTotals): number | undefined {
    if (totals.finalLoss === undefined || totals.unread !== entry.unread) return undefined;
    return entry.unreadLoss.lost + totals.finalLoss.lost;
  }

  #accountOf(interfaces: readonly InterfaceAccount[], frames: number): CaptureAccount {
    return {
      frames,
      lost: sumOfLost(interfaces),
      interfaces,
      gaps: this.#gaps.slice(),
      gapCount: interfaces.reduce((sum, { gapCount }) => sum + gapCount, 0),
      gapsOmitted: this.#gapsOmitted,
    };
  }

  #entryOf(id: number): LedgerEntry {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const created = new LedgerEntry(id);
    this.#byId.set(id, created);
    this.#sorted = undefined;
    return created;
  }

  /** All of them, by interface number. */
  get #entries(): readonly LedgerEntry[] {
    this.#sorted ??= [...this.#byId.values()].sort((a, b) => a.id - b.id);
    return this.#sorted;
  }
}

function placeAfter(last: LastFrame): Pick<Gap, 'after' | 'startNs'> {
  return { after: last.lastNumber === 0 ? undefined : last.lastNumber, startNs: timeOf(last) };
}
