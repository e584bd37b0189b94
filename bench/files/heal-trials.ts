/**
 * What healing claims and how much it fills in, over many random trials: captures that are unlike each
 * other in every way that is known to matter, each trial held against what was left out of them.
 *
 * Run: `npm run build:test && node .test-build/bench/files/heal-trials.js`, or with `--trials N --seed N
 * --share-trials N --quick`. It ends with an error, and the trial, where healing claimed what isn't so. Nothing is timed. Raw
 * numbers go to bench/results; the same seed gives the same trials.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { healKinds } from '../../test/support/heal-kinds.js';
import { type Plan, plans } from '../../test/support/heal-plan.js';
import { runTrial } from '../../test/support/heal-trial.js';

const PROJECT = resolve(import.meta.dirname, '../../..');

const { values: given } = parseArgs({
  options: {
    trials: { type: 'string', default: '26000' },
    seed: { type: 'string', default: '20091002' },
    'share-trials': { type: 'string', default: '20' },
    quick: { type: 'boolean', default: false },
  },
});

interface Totals {
  trials: number;
  /** Of these, trials with what is named. */
  readonly withRings: { healed: number; source: number };
  withClocksSet: number;
  withSeveralSources: number;
  filled: number;
  findable: number;
  gaps: number;
  proved: number;
}

function book(totals: Totals, { healed, donors }: Plan): void {
  totals.trials++;
  if (healed.style.rings > 0) totals.withRings.healed++;
  if (donors.some(({ style }) => style.rings > 0)) totals.withRings.source++;
  if ([healed, ...donors].some(({ steps }) => steps.length > 0)) totals.withClocksSet++;
  if (donors.length > 1) totals.withSeveralSources++;
}

/** Random trials; one that claims too much ends the bench, as the smallest trial that does. */
async function tryAll(folder: string, numRuns: number, seed: number): Promise<Totals> {
  const totals: Totals = {
    ...{ trials: 0, withRings: { healed: 0, source: 0 }, withClocksSet: 0, withSeveralSources: 0 },
    ...{ filled: 0, findable: 0, gaps: 0, proved: 0 },
  };
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const counts = await runTrial(folder, plan);
      book(totals, plan);
      totals.filled += counts.filled;
      totals.findable += counts.findable;
      totals.gaps += counts.gaps;
      totals.proved += counts.proved;
    }),
    { numRuns, seed },
  );
  return totals;
}

/** One kind of captures: how much is filled in of what could be. */
async function share(folder: string, plan: Omit<Plan, 'seed'>, trials: number): Promise<object> {
  let filled = 0;
  let findable = 0;
  for (let seed = 1; seed <= trials; seed++) {
    const counts = await runTrial(folder, { ...plan, seed });
    filled += counts.filled;
    findable += counts.findable;
  }
  return { trials, filled, findable, percent: Number(((100 * filled) / findable).toFixed(2)) };
}

const folder = mkdtempSync(join(tmpdir(), 'gapcap-bench-heal-trials-'));
try {
  const shares: object[] = [];
  const shareTrials = given.quick ? 2 : Number(given['share-trials']);
  for (const { name, plan } of healKinds) {
    const counts = await share(folder, plan, shareTrials);
    process.stdout.write(`${name}: ${JSON.stringify(counts)}\n`);
    shares.push({ name, ...counts });
  }
  const seed = Number(given.seed);
  const random = await tryAll(folder, given.quick ? 200 : Number(given.trials), seed);
  process.stdout.write(`${JSON.stringify(random)}\n`);
  const date = new Date().toISOString().slice(0, 10);
  const name = `${date}-heal-trials${given.quick ? '-quick' : ''}.json`;
  const path = join(PROJECT, 'bench/results', name);
  const results = { node: process.versions.node, seed, random, wronglyFilled: 0, shares };
  writeFileSync(path, `${JSON.stringify(results, undefined, 1)}\n`);
  process.stdout.write(`written: ${path}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
