/** Everything a report shows of one capture, read in one pass with constant memory. */

import type { CaptureInterface, FrameBatch, FrameSource } from '../core/frame.js';
import { type Gap, isPossibleGap } from '../gaps/gap.js';
import type { LossFacts } from '../gaps/loss-facts.js';
import type { FileSource } from '../source/file-source.js';
import { asLossRecord } from './file-loss.js';
import { FrameWindow } from './frame-window.js';
import { GapSelection } from './gap-selection.js';
import { FRAMES_AROUND, type GapSide, SurroundingsReader } from './gap-surroundings.js';
import { type LossRecord, type RecordedStatistics, readRecordedGaps } from './recorded-gaps.js';
import { Timeline, type TimelineFacts } from './timeline.js';

/** How much a report is to hold. */
export interface ReportOptions {
  /** The file as the user named it, for the facts; default: none. */
  readonly file?: string;
  /** As `RecordedGapsOptions` have it. */
  readonly keepsDamaged?: boolean;
  /** Gaps from the beginning of the file to describe one by one; default 500. */
  readonly firstGaps?: number;
  /** Of the gaps after those, how many of the largest to describe; default 500. */
  readonly largestGaps?: number;
  /** Intervals of the timeline, at most; default 40,000. */
  readonly intervalLimit?: number;
}

/** A gap with what lies around it. */
export interface DescribedGap {
  readonly gap: Gap;
  /** The frames up to the gap. */
  readonly before: GapSide;
  /** The frames from the gap on; undefined for a final gap. */
  readonly after: GapSide | undefined;
}

/** What a report shows. */
export interface ReportFacts {
  /** The accounts; their list of gaps is empty but for final ones, see `gaps`. */
  readonly loss: LossFacts;
  /** Bytes that all frames had on the wire. */
  readonly bytes: number;
  /** Frames, bytes and losses over time. */
  readonly timeline: TimelineFacts;
  /** The first gaps and the largest of the others, in the order of the file, final gaps last. */
  readonly gaps: readonly DescribedGap[];
  /** Gaps that there were and that aren't in `gaps`; their lost frames are in the timeline. */
  readonly gapsOmitted: number;
  /** Frames lost in the largest gap; undefined where there is none. */
  readonly largestGap: number | undefined;
  /** As the file describes them, in the order of their ids. */
  readonly interfaces: readonly CaptureInterface[];
  /** The last totals that the file records for each interface, by id; undefined where none. */
  readonly statistics: readonly (RecordedStatistics | undefined)[];
}

const DEFAULT_GAPS = 500;
/** A gap is described once the frames after it are there; a power of two for `FrameWindow`. */
const WINDOW_FRAMES = 256;

/**
 * Reads a source to its end and gathers the facts of a report.
 *
 * Memory is constant: a bounded number of intervals and of gaps, however long the file is. Cost:
 * some tens of nanoseconds a frame on top of the source's. Errors are those of `readRecordedGaps`.
 */
export function readReport(
  source: FrameSource & Partial<LossRecord>,
  options: ReportOptions = {},
): ReportFacts {
  const gathering = new ReportGathering(source, options);
  const loss = readRecordedGaps(source, {
    ...(options.file === undefined ? {} : { file: options.file }),
    keepsDamaged: options.keepsDamaged === true,
    gapLimit: 0,
    onGap: (gap) => gathering.addGap(gap),
    onFrame: (batch, number) => gathering.addFrame(batch, number),
  });
  return gathering.finish(loss);
}

/**
 * Reads a capture file to its end and gathers the facts of a report; see `readReport`.
 *
 * @throws {FormatError} where the file contradicts its format
 */
export function readFileReport(source: FileSource, options: ReportOptions = {}): ReportFacts {
  return readReport(asLossRecord(source), { file: source.path, ...options });
}

class ReportGathering {
  readonly #source: FrameSource & Partial<LossRecord>;
  readonly #timeline: Timeline;
  readonly #window = new FrameWindow(WINDOW_FRAMES);
  readonly #reader = new SurroundingsReader(this.#window);
  readonly #selection: GapSelection<DescribedGap>;
  /** Gaps whose frames after them aren't all there yet, oldest first; at most `FRAMES_AROUND`. */
  #waiting: Gap[] = [];
  /** The gap before the frame that comes next, whose time isn't known to mean anything yet. */
  #announced: Gap | undefined;
  #bytes = 0;
  #frameCount = 0;
  #largest: number | undefined;

  constructor(source: FrameSource & Partial<LossRecord>, options: ReportOptions) {
    this.#source = source;
    this.#timeline = new Timeline(options.intervalLimit);
    this.#selection = new GapSelection(
      options.firstGaps ?? DEFAULT_GAPS,
      options.largestGaps ?? DEFAULT_GAPS,
      ({ gap }) => gap.lost,
    );
  }

  addGap(gap: Gap): void {
    if (!isPossibleGap(gap)) this.#largest = Math.max(this.#largest ?? 0, gap.lost);
    if (gap.before === undefined) {
      // Final gaps come when all frames are there.
      this.#describeWaiting(Number.POSITIVE_INFINITY);
      this.#timeline.addGap(gap, this.#isTimed(gap.after));
      this.#describe(gap);
    } else this.#announced = gap;
  }

  addFrame(batch: FrameBatch & { readonly hasTimestamp?: boolean }, number: number): void {
    this.#frameCount = number;
    const gap = this.#announced;
    if (gap !== undefined) {
      this.#announced = undefined;
      this.#timeline.addGap(gap, batch.hasTimestamp !== false);
      this.#waiting.push(gap);
    }
    this.#timeline.addFrame(batch);
    this.#bytes += batch.originalLength;
    const linkType = this.#source.interfaces[batch.interfaceId]?.linkType ?? -1;
    this.#window.add(batch, number, linkType);
    if (this.#waiting.length > 0) this.#describeWaiting(number);
  }

  finish(loss: LossFacts): ReportFacts {
    this.#describeWaiting(Number.POSITIVE_INFINITY);
    const { interfaces } = this.#source;
    const gaps = this.#selection.kept();
    const gapsKept = gaps.filter(({ gap }) => !isPossibleGap(gap)).length;
    return {
      loss,
      bytes: this.#bytes,
      timeline: this.#timeline.facts(),
      gaps,
      gapsOmitted: loss.account.gapCount - gapsKept,
      largestGap: this.#largest,
      interfaces: interfaces.slice(),
      statistics: interfaces.map(({ id }) => this.#source.statistics?.(id)),
    };
  }

  // A frame that has left the window: nobody knows any more, and its time was taken for good.
  #isTimed(number: number | undefined): boolean {
    if (number === undefined || number <= this.#frameCount - WINDOW_FRAMES) return true;
    return this.#window.timeNs(number) !== undefined;
  }

  #describeWaiting(present: number): void {
    while (this.#waiting.length > 0 && present - this.#waiting[0]!.before! >= FRAMES_AROUND - 1) {
      this.#describe(this.#waiting.shift()!);
    }
  }

  #describe(gap: Gap): void {
    if (!this.#selection.wants(gap.lost)) return;
    const { before, interfaceId } = gap;
    const last = before === undefined ? this.#frameCount : before - 1;
    const first = Math.max(1, last - FRAMES_AROUND + 1);
    this.#selection.offer({
      gap,
      before: this.#reader.side(first, last, interfaceId, 'last'),
      after:
        before === undefined
          ? undefined
          : this.#reader.side(
              before,
              Math.min(before + FRAMES_AROUND - 1, this.#frameCount),
              interfaceId,
              'first',
            ),
    });
  }
}
