/** Runs of the tools → what a frame costs each of them, beside tcpdump and the floor. */

import { formatCount } from '../../src/report/number-text.js';
import { alignColumns, type TextColumn } from '../../src/report/text-table.js';
import type { MeasuredRun } from './measured-run.js';

/** All runs of one tool with one size of frames. */
export interface ToolRuns {
  readonly tool: string;
  /** Without frames: what starting and ending cost. */
  readonly idleRuns: readonly MeasuredRun[];
  readonly runs: readonly MeasuredRun[];
}

/** What one tool's runs say; times are CPU time in nanoseconds per frame sent. */
export interface ToolCost {
  readonly tool: string;
  /** Median, start and end included. */
  readonly totalNs: number;
  /** Median, less what the same run took to start, and what a run without frames takes to end. */
  readonly perFrameNs: number;
  /** The part of it in user space, and the rest; by the kernel's estimate. */
  readonly userNs: number;
  readonly systemNs: number;
  /** Least and most of the runs, as `perFrameNs`. */
  readonly leastNs: number;
  readonly mostNs: number;
  /** Median CPU time of starting and ending without frames, in milliseconds. */
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
  { heading: 'with start', align: 'right' },
  { heading: '× tcpdump', align: 'right' },
  { heading: '× floor', align: 'right' },
  { heading: 'frames lost', align: 'right' },
  { heading: 'Mframes/s', align: 'right' },
  { heading: 'peak MiB', align: 'right' },
  { heading: 'start ms', align: 'right' },
];

/** Sums one tool's runs up. */
export function costOf({ tool, idleRuns, runs }: ToolRuns): ToolCost {
  const idleUserNs = median(idleRuns.map(({ userNs }) => userNs));
  const endNs = median(idleRuns.map((run) => cpuNs(run) - run.startNs));
  const perFrame = runs.map((run) => (cpuNs(run) - run.startNs - endNs) / run.sent);
  const perFrameNs = median(perFrame);
  const userNs = median(runs.map((run) => (run.userNs - idleUserNs) / run.sent));
  return {
    tool,
    totalNs: median(runs.map((run) => cpuNs(run) / run.sent)),
    perFrameNs,
    userNs,
    systemNs: perFrameNs - userNs,
    leastNs: Math.min(...perFrame),
    mostNs: Math.max(...perFrame),
    startMs: median(idleRuns.map(cpuNs)) / 1e6,
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
    cost.totalNs.toFixed(0),
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

function cpuNs({ userNs, systemNs }: MeasuredRun): number {
  return userNs + systemNs;
}
