/**
 * Runs the tests: `node .test-build/test/support/run.js [OPTION…] [COMPILED-FILE…]`.
 *
 *     --only unit,live     only these folders of test/
 *     --grep PATTERN       only tests whose name matches (a regular expression)
 *     --timeout SECONDS    longest time for one file (default 180)
 *     --verbose            shows what the tests write, not only where they fail
 *
 * Tests that don't disturb each other run two files at a time, those that mostly wait three; those
 * that are sensitive to timing follow one by one. The files that took longest are named at the end.
 * The last line printed is always `N passed, N failed, N skipped`. Exit status 1 where a test failed
 * or none ran.
 */

import { writeSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { runTestFile } from './run-test-file.js';
import {
  findTestFiles,
  LONE_KINDS,
  QUICK_KINDS,
  TEST_KINDS,
  type TestFile,
  type TestKind,
  tryParseKind,
  WAITING_FILES,
  WAITING_KINDS,
} from './test-files.js';
import type { NamedOutcome, TestTally } from './test-tally.js';

const BUILD_ROOT = resolve(import.meta.dirname, '../..');
const PROJECT_ROOT = dirname(BUILD_ROOT);
const QUICK_FILES_AT_A_TIME = 2;
const WAITING_FILES_AT_A_TIME = 3;
/** How many of the files that took longest are named at the end. */
const SLOWEST_FILES = 10;

interface Options {
  readonly kinds: ReadonlySet<TestKind>;
  readonly namePattern: RegExp | undefined;
  readonly timeoutMs: number;
  readonly verbose: boolean;
  readonly files: readonly string[];
}

interface Phase {
  readonly title: string;
  readonly files: readonly TestFile[];
  readonly atATime: number;
}

interface FileOutcome {
  readonly file: TestFile;
  readonly tally: TestTally;
  readonly seconds: number;
}

async function main(): Promise<void> {
  const options = parseOptions();
  const phases = planPhases(options);
  const total = phases.reduce((sum, phase) => sum + phase.files.length, 0);
  const outcomes: FileOutcome[] = [];
  for (const phase of phases) {
    if (phase.files.length === 0) continue;
    say(`${phase.title}\n`);
    await runPhase(phase, options, (outcome) => {
      outcomes.push(outcome);
      say(describeFile(outcome, `[${outcomes.length}/${total}]`, options.verbose));
    });
  }
  tellSlowest(outcomes);
  const ok = summarise(outcomes);
  // A stuck test may have left a stream open, which would keep this process alive.
  process.exit(ok ? 0 : 1);
}

function parseOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      grep: { type: 'string' },
      timeout: { type: 'string', default: '180' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const kinds = values.only?.split(',').map((text) => {
    const kind = tryParseKind(text);
    if (kind === undefined) throw new Error(`--only ${text}: know ${TEST_KINDS.join(', ')}`);
    return kind;
  });
  const timeoutMs = Number(values.timeout) * 1000;
  if (!(timeoutMs > 0)) throw new Error(`--timeout ${values.timeout}: give seconds, more than 0`);
  return {
    kinds: new Set(kinds ?? TEST_KINDS),
    namePattern: values.grep === undefined ? undefined : new RegExp(values.grep),
    timeoutMs,
    verbose: values.verbose,
    files: positionals,
  };
}

function planPhases(options: Options): Phase[] {
  if (options.files.length > 0) {
    const files = options.files.map((path): TestFile => {
      const compiled = resolve(path);
      return { kind: 'unit', name: relative(process.cwd(), compiled), compiled };
    });
    return [{ title: 'the files given (one at a time)', files, atATime: 1 }];
  }
  const files = findTestFiles(PROJECT_ROOT, BUILD_ROOT, options.kinds);
  const quick = files.filter(({ kind }) => QUICK_KINDS.some((other) => other === kind));
  const waiting = waitingFiles(files);
  const lone = files.filter(
    (file) => LONE_KINDS.some((other) => other === file.kind) && !waiting.includes(file),
  );
  return [
    {
      title: `${kindsOf(quick)} (${QUICK_FILES_AT_A_TIME} files at a time)`,
      files: quick,
      atATime: QUICK_FILES_AT_A_TIME,
    },
    {
      title: `${kindsOf(waiting)}, what mostly waits (${WAITING_FILES_AT_A_TIME} files at a time)`,
      files: waiting,
      atATime: WAITING_FILES_AT_A_TIME,
    },
    { title: `${kindsOf(lone)} (one file at a time)`, files: lone, atATime: 1 },
  ];
}

/** Those that mostly wait: the listed ones in the order of the list, so that the longest begin. */
function waitingFiles(files: readonly TestFile[]): TestFile[] {
  const listed = [...WAITING_FILES].flatMap((name) => files.filter((file) => file.name === name));
  const ofKind = files.filter(({ kind }) => WAITING_KINDS.some((other) => other === kind));
  return [...new Set([...listed, ...ofKind])];
}

function kindsOf(files: readonly TestFile[]): string {
  return [...new Set(files.map(({ kind }) => kind))].join(', ');
}

async function runPhase(
  phase: Phase,
  options: Options,
  done: (outcome: FileOutcome) => void,
): Promise<void> {
  const waiting = [...phase.files];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const start = performance.now();
      const tally = await runTestFile(file.compiled, options);
      done({ file, tally, seconds: (performance.now() - start) / 1000 });
    }
  };
  await Promise.all(Array.from({ length: phase.atATime }, worker));
}

function describeFile(
  { file, tally, seconds }: FileOutcome,
  position: string,
  verbose: boolean,
): string {
  const { failed, skipped, passed, notes, output } = tally;
  const counts = [`${passed} passed`];
  if (failed.length > 0) counts.push(`${failed.length} FAILED`);
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  const mark = failed.length > 0 ? '✖' : '✔';
  const lines = [
    `  ${mark} ${position} ${file.name}: ${counts.join(', ')} (${seconds.toFixed(2)} s)`,
  ];
  for (const note of notes) lines.push(indent(note, '      ℹ '));
  for (const failure of failed) {
    lines.push(`      ✖ ${failure.name}`, indent(failure.reason, '          '));
  }
  if (output !== '' && (failed.length > 0 || verbose)) {
    lines.push('      it wrote:', indent(output.trimEnd(), '        | '));
  }
  return `${lines.join('\n')}\n`;
}

/** Names the files that took longest; nothing where there are hardly more than those. */
function tellSlowest(outcomes: readonly FileOutcome[]): void {
  if (outcomes.length <= SLOWEST_FILES) return;
  const slowest = [...outcomes].sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST_FILES);
  const lines = slowest.map(
    ({ file, seconds }) => `  ${seconds.toFixed(1).padStart(6)} s  ${file.name}`,
  );
  say(`\nThe ${SLOWEST_FILES} slowest files:\n${lines.join('\n')}\n`);
}

/** Prints what is left to say, the counts last; returns whether all is well. */
function summarise(outcomes: readonly FileOutcome[]): boolean {
  const passed = outcomes.reduce((sum, { tally }) => sum + tally.passed, 0);
  const failed = outcomes.flatMap(({ file, tally }) => tally.failed.map(locate(file)));
  const skipped = outcomes.flatMap(({ file, tally }) => tally.skipped.map(locate(file)));
  if (skipped.length > 0) {
    const lines = skipped.map(({ name, reason }) => `  ${name}: ${reason}`);
    say(`\nSkipped:\n${lines.join('\n')}\n`);
  }
  if (failed.length > 0) {
    say(`\nFailed (in full above):\n${failed.map(({ name }) => `  ${name}`).join('\n')}\n`);
  }
  if (passed + failed.length === 0) say('\nNo test ran.\n');
  say(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped\n`);
  return failed.length === 0 && passed > 0;
}

function locate(file: TestFile): (outcome: NamedOutcome) => NamedOutcome {
  return ({ name, reason }) => ({ name: `${file.name}: ${name}`, reason });
}

function indent(text: string, prefix: string): string {
  return text.replace(/^/gm, prefix);
}

/** Writes at once and in full, so that nothing is pending when the process exits. */
function say(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return; // nobody reads on
      if (code !== 'EAGAIN') throw error;
    }
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  say('\n0 passed, 1 failed, 0 skipped\n');
  process.exit(1);
}
