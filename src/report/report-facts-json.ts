/** A report's facts in the shape that is published. */

import type { DescribedGap, ReportFacts } from '../analysis/capture-report.js';
import type { GapSide } from '../analysis/gap-surroundings.js';
import { formatEpochNs } from '../core/timestamp.js';
import { toGapJson, toLossJson } from './loss-json.js';
import type { GapReportJson, GapSideJson, ReportJson } from './report-json.js';

/** Interfaces described one by one; a file can hold many thousands. */
const INTERFACE_LIMIT = 200;

/** Gives a report's facts the shape of `ReportJson`. */
export function toReportJson(facts: ReportFacts): ReportJson {
  const { loss, timeline } = facts;
  const { gaps: _gaps, gapsOmitted: _gapsOmitted, interfaces, ...same } = toLossJson(loss);
  const time = (ns: bigint | undefined): string | null =>
    ns === undefined ? null : formatEpochNs(ns);
  const omitted = interfaces.length - INTERFACE_LIMIT;
  return {
    ...same,
    application: loss.application ?? null,
    bytes: facts.bytes,
    start: time(timeline.firstNs),
    end: time(timeline.lastNs),
    received: sumOfAll(interfaces.map(({ received }) => received)),
    unplaced: sumKnown(interfaces.map(({ unplaced }) => unplaced)),
    interfaceDropped: sumKnown(facts.statistics.map((totals) => totals?.interfaceDropped ?? null)),
    gapCount: loss.account.gapCount,
    largestGap: facts.largestGap ?? null,
    interfaces: interfaces.slice(0, INTERFACE_LIMIT).map((one) => ({
      ...one,
      interfaceReceived: facts.statistics[one.id]?.received ?? null,
      interfaceDropped: facts.statistics[one.id]?.interfaceDropped ?? null,
    })),
    ...(omitted > 0 ? { interfacesOmitted: omitted } : {}),
    gaps: facts.gaps.map(toGapReportJson),
    gapsOmitted: facts.gapsOmitted,
    timeline: {
      start: time(timeline.startNs),
      intervalNs: timeline.intervalNs,
      frames: [...timeline.frames],
      bytes: [...timeline.bytes],
      lost: [...timeline.lost],
      gaps: [...timeline.gaps],
      untimed: timeline.untimed,
    },
  };
}

/** The sum; null where one of them isn't known, or there is none. */
function sumOfAll(counts: readonly (number | null)[]): number | null {
  return counts.includes(null) ? null : sumKnown(counts);
}

/** The sum of what is known; null where nothing is. */
function sumKnown(counts: readonly (number | null)[]): number | null {
  return counts.reduce<number | null>(
    (sum, count) => (count === null ? sum : (sum ?? 0) + count),
    null,
  );
}

function toGapReportJson({ gap, before, after }: DescribedGap): GapReportJson {
  return {
    ...toGapJson(gap),
    framesBefore: toSideJson(before, gap.startNs),
    framesAfter: after === undefined ? null : toSideJson(after, gap.endNs),
  };
}

function toSideJson(side: GapSide, edgeNs: bigint | undefined): GapSideJson {
  return {
    frames: side.frames,
    framesPerSecond:
      side.framesPerSecond === undefined ? null : Number(side.framesPerSecond.toPrecision(6)),
    flows: side.flows.map((flow) => ({ ...flow })),
    flowsOmitted: side.flowsOmitted,
    nearest:
      edgeNs === undefined
        ? []
        : side.nearest.map(({ timeNs, bytes }) => [Number(timeNs - edgeNs), bytes]),
  };
}
