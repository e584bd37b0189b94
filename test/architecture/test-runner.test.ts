import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { PROJECT_ROOT } from '../support/project-files.js';
import { WAITING_FILES } from '../support/test-files.js';

const RUNNER = resolve(import.meta.dirname, '../support/run.js');
const folder = mkdtempSync(join(tmpdir(), 'gapcap-runner-'));
after(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly status: number | null;
  readonly output: string;
  readonly lastLine: string | undefined;
}

/** Runs the test runner on one file with that text. */
function runOn(text: string, ...options: string[]): Run {
  const file = join(folder, 'sample.test.mjs');
  writeFileSync(file, `import { after, describe, it, test } from 'node:test';\n${text}\n`);
  return runWith(...options, file);
}

function runWith(...args: string[]): Run {
  // Inside a test, node:test tells child processes to report in its own binary form.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, [RUNNER, ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, output: stdout, lastLine: stdout.split('\n').at(-2) };
}

describe('the test runner', () => {
  it('counts leaves: what passed, failed and was skipped, on its last line', () => {
    const { status, output, lastLine } = runOn(`
      describe('outer', () => {
        it('passes', () => {});
        describe('inner', () => {
          it('fails', () => { throw new Error('the reason'); });
          it('is skipped', { skip: 'needs a thing' });
        });
      });
      describe('a whole suite', { skip: 'needs another' }, () => { it('x', () => {}); });
      test('parent', async (t) => { await t.test('child', () => {}); });
    `);
    assert.equal(lastLine, '2 passed, 1 failed, 2 skipped');
    assert.equal(status, 1);
    assert.match(output, /outer > inner > fails\n\s+Error: the reason/);
    assert.match(output, /outer > inner > is skipped: needs a thing/);
    assert.match(output, /a whole suite: needs another/);
  });

  it('ends with status 0 where everything passed', () => {
    const { status, lastLine } = runOn("it('passes', () => {});");
    assert.deepEqual([status, lastLine], [0, '1 passed, 0 failed, 0 skipped']);
  });

  it('fails where no test ran', () => {
    assert.equal(runOn('').lastLine, '0 passed, 1 failed, 0 skipped');
    const { status, lastLine } = runOn("it('passes', () => {});", '--grep', 'nothing like it');
    assert.deepEqual([status, lastLine], [1, '0 passed, 0 failed, 0 skipped']);
  });

  it('runs only the tests whose name matches', () => {
    const { lastLine } = runOn("it('one', () => {}); it('two', () => {});", '--grep', 'tw');
    assert.equal(lastLine, '1 passed, 0 failed, 0 skipped');
  });

  it('counts a crash, an error after the last test and a failing hook', () => {
    const crash = runOn("it('a', () => {}); it('b', () => process.kill(process.pid, 'SIGKILL'));");
    assert.equal(crash.status, 1);
    assert.match(crash.output, /ended by SIGKILL/);
    const late = runOn("it('a', () => {}); process.on('exit', () => { process.exitCode = 7; });");
    assert.equal(late.lastLine, '1 passed, 1 failed, 0 skipped');
    const hook = runOn(
      "describe('s', () => { after(() => { throw new Error('x'); }); it('a', () => {}); });",
    );
    assert.equal(hook.lastLine, '1 passed, 1 failed, 0 skipped');
  });

  it('gives up on a file that hangs, even one that ignores the signal to end', () => {
    const { status, lastLine } = runOn(
      "it('hangs', () => { process.on('SIGTERM', () => {}); for (;;); });",
      '--timeout',
      '1',
    );
    assert.deepEqual([status, lastLine], [1, '0 passed, 1 failed, 0 skipped']);
  });

  it('shows what a failing file wrote, and what tests want to be shown', () => {
    const { output } = runOn(`
      it('fails', (t) => { t.diagnostic('noted'); console.log('written'); throw new Error(); });
    `);
    assert.match(output, /ℹ noted/);
    assert.match(output, /\| written/);
  });

  it('names the files that took longest, where there are many', () => {
    const files = Array.from({ length: 11 }, (_, i) => {
      const file = join(folder, `sample-${i}.test.mjs`);
      writeFileSync(file, "import { it } from 'node:test';\nit('passes', () => {});\n");
      return file;
    });
    const { output, lastLine } = runWith(...files);
    assert.equal(lastLine, '11 passed, 0 failed, 0 skipped');
    const [, table = ''] = /The 10 slowest files:\n((?: +[\d.]+ s {2}.*\n)+)/.exec(output) ?? [];
    const lines = table.trimEnd().split('\n');
    const seconds = [...output.matchAll(/: 1 passed \(([\d.]+) s\)/g)].map(([, text]) =>
      Number(text),
    );
    assert.equal(seconds.length, 11);
    const longest = seconds.sort((a, b) => b - a).slice(0, 10);
    assert.equal(lines.length, longest.length);
    for (const [i, line] of lines.entries()) {
      // One is rounded to hundredths, the other to tenths.
      assert.ok(Math.abs(Number.parseFloat(line) - longest[i]!) < 0.06, `${line}: ${longest}`);
    }
    assert.doesNotMatch(runWith(files[0]!).output, /slowest/);
  });

  it('runs a file at the lowest priority beside others', () => {
    const file = join(folder, 'quiet.test.mjs');
    const program = `
      import assert from 'node:assert';
      import { it } from 'node:test';
      import { getPriority } from 'node:os';
      it('is of the lowest priority', () => assert.equal(getPriority(), 19));
      it('fails', () => assert.fail('the reason'));`;
    writeFileSync(file, program);
    // In a process of its own, for the reason that `runWith` has.
    const lane = `
      import { getPriority } from 'node:os';
      import { QuietLane } from ${JSON.stringify(new URL('../support/quiet-lane.js', import.meta.url))};
      const lane = new QuietLane({ timeoutMs: 60_000 });
      const outcomes = [await lane.run(process.argv[2]), await lane.run(process.argv[2])];
      await lane.close();
      console.log(JSON.stringify({ outcomes, own: getPriority() }));`;
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const main = join(folder, 'lane.mjs');
    writeFileSync(main, lane);
    const { stdout } = spawnSync(process.execPath, [main, file], { encoding: 'utf8', env });
    const { outcomes, own } = JSON.parse(stdout);
    // This file may itself run beside others.
    assert.equal(own, getPriority());
    for (const { passed, failed } of outcomes) {
      assert.equal(passed, 1);
      assert.match(JSON.stringify(failed), /^\[\{"name":"fails","reason":"[^{]*the reason/);
    }
  });

  it('knows only files that there are as those that mostly wait', () => {
    assertNone([...WAITING_FILES].filter((name) => !existsSync(join(PROJECT_ROOT, name))));
  });

  it('refuses a kind of test that there is not', () => {
    const { status, lastLine } = runWith('--only', 'unit,nonsense');
    assert.deepEqual([status, lastLine], [1, '0 passed, 1 failed, 0 skipped']);
  });
});
