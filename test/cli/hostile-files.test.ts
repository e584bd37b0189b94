/** Files made to break a reader, through the built commands: within seconds, in bounded memory. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inferFileLoss } from '../../src/analysis/infer-loss.js';
import { FormatError } from '../../src/core/errors.js';
import { copyCaptures } from '../../src/edit/copy-captures.js';
import { mergeCaptures } from '../../src/edit/merge-captures.js';
import { openFile } from '../../src/source/file-source.js';
import { assertNone } from '../support/assert-none.js';
import {
  endlessConnections,
  type HostileFile,
  LARGE_HOSTILE_FILES,
  type Outcome,
  SMALL_HOSTILE_FILES,
  selectiveAcknowledgments,
  writeBomb,
  writePieces,
} from '../support/hostile-files.js';
import { type FinishedProcess, runGapcap } from './gapcap-process.js';

/** What a process may have at most, Node itself included. */
const MOST_MEMORY_BYTES = 700 * 2 ** 20;
/** With as many connections as are followed by default. */
const MOST_INFERENCE_BYTES = 1.25 * 2 ** 30;
const AT_THE_SAME_TIME = 3;

/** Time of the processor that a command may take, in all its threads: not by the clock, which goes on while others have it. */
const MOST_CPU_SECONDS = 20;
/** By the clock; whoever takes longer hangs. */
const HANGING_MS = 150_000;

/** Writes the most memory that the process had, in KiB, and its time of the processor, in microseconds, where GAPCAP_TEST_USAGE says. */
const TELL_USAGE = `import { writeFileSync } from 'node:fs';
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeFileSync(process.env.GAPCAP_TEST_USAGE, JSON.stringify([maxRSS, userCPUTime + systemCPUTime]));
});`;

interface MeasuredRun extends FinishedProcess {
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

describe('a hostile file', () => {
  let folder: string;
  let runs = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-hostile-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs a command whose standard output nobody reads. */
  async function measure(args: readonly string[]): Promise<MeasuredRun> {
    const usage = join(folder, `usage-${runs++}`);
    const run = await runGapcap(args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      nodeArguments: ['--import', `data:text/javascript,${encodeURIComponent(TELL_USAGE)}`],
      env: { ...process.env, GAPCAP_TEST_USAGE: usage },
      timeout: HANGING_MS,
    });
    // Where it was killed for hanging there is no file, and the signal says so.
    const told = run.signal === null ? readFileSync(usage, 'utf8') : '[null, null]';
    const [kib, microseconds] = JSON.parse(told) as [number, number];
    return { ...run, peakBytes: kib * 1024, cpuSeconds: microseconds / 1e6 };
  }

  function write({ name, pieces }: Pick<HostileFile, 'name' | 'pieces'>): string {
    const path = join(folder, name);
    writePieces(path, pieces());
    return path;
  }

  /** What is wrong with how a command ended, if anything. */
  function complaint(run: MeasuredRun, outcome: Outcome, mostBytes: number): string | undefined {
    const { status, signal, stderr, peakBytes, cpuSeconds } = run;
    if (signal !== null) return `it hung, or crashed (${signal})`;
    if (cpuSeconds > MOST_CPU_SECONDS) return `it took ${cpuSeconds} s of the processor`;
    if (/fault in gapcap|\n {4}at /.test(stderr)) return `a fault: ${stderr}`;
    if (peakBytes > mostBytes) return `it took ${Math.round(peakBytes / 2 ** 20)} MiB`;
    if (outcome === 'read' && status !== 0) return `it wasn't read: ${stderr}`;
    if (outcome === 'refused' && status !== 1) return `it wasn't refused: status ${status}`;
    if (status === 1 && !/at byte \d+|doesn't|totals/.test(stderr)) return `no place: ${stderr}`;
    return undefined;
  }

  it('of a few hundred bytes ends in an account or in an error with its place', async () => {
    const wrong: string[] = [];
    for (const file of SMALL_HOSTILE_FILES) {
      const path = write(file);
      for (const [name, read] of readers(path, join(folder, 'out'))) {
        let error: unknown;
        try {
          await read();
        } catch (thrown) {
          error = thrown;
        }
        const refused = error instanceof FormatError && error.offset >= 0;
        const fits = file.outcome === 'either' ? error === undefined || refused : true;
        const asSaid =
          file.outcome === 'either' || (file.outcome === 'refused' ? refused : error === undefined);
        if (!fits || !asSaid) wrong.push(`${file.name}, ${name}: ${error ?? 'read'}`);
      }
    }
    assertNone(wrong);
  });

  it('of a few hundred bytes is told of by the commands that list files', async () => {
    const paths = SMALL_HOSTILE_FILES.map(write);
    for (const command of ['info', 'gaps']) {
      const run = await runGapcap([command, ...paths]);
      assert.equal(run.status, 1);
      assert.doesNotMatch(run.stderr, /fault in gapcap/);
    }
  });

  it('of millions of things is read in seconds and bounded memory', async () => {
    const tasks: (() => Promise<string | undefined>)[] = [];
    for (const file of LARGE_HOSTILE_FILES) {
      const path = write(file);
      for (const args of commandsOn(path, file.name)) {
        tasks.push(async () => {
          const wrong = complaint(await measure(args), file.outcome, MOST_MEMORY_BYTES);
          return wrong === undefined ? undefined : `${file.name}, ${args[0]}: ${wrong}`;
        });
      }
    }
    assertNone(await settleAll(tasks));
  });

  /** Each file is shown to all commands that keep what it has much of. */
  function commandsOn(path: string, name: string): string[][] {
    const out = join(folder, `${name}.out`);
    const copies = [['copy', path, '-w', out]];
    if (name === 'a-million-interfaces') {
      copies.push(['merge', path, path, '-w', `${out}.merged`]);
      copies.push(['heal', path, path, '-w', `${out}.healed`]);
      copies.push(['export', '--parquet', join(folder, 'archive'), path]);
    }
    // Options are looked at when a file is described and when it is copied.
    if (/^(options|names|a-million-sections)/.test(name)) return [['info', path], ...copies];
    const reports = ['infer', 'show', 'gaps'].map((command) => [command, path]);
    return [['info', path], ['report', path, '--json'], ...reports, ...copies];
  }

  it('of connections without end takes the memory of those that are followed', async () => {
    const files = [
      { name: 'connections', pieces: () => endlessConnections({ count: 80_000, holes: 1 }) },
      { name: 'holes', pieces: () => endlessConnections({ count: 5_000, holes: 32 }) },
    ];
    const wrong = files.map((file) => async (): Promise<string | undefined> => {
      const run = await measure(['infer', write(file)]);
      const what = complaint(run, 'read', MOST_INFERENCE_BYTES);
      return what === undefined ? undefined : `${file.name}: ${what}`;
    });
    assertNone(await settleAll(wrong));
  });

  it('says how many connections and holes were given up', async () => {
    const connections = write({
      name: 'given-up-connections',
      pieces: () => endlessConnections({ count: 3000, holes: 1 }),
    });
    const few = await runGapcap(['infer', '--max-flows', '1000', '--json', connections]);
    assert.equal(JSON.parse(few.stdout).limits.flowsEvicted, 5000);
    const cut = write({ name: 'sacks', pieces: () => selectiveAcknowledgments(3000) });
    const holes = await runGapcap(['infer', '--json', cut]);
    assert.equal(holes.status, 0);
    const { limits } = JSON.parse(holes.stdout);
    // Each of 3000 acknowledgments makes two pieces of a hole of one: one proved, one below it.
    assert.ok(limits.holesForgotten > 1000, JSON.stringify(limits));
  });

  it('that grows a thousandfold is refused, with what to do', async () => {
    const path = join(folder, 'bomb.pcapng.gz');
    await writeBomb(path, 320 * 2 ** 20);
    const runs = await Promise.all(
      [
        ['gaps', path],
        ['copy', path, '-w', join(folder, 'bombed')],
      ].map(measure),
    );
    for (const run of runs) {
      assert.equal(run.status, 1);
      assert.match(run.stderr, /grows to more than 200 times its size.*gzip -dc .*gapcap \.\.\. -/);
      assert.ok(run.peakBytes < MOST_MEMORY_BYTES);
    }
    using source = openFile(path, { maxCompressionRatio: Number.POSITIVE_INFINITY });
    let frames = 0;
    while (!source.ended) for (const batch = source.read(); batch.next(); ) frames++;
    assert.equal(frames, 1);
    assert.equal(source.end, 'complete');
  });

  it('keeps in a copy, and shows, what came before the damage', async () => {
    const path = write(SMALL_HOSTILE_FILES.find(({ name }) => name === 'block-of-4-gib')!);
    const out = join(folder, 'kept.pcapng');
    const copied = await runGapcap(['copy', path, '-w', out]);
    assert.equal(copied.status, 1);
    const account = await runGapcap(['gaps', '--json', out]);
    assert.equal(JSON.parse(account.stdout).frames, 1);
    const shown = await runGapcap(['show', path]);
    assert.equal(shown.status, 1);
    assert.equal(shown.stdout.split('\n').length, 2);
    for (const command of ['info', 'gaps', 'infer', 'report']) {
      const told = await runGapcap([command, '--json', path]);
      assert.equal(told.status, 1);
      assert.match(told.stderr, /claims 4294967292 bytes/);
      const { frames, damaged, recorded } = JSON.parse(told.stdout);
      assert.equal(frames, 1);
      assert.equal((damaged ?? recorded.damaged).offset, 140);
    }
  });
});

/** Everything that reads a file without printing it. */
function readers(path: string, output: string): [string, () => unknown][] {
  const emptied = (): string => {
    writeFileSync(output, '');
    return output;
  };
  return [
    [
      'the inference',
      () => {
        using source = openFile(path);
        return inferFileLoss(source);
      },
    ],
    ['the copy', () => copyCaptures([path], { output: emptied() })],
    ['the merge', () => mergeCaptures([path, path], { output: emptied() })],
  ];
}

/** Runs some at a time; gives what they complain of. */
async function settleAll(tasks: (() => Promise<string | undefined>)[]): Promise<string[]> {
  const wrong: string[] = [];
  const queue = tasks.slice();
  const work = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      const complaint = await task();
      if (complaint !== undefined) wrong.push(complaint);
    }
  };
  await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, work));
  return wrong;
}
