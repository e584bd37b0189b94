/**
 * What healing costs, as a whole process: two captures of one flood, each with losses of its own, healed.
 *
 * Run: `npm run build && npm run build:test && node .test-build/bench/files/heal.js`, or with
 * `--rounds N --quick`; `--before MAIN` measures another build's command as well, in turns. Files are made in a folder in memory where there is one (/dev/shm). Before a
 * time counts, what the command says is held against what was left out of the files. Memory is the
 * process's peak (getrusage), for a file and one four times as long. Raw times go to bench/results.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { FrameBatch } from '../../src/core/frame.js';
import { exactLoss } from '../../src/core/loss.js';
import { BlockEncoder } from '../../src/pcapng/block-encoder.js';
import { singleFrame } from '../../test/support/single-frame.js';
import { machineFacts } from '../live/machine-facts.js';
import { childrenCpuTime } from '../live/process-facts.js';

const PROJECT = resolve(import.meta.dirname, '../../..');
/** The build that this file is in. */
const GAPCAP = resolve(import.meta.dirname, '../../src/cli/main.js');
const START_SECONDS = 1_795_355_060;
/** Of so many frames, the first so many are lost. */
const LOSS_EVERY = 100_000;
const LOSS_LENGTH = 1000;

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    before: { type: 'string' },
  },
});

/** A batch of one frame whose fields are set anew for each frame. */
type Writable = { -readonly [Name in keyof FrameBatch]: FrameBatch[Name] };

/** Numbered UDP frames a microsecond apart; `phase` says which of them are lost. */
function writeCapture(path: string, count: number, length: number, phase: number): number {
  const data = new Uint8Array(length);
  data.set([2, 0, 0x5e, 0x10, 0, 1, 2, 0, 0x5e, 0x20, 0, 0xf2, 8, 0, 0x45]);
  const frame: Writable = { ...singleFrame({ data, flags: 5 }) };
  const view = new DataView(frame.bytes.buffer);
  view.setUint16(16, length - 14);
  frame.bytes.set([64, 17], 22);
  view.setUint32(26, 0x0a000100);
  view.setUint32(30, 0xc6336401);
  view.setUint16(38, length - 34);
  const fd = openSync(path, 'w');
  const encoder = new BlockEncoder({
    write: (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    },
  });
  encoder.sectionHeader({ application: 'gapcap bench' });
  encoder.interfaceDescription({
    ...{ id: 0, name: 'bench0', linkType: 1, snapshotLength: 262_144, description: undefined },
    ...{ filter: undefined, speedBps: undefined, macAddress: undefined },
  });
  let lost = 0;
  let dropped = 0;
  for (let i = 0; i < count; i++) {
    if ((i + phase) % LOSS_EVERY < LOSS_LENGTH && i > LOSS_LENGTH) {
      lost++;
      dropped++;
      continue;
    }
    view.setUint32(42, i);
    frame.seconds = START_SECONDS + Math.floor(i / 1e6);
    frame.nanoseconds = (i % 1e6) * 1000;
    frame.lostBefore = lost > 0 ? exactLoss(lost) : undefined;
    lost = 0;
    encoder.frame(frame);
  }
  encoder.interfaceStatistics(0, {
    timestampNs: BigInt(START_SECONDS + Math.ceil(count / 1e6)) * 1_000_000_000n,
    ...{ received: count, dropped, delivered: count - dropped },
  });
  encoder.flush();
  closeSync(fd);
  return dropped;
}

interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakKiB: number;
}

/** Runs a build's command with its peak memory printed by the process itself at its end. */
function heal(command: string, folder: string, lost: number): Measured {
  const peak = join(folder, 'peak.mjs');
  writeFileSync(
    peak,
    `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'));`,
  );
  const args = ['heal', join(folder, 'a'), join(folder, 'b'), '-w', join(folder, 'out'), '--json'];
  const before = childrenCpuTime();
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', peak, command, ...args],
    { encoding: 'utf8', maxBuffer: 1 << 30 },
  );
  const wallMs = Number(process.hrtime.bigint() - start) / 1e6;
  const after = childrenCpuTime();
  assert.equal(status, 0, stderr);
  const { filled, left, whole, gapCount } = JSON.parse(stdout) as Record<string, number>;
  assert.deepEqual([filled, left, whole], [lost, 0, gapCount]);
  const cpuNs = after.userNs + after.systemNs - before.userNs - before.systemNs;
  return { wallMs, cpuMs: cpuNs / 1e6, peakKiB: Number(/peak (\d+)/.exec(stderr)![1]) };
}

/** Sorts runs by their time, and prints the one in the middle. */
function tell(title: string, count: number, runs: Measured[]): void {
  runs.sort((first, second) => first.wallMs - second.wallMs);
  const { wallMs, cpuMs, peakKiB } = runs[runs.length >> 1]!;
  const perSecond = (ms: number): string => Math.round((count / ms) * 1000).toLocaleString('en');
  process.stdout.write(
    `${title}: ${count} frames of traffic in ${wallMs.toFixed(0)} ms, ` +
      `${perSecond(wallMs)} a second; CPU ${cpuMs.toFixed(0)} ms, ` +
      `${perSecond(cpuMs)} a second; peak ${Math.round(peakKiB / 1024)} MiB\n`,
  );
}

function hasMemoryFolder(): boolean {
  try {
    accessSync('/dev/shm');
    return true;
  } catch {
    return false;
  }
}

const folder = mkdtempSync(join(hasMemoryFolder() ? '/dev/shm' : tmpdir(), 'gapcap-bench-heal-'));
try {
  const results: unknown[] = [];
  const scale = given.quick ? 0.2 : 1;
  for (const [title, frames, length] of [
    ['60-byte frames', 1_000_000, 60],
    ['60-byte frames, four times as many', 4_000_000, 60],
    ['512-byte frames', 500_000, 512],
  ] as const) {
    const count = Math.round(frames * scale);
    const lost = writeCapture(join(folder, 'a'), count, length, 0);
    writeCapture(join(folder, 'b'), count, length, LOSS_EVERY / 2);
    const runs: Measured[] = [];
    const runsBefore: Measured[] = [];
    for (let round = 0; round < Number(given.rounds); round++) {
      if (given.before !== undefined) runsBefore.push(heal(given.before, folder, lost));
      runs.push(heal(GAPCAP, folder, lost));
    }
    tell(title, count, runs);
    if (runsBefore.length > 0) tell(`  before`, count, runsBefore);
    const before = runsBefore.length > 0 ? { runsBefore } : {};
    results.push({ title, frames: count, lost, runs, ...before });
  }
  const date = new Date().toISOString().slice(0, 10);
  const manner = `${given.before === undefined ? '' : '-with-before'}${given.quick ? '-quick' : ''}`;
  const name = join(PROJECT, 'bench/results', `${date}-heal${manner}.json`);
  const machine = machineFacts();
  writeFileSync(name, `${JSON.stringify({ machine, results }, undefined, 1)}\n`);
  process.stdout.write(`written: ${name}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
