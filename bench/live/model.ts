/**
 * How far the model of the kernel's buffers agrees with the kernel: the runs of
 * test/live/model-against-kernel.test.ts, more of them, with everything that they come to.
 *
 * Run: `npm run build:test && node .test-build/bench/live/model.js`, as root. docs/simulation.md has the table.
 */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Comparison, comparePlan, compareReplay } from '../../test/live/model-comparison.js';
import { episodesOf } from '../../test/live/model-episodes.js';
import { MODEL_ENGINES, type ModelEngine, PLAN, runPlan } from '../../test/live/model-runs.js';
import type { SeenGap } from '../../test/live/stalling-reader.js';
import { enterOwnNamespace } from '../../test/support/namespace.js';
import { machineFacts } from './machine-facts.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10' }, json: { type: 'string' } },
});

/** One stall: what the kernel lost in it, and what the model says to that. */
interface JudgedStall {
  readonly run: number;
  readonly gaps: readonly SeenGap[];
  readonly longReads: readonly string[];
  readonly holdUps: readonly string[];
  readonly replay: Comparison;
  readonly plan: Comparison;
}

/** All stalls of so many runs of one engine. */
async function measure(engine: ModelEngine, runs: number): Promise<JudgedStall[]> {
  const stalls: JudgedStall[] = [];
  for (let run = 1; run <= runs; run++) {
    const { outcome, buffer } = await runPlan(engine, run);
    for (const episode of episodesOf(outcome)) {
      const { gaps, longReads, holdUps } = episode;
      const replay = compareReplay(episode, buffer);
      const plan = comparePlan(episode, buffer);
      stalls.push({ run, gaps, longReads, holdUps, replay, plan });
    }
  }
  assert.ok(stalls.length > 0, 'no run had a stall with an end');
  return stalls;
}

const machine = machineFacts();
enterOwnNamespace();
const date = new Date().toISOString();
const runs = Number(values.runs);
const results = [];
for (const engine of MODEL_ENGINES) {
  const stalls = await measure(engine, runs);
  results.push({ engine: engine.name, runs, planned: runs * PLAN.stalls.length, stalls });
  const texts = (['replay', 'plan'] as const).map((kind) => {
    const words = stalls.map((stall) => stall[kind].isAlike);
    const count = (word: boolean | undefined): number => words.filter((one) => one === word).length;
    return `${kind}: ${count(true)} alike, ${count(false)} unlike, ${count(undefined)} unknown`;
  });
  process.stdout.write(`${engine.name}: ${stalls.length} stalls; ${texts.join('; ')}\n`);
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ date, machine, plan: PLAN, results })}\n`);
}
