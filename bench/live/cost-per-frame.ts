/**
 * What capturing a frame into a file costs: gapcap beside tcpdump, dumpcap, netsniff-ng and a floor
 * program in C, on the same flood, on the same machine, in the same run.
 *
 * Run: `npm run bench`, with options `npm run bench -- --sizes 60,1500 --rounds 5`. What is measured
 * and how to read it: bench/README.md.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { insidePrivateNetwork, runInPrivateNetwork } from '../../src/lab/private-network.js';
import { formatCount } from '../../src/report/number-text.js';
import { createVethPair, setLinkUp } from '../../src/sys/rtnetlink.js';
import { type BenchSettings, readSettings, type SizePlan } from './bench-settings.js';
import { costOf, costTable, type ToolCost, type ToolRuns } from './cost-summary.js';
import { findHighestRate, type HighestRate } from './highest-rate.js';
import { fileSystemOf, machineFacts } from './machine-facts.js';
import { type MeasuredRun, measureRun, type TestBed } from './measured-run.js';
import { allowedCpus } from './process-facts.js';

/** Frames of the warm-up, as a part of those that are measured. */
const WARM_UP = 0.25;

function makeTestBed(settings: BenchSettings): TestBed {
  const bed = { sender: 'bench-tx', receiver: 'bench-rx' };
  createVethPair(bed.sender, bed.receiver);
  setLinkUp(bed.sender);
  setLinkUp(bed.receiver);
  const folder = mkdtempSync(join(settings.folder, 'gapcap-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [flood, ...tools] = allowedCpus();
  const cpus = tools.length === 0 ? undefined : { flood: flood!, tools };
  return { ...bed, folder, bufferMiB: settings.bufferMiB, cpus };
}

/** Every tool in turn, in each round one place further, so that none always follows the same one. */
async function compare(size: SizePlan, settings: BenchSettings, bed: TestBed): Promise<ToolRuns[]> {
  const { tools, rounds, ratePps } = settings;
  const runs = tools.map((): MeasuredRun[] => []);
  const warmUpCount = Math.round(size.frameCount * WARM_UP);
  const plan = { lengths: size.lengths, frameCount: size.frameCount, warmUpCount, ratePps };
  let longestMs = 0;
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    if (round > 0 && startMs + longestMs > settings.withinMs) break;
    for (let turn = 0; turn < tools.length; turn++) {
      const index = (round + turn) % tools.length;
      const tool = tools[index]!;
      tell(`${size.name}: round ${round + 1} of ${rounds}, ${tool.name}`);
      runs[index]!.push(await measureRun(tool, plan, bed));
    }
    longestMs = Math.max(longestMs, performance.now() - startMs);
  }
  tell('');
  return tools.map((tool, i) => ({ tool: tool.name, runs: runs[i]! }));
}

async function searchRates(
  size: SizePlan,
  costs: readonly ToolCost[],
  settings: BenchSettings,
  bed: TestBed,
): Promise<HighestRate[]> {
  const found: HighestRate[] = [];
  for (const tool of settings.tools) {
    tell(`${size.name}: highest rate of ${tool.name}`);
    const fullRatePps = costs.find((cost) => cost.tool === tool.name)!.ratePps;
    const { seconds } = settings;
    found.push(await findHighestRate(tool, size.lengths, { fullRatePps, seconds, bed }));
  }
  tell('');
  return found;
}

/** One line on a terminal that the next one overwrites; nothing elsewhere. */
function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function main(): Promise<void> {
  const settings = readSettings();
  const bed = makeTestBed(settings);
  const machine = machineFacts();
  const { rounds, bufferMiB, ratePps } = settings;
  const fileSystem = fileSystemOf(settings.folder);
  say([
    `${machine.processors} × ${machine.processor}, Linux ${machine.kernel}; load ${machine.loadBefore.toFixed(2)}`,
    `veth pair, ${ratePps === undefined ? 'full flood' : `${formatCount(ratePps)} frames/s`}; ${bufferMiB} MiB of buffer; files on ${settings.folder} (${fileSystem})`,
    ...settings.tools.map(({ name, version, note }) => `  ${name}: ${version}; ${note}`),
  ]);
  if (machine.loadBefore > 0.5) say(['The machine is busy: take these numbers for noise.']);
  const results: unknown[] = [];
  for (const size of settings.sizes) {
    const runs = await compare(size, settings, bed);
    const costs = runs.map(costOf);
    const frames = formatCount(size.frameCount);
    const bytes = size.name === 'imix' ? 'IMIX' : `${size.name} bytes`;
    say([
      '',
      `${bytes}: ${frames} frames after a warm-up, ${runs[0]!.runs.length} runs; CPU time per frame sent`,
      '',
    ]);
    say(costTable(costs));
    const rates = settings.rates ? await searchRates(size, costs, settings, bed) : [];
    if (rates.length > 0) say(['', `Highest rate without loss, ${settings.seconds} s:`]);
    for (const { tool, ratePps, atFullFlood } of rates) {
      const rate = `${(ratePps / 1e6).toFixed(2)} million frames/s`;
      say([`  ${tool}: ${atFullFlood ? `at least ${rate} (the whole flood)` : rate}`]);
    }
    results.push({ size: size.name, lengths: size.lengths, costs, runs, rates });
  }
  const tools = settings.tools.map(({ name, version, note }) => ({ name, version, note }));
  const setting = {
    rounds,
    ratePps,
    bufferMiB,
    folder: settings.folder,
    fileSystem,
    cpus: bed.cpus,
  };
  const record = { date: new Date().toISOString(), machine, tools, setting, results };
  mkdirSync(dirname(settings.json), { recursive: true });
  writeFileSync(settings.json, `${JSON.stringify(record, undefined, 2)}\n`);
  say(['', `Raw numbers: ${relative(process.cwd(), settings.json)}`]);
}

if (insidePrivateNetwork()) {
  await main();
} else {
  const own = fileURLToPath(import.meta.url);
  process.exitCode = await runInPrivateNetwork({ arguments: [own, ...process.argv.slice(2)] });
}
