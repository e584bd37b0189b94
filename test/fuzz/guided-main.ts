/**
 * Fuzzing for hours, led by coverage: a damaged file that makes a block of the program run for the first
 * time is damaged further.
 *
 *     node .test-build/test/fuzz/guided-main.js --minutes 40 [--seed 1] [--folder FOLDER]
 *
 * What fails is kept in the folder, and told on standard error; the last line, in JSON, says what was tried.
 */

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { BlockCoverage } from './block-coverage.js';
import { Luck, mutate } from './mutations.js';
import { ALL_SEEDS, fileTargets, readPcap, readPcapng } from './targets.js';

/** Inputs between two looks at the coverage, which takes some milliseconds. */
const BATCH = 64;
const MOST_FAILURES = 20;
const SLOW_MS = 3000;
const LONGEST_INPUT_BYTES = 256 * 1024;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    folder: { type: 'string', default: '' },
  },
});
const minutes = Number(values.minutes);
const folder = values.folder || mkdtempSync(join(tmpdir(), 'gapcap-guided-'));
mkdirSync(folder, { recursive: true });
const files = fileTargets(folder);

const targets: readonly ((bytes: Uint8Array) => void | Promise<void>)[] = [
  readPcapng,
  readPcap,
  files.loss,
  files.facts,
  files.copy,
];

const coverage = new BlockCoverage(/\/src\/(?!cli|page)/);
const corpus: Uint8Array[] = [...ALL_SEEDS];
const failures: string[] = [];
let inputs = 0;
let peakBytes = 0;

/** What is slow once may have had to wait for others. */
async function slowAgain(
  target: (bytes: Uint8Array) => void | Promise<void>,
  bytes: Uint8Array,
): Promise<string | undefined> {
  const started = process.cpuUsage();
  await target(bytes);
  const tookMs = process.cpuUsage(started).user / 1000;
  return tookMs > SLOW_MS ? `took ${Math.round(tookMs)} ms of processor time` : undefined;
}

async function tryAll(bytes: Uint8Array, name: string): Promise<void> {
  for (const [i, target] of targets.entries()) {
    const started = performance.now();
    let what: string | undefined;
    try {
      await target(bytes);
      if (performance.now() - started > SLOW_MS) what = await slowAgain(target, bytes);
    } catch (error) {
      what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    if (what === undefined) continue;
    const path = join(folder, `failure-${name}`);
    writeFileSync(path, bytes);
    failures.push(path);
    process.stderr.write(`${path}, target ${i}: ${what}\n`);
  }
  inputs++;
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}

for (const [i, seed] of ALL_SEEDS.entries()) await tryAll(seed, `seed-${i}`);
coverage.look();
const fromSeeds = coverage.reached;
const end = performance.now() + minutes * 60_000;
let next = Number(values.seed);
while (performance.now() < end && failures.length < MOST_FAILURES) {
  const batch: Uint8Array[] = [];
  for (let i = 0; i < BATCH; i++) {
    const bytes = mutate(corpus, new Luck(next++));
    if (bytes.length <= LONGEST_INPUT_BYTES) batch.push(bytes);
  }
  for (const bytes of batch) await tryAll(bytes, `${next}`);
  const fresh = coverage.look();
  if (fresh.length === 0) continue;
  for (const bytes of batch) {
    await tryAll(bytes, `${next}`);
    if (coverage.hasRun(fresh)) corpus.push(bytes);
  }
}
process.stdout.write(
  `${JSON.stringify({
    minutes,
    inputs,
    runs: inputs * targets.length,
    corpus: corpus.length,
    blocksFromSeeds: fromSeeds,
    blocksReached: coverage.reached,
    blocksKnown: coverage.known,
    peakMiB: Math.round(peakBytes / 2 ** 20),
    failures,
  })}\n`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
