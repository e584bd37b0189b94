/**
 * What reading capture files costs, as whole processes: gapcap beside cat, capinfos, tcpdump, tshark;
 * and how fast it infers loss.
 *
 * Run: `npm run bench:files`, or with `-- --rounds N --folder DIR --quick --only flood,show-mixed`. Files are made in a folder
 * in memory where there is one (/dev/shm), so that the disk isn't what is measured. Every round runs
 * each command once, in turns; outputs go to /dev/null. Before it measures, the bench holds what the
 * commands say against what it wrote. Raw times go to bench/results;
 * with `--only` they take the place of those groups in the day's file.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fileSystemOf, machineFacts } from '../live/machine-facts.js';
import { childrenCpuTime } from '../live/process-facts.js';
import { writeFlood, writeMixed } from './make-files.js';

const PROJECT = resolve(import.meta.dirname, '../../..');
const GAPCAP = join(PROJECT, 'dist/cli/main.js');
/** All that capinfos computes by default, but for the hashes of the file. */
const CAPINFOS_WITHOUT_HASHES = '-tEcsdluaeoyizxIFk';

interface Command {
  readonly label: string;
  readonly argv: readonly string[];
}

interface Group {
  readonly title: string;
  readonly file: string;
  readonly frames: number;
  readonly commands: readonly Command[];
  /** What is compared: numerator and denominator by label, and what the quotient should be. */
  readonly ratios: readonly (readonly [slow: string, fast: string, target: string])[];
}

interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** What goes to the file. */
interface Result {
  /** The group's name for `--only`. */
  readonly name: string;
  readonly title: string;
  readonly frames: number;
  readonly bytes: number;
  readonly rounds: number;
  readonly ratios: Record<string, number>;
  readonly runs: Record<string, Run[]>;
}

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    folder: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const rounds = Number(given.rounds);
const scale = given.quick ? 0.1 : 1;

function gapcap(...args: readonly string[]): readonly string[] {
  return [process.execPath, GAPCAP, ...args];
}

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function run({ label, argv }: Command): Run {
  const [program, ...args] = argv;
  const before = childrenCpuTime();
  const start = process.hrtime.bigint();
  const { status } = spawnSync(program!, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  const wallMs = Number(process.hrtime.bigint() - start) / 1e6;
  const after = childrenCpuTime();
  assert.equal(status, 0, `${label} failed`);
  const cpuNs = after.userNs + after.systemNs - before.userNs - before.systemNs;
  return { wallMs, cpuMs: cpuNs / 1e6 };
}

function outputOf(argv: readonly string[]): string {
  const [program, ...args] = argv;
  return spawnSync(program!, args, { encoding: 'utf8', maxBuffer: 1 << 30 }).stdout;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What the commands say must be right before it counts how long they take. */
function check(file: string, frames: number): void {
  const info = JSON.parse(outputOf(gapcap('info', '--json', file)));
  assert.equal(info.frames, frames);
  assert.equal(info.fileBytes, statSync(file).size);
  const gaps = JSON.parse(outputOf(gapcap('gaps', '--json', file)));
  assert.equal(gaps.frames, frames);
  if (isInstalled('capinfos')) {
    assert.match(outputOf(['capinfos', '-Mc', file]), new RegExp(`packets: +${frames}\\n`));
  }
}

function countingGroup(title: string, file: string, frames: number, isLarge: boolean): Group {
  const capinfos = [
    { label: 'capinfos', argv: ['capinfos', file] },
    { label: 'capinfos, no hashes', argv: ['capinfos', CAPINFOS_WITHOUT_HASHES, file] },
  ];
  const tcpdump = {
    label: 'tcpdump -w /dev/null',
    argv: ['tcpdump', '-r', file, '-w', '/dev/null'],
  };
  const others = isLarge ? [] : [...capinfos, tcpdump];
  return {
    title,
    file,
    frames,
    commands: [
      { label: 'cat', argv: ['cat', file] },
      { label: 'gapcap gaps', argv: gapcap('gaps', file) },
      { label: 'gapcap info', argv: gapcap('info', file) },
      ...others.filter(({ argv }) => isInstalled(argv[0]!)),
    ],
    ratios: isLarge
      ? [
          ['gapcap gaps', 'cat', 'at most 3'],
          ['gapcap info', 'cat', 'at most 3'],
        ]
      : [
          ['capinfos', 'gapcap gaps', 'at least 8'],
          ['capinfos', 'gapcap info', 'at least 8'],
          ['capinfos, no hashes', 'gapcap info', ''],
          ['tcpdump -w /dev/null', 'gapcap gaps', ''],
        ],
  };
}

function showGroup(title: string, file: string, frames: number): Group {
  return {
    title,
    file,
    frames,
    commands: [
      { label: 'gapcap show', argv: gapcap('show', file) },
      { label: 'gapcap show --json', argv: gapcap('show', '--json', file) },
      { label: 'gapcap show --around-gaps 3', argv: gapcap('show', '--around-gaps', '3', file) },
      ...[
        { label: 'tshark', argv: ['tshark', '-r', file] },
        { label: 'tcpdump -n', argv: ['tcpdump', '-n', '-r', file] },
      ].filter(({ argv }) => isInstalled(argv[0]!)),
    ],
    ratios: [
      ['tshark', 'gapcap show', 'at least 20'],
      ['tcpdump -n', 'gapcap show', ''],
    ],
  };
}

function inferGroup(title: string, file: string, frames: number): Group {
  return {
    title,
    file,
    frames,
    commands: [
      { label: 'cat', argv: ['cat', file] },
      { label: 'gapcap infer', argv: gapcap('infer', file) },
    ],
    ratios: [['gapcap infer', 'cat', '']],
  };
}

function compressedGroup(file: string, frames: number): Group {
  return {
    title: 'the flood, compressed with gzip -1',
    file,
    frames,
    commands: [
      { label: 'gzip -dc', argv: ['gzip', '-dc', file] },
      { label: 'gapcap gaps', argv: gapcap('gaps', file) },
    ],
    ratios: [['gzip -dc', 'gapcap gaps', '']],
  };
}

function measure(group: Group): Record<string, Run[]> {
  check(group.file, group.frames);
  const runs: Record<string, Run[]> = {};
  for (const command of group.commands) runs[command.label] = [];
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another command, so that none always follows the same one.
    const shift = round % group.commands.length;
    const turn = [...group.commands.slice(shift), ...group.commands.slice(0, shift)];
    for (const command of turn) runs[command.label]!.push(run(command));
  }
  return runs;
}

function print(group: Group, runs: Record<string, Run[]>): Record<string, number> {
  process.stdout.write(
    `\n${group.title}: ${group.frames} frames, ${statSync(group.file).size} bytes\n`,
  );
  for (const [label, all] of Object.entries(runs)) {
    const wall = all.map(({ wallMs }) => wallMs);
    const cpu = median(all.map(({ cpuMs }) => cpuMs));
    const spread = `${Math.min(...wall).toFixed(0)}–${Math.max(...wall).toFixed(0)}`;
    process.stdout.write(
      `  ${label.padEnd(28)} ${median(wall).toFixed(0).padStart(7)} ms  (${spread}), CPU ${cpu.toFixed(0)} ms, ${((cpu * 1e6) / group.frames).toFixed(1)} ns of CPU a frame\n`,
    );
  }
  const ratios: Record<string, number> = {};
  for (const [slow, fast, target] of group.ratios) {
    const [a, b] = [runs[slow], runs[fast]];
    if (a === undefined || b === undefined) continue;
    // Neighbours in time are compared, then the median taken: what else runs hits both alike.
    const wall = median(a.map(({ wallMs }, i) => wallMs / b[i]!.wallMs));
    const cpu = median(a.map(({ cpuMs }, i) => cpuMs / b[i]!.cpuMs));
    ratios[`${slow} / ${fast}`] = wall;
    ratios[`${slow} / ${fast} (CPU)`] = cpu;
    const wanted = target === '' ? '' : ` (wanted: ${target})`;
    process.stdout.write(
      `  ${slow} / ${fast}: ${wall.toFixed(2)} by the clock, ${cpu.toFixed(2)} by CPU time${wanted}\n`,
    );
  }
  return ratios;
}

/** What is in a file of results; nothing where there is none. */
function earlierResults(path: string): Result[] {
  if (!existsSync(path)) return [];
  return (JSON.parse(readFileSync(path, 'utf8')) as { results: Result[] }).results;
}

function hasMemoryFolder(): boolean {
  try {
    accessSync('/dev/shm');
    return true;
  } catch {
    return false;
  }
}

const parent = given.folder ?? (hasMemoryFolder() ? '/dev/shm' : tmpdir());
const folder = mkdtempSync(join(parent, 'gapcap-bench-'));
try {
  const count = (frames: number): number => Math.round(frames * scale);
  const machine = { ...machineFacts(), fileSystem: fileSystemOf(folder) };
  const at = (name: string): string => join(folder, name);
  const results: Result[] = [];
  const only = given.only?.split(',');
  const bench = (name: string, make: () => Group): void => {
    if (only !== undefined && !only.includes(name)) return;
    const group = make();
    const runs = measure(group);
    const { title, frames, file } = group;
    const bytes = statSync(file).size;
    results.push({ name, title, frames, bytes, rounds, ratios: print(group, runs), runs });
    rmSync(file);
  };
  const [small, large, shown] = [count(5_000_000), count(20_000_000), count(1_000_000)];
  const flood = (name: string, frames: number, hasFlags = false): string => {
    writeFlood(at(name), frames, hasFlags);
    return at(name);
  };
  const mixed = (): string => {
    writeMixed(at('mixed'), shown);
    return at('mixed');
  };
  const compressed = (): string => {
    const file = flood('flood', small);
    assert.equal(spawnSync('sh', ['-c', `gzip -1 ${file}`]).status, 0);
    return `${file}.gz`;
  };
  bench('flood', () =>
    countingGroup('a flood of 60-byte frames', flood('flood', small), small, false),
  );
  bench('gzip', () => compressedGroup(compressed(), small));
  bench('flags', () => {
    const title = 'the same with epb_flags, as gapcap captures it';
    return countingGroup(title, flood('flags', small, true), small, false);
  });
  bench('large', () => countingGroup('a larger flood', flood('large', large), large, true));
  bench('show-mixed', () => showGroup('mixed traffic, one line a frame', mixed(), shown));
  bench('show-flood', () => showGroup('a flood, one line a frame', flood('udp', shown), shown));
  bench('infer', () => inferGroup('mixed traffic, loss inferred from TCP', mixed(), shown));
  const target = join(PROJECT, 'bench/results');
  mkdirSync(target, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const name = join(target, `${date}-files${given.quick ? '-quick' : ''}.json`);
  const kept = only === undefined ? [] : earlierResults(name);
  const others = kept.filter((one) => !results.some(({ title }) => title === one.title));
  const all = { machine, results: [...others, ...results] };
  writeFileSync(name, `${JSON.stringify(all, undefined, 1)}\n`);
  process.stdout.write(`\nwritten: ${name}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
