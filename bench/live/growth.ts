/**
 * How the cost of a capture grows: with the length of frames, their rate, the number of interfaces and the
 * number of gaps. Each row is gapcap alone; rows are compared with each other, in turns.
 *
 *     npm run bench:growth [-- --rounds N --only length,rate,interfaces,gaps --json FILE]
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type FloodOptions, startFlood } from '../../src/lab/flood.js';
import { formatCount } from '../../src/report/number-text.js';
import { alignColumns, type TextColumn } from '../../src/report/text-table.js';
import { createVethPair, deleteLink, setLinkUp } from '../../src/sys/rtnetlink.js';
import { gapcapPath } from '../../test/cli/gapcap-process.js';
import { enterOwnNamespace } from '../../test/support/namespace.js';
import { PROJECT_ROOT } from '../../test/support/project-files.js';
import { median } from './cost-summary.js';
import { machineFacts } from './machine-facts.js';
import { BYTES_AROUND, touchMemory } from './measured-run.js';
import {
  allowedCpus,
  peakMemoryBytes,
  processCpuTime,
  totalNs,
  waitForPacketSocket,
  waitUntilIdle,
} from './process-facts.js';

const MOST_INTERFACES = 8;
/** What waits in gapcap's buffer is written after 1 s. */
const SETTLE_MS = 1_150;
const WARM_UP_FRAMES = 160_000;
const TOTAL_PPS = 200_000;
/** Of so many frames at once the small ring keeps all, of so many it fills up. */
const SMALL_RING = ['-B', '512k', '--block-size', '16k'];
const [KEPT_BURST, LOSSY_BURST] = [3_500, 8_000];
const BURSTS = 150;
/** Time for the capture to take a burst, in milliseconds. */
const BURST_PAUSE_MS = 20;

type Flood = Pick<FloodOptions, 'frameLength' | 'ratePps'> & { readonly frameCount: number };

/** What is measured. */
interface Row {
  readonly group: 'length' | 'rate' | 'interfaces' | 'gaps';
  readonly name: string;
  readonly interfaces: number;
  /** Beside `-w` and `-i`. */
  readonly options: readonly string[];
  /** To each interface; undefined: nothing comes, for 3 s. */
  readonly flood: Flood | undefined;
  /** How often the flood is sent; each time the capture stands still meanwhile. Once, and it runs, unless given. */
  readonly bursts?: number;
  /** Whether bursts are to leave gaps; a run that doesn't says nothing. */
  readonly loses: boolean;
}

/** What came of it once. */
interface Run {
  readonly row: string;
  readonly frames: number;
  readonly lost: number;
  readonly gaps: number;
  /** CPU time for the flood alone, warm-up not counted. */
  readonly cpuNs: number;
  /** From the first frame to the last. */
  readonly elapsedMs: number;
  readonly peakMemoryBytes: number;
}

const lengthRow = (frameLength: number): Row => ({
  group: 'length',
  name: `${frameLength} bytes`,
  interfaces: 1,
  options: [],
  flood: { frameLength, ratePps: TOTAL_PPS / 2, frameCount: TOTAL_PPS },
  loses: false,
});

const rateRow = (ratePps: number, seconds: number): Row => ({
  group: 'rate',
  name: `${formatCount(ratePps)}/s`,
  interfaces: 1,
  options: [],
  flood: { ratePps, frameCount: ratePps * seconds },
  loses: false,
});

const interfacesRow = (interfaces: number): Row => ({
  group: 'interfaces',
  name: `${interfaces} interface${interfaces === 1 ? '' : 's'}`,
  interfaces,
  options: ['-B', '8M'],
  flood: { ratePps: TOTAL_PPS / interfaces, frameCount: (2 * TOTAL_PPS) / interfaces },
  loses: false,
});

const burstsRow = (frameCount: number, loses: boolean): Row => ({
  group: 'gaps',
  name: loses ? 'a gap each' : 'all kept',
  interfaces: 1,
  options: SMALL_RING,
  flood: { frameCount },
  bursts: BURSTS,
  loses,
});

const ROWS: readonly Row[] = [
  ...[60, 128, 256, 512, 1024, 1500].map(lengthRow),
  { group: 'rate', name: 'nothing', interfaces: 1, options: [], flood: undefined, loses: false },
  ...[1_000, 10_000, 100_000, 500_000].map((ratePps) => rateRow(ratePps, 3)),
  {
    group: 'rate',
    name: 'full flood',
    interfaces: 1,
    options: [],
    flood: { frameCount: 4_000_000 },
    loses: false,
  },
  ...[1, 2, 4, MOST_INTERFACES].map(interfacesRow),
  burstsRow(KEPT_BURST, false),
  burstsRow(LOSSY_BURST, true),
];

const COLUMNS: readonly TextColumn[] = [
  { heading: 'grows', align: 'left' },
  { heading: 'row', align: 'left' },
  { heading: 'ns/frame', align: 'right' },
  { heading: '% of a CPU', align: 'right' },
  { heading: 'gaps', align: 'right' },
  { heading: 'lost in all', align: 'right' },
  { heading: 'peak MiB', align: 'right' },
];

const sender = (index: number): string => `growtx${index}`;
const receiver = (index: number): string => `growrx${index}`;

/** Sends the same to each of the interfaces at once, from the first processor, and waits for the end. */
async function sendToAll(
  interfaces: number,
  flood: Flood,
  firstSequence: number,
): Promise<{ sent: number; elapsedMs: number }> {
  const [cpu] = allowedCpus();
  const floods = await Promise.all(
    Array.from({ length: interfaces }, (_, index) =>
      startFlood({
        ...flood,
        interfaceName: sender(index),
        streamId: index,
        firstSequence,
        paused: true,
        cpu: cpu!,
      }),
    ),
  );
  for (const one of floods) one.resume();
  const results = await Promise.all(floods.map((one) => one.finished));
  return {
    sent: results.reduce((sum, one) => sum + one.sent, 0),
    elapsedMs: Math.max(...results.map((one) => one.elapsedMs)),
  };
}

async function measure(row: Row, folder: string): Promise<Run> {
  const file = join(folder, 'x.pcapng');
  const { interfaces, flood } = row;
  const given = Array.from({ length: interfaces }, (_, index) => ['-i', receiver(index)]).flat();
  const [, ...rest] = allowedCpus();
  const command = [gapcapPath, 'capture', ...row.options, ...given, '-w', file, '--json', '-q'];
  const child = spawn(
    'taskset',
    ['-c', (rest.length === 0 ? allowedCpus() : rest).join(','), process.execPath, ...command],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const text = gather(child.stdout!);
  const words = gather(child.stderr!);
  const ended = once(child, 'close');
  const pid = child.pid!;
  for (let index = 0; index < interfaces; index++) {
    await waitForPacketSocket(receiver(index), () => child.exitCode !== null);
  }
  await waitUntilIdle(pid);
  const warmUp = { frameCount: WARM_UP_FRAMES / interfaces, ratePps: TOTAL_PPS / interfaces };
  const before = await sendToAll(interfaces, warmUp, 1);
  if (flood !== undefined) {
    const length = typeof flood.frameLength === 'number' ? flood.frameLength : 60;
    const { bursts = 1 } = row;
    touchMemory(folder, bursts * flood.frameCount * interfaces * (length + BYTES_AROUND));
  }
  await settle(pid);
  const startNs = totalNs(processCpuTime(pid));
  const during = await send(row, warmUp.frameCount + 1, pid);
  await settle(pid);
  const cpuNs = totalNs(processCpuTime(pid)) - startNs;
  const memory = peakMemoryBytes(pid);
  child.kill('SIGINT');
  const [status] = (await ended) as [number | null];
  if (status !== 0) throw new Error(`${row.name}: ended with status ${status}: ${words()}`);
  rmSync(file);
  const json = JSON.parse(text()) as { frames: number; lost: number; gaps: unknown[] };
  const sent = before.sent + during.sent;
  if (json.frames + json.lost !== sent) {
    throw new Error(`${row.name}: ${json.frames} + ${json.lost} frames of ${sent}`);
  }
  if (row.loses && json.gaps.length < BURSTS / 2) {
    throw new Error(`${row.name}: only ${json.gaps.length} gaps`);
  }
  return {
    row: row.name,
    frames: during.sent - json.lost,
    lost: json.lost,
    gaps: json.gaps.length,
    cpuNs,
    elapsedMs: during.elapsedMs,
    peakMemoryBytes: memory,
  };
}

async function send(
  { interfaces, flood, bursts }: Row,
  firstSequence: number,
  pid: number,
): Promise<{ sent: number; elapsedMs: number }> {
  const startMs = performance.now();
  if (flood === undefined) {
    await sleep(3_000);
    return { sent: 0, elapsedMs: performance.now() - startMs };
  }
  if (bursts === undefined) return sendToAll(interfaces, flood, firstSequence);
  let sent = 0;
  for (let burst = 0; burst < bursts; burst++) {
    process.kill(pid, 'SIGSTOP');
    sent += (await sendToAll(interfaces, flood, firstSequence + sent)).sent;
    process.kill(pid, 'SIGCONT');
    await sleep(BURST_PAUSE_MS);
  }
  return { sent, elapsedMs: performance.now() - startMs };
}

async function settle(pid: number): Promise<void> {
  await sleep(SETTLE_MS);
  await waitUntilIdle(pid);
}

function gather(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

/** Median, least and most of a figure over the runs of a row. */
function spread(runs: readonly Run[], figure: (run: Run) => number, digits = 0): string {
  const all = runs.map(figure).sort((a, b) => a - b);
  const show = (value: number): string => value.toFixed(digits);
  return `${show(median(all))} (${show(all[0]!)}–${show(all.at(-1)!)})`;
}

/** What a gap costs beyond what its burst's frames do in bursts that are kept whole. */
function gapCost(kept: readonly Run[], lossy: readonly Run[]): string {
  const perFrame = median(kept.map(({ cpuNs, frames }) => cpuNs / frames));
  return spread(lossy, ({ cpuNs, frames, gaps }) => (cpuNs - frames * perFrame) / gaps / 1_000, 1);
}

function report(rows: readonly Row[], runs: readonly Run[]): string {
  const of = ({ name }: Row): readonly Run[] => runs.filter(({ row }) => row === name);
  const lines = rows.map((row) => {
    const own = of(row);
    const perFrame =
      row.flood === undefined ? '' : spread(own, ({ cpuNs, frames }) => cpuNs / frames);
    const busy = spread(own, ({ cpuNs, elapsedMs }) => cpuNs / elapsedMs / 1e4, 2);
    const gaps = median(own.map((run) => run.gaps));
    const lost = own.reduce((sum, run) => sum + run.lost, 0);
    const peak = median(own.map((run) => run.peakMemoryBytes)) / 2 ** 20;
    return [row.group, row.name, perFrame, busy, `${gaps}`, formatCount(lost), peak.toFixed(0)];
  });
  const table = alignColumns(COLUMNS, lines);
  const [kept, lossy] = rows.filter(({ group }) => group === 'gaps');
  if (kept === undefined || lossy === undefined) return table.join('\n');
  const cost = gapCost(of(kept), of(lossy));
  return [...table, `µs for a gap, beyond its frames: ${cost}`].join('\n');
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    json: { type: 'string' },
  },
});
enterOwnNamespace();
const folder = mkdtempSync('/dev/shm/gapcap-growth-');
const machine = machineFacts();
try {
  for (let index = 0; index < MOST_INTERFACES; index++) {
    createVethPair(sender(index), receiver(index));
    setLinkUp(sender(index));
    setLinkUp(receiver(index));
  }
  const groups = values.only?.split(',');
  const rows = ROWS.filter(({ group }) => groups?.includes(group) ?? true);
  if (rows.length === 0) throw new Error(`--only ${values.only}: there is no such group`);
  const runs: Run[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const row of rows) runs.push(await measure(row, folder));
  }
  console.log(report(rows, runs));
  const day = new Date().toISOString().slice(0, 10);
  const path = values.json ?? join(PROJECT_ROOT, `bench/results/${day}-growth.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ machine, runs }, undefined, 1)}\n`);
  console.log(`raw numbers: ${relative(process.cwd(), path)}`);
} finally {
  rmSync(folder, { recursive: true });
  for (let index = 0; index < MOST_INTERFACES; index++) deleteLink(sender(index));
}
