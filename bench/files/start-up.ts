/**
 * What starting costs: every command on next to nothing, as whole processes, beside a bare Node.
 *
 * Run: `npm run bench:start`, or with `-- --rounds N --with NAME=CLI.js --node PATH`. Every round runs
 * each command once, in turns. Before it measures, the bench holds what each command says against what
 * it has to say. Raw times go to bench/results. Those that capture are left out without the right to.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machineFacts } from '../live/machine-facts.js';
import { childrenCpuTime } from '../live/process-facts.js';

const PROJECT = resolve(import.meta.dirname, '../../..');
const CAPTURE_FILE = join(PROJECT, 'test/fixtures/loss/bounded.pcapng');
/** What the file holds: see its neighbour `bounded.json`. */
const GAPS_SENTENCE = /5 frames, 18 lost in 4 gaps/;

interface Command {
  readonly label: string;
  /** What follows the program's name. */
  readonly args: readonly string[];
  /** What standard output, or else standard error, has to match. */
  readonly says: RegExp;
  /** Exit statuses that are right; 0 unless given. */
  readonly statuses?: readonly number[];
  /** The file that it writes, and the bytes that has to begin with. */
  readonly writes?: readonly [path: string, beginning: string];
}

interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    with: { type: 'string', multiple: true, default: [] },
    node: { type: 'string', default: process.execPath },
  },
});
const rounds = Number(given.rounds);
const programs = new Map([['gapcap', join(PROJECT, 'dist/cli/main.js')]]);
for (const other of given.with) {
  const at = other.indexOf('=');
  programs.set(other.slice(0, at), resolve(other.slice(at + 1)));
}

const SECTION_HEADER = '\n\r\r\n';

function fileCommands(folder: string): Command[] {
  const output = join(folder, 'copy.pcapng');
  const page = join(folder, 'page.html');
  const said = { says: /^$/ };
  return [
    { label: 'gaps FILE', args: ['gaps', CAPTURE_FILE], says: GAPS_SENTENCE },
    { label: 'info FILE', args: ['info', CAPTURE_FILE], says: /type +pcapng/ },
    { label: 'show FILE', args: ['show', CAPTURE_FILE], says: /lost/ },
    { label: 'infer FILE', args: ['infer', CAPTURE_FILE], says: /none of TCP/ },
    {
      label: 'copy FILE -w OUT',
      args: ['copy', CAPTURE_FILE, '-w', output],
      says: /18 of 18 recorded losses kept/,
      writes: [output, SECTION_HEADER],
    },
    {
      label: 'report FILE -o PAGE',
      args: ['report', CAPTURE_FILE, '-o', page],
      ...said,
      writes: [page, '<!doctype html>'],
    },
  ];
}

function liveCommands(folder: string): Command[] {
  const output = join(folder, 'live.pcapng');
  return [
    {
      label: 'capture -ddd tcp',
      args: ['capture', '-i', 'lo', '-ddd', 'tcp'],
      says: /^\d+\n40 0 0/,
    },
    {
      label: 'capture for 50 ms',
      args: ['capture', '-i', 'lo', '-w', output, '-a', 'duration:0.05', '-q'],
      says: /captured/,
      writes: [output, SECTION_HEADER],
    },
  ];
}

function plainCommands(): Command[] {
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  const lo = /\blo\b/;
  return [
    { label: '--version', args: ['--version'], says: new RegExp(`^${version}\n$`) },
    { label: '--help', args: ['--help'], says: /Usage: gapcap COMMAND/ },
    { label: 'capture --help', args: ['capture', '--help'], says: /Usage: gapcap capture/ },
    { label: 'interfaces', args: ['interfaces'], says: lo },
    { label: 'extcap-interfaces', args: ['extcap', '--extcap-interfaces'], says: /^extcap .*\n/ },
    {
      label: 'extcap-dlts',
      args: ['extcap', '--extcap-dlts', '--extcap-interface', 'gapcap-lo'],
      says: /^dlt \{number=1\}/,
    },
    { label: 'completion bash', args: ['completion', 'bash'], says: /^# Completion of gapcap/ },
    { label: 'doctor', args: ['doctor'], says: /\w/, statuses: [0, 1] },
    {
      label: 'simulate, 100 frames',
      args: ['simulate', '--rate', '1000', '--frames', '100'],
      says: /100 frames, none lost/,
    },
  ];
}

function check(program: string, { label, args, says, statuses = [0], writes }: Command): void {
  const { status, stdout, stderr } = spawnSync(given.node, [program, ...args], {
    encoding: 'utf8',
  });
  assert.ok(statuses.includes(status!), `${label}: status ${status}: ${stderr}`);
  assert.match(stdout === '' ? stderr : stdout, says, label);
  if (writes === undefined) return;
  const [path, beginning] = writes;
  assert.equal(readFileSync(path, 'latin1').slice(0, beginning.length), beginning, label);
}

function run(args: readonly string[]): Run {
  const before = childrenCpuTime();
  const start = process.hrtime.bigint();
  spawnSync(given.node, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const wallMs = Number(process.hrtime.bigint() - start) / 1e6;
  const after = childrenCpuTime();
  const cpuNs = after.userNs + after.systemNs - before.userNs - before.systemNs;
  return { wallMs, cpuMs: cpuNs / 1e6 };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Every command line of the bench by its name; the first is Node alone. */
function commandLines(folder: string): Map<string, readonly string[]> {
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');
  const lines = new Map<string, readonly string[]>([
    ['node -e 0', ['-e', '0']],
    ['node, an empty module', [empty]],
  ]);
  const live = process.getuid?.() === 0 ? liveCommands(folder) : [];
  for (const [name, program] of programs) {
    for (const command of [...plainCommands(), ...fileCommands(folder), ...live]) {
      check(program, command);
      lines.set(`${name} ${command.label}`, [program, ...command.args]);
    }
  }
  return lines;
}

function measure(lines: ReadonlyMap<string, readonly string[]>): Map<string, Run[]> {
  const labels = [...lines.keys()];
  const runs = new Map(labels.map((label): [string, Run[]] => [label, []]));
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another command, so that none always follows the same one.
    const shift = round % labels.length;
    for (const label of [...labels.slice(shift), ...labels.slice(0, shift)]) {
      runs.get(label)!.push(run(lines.get(label)!));
    }
  }
  return runs;
}

function print(runs: ReadonlyMap<string, readonly Run[]>): void {
  const bare = runs.get('node -e 0')!;
  const wallOf = (all: readonly Run[]): number => median(all.map(({ wallMs }) => wallMs));
  const cpuOf = (all: readonly Run[]): number => median(all.map(({ cpuMs }) => cpuMs));
  process.stdout.write(`${''.padEnd(32)}    wall   above      CPU   above   (ms, medians)\n`);
  for (const [label, all] of runs) {
    const numbers = [wallOf(all), wallOf(all) - wallOf(bare), cpuOf(all), cpuOf(all) - cpuOf(bare)];
    const columns = numbers.map((number) => number.toFixed(1).padStart(8));
    process.stdout.write(`${label.padEnd(32)}${columns.join('')}\n`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'gapcap-bench-'));
try {
  const machine = machineFacts();
  const runs = measure(commandLines(folder));
  print(runs);
  const target = join(PROJECT, 'bench/results');
  mkdirSync(target, { recursive: true });
  const name = join(target, `${new Date().toISOString().slice(0, 10)}-start-up.json`);
  const results = Object.fromEntries(runs);
  const node = spawnSync(given.node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  writeFileSync(name, `${JSON.stringify({ machine, node, rounds, results }, undefined, 1)}\n`);
  process.stdout.write(`\nwritten: ${name}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
