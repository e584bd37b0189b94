/**
 * How encoded bytes should leave a capture: written in the capturing thread, through libuv, or by a
 * thread of their own; into memory, onto a disk, and into a pipe whose reader stalls.
 *
 * Run: `npm run bench:writes`. The numbers are judged in docs/decisions/0013-how-writes-leave.md.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startFlood } from '../../src/lab/flood.js';
import { insidePrivateNetwork, runInPrivateNetwork } from '../../src/lab/private-network.js';
import { createVethPair, setLinkUp } from '../../src/sys/rtnetlink.js';
import { PROJECT_ROOT } from '../../test/support/project-files.js';
import { fileSystemOf, machineFacts } from './machine-facts.js';
import { allowedCpus, waitForPacketSocket, waitUntilIdle } from './process-facts.js';
import { ARRANGEMENTS } from './write-arrangements.js';
import type { WritesReport } from './writes-main.js';

const MIB = 2 ** 20;
/** The reader of the pipe sleeps for so long each time it has read so much. */
const STALL_MS = 500;
const STALL_EVERY_BYTES = 128 * MIB;
const WARM_UP = 500_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    frames: { type: 'string', default: '3000000' },
    json: { type: 'string' },
  },
});

/** Ways and rings: a ring of twice the size needs the memory that the others spend on a queue. */
const CASES = [
  ...ARRANGEMENTS.map((way) => ({ way, ringMiB: 64 })),
  { way: 'here', ringMiB: 128 } as const,
];
type Case = (typeof CASES)[number];

interface Target {
  readonly name: string;
  readonly folder: string;
  readonly stalls: boolean;
}

const STALLING_READER = `
  const { openSync, readSync } = require('node:fs');
  const pipe = openSync(process.argv[1], 'r');
  const bytes = new Uint8Array(1 << 20);
  let sum = 0, since = 0;
  for (let n; (n = readSync(pipe, bytes)) > 0; ) {
    sum += n;
    since += n;
    if (since >= ${STALL_EVERY_BYTES}) {
      since = 0;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${STALL_MS});
    }
  }
  console.log(sum);`;

/** One capture of a flood; checks that each frame and byte is accounted for. */
async function measure(one: Case, target: Target, frames: number): Promise<WritesReport> {
  const file = join(target.folder, 'bench-writes');
  const reader = target.stalls ? startReader(file) : undefined;
  const [floodCpu, toolCpu] = allowedCpus();
  const main = fileURLToPath(new URL('writes-main.js', import.meta.url));
  const words = [one.way, 'writes-rx', file, one.ringMiB * MIB, WARM_UP].map(String);
  const command = [process.execPath, main, ...words];
  const pinned = toolCpu === undefined ? command : ['taskset', '-c', String(toolCpu), ...command];
  const child = spawn(pinned[0]!, pinned.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = textOf(child);
  try {
    await waitForPacketSocket('writes-rx', () => child.exitCode !== null);
    await waitUntilIdle(child.pid!);
    const lengths = { frameCount: frames, frameLength: 60 };
    const cpu = toolCpu === undefined ? {} : { cpu: floodCpu! };
    const flood = await startFlood({ interfaceName: 'writes-tx', ...lengths, ...cpu });
    await flood.finished;
    await setTimeout(300);
    child.kill('SIGINT');
    const report = JSON.parse(await said) as WritesReport;
    assert.equal(report.written + report.lost, frames, 'frames written and lost');
    const arrived = reader === undefined ? statSync(file).size : Number(await reader);
    assert.equal(arrived, report.bytes, 'bytes that arrived');
    return report;
  } finally {
    child.kill('SIGKILL');
    rmSync(file, { force: true });
  }
}

function startReader(pipe: string): Promise<string> {
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0, 'mkfifo');
  const reader = spawn(process.execPath, ['-e', STALLING_READER, pipe], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return textOf(reader);
}

async function textOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  await once(child, 'close');
  return text;
}

/** Lets a virtual machine get memory from its host before anybody is measured. */
function touchMemory(folder: string): void {
  const file = join(folder, 'touched');
  const chunk = new Uint8Array(16 * MIB).fill(1);
  for (let done = 0; done < Number(values.frames) * 110; done += chunk.length) {
    writeFileSync(file, chunk, { flag: 'a' });
  }
  rmSync(file);
}

async function main(): Promise<void> {
  createVethPair('writes-tx', 'writes-rx');
  setLinkUp('writes-tx');
  setLinkUp('writes-rx');
  const folders = ['/dev/shm', tmpdir()].map((each) => mkdtempSync(join(each, 'gapcap-writes-')));
  process.once('exit', () => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  const [memory = '', disk = ''] = folders;
  const targets: Target[] = [
    { name: `memory (${fileSystemOf(memory)})`, folder: memory, stalls: false },
    { name: `disk (${fileSystemOf(disk)})`, folder: disk, stalls: false },
    { name: 'stalling pipe', folder: memory, stalls: true },
  ];
  const machine = machineFacts();
  const frames = Number(values.frames);
  const results: object[] = [];
  for (const target of targets) {
    process.stdout.write(`\n${target.name}: ns of CPU a frame, frames lost, by round\n`);
    const runs: WritesReport[][] = CASES.map(() => []);
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [index, one] of CASES.entries()) {
        touchMemory(memory);
        runs[index]!.push(await measure(one, target, frames));
      }
    }
    for (const [index, { way, ringMiB }] of CASES.entries()) {
      const words = runs[index]!.map(
        ({ cpuNs, measuredFrames, lost }) => `${(cpuNs / measuredFrames).toFixed(0)}, ${lost}`,
      );
      process.stdout.write(`  ${way}, ring of ${ringMiB} MiB: ${words.join('; ')}\n`);
      results.push({ target: target.name, way, ringMiB, runs: runs[index] });
    }
  }
  const setting = { frames, frameLength: 60, WARM_UP, STALL_MS, STALL_EVERY_BYTES };
  const date = new Date().toISOString();
  const file = values.json ?? join(PROJECT_ROOT, `bench/results/${date.slice(0, 10)}-writes.json`);
  writeFileSync(file, `${JSON.stringify({ date, machine, setting, results }, undefined, 2)}\n`);
}

if (insidePrivateNetwork()) {
  await main();
} else {
  const own = fileURLToPath(import.meta.url);
  process.exitCode = await runInPrivateNetwork({ arguments: [own, ...process.argv.slice(2)] });
}
