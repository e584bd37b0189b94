/** Runs one compiled test file in a process of its own and never waits for it for ever. */

import { readdirSync, readFileSync } from 'node:fs';
import { run } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { TestTally } from './test-tally.js';

/** How to run a test file. */
export interface TestFileOptions {
  /** After so long the process is killed and the file has failed. */
  readonly timeoutMs: number;
  /** Only tests whose name matches; undefined: all. */
  readonly namePattern: RegExp | undefined;
}

/** Time between asking a process to end and taking its end for granted. */
const GRACE_MS = 5_000;

/**
 * Runs the file and returns what its tests said.
 *
 * @param file absolute path of a compiled test file
 */
export async function runTestFile(file: string, options: TestFileOptions): Promise<TestTally> {
  const tally = new TestTally(file, options.namePattern !== undefined);
  const abort = new AbortController();
  const ended = collect(file, options, tally, abort.signal);
  const limit = new AbortController();
  const late = delay(options.timeoutMs + GRACE_MS, 'late', { signal: limit.signal });
  late.catch(() => undefined);
  if ((await Promise.race([ended, late])) === 'late') {
    // node:test has given up on the file by now, but something still holds its streams open.
    abort.abort();
    tally.addFileFailure(`didn't end within ${options.timeoutMs / 1000} s`);
  }
  limit.abort();
  killLeftOvers(file);
  return tally;
}

async function collect(
  file: string,
  options: TestFileOptions,
  tally: TestTally,
  signal: AbortSignal,
): Promise<void> {
  const events = run({
    files: [file],
    concurrency: 1,
    timeout: options.timeoutMs,
    signal,
    testNamePatterns: options.namePattern,
  });
  for await (const event of events) {
    switch (event.type) {
      case 'test:pass':
      case 'test:fail':
        tally.add(event.data);
        break;
      case 'test:diagnostic':
        // node:test adds totals of its own, which belong to no file.
        if (event.data.file !== undefined) tally.notes.push(event.data.message);
        break;
      case 'test:stdout':
      case 'test:stderr':
        tally.output += event.data.message;
        break;
      default:
    }
  }
}

/** Ends processes of this test file that outlived it: a test stuck in a system call ignores SIGTERM. */
function killLeftOvers(file: string): void {
  if (process.platform !== 'linux') return;
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const isChild = readFileSync(`/proc/${pid}/status`, 'utf8').includes(
        `\nPPid:\t${process.pid}\n`,
      );
      const runsFile = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(file);
      if (isChild && runsFile) process.kill(pid, 'SIGKILL');
    } catch {
      // The process ended in between.
    }
  }
}
