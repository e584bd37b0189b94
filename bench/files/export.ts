/**
 * What exporting captures as Parquet tables costs: whole processes, a flood and mixed traffic, two sizes
 * of each, so that memory that grows with the file would be seen.
 *
 * Run: `npm run bench:export`, or with `-- --rounds N --folder DIR`. Each run is held against the
 * number of rows and the sum of losses that DuckDB finds. Raw times go to bench/results.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { askDuck } from '../../test/support/duck.js';
import { fileSystemOf, machineFacts } from '../live/machine-facts.js';
import { writeFlood, writeMixed } from './make-files.js';

const PROJECT = resolve(import.meta.dirname, '../../..');
const GAPCAP = join(PROJECT, 'dist/cli/main.js');
/** Prints, when the command is done, what it used: CPU time in ms, most memory in KiB. */
const TELL_USAGE =
  "process.on('exit',()=>{const u=process.resourceUsage();require('fs').writeSync(2,'usage '+(u.userCPUTime+u.systemCPUTime)/1000+' '+u.maxRSS+'\\n')})";

interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly memoryMiB: number;
}

const { values: given } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, folder: { type: 'string' } },
});

function hasMemoryFolder(): boolean {
  try {
    accessSync('/dev/shm');
    return true;
  } catch {
    return false;
  }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}

const parent = given.folder ?? (hasMemoryFolder() ? '/dev/shm' : tmpdir());
const folder = mkdtempSync(join(parent, 'gapcap-bench-'));
const preload = join(folder, 'usage.cjs');
const archive = join(folder, 'archive');

function run(file: string): Run {
  rmSync(archive, { recursive: true, force: true });
  const args = ['-r', preload, GAPCAP, 'export', '--quiet', '--parquet', archive, file];
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const wallMs = performance.now() - start;
  assert.equal(status, 0, stderr);
  const [, cpuMs, kib] = /usage ([\d.]+) (\d+)/.exec(stderr)!;
  return { wallMs, cpuMs: Number(cpuMs), memoryMiB: Number(kib) / 1024 };
}

try {
  writeFileSync(preload, TELL_USAGE);
  const machine = { ...machineFacts(), fileSystem: fileSystemOf(folder) };
  const results: unknown[] = [];
  for (const [title, frames, write, lost] of [
    ['flood of 60-byte frames', 500_000, (path: string) => writeFlood(path, 500_000, true), 400],
    [
      'flood of 60-byte frames',
      2_000_000,
      (path: string) => writeFlood(path, 2_000_000, true),
      400,
    ],
    ['mixed traffic', 500_000, (path: string) => writeMixed(path, 500_000), 0],
    ['mixed traffic', 2_000_000, (path: string) => writeMixed(path, 2_000_000), 0],
  ] as const) {
    const file = join(folder, 'x.pcapng');
    write(file);
    const runs: Run[] = [];
    for (let round = 0; round < Number(given.rounds); round++) runs.push(run(file));
    const [sums] = await askDuck(
      `SELECT count(*) AS n, coalesce(sum(lost_before), 0)::BIGINT AS lost FROM '${archive}/frames/**/*.parquet'`,
    );
    assert.deepEqual(sums, { n: BigInt(frames), lost: BigInt(lost) });
    const wallMs = median(runs.map((one) => one.wallMs));
    const perSecond = Math.round(frames / (wallMs / 1000));
    const memory = Math.round(median(runs.map((one) => one.memoryMiB)));
    const cpuNs = Math.round((median(runs.map((one) => one.cpuMs)) * 1e6) / frames);
    process.stdout.write(
      `${title}, ${frames} frames: ${perSecond.toLocaleString('en')} frames/s, ${cpuNs} ns of CPU a frame, ${memory} MiB\n`,
    );
    results.push({ title, frames, bytes: statSync(file).size, perSecond, cpuNs, memory, runs });
  }
  const target = join(PROJECT, 'bench/results');
  mkdirSync(target, { recursive: true });
  const name = join(target, `${new Date().toISOString().slice(0, 10)}-export.json`);
  writeFileSync(name, `${JSON.stringify({ machine, results }, undefined, 1)}\n`);
  process.stdout.write(`written: ${name}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
