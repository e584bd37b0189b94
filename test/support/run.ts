/**
 * Runs the tests: `node .test-build/test/support/run.js [OPTION…] [COMPILED-FILE…]`.
 *
 *     --only unit,live     only these folders of test/
 *     --grep PATTERN       only tests whose name matches (a regular expression)
 *     --timeout SECONDS    longest time for one file (default 480)
 *     --verbose            shows what the tests write, not only where they fail
 *
 * First those that are sensitive to timing run one by one, and beside them, at the lowest priority, some
 * of those that need nothing but a processor; then the others, four files at a time, what takes longest
 * first. The files that took longest are named at the end.
 * The last line printed is always `N passed, N failed, N skipped`. Exit status 1 where a test failed
 * or none ran.
 */

import { writeSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { QuietLane } from './quiet-lane.js';
import { runTestFile, type TestFileOptions } from './run-test-file.js';
import {
  findTestFiles,
  LONE_KINDS,
  QUICK_KINDS,
  TEST_KINDS,
  type TestFile,
  type TestKind,
  tryParseKind,
  WAITING_FILES,
} from './test-files.js';
import type { NamedOutcome, TestOutcome } from './test-tally.js';

const BUILD_ROOT = resolve(import.meta.dirname, '../..');
const PROJECT_ROOT = dirname(BUILD_ROOT);
/** Of those that don't disturb each other: more than there are processors, as most of them mostly wait. */
const FILES_AT_A_TIME = 4;
/** How many of the files that took longest are named at the end. */
const SLOWEST_FILES = 10;

interface Options {
  readonly kinds: ReadonlySet<TestKind>;
  readonly namePattern: RegExp | undefined;
  readonly timeoutMs: number;
  readonly verbose: boolean;
  readonly files: readonly string[];
}

interface Plan {
  /** What the lone ones are. */
  readonly title: string;
  /** Run one by one. */
  readonly lone: readonly TestFile[];
  /** Run together. */
  readonly together: readonly TestFile[];
  /** Of those, what may run beside the lone ones: nothing in them looks at a clock. */
  readonly quiet: readonly TestFile[];
}

interface FileOutcome {
  readonly file: TestFile;
  readonly tally: TestOutcome;
  readonly seconds: number;
}

async function main(): Promise<void> {
  const options = parseOptions();
  const plan = planFiles(options);
  const total = plan.lone.length + plan.together.length;
  const outcomes: FileOutcome[] = [];
  const done = (outcome: FileOutcome): void => {
    outcomes.push(outcome);
    say(describeFile(outcome, `[${outcomes.length}/${total}]`, options.verbose));
  };
  const taken = await runLone(plan, options, done);
  await runTogether(
    plan.together.filter((file) => !taken.has(file)),
    options,
    done,
  );
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
      timeout: { type: 'string', default: '480' },
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

function planFiles(options: Options): Plan {
  if (options.files.length > 0) {
    const given = options.files.map((path): TestFile => {
      const compiled = resolve(path);
      return { kind: 'unit', name: relative(process.cwd(), compiled), compiled };
    });
    return { title: 'the files given', lone: given, together: [], quiet: [] };
  }
  const files = findTestFiles(PROJECT_ROOT, BUILD_ROOT, options.kinds);
  const listed = [...WAITING_FILES].flatMap((name) => files.filter((file) => file.name === name));
  const isLone = (file: TestFile): boolean =>
    LONE_KINDS.some((kind) => kind === file.kind) && !listed.includes(file);
  const others = files.filter((file) => !isLone(file) && !listed.includes(file));
  const quiet = others.filter(({ kind }) => QUICK_KINDS.some((quick) => quick === kind));
  const lone = files.filter(isLone);
  return { title: kindsOf(lone), lone, together: [...listed, ...others], quiet };
}

/** @returns what ran beside them */
async function runLone(
  { title, lone, quiet }: Plan,
  options: Options,
  done: (outcome: FileOutcome) => void,
): Promise<ReadonlySet<TestFile>> {
  const taken = new Set<TestFile>();
  if (lone.length === 0) return taken;
  const besides =
    quiet.length > 0 ? `; beside them, at the lowest priority, ${kindsOf(quiet)}` : '';
  say(`${title} (one file at a time${besides})\n`);
  let isOver = false;
  const beside = async (): Promise<void> => {
    const lane = new QuietLane(laneOptions(options));
    for (const file of quiet) {
      if (isOver) break;
      taken.add(file);
      done(await timed(file, (compiled) => lane.run(compiled)));
    }
    await lane.close();
  };
  const ended = quiet.length > 0 ? beside() : undefined;
  for (const file of lone) {
    done(await timed(file, (compiled) => runTestFile(compiled, options)));
  }
  isOver = true;
  await ended;
  return taken;
}

/** What of the options goes to a thread. */
function laneOptions({ timeoutMs, namePattern }: Options): TestFileOptions {
  return { timeoutMs, namePattern };
}

async function runTogether(
  files: readonly TestFile[],
  options: Options,
  done: (outcome: FileOutcome) => void,
): Promise<void> {
  if (files.length === 0) return;
  say(`${kindsOf(files)} (${FILES_AT_A_TIME} files at a time)\n`);
  const waiting = [...files];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      done(await timed(file, (compiled) => runTestFile(compiled, options)));
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_A_TIME }, worker));
}

async function timed(
  file: TestFile,
  run: (compiled: string) => Promise<TestOutcome>,
): Promise<FileOutcome> {
  const start = performance.now();
  const tally = await run(file.compiled);
  return { file, tally, seconds: (performance.now() - start) / 1000 };
}

function kindsOf(files: readonly TestFile[]): string {
  return [...new Set(files.map(({ kind }) => kind))].join(', ');
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
