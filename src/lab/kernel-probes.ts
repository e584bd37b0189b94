/**
 * The probes on which `exact` rests, to be run on a user's own kernel: which of the accounting's
 * assumptions hold there. The same as in test/platform, sentence by sentence of
 * docs/kernel-assumptions.md.
 */

import { writeProbeRecord } from '../sys/probe-record.js';
import {
  assertBlocksNumbered,
  assertFullStaysFull,
  assertLastFrameEndsBlock,
  assertLosingAtClose,
  assertOpensAtOnce,
  assertReadingEndsLosing,
} from './block-probes.js';
import {
  assertAbsentUntilDrop,
  assertDifferencesAreGaps,
  assertFirstQueued,
  assertNotReset,
  assertOnEveryFrame,
  assertPacketsIncludeDrops,
  assertReadingClears,
  assertRejectedUncounted,
  assertTotalWhenQueued,
} from './counter-probes.js';
import {
  assertCountersStandStill,
  assertCountingStartsClean,
  assertFilterReplacedAtOnce,
} from './filter-probes.js';
import { Overload } from './overload.js';
import { lastCpu } from './processors.js';

/** Which engine's counts rest on it; `both`. */
export type ProbedEngine = 'ring' | 'socket' | 'both';

/** One sentence about the kernel, and whether it holds here. */
export interface ProbeOutcome {
  /** As in docs/kernel-assumptions.md. */
  readonly sentence: string;
  readonly engine: ProbedEngine;
  /** Whether this kernel does what the sentence says. */
  readonly holds: boolean;
  /** What was seen instead; undefined where it holds. */
  readonly seen: string | undefined;
}

interface KernelProbe {
  readonly sentence: string;
  readonly engine: ProbedEngine;
  readonly check: (run: ProbeRun) => void | Promise<void>;
}

/** What several probes look at, made once. */
class ProbeRun {
  readonly cpu: number = lastCpu();
  #overload: Promise<Overload> | undefined;

  overload(): Promise<Overload> {
    this.#overload ??= Overload.run(this.cpu);
    return this.#overload;
  }
}

const counters = (sentence: string, check: KernelProbe['check']): KernelProbe => ({
  sentence,
  engine: 'both',
  check,
});

const socket = (sentence: string, check: KernelProbe['check']): KernelProbe => ({
  sentence,
  engine: 'socket',
  check,
});

const blocks = (sentence: string, check: () => Promise<void>): KernelProbe => ({
  sentence,
  engine: 'ring',
  check,
});

const ring = (sentence: string, check: (overload: Overload) => void): KernelProbe => ({
  sentence,
  engine: 'ring',
  check: async (run) => check(await run.overload()),
});

const PROBES: readonly KernelProbe[] = [
  counters('reading PACKET_STATISTICS clears it', assertReadingClears),
  counters('tp_packets includes tp_drops', assertPacketsIncludeDrops),
  counters('frames that the filter rejects are in no counter', assertRejectedUncounted),
  counters(
    'counting starts at zero, and with the next frame, where a filter lets frames in',
    assertCountingStartsClean,
  ),
  counters(
    'SO_ATTACH_FILTER replaces a filter in one step: no frame escapes both',
    assertFilterReplacedAtOnce,
  ),
  counters('the counters stand still 2 ms after a filter that rejects all is attached', ({ cpu }) =>
    assertCountersStandStill(cpu),
  ),
  socket('SO_RXQ_OVFL is absent until the first drop', assertAbsentUntilDrop),
  socket(
    'SO_RXQ_OVFL is the total when the frame was queued, however late it is read',
    assertTotalWhenQueued,
  ),
  socket('SO_RXQ_OVFL is on every frame after the first drop', assertOnEveryFrame),
  socket('SO_RXQ_OVFL is not reset by reading PACKET_STATISTICS', assertNotReset),
  socket(
    'the first frame is queued however small the queue: nothing is lost before it',
    assertFirstQueued,
  ),
  socket(
    'the difference between two frames is the number of frames missing between them',
    ({ cpu }) => assertDifferencesAreGaps(cpu),
  ),
  blocks('block numbers are consecutive, from 1', assertBlocksNumbered),
  blocks(
    'tp_next_offset is 0 in the last frame of a block, and in no other',
    assertLastFrameEndsBlock,
  ),
  blocks('a block opens at once where the next slot is free when one closes', assertOpensAtOnce),
  blocks('a full ring stays full until a block is given back', assertFullStaysFull),
  blocks(
    'a block has TP_STATUS_LOSING where a drop is uncollected at its close',
    assertLosingAtClose,
  ),
  blocks(
    'reading PACKET_STATISTICS ends TP_STATUS_LOSING for the blocks that close later',
    assertReadingEndsLosing,
  ),
  ring('a ring loses frames only at the boundary between two blocks', (overload) =>
    overload.assertLossAtBoundaries(),
  ),
  ring(
    'tp_packets less tp_drops is the number of frames in the ring, at every reading',
    (overload) => overload.assertAcceptedInRing(),
  ),
  ring(
    'a drop is counted before the same processor puts the next frame into the ring',
    (overload) => overload.assertDropsCountedInTime(),
  ),
  ring('no reading counts a drop that has not happened', (overload) =>
    overload.assertNoDropTooEarly(),
  ),
  ring('the last reading accounts for every frame sent', (overload) =>
    overload.assertAllAccounted(),
  ),
  ring(
    'TP_STATUS_LOSING is on the blocks before whose last frame a drop was not collected, on no other',
    (overload) => overload.assertLosingBlocks(),
  ),
  ring(
    'tp_freeze_q_cnt goes up where a block closes and the next slot is still taken',
    (overload) => overload.assertFreezesCounted(),
  ),
];

/**
 * Runs all of them, some five seconds long. A probe that fails is tried again, twice: a machine that is busy
 * may keep it from seeing what it looks for, but can't make a kernel look better than it is.
 *
 * Needs a network namespace of the process's own, and CAP_NET_ADMIN and CAP_NET_RAW in it; see
 * `runInPrivateNetwork`.
 *
 * @param onOutcome called after each
 */
export async function probeKernel(
  onOutcome: (outcome: ProbeOutcome) => void = () => {},
): Promise<ProbeOutcome[]> {
  const outcomes: ProbeOutcome[] = [];
  let run = new ProbeRun();
  for (const { sentence, engine, check } of PROBES) {
    let seen: string | undefined;
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await check(run);
        seen = undefined;
        break;
      } catch (error) {
        seen = error instanceof Error ? error.message : String(error);
        run = new ProbeRun();
      }
    }
    const outcome = { sentence, engine, holds: seen === undefined, seen };
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return outcomes;
}

/**
 * Keeps what doesn't hold, for captures on this kernel; what was kept before goes.
 *
 * @returns the file's path
 */
export function keepOutcomes(outcomes: readonly ProbeOutcome[]): string {
  const failed = outcomes.filter(({ holds }) => !holds);
  return writeProbeRecord(failed.map(({ sentence, engine }) => ({ sentence, engine })));
}
