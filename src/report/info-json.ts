/** What a capture file holds, as JSON: the shape of `gapcap info --json`. */

import type { FileFacts, InterfaceFacts } from '../analysis/file-facts.js';
import type { FrameTally } from '../analysis/frame-tally.js';
import type { OtherBlocks } from '../analysis/other-blocks.js';
import { linkTypeName } from '../core/link-type.js';
import { formatEpochNs } from '../core/timestamp.js';
import {
  type DamageJson,
  type EarlyLossJson,
  toDamageJson,
  toEarlyLossJson,
  toLossJson,
} from './loss-json.js';

/** Sums over frames; an unknown number is null, never 0. */
export interface TallyJson {
  frames: number;
  /** Sum of the lengths on the wire. */
  bytes: number;
  /** Sum of the lengths captured. */
  capturedBytes: number;
  averageFrameBytes: number | null;
  /** Frames of which the end is missing, and the least and the most that was kept of one. */
  shortenedFrames: number;
  shortenedToBytes: [least: number, most: number] | null;
  /** Frames without a time. */
  timelessFrames: number;
  /** Earliest and latest time: seconds since 1970-01-01 UTC with nine digits after the dot. */
  first: string | null;
  last: string | null;
  /** Seconds between the two. */
  duration: string | null;
  /** By the lengths on the wire. Null where the duration is 0 or unknown. */
  bytesPerSecond: number | null;
  bitsPerSecond: number | null;
  framesPerSecond: number | null;
}

/** One interface of a file. */
export interface InterfaceInfoJson extends TallyJson {
  id: number;
  section: number;
  name: string | null;
  description: string | null;
  linkType: number;
  linkTypeName: string;
  /** 0 means no limit. */
  snapshotLength: number;
  /** Units of its timestamps, as if_tsresol has it: n for 10^-n s, 128 + n for 2^-n s. */
  timestampResolution: number;
  timestampUnitsPerSecond: number;
  timestampOffsetSeconds: number;
  filter: string | null;
  /** Bits per second. */
  speed: number | null;
  macAddress: string | null;
  hardware: string | null;
  os: string | null;
  fcsLength: number | null;
  comments: string[];
  statisticsCount: number;
  statistics: StatisticsJson | null;
  loss: AccountJson;
}

/** The last statistics block of an interface, in the words of gapcap. */
export interface StatisticsJson {
  time: string;
  start: string | null;
  end: string | null;
  received: number | null;
  dropped: number | null;
  delivered: number | null;
  interfaceReceived: number | null;
  interfaceDropped: number | null;
  comment: string | null;
  /** `dumpcap counters`, `times in microseconds` */
  quirks: string[];
}

/** An interface's account. */
export interface AccountJson {
  received: number | null;
  dropped: number | null;
  unread: number | null;
  lost: number | null;
  /** Frames lost in gaps that have a frame after them. */
  inGaps: number;
  gapCount: number;
  boundedGapCount: number;
  finalGap: number | null;
  unplaced: number | null;
  lawHolds: boolean | null;
}

/** One section. */
export interface SectionJson {
  byteOrder: 'little' | 'big';
  version: string;
  hardware: string | null;
  os: string | null;
  application: string | null;
  comments: string[];
}

/** What one file holds. */
export interface InfoJson extends TallyJson {
  file: string;
  format: string;
  variant: string | null;
  compression: string | null;
  truncated: boolean;
  /** Where the file is damaged: everything else is of what comes before. Absent: it isn't. */
  damaged?: DamageJson;
  fileBytes: number;
  captureBytes: number;
  /** Whether no frame is older than the one before it; null where frames have no time. */
  timeOrdered: boolean | null;
  unorderedFrames: number;
  lost: number | null;
  gapCount: number;
  sections: SectionJson[];
  interfaces: InterfaceInfoJson[];
  /** Blocks of other kinds, and the names that they resolve. */
  otherBlocks: OtherBlocks;
  /** Loss before the socket; absent: none known. */
  beforeSocket?: EarlyLossJson[];
  mismatches: string[];
  /** Hexadecimal, by name: those of the file as it is stored. Absent unless asked for. */
  hashes?: Readonly<Record<string, string>>;
}

/** Gives the facts of a file the shape of `gapcap info --json`. */
export function toInfoJson(facts: FileFacts, hashes?: Readonly<Record<string, string>>): InfoJson {
  const loss = toLossJson(facts.loss);
  return {
    file: facts.file,
    format: facts.format,
    variant: facts.variant ?? null,
    compression: facts.compression ?? null,
    truncated: facts.loss.truncated,
    ...toDamageJson(facts.loss),
    fileBytes: facts.fileBytes,
    captureBytes: facts.captureBytes,
    ...toTallyJson(facts.tally),
    timeOrdered: isTimeOrdered(facts),
    unorderedFrames: facts.unorderedFrames,
    lost: loss.lost,
    gapCount: facts.loss.account.gapCount,
    sections: facts.sections.map((section) => ({
      byteOrder: section.byteOrder,
      version: `${section.versionMajor}.${section.versionMinor}`,
      hardware: section.hardware ?? null,
      os: section.os ?? null,
      application: section.application ?? null,
      comments: [...section.comments],
    })),
    interfaces: facts.interfaces.map(toInterfaceJson),
    otherBlocks: facts.otherBlocks,
    ...(facts.loss.earlyLosses === undefined
      ? {}
      : { beforeSocket: facts.loss.earlyLosses.map(toEarlyLossJson) }),
    mismatches: facts.loss.mismatches.map(({ message }) => message),
    ...(hashes === undefined ? {} : { hashes }),
  };
}

function isTimeOrdered({ unorderedFrames, tally }: FileFacts): boolean | null {
  if (unorderedFrames > 0) return false;
  return tally.timelessFrames > 0 ? null : true;
}

/** The sums of a tally, with averages and rates. */
export function toTallyJson(tally: FrameTally): TallyJson {
  const { firstNs, lastNs, frames, originalBytes } = tally;
  const durationNs = firstNs === undefined || lastNs === undefined ? undefined : lastNs - firstNs;
  const seconds = durationNs === undefined ? 0 : Number(durationNs) / 1e9;
  const perSecond = (count: number): number | null => (seconds > 0 ? count / seconds : null);
  return {
    frames,
    bytes: originalBytes,
    capturedBytes: tally.capturedBytes,
    averageFrameBytes: frames === 0 ? null : originalBytes / frames,
    shortenedFrames: tally.shortenedFrames,
    shortenedToBytes:
      tally.shortenedFrames === 0 ? null : [tally.leastShortened, tally.mostShortened],
    timelessFrames: tally.timelessFrames,
    first: firstNs === undefined ? null : formatEpochNs(firstNs),
    last: lastNs === undefined ? null : formatEpochNs(lastNs),
    duration: durationNs === undefined ? null : formatEpochNs(durationNs),
    bytesPerSecond: perSecond(originalBytes),
    bitsPerSecond: perSecond(originalBytes * 8),
    framesPerSecond: perSecond(frames),
  };
}

/** Ticks a second of an if_tsresol value. */
export function unitsPerSecond(timestampResolution: number): number {
  const exponent = timestampResolution & 0x7f;
  return (timestampResolution & 0x80) !== 0 ? 2 ** exponent : Number(`1e${exponent}`);
}

function toInterfaceJson(facts: InterfaceFacts): InterfaceInfoJson {
  const { description: one, account } = facts;
  return {
    id: one.id,
    section: one.section,
    name: one.name ?? null,
    description: one.description ?? null,
    linkType: one.linkType,
    linkTypeName: linkTypeName(one.linkType),
    snapshotLength: one.snapshotLength,
    timestampResolution: one.timestampResolution,
    timestampUnitsPerSecond: unitsPerSecond(one.timestampResolution),
    timestampOffsetSeconds: Number(one.timestampOffsetSeconds),
    filter: one.filter ?? null,
    speed: one.speedBps === undefined ? null : Number(one.speedBps),
    macAddress: one.macAddress ?? null,
    hardware: one.hardware ?? null,
    os: one.os ?? null,
    fcsLength: one.fcsLength ?? null,
    comments: [...one.comments],
    ...toTallyJson(facts.tally),
    statisticsCount: facts.statisticsCount,
    statistics: toStatisticsJson(facts.statistics),
    loss: {
      received: account.received ?? null,
      dropped: account.dropped ?? null,
      unread: account.unread ?? null,
      lost: account.lost ?? null,
      inGaps: account.placed,
      gapCount: account.gapCount,
      boundedGapCount: account.boundedGapCount,
      finalGap: account.finalGap ?? null,
      unplaced: account.unplaced ?? null,
      lawHolds: facts.lawHolds ?? null,
    },
  };
}

function toStatisticsJson(statistics: InterfaceFacts['statistics']): StatisticsJson | null {
  if (statistics === undefined) return null;
  const { startNs, endNs } = statistics;
  return {
    time: formatEpochNs(statistics.timestampNs),
    start: startNs === undefined ? null : formatEpochNs(startNs),
    end: endNs === undefined ? null : formatEpochNs(endNs),
    received: statistics.received ?? null,
    dropped: statistics.dropped ?? null,
    delivered: statistics.delivered ?? null,
    interfaceReceived: statistics.interfaceReceived ?? null,
    interfaceDropped: statistics.interfaceDropped ?? null,
    comment: statistics.comment ?? null,
    quirks: [...statistics.quirks],
  };
}
