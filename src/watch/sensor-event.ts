/**
 * What a sensor tells of its running capture, and what those who watch it keep: the one shape that
 * the page, the metrics and everything that gathers sensors share.
 *
 * A *sensor* is a place that captures: one gapcap on one host. Each capture it makes is a *run* with
 * one or more interfaces. It tells three kinds of events:
 *
 *     start     once: which sensor, which run, which interfaces
 *     reading   about once a second, sooner after a gap: all counts as totals since the start
 *     end       once: the last reading, and why it ended
 *
 * Counts are totals, never differences: an event that gets lost, comes twice or comes late costs
 * nothing but freshness. All is plain data that survives JSON and `postMessage`; an unknown number is
 * null, never 0. Times are whole milliseconds since 1970-01-01 UTC by the sensor's own clock, those of
 * gaps decimal seconds with nine digits, as in every other JSON of gapcap.
 */

/** Milliseconds; a sensor from which nothing was heard for so long is silent: news is due once a second. */
export const SILENT_MS = 5_000;

/** One event of a sensor. */
export type SensorEvent = SensorStart | SensorReading | SensorEnd;

/** A capture has begun. */
export interface SensorStart {
  readonly kind: 'start';
  /** The sensor's name; one name is one sensor. The host's name unless told otherwise. */
  readonly sensor: string;
  /** Tells one run of the sensor from the next; any text without meaning. */
  readonly run: string;
  readonly timeMs: number;
  /** The version of gapcap. */
  readonly version: string;
  /** In the order of their ids, which are their positions. */
  readonly interfaces: readonly SensorInterface[];
}

/** One interface of a sensor. */
export interface SensorInterface {
  /** As in the account and the capture file; from 0. */
  readonly id: number;
  /** Its name in the capture file; `interface 0` where it has none. */
  readonly name: string;
  readonly description: string | null;
}

/** All counts of a run at one moment. */
export interface SensorReading {
  readonly kind: 'reading';
  readonly sensor: string;
  readonly run: string;
  readonly timeMs: number;
  /** In the order of their ids. */
  readonly interfaces: readonly InterfaceReading[];
  /** Frames dropped in the host's backlog, of whichever interface; in no gap. */
  readonly backlogDropped: number | null;
  /** Bytes of capture file written, pending ones included; null without a file. */
  readonly writtenBytes: number | null;
  /** The file being written; null without one. */
  readonly file: string | null;
  /** Its number in a series, from 1; null where there is no series. */
  readonly fileNumber: number | null;
  /** Gaps found since the reading before: the largest of them, at most `GAPS_PER_READING`. */
  readonly gaps: readonly SensorGap[];
  /** Gaps found since the reading before that aren't in `gaps`. */
  readonly gapsOmitted: number;
}

/** Gaps that one reading tells of one by one; all are in the counts. */
export const GAPS_PER_READING = 20;

/** The counts of one interface since the start of the run. */
export interface InterfaceReading {
  readonly id: number;
  /** Frames delivered. */
  readonly frames: number;
  /** Frames the kernel tried to give to the socket, dropped ones included. */
  readonly received: number | null;
  /** Of them discarded because queue or ring was full: those in gaps and those that wait for one. */
  readonly dropped: number | null;
  /** Gaps whose number and place are certain. */
  readonly exact: GapCounts;
  /** Gaps where only the sum over neighbouring ones is certain. */
  readonly bounded: GapCounts;
  /** When the last gap was found; null: there was none. */
  readonly lastGapMs: number | null;
  /** How full the ring or queue is, 0 to 1. */
  readonly fill: number | null;
  /** The highest fill seen since the reading before, looked at ten times a second. */
  readonly peakFill: number | null;
  /** Frames the interface itself received, whatever became of them. */
  readonly interfaceReceived: number | null;
  /** Frames lost in network card and driver; in no gap. */
  readonly interfaceDropped: number | null;
  /** Each ring by itself, where several feed the interface; absent: there is one. */
  readonly rings?: readonly RingReading[];
}

/** The counts of one of several rings of an interface. */
export interface RingReading {
  /** As in `SensorGap.ring`; from 0. */
  readonly ring: number;
  readonly received: number;
  readonly dropped: number;
  readonly fill: number | null;
}

/** Gaps of one interface and one certainty, summed up. */
export interface GapCounts {
  readonly gaps: number;
  /** Frames lost in them. */
  readonly lost: number;
  /** How many gaps have which size; one more entry than `GAP_SIZE_BOUNDS`, see `gapSizeIndex`. */
  readonly sizes: readonly number[];
}

/** One gap of a running capture. */
export interface SensorGap {
  /** The interface's id. */
  readonly interface: number;
  readonly lost: number;
  readonly certainty: 'exact' | 'bounded';
  /** Number in `file` of the frame before; null: none. */
  readonly after: number | null;
  /** Number in `file` of the frame after; null: the final gap. */
  readonly before: number | null;
  /** Time of the frame before: seconds since 1970-01-01 UTC with nine digits; null: none. */
  readonly start: string | null;
  /** Time of the frame after. */
  readonly end: string | null;
  /** The file that it is in; null without one. */
  readonly file: string | null;
  /** The ring that lost them, where several feed the interface; absent: there is one. */
  readonly ring?: number;
}

/** A capture has ended. */
export interface SensorEnd {
  readonly kind: 'end';
  readonly sensor: string;
  readonly run: string;
  readonly timeMs: number;
  /** Why, as `CaptureResult.endReason` has it; `failed` where an error ended it. */
  readonly reason: string;
}

/** What is kept of a sensor by whoever watches it. */
export interface WatchedSensor {
  readonly start: SensorStart;
  /** The latest; null: none yet. */
  readonly reading: SensorReading | null;
  readonly end: SensorEnd | null;
  /** When the latest event came, by the watcher's clock. */
  readonly heardMs: number;
  /** The latest gaps, oldest first. */
  readonly gaps: readonly SensorGap[];
  /** Gaps of this run that aren't in `gaps`. */
  readonly gapsOmitted: number;
  /** Readings of the last minutes, about one a second, oldest first. */
  readonly history: readonly HistoryPoint[];
  /** Other captures that were heard under the same name while this one had it; in no count here. */
  readonly others: readonly OtherRun[];
}

/** A run beside the one that is shown under its name. */
export interface OtherRun {
  readonly run: string;
  /** Whether it said that it ended. */
  readonly isOver: boolean;
  /** When it was heard last, by the watcher's clock. */
  readonly heardMs: number;
  /** Its totals, over all its interfaces. */
  readonly frames: number;
  readonly lost: number;
}

/** All that a watcher knows: what a page gets when it connects. */
export interface SensorsPicture {
  /** The watcher's clock, by which `heardMs` is. */
  readonly nowMs: number;
  readonly sensors: readonly WatchedSensor[];
}

/** One reading as plots need it. */
export interface HistoryPoint {
  readonly timeMs: number;
  readonly writtenBytes: number | null;
  /** For each interface in the order of ids: frames, frames lost, peak fill. */
  readonly interfaces: readonly (readonly [
    frames: number,
    lost: number,
    peakFill: number | null,
    interfaceDropped: number | null,
  ])[];
}

/** Frames that an interface lost so far: the kernel's count, or that of the gaps where it has none. */
export function lostSoFar({ dropped, exact, bounded }: InterfaceReading): number {
  return dropped ?? exact.lost + bounded.lost;
}
