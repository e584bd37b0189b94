/** The model against one stall of a run: what the kernel lost in it, and what the model would have. */

import { type BufferOptions, startSimulation } from '../../src/model/simulation.js';
import { flowTraffic } from '../../src/model/traffic.js';
import type { Episode } from './model-episodes.js';
import { type ReadMoment, replayOnQueue, replayOnRing } from './model-replay.js';
import { PLAN } from './model-runs.js';
import type { SeenGap } from './stalling-reader.js';

const MS = 1_000_000;
/** How far the clocks of reader and frames may be apart. */
const CLOCK_NS = 50_000;

/** What model and kernel have to say of one stall. */
export interface Comparison {
  /** Undefined where they differ and the machine held the reader up by its own clock: nobody can know. */
  readonly isAlike: boolean | undefined;
  /** For people. */
  readonly text: string;
}

/** Moments at which the reader may have given room back: in the read, give or take the clocks. */
const MOMENTS: readonly ReadMoment[] = [
  ({ endNs }) => endNs,
  ({ startNs }) => startNs,
  ({ startNs, endNs }) => (startNs + endNs) / 2,
  ({ startNs }) => startNs - CLOCK_NS,
  ({ startNs }) => startNs - CLOCK_NS / 2,
  ({ endNs }) => endNs + CLOCK_NS / 2,
  ({ endNs }) => endNs + CLOCK_NS,
];

/**
 * Holds the kernel's gaps against those of a modelled buffer with the same arrivals and reads. A reader
 * takes frames one by one within a read: alike are as many gaps, each with its place and its size between
 * the extremes of the moments.
 */
export function compareReplay(episode: Episode, buffer: BufferOptions): Comparison {
  const replays = MOMENTS.map((moment) =>
    buffer.kind === 'socket'
      ? replayOnQueue(episode, buffer, moment)
      : replayOnRing(episode, buffer, moment),
  );
  const { gaps } = episode;
  const isWithin = (value: number, i: number, of: (gap: SeenGap) => number): boolean => {
    const modelled = replays.map((replay) => of(replay[i]!));
    return value >= Math.min(...modelled) && value <= Math.max(...modelled);
  };
  const { longReads } = episode;
  const isAlike =
    gaps.length > 0 &&
    replays.every(({ length }) => length === gaps.length) &&
    gaps.every(
      ({ after, lost }, i) =>
        isWithin(after, i, (gap) => gap.after) && isWithin(lost, i, (gap) => gap.lost),
    );
  return {
    isAlike: isAlike || longReads.length === 0 ? isAlike : undefined,
    text: `${describe(gaps)}; model ${describe(replays[0]!)}; ${longReads.length} long reads`,
  };
}

/**
 * Holds the kernel's gap against that of a simulation which knows the plan alone: its own traffic, its
 * own reader. Alike are gaps whose difference the frames explain that came beyond the plan, give or take a
 * round of the flood and, for a ring, a block.
 */
export function comparePlan(episode: Episode, buffer: BufferOptions): Comparison {
  const { gaps, stall, longReads, holdUps } = episode;
  const simulated = simulateStall(stall.plannedNs, buffer);
  const { frames, unsure } = missedPlan(episode, buffer.kind);
  const granularity = PLAN.round + (buffer.kind === 'ring' ? PLAN.blockFrames : 0);
  const unexplained = Math.abs((gaps[0]?.lost ?? 0) - (simulated[0]?.lost ?? 0) - frames);
  const isAlike = gaps.length === simulated.length && unexplained <= granularity + unsure;
  // A reader that is late again afterwards loses again.
  const isKnown = longReads.length === 0 && (holdUps.length === 0 || gaps.length === 1);
  return {
    isAlike: isAlike || isKnown ? isAlike : undefined,
    text: `${describe(gaps)}; model ${describe(simulated)}; ${frames} frames beyond the plan, ${unexplained} unexplained, held up ${longReads.length + holdUps.length} times`,
  };
}

/**
 * By how many frames more or fewer than planned came while no room was given back: from the last read
 * before the stall until that read after it was over which gave room. A socket's reader gives room with
 * the frames it takes, a ring's with its next read.
 */
function missedPlan(
  { arrivals, reads, stall }: Episode,
  kind: BufferOptions['kind'],
): { frames: number; unsure: number } {
  const giving = reads[kind === 'ring' ? 2 : 1] ?? reads.at(-1)!;
  const cameWithin = (startNs: number, endNs: number): number =>
    arrivals.filter(({ timeNs }) => timeNs >= startNs && timeNs < endNs).length;
  const planned = (stall.plannedNs / 1e9) * PLAN.ratePps;
  return {
    frames: cameWithin(reads[0]!.endNs, giving.endNs) - planned,
    // When within the read the room was given is unknown; on an idle machine it takes no time.
    unsure: cameWithin(giving.startNs - CLOCK_NS, giving.endNs + CLOCK_NS),
  };
}

function simulateStall(lengthNs: number, buffer: BufferOptions): SeenGap[] {
  const gaps: SeenGap[] = [];
  const atNs = 100 * MS;
  const simulation = startSimulation({
    traffic: flowTraffic(
      {
        shape: { kind: 'constant', ratePps: PLAN.ratePps },
        sizes: { kind: 'fixed', length: PLAN.frameLength },
        frames: (2 * atNs + lengthNs) / (1e9 / PLAN.ratePps),
      },
      1,
    ),
    buffer,
    reader: { batch: 128, stalls: { kind: 'list', stalls: [{ atNs, lengthNs }] } },
    listener: {
      frame: (_timeNs, _length, lost, number) => {
        if (lost > 0) gaps.push({ after: number - lost - 1, lost });
      },
    },
  });
  while (simulation.step(PLAN.frames));
  return gaps;
}

function describe(gaps: readonly SeenGap[]): string {
  return gaps.length === 0 ? 'no gap' : gaps.map(describeGap).join(', ');
}

function describeGap({ after, lost }: SeenGap): string {
  return `${lost} after ${after}`;
}
