/** A run of the kernel cut into its stalls: each can be judged by itself. */

import type { TimedFrame } from '../../src/model/traffic.js';
import { PLAN } from './model-runs.js';
import type { LoggedRead, SeenGap, StallingOutcome, TimeSpan } from './stalling-reader.js';

const MS = 1_000_000;
/** A read that takes longer was held up inside: it gave room back nobody knows when. */
const LONG_READ_NS = MS / 2;
/** Frames come again by then, and show the gap. */
const SETTLE_NS = 20 * MS;

/**
 * One stall, from the last read before it to one some time after it that found nothing more. The buffer is
 * empty when it begins, for the reader had just found nothing: a socket's queue has no frame, a ring
 * those in the open block, which came after the last frame that was delivered. Frames are numbered from
 * there, so that nothing that happened earlier in the run counts.
 */
export interface Episode {
  readonly arrivals: readonly TimedFrame[];
  readonly reads: readonly LoggedRead[];
  readonly gaps: readonly SeenGap[];
  readonly lastNumber: number;
  /** The stall as it was, and as it was to be. */
  readonly stall: { readonly startNs: number; readonly endNs: number; readonly plannedNs: number };
  /** Reads that were held up inside, as texts: nobody knows when they gave room back. */
  readonly longReads: readonly string[];
  /** When the reader was kept by something else than the stall, as texts. */
  readonly holdUps: readonly string[];
}

/** The stalls of a run in their order; without those whose end the run doesn't have. */
export function episodesOf(outcome: StallingOutcome): Episode[] {
  // A frame that nobody saw arrive would shift the numbers of all others.
  if (outcome.missed !== 0) return [];
  return outcome.measuredStalls.flatMap((_, i) => tryEpisode(outcome, i) ?? []);
}

function tryEpisode(outcome: StallingOutcome, i: number): Episode | undefined {
  const { arrivals, gaps, measuredStalls, reads } = outcome;
  const stall = measuredStalls[i]!;
  const limitNs = measuredStalls[i + 1]?.startNs ?? Number.POSITIVE_INFINITY;
  const after = reads.findIndex(({ startNs }) => startNs >= stall.endNs);
  const end = reads.findIndex(
    ({ startNs, endNs, lastNumber }, k) =>
      startNs >= stall.endNs + SETTLE_NS &&
      endNs <= limitNs &&
      lastNumber === reads[k - 1]!.lastNumber,
  );
  if (after < 1 || end < 0) return undefined;
  const base = reads[after - 1]!.lastNumber;
  const lastNumber = reads[end]!.lastNumber - base;
  const own = reads.slice(after - 1, end + 1);
  return {
    arrivals: arrivals.slice(base, base + lastNumber),
    reads: own.map((read) => ({ ...read, lastNumber: read.lastNumber - base })),
    gaps: gaps
      .map((gap) => ({ ...gap, after: gap.after - base }))
      .filter((gap) => gap.after >= 0 && gap.after < lastNumber),
    lastNumber,
    stall: { ...stall, plannedNs: PLAN.stalls[i]!.lengthMs * MS },
    longReads: own.filter((read) => lengthNs(read) > LONG_READ_NS).map(inMs),
    holdUps: outcome.holdUps
      .filter(({ startNs, endNs }) => endNs > own[0]!.startNs && startNs < own.at(-1)!.endNs)
      .map(inMs),
  };
}

function lengthNs({ startNs, endNs }: TimeSpan): number {
  return endNs - startNs;
}

function inMs(span: TimeSpan): string {
  return `${(lengthNs(span) / MS).toFixed(1)} ms`;
}
