/** The JSON shape of a report: what `report --json` prints and what the page draws from. */

import type { GapJson, InterfaceLossJson, LossJson } from './loss-json.js';

/** One capture's report; an unknown number is null, never 0. */
export interface ReportJson extends Omit<LossJson, 'gaps' | 'gapsOmitted' | 'interfaces'> {
  /** The program that wrote the file. */
  application: string | null;
  /** Bytes that the frames had on the wire. */
  bytes: number;
  /** Time of the earliest frame: seconds since 1970-01-01 UTC with nine digits after the dot. */
  start: string | null;
  /** Time of the latest frame. */
  end: string | null;
  /**
   * Frames received, after the filter, over all interfaces; null where the file doesn't say it of
   * each.
   */
  received: number | null;
  /** Frames lost at places that nobody recorded, over all interfaces. */
  unplaced: number | null;
  /** Frames lost in network cards and drivers, over all interfaces; part of no gap. */
  interfaceDropped: number | null;
  /** Gaps there were, listed or not. */
  gapCount: number;
  /** Frames lost in the largest gap. */
  largestGap: number | null;
  interfaces: InterfaceReportJson[];
  /** How many more interfaces the file has; absent: none. */
  interfacesOmitted?: number;
  /** The first gaps and the largest of the others, in the order of the file, final gaps last. */
  gaps: GapReportJson[];
  /** Gaps that there were and that aren't in `gaps`. */
  gapsOmitted: number;
  timeline: TimelineJson;
}

/** Frames, bytes and losses in intervals of equal length that follow each other. */
export interface TimelineJson {
  /** Where the first interval begins: seconds since 1970-01-01 UTC; null: there is no frame. */
  start: string | null;
  /** Length of an interval in nanoseconds. */
  intervalNs: number;
  /** Frames captured in each interval. */
  frames: number[];
  /** Bytes that these had on the wire. */
  bytes: number[];
  /** Frames lost, counted where the frame after the gap is. */
  lost: number[];
  /** Gaps, counted as `lost` is. */
  gaps: number[];
  /** What has no time and so is in no interval. */
  untimed: { frames: number; bytes: number; lost: number; gaps: number };
}

/** One interface's totals. */
export interface InterfaceReportJson extends InterfaceLossJson {
  /** Frames the interface received, whatever became of them (isb_ifrecv). */
  interfaceReceived: number | null;
  /** Frames lost in network card and driver (isb_ifdrop); part of no gap. */
  interfaceDropped: number | null;
}

/** One gap with what lies around it. */
export interface GapReportJson extends GapJson {
  /** What came before the gap. */
  framesBefore: GapSideJson;
  /** What came after it; null: the final gap. */
  framesAfter: GapSideJson | null;
}

/** Up to 100 neighbouring frames on one side of a gap, those of the gap's interface. */
export interface GapSideJson {
  /** How many these are. */
  frames: number;
  /** null where they took no time. */
  framesPerSecond: number | null;
  /** The flows with the most of these frames. */
  flows: { protocol: string; from: string; to: string; frames: number; bytes: number }[];
  /** Further flows that aren't listed. */
  flowsOmitted: number;
  /**
   * The nearest frames, in the order of the file: time in nanoseconds from the gap's near edge (before
   * the gap mostly negative), bytes on the wire.
   */
  nearest: [offsetNs: number, bytes: number][];
}
