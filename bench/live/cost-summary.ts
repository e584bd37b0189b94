/** Runs of the tools → what a frame costs each of them, beside tcpdump and the floor. */

import { formatCount } from '../../src/report/number-text.js';
import { alignColumns, type TextColumn } from '../../src/report/text-table.js';
import type { MeasuredRun } from './measured-run.js';
import { totalNs } from './process-facts.js';

/** All runs of one tool with one size of frames. */
export interface ToolRuns {
  readonly tool: string;
  readonly runs: readonly MeasuredRun[];
}

/** What one tool's runs say; times are CPU time in nanoseconds per frame sent. */
export interface ToolCost {
  readonly tool: string;
  /** Median of the measured floods. */
  readonly perFrameNs: number;
  /** The part of it in user space, and the rest; by the kernel's estimate. */
  readonly userNs: number;
  readonly systemNs: number;
  /** Least and most of the runs, as `perFrameNs`. */
  readonly leastNs: number;
  readonly mostNs: number;
  /** Median of the warm-ups: what a frame costs while the tool's compiler is at work. */
  readonly warmUpNs: number | undefined;
  /** Median of whole lives, start, warm-up and end included, over all frames sent. */
  readonly wholeNs: number;
  /** Median CPU time before the first frame, in milliseconds. */
  readonly startMs: number;
  /** Frames lost, in all runs together. */
  readonly lost: number;
  readonly sent: number;
  /** The most of any run. */
  readonly peakMemoryBytes: number;
  /** Median of the frames sent a second while this tool captured. */
  readonly ratePps: number;
}

const COLUMNS: readonly TextColumn[] = [
  { heading: 'tool', align: 'left' },
  { heading: 'ns/frame', align: 'right' },
  { heading: 'least–most', align: 'right' },
  { heading: 'user', align: 'right' },
  { heading: 'system', align: 'right' },
  { heading: 'warm-up', align: 'right' },
  { heading: 'whole life', align: 'right' },
  { heading: '× tcpdump', align: 'right' },
  { heading: '× floor', align: 'right' },
  { heading: 'frames lost', align: 'right' },
  { heading: 'Mframes/s', align: 'right' },
  { heading: 'peak MiB', align: 'right' },
  { heading: 'start ms', align: 'right' },
];

/** Sums one tool's runs up. */
export function costOf({ tool, runs }: ToolRuns): ToolCost {
  const perFrame = runs.map(({ flood, frameCount }) => totalNs(flood) / frameCount);
  const perFrameNs = median(perFrame);
  const userNs = median(runs.map(({ flood, frameCount }) => flood.userNs / frameCount));
  return {
    tool,
    perFrameNs,
    userNs,
    systemNs: perFrameNs - userNs,
    leastNs: Math.min(...perFrame),
    mostNs: Math.max(...perFrame),
    warmUpNs: runs.every(({ warmUpCount }) => warmUpCount > 0)
      ? median(runs.map(({ warmUp, warmUpCount }) => totalNs(warmUp) / warmUpCount))
      : undefined,
    wholeNs: median(runs.map(({ whole, sent }) => totalNs(whole) / sent)),
    startMs: median(runs.map(({ startNs }) => startNs)) / 1e6,
    lost: runs.reduce((sum, { lost }) => sum + lost, 0),
    sent: runs.reduce((sum, { sent }) => sum + sent, 0),
    peakMemoryBytes: Math.max(...runs.map(({ peakMemoryBytes }) => peakMemoryBytes)),
    ratePps: median(runs.map(({ ratePps }) => ratePps)),
  };
}

/** A table of the tools for one size of frames. */
export function costTable(costs: readonly ToolCost[]): string[] {
  const ratioTo = (name: string): ((cost: ToolCost) => string) => {
    const base = costs.find(({ tool }) => tool === name);
    return (cost) => (base === undefined ? '' : (cost.perFrameNs / base.perFrameNs).toFixed(2));
  };
  const toTcpdump = ratioTo('tcpdump');
  const toFloor = ratioTo('floor (C)');
  const rows = costs.map((cost) => [
    cost.tool,
    cost.perFrameNs.toFixed(0),
    `${cost.leastNs.toFixed(0)}–${cost.mostNs.toFixed(0)}`,
    cost.userNs.toFixed(0),
    cost.systemNs.toFixed(0),
    cost.warmUpNs?.toFixed(0) ?? '',
    cost.wholeNs.toFixed(0),
    toTcpdump(cost),
    toFloor(cost),
    formatCount(cost.lost),
    (cost.ratePps / 1e6).toFixed(2),
    (cost.peakMemoryBytes / 2 ** 20).toFixed(0),
    cost.startMs.toFixed(0),
  ]);
  return alignColumns(COLUMNS, rows);
}

/** The middle one of some numbers; of an even count, the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
