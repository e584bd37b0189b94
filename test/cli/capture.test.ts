import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gapcapPath, type RunOptions, runGapcap } from './gapcap-process.js';
import { backgroundSender, inLoneNetwork, loneNetworkObstacle } from './lone-network.js';
import { countBlocks } from './pcapng-file.js';

interface LossJson {
  file: string | null;
  format: string | null;
  frames: number;
  lost: number | null;
  interfaces: { name: string; received: number; frames: number }[];
  gaps: unknown[];
}

const summaryLine =
  /^([\d,]+) frames? captured, ([\d,]+) received by filter, 0 dropped by kernel(, \d+ left unread)?$/m;

/** Runs `capture` on the loopback interface of a network in which datagrams are sent. */
function captureLoopback(args: readonly string[], options: RunOptions = {}) {
  const wrapper = inLoneNetwork(backgroundSender(5));
  return runGapcap(['capture', '-i', 'lo', ...args], { wrapper, ...options });
}

describe('gapcap capture', { skip: loneNetworkObstacle() }, () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-cli-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('prints one numbered line a frame without -w, and the totals on stderr', async () => {
    const run = await captureLoopback(['-c', '5']);
    assert.equal(run.status, 0, run.stderr);
    const lines = run.stdout.trimEnd().split('\n');
    assert.equal(lines.length, 5);
    for (const [index, line] of lines.entries()) {
      assert.match(
        line,
        new RegExp(`^ +${index + 1} \\d\\d:\\d\\d:\\d\\d\\.\\d{9} 127\\.0\\.0\\.1 `),
      );
    }
    assert.match(run.stderr, /^capturing on lo \(ring of 64 MiB\); Ctrl-C ends\n/);
    assert.match(run.stderr, summaryLine);
    assert.match(run.stderr, /^5 frames captured/m);
  });

  for (const engine of ['ring', 'socket']) {
    it(`writes a whole file with the ${engine} engine, and says the sizes it took`, async () => {
      const file = path(`${engine}.pcapng`);
      const options = ['-w', file, '-c', '20', '-B', '2', '--engine', engine, '-s', '60'];
      const run = await captureLoopback(options);
      assert.equal(run.status, 0, run.stderr);
      assert.equal(run.stdout, '');
      const size = engine === 'socket' ? '(queue of up to 2 MiB)' : '(ring of 2 MiB)';
      assert.ok(run.stderr.includes(size), run.stderr);
      assert.deepEqual(countBlocks(file), {
        sections: 1,
        interfaces: 1,
        frames: 20,
        statistics: 1,
      });
    });
  }

  it('ends after a duration', async () => {
    const began = performance.now();
    const run = await captureLoopback(['-a', 'duration:300ms', '--json']);
    const elapsedMs = performance.now() - began;
    assert.equal(run.status, 0, run.stderr);
    assert.ok(elapsedMs >= 300 && elapsedMs < 5000, `${elapsedMs} ms`);
  });

  it('prints nothing but JSON on stdout with --json, and counts without a file', async () => {
    const run = await captureLoopback(['-c', '7', '--json']);
    assert.equal(run.status, 0, run.stderr);
    const loss = JSON.parse(run.stdout) as LossJson;
    assert.equal(loss.file, null);
    assert.equal(loss.format, null);
    assert.equal(loss.frames, 7);
    assert.equal(loss.lost, 0);
    assert.deepEqual(loss.gaps, []);
    assert.equal(loss.interfaces[0]!.name, 'lo');
    assert.match(run.stderr, summaryLine);
  });

  it('puts the file on stdout with -w -, and then nothing but JSON on stderr', async () => {
    const file = path('piped.pcapng');
    const [program, ...rest] = inLoneNetwork(backgroundSender(5));
    const command = '"$0" "$1" capture -i lo -c 9 -w - --json > "$2"';
    const args = [...rest, 'sh', '-c', command, process.execPath, gapcapPath, file];
    const run = spawnSync(program!, args, { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    assert.equal((JSON.parse(run.stderr) as LossJson).frames, 9);
    assert.equal(countBlocks(file).frames, 9);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`ends with a whole file and status 0 on ${signal}`, async () => {
      const file = path(`${signal}.pcapng`);
      const run = await captureLoopback(['-w', file], {
        onStderr: oncePerRun('Ctrl-C ends', (child) => {
          setTimeout(() => child.kill(signal), 300);
        }),
      });
      assert.equal(run.status, 0, run.stderr);
      const [, captured, received] = summaryLine.exec(run.stderr)!;
      assert.equal(captured, received);
      const blocks = countBlocks(file);
      assert.equal(blocks.frames, Number(captured!.replaceAll(',', '')));
      assert.ok(blocks.frames > 0);
      assert.equal(blocks.statistics, 1);
    });
  }

  it('has a whole file, and the status of a signal, also when two come at once', async () => {
    const file = path('twice.pcapng');
    const run = await captureLoopback(['-w', file], {
      onStderr: oncePerRun('Ctrl-C ends', (child) => {
        setTimeout(() => {
          child.kill('SIGTERM');
          child.kill('SIGINT');
        }, 200);
      }),
    });
    assert.ok(run.status === 130 || run.status === 143, `${run.status}: ${run.stderr}`);
    assert.equal(countBlocks(file).statistics, 1);
  });

  it('says only the totals with -q', async () => {
    const run = await captureLoopback(['-q', '-c', '3', '-w', path('quiet.pcapng')]);
    assert.equal(run.status, 0);
    assert.match(run.stderr, /^3 frames captured[^\n]*\n$/);
  });

  it('writes no live line where stderr is no terminal', async () => {
    const run = await captureLoopback(['-a', 'duration:1', '-w', path('plain.pcapng')]);
    assert.doesNotMatch(visible(run.stderr), /[␍␛]/);
  });

  it('rewrites a live line on a terminal, and takes it away at the end', async () => {
    const [program, ...before] = inLoneNetwork(backgroundSender(5));
    const inner = `stty cols 40; "${process.execPath}" "${gapcapPath}" capture -i lo -a duration:1 -w "${path('tty.pcapng')}"`;
    // The shell between keeps `script` from waiting for the sender.
    const command = 'script -qec "$0" /dev/null; exit $?';
    const run = spawnSync(program!, [...before, 'sh', '-c', command, inner], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout);
    const shown = visible(run.stdout);
    const rewrites = shown.match(/␍[^␍␛]*frames[^␍␛]*␛\[K/g) ?? [];
    assert.ok(rewrites.length >= 2 && rewrites.length <= 5, shown);
    for (const text of rewrites) assert.ok(text.length - '␍␛[K'.length < 40);
    const last = rewrites.at(-1)!;
    const rest = shown.slice(shown.lastIndexOf(last) + last.length);
    assert.match(rest, /^␍␛\[K[\d,]+ frames captured/);
  });

  it('ends cleanly when whoever reads its lines has seen enough', () => {
    const [program, ...rest] = inLoneNetwork(backgroundSender(5));
    const command = '{ "$0" "$1" capture -i lo; echo "status $?" >&2; } | head -n 2';
    const args = [...rest, 'sh', '-c', command, process.execPath, gapcapPath];
    const run = spawnSync(program!, args, { encoding: 'utf8', timeout: 60_000 });
    assert.equal(run.stdout.trimEnd().split('\n').length, 2);
    assert.match(run.stderr, summaryLine);
    assert.match(run.stderr, /\nstatus 0\n$/);
    assert.doesNotMatch(run.stderr, /EPIPE|gapcap:/);
  });

  it('ends quietly when whoever reads its file has seen enough', () => {
    const [program, ...rest] = inLoneNetwork(backgroundSender(5));
    const command = '{ "$0" "$1" capture -q -i lo -w -; echo "status $?" >&2; } | head -c 100';
    const args = [...rest, 'sh', '-c', command, process.execPath, gapcapPath];
    const run = spawnSync(program!, args, { encoding: 'utf8', timeout: 60_000 });
    assert.match(
      run.stderr,
      /^\d+ frames? captured, [^\n]*\n(\d+ frames? captured after [^\n]*\n)?status 0\n$/,
    );
  });

  it('shows a loss in place, in the totals, and as status 5 with --fail-on-loss', async () => {
    // A flood that a stopped reader with a ring of two pages can't take in.
    const options = ['-B', '64k', '--block-size', '4k', '-a', 'duration:2', '--fail-on-loss'];
    const run = await runGapcap(['capture', '-i', 'lo', ...options], {
      wrapper: inLoneNetwork(backgroundSender(0)),
      onStderr: oncePerRun('Ctrl-C ends', (child) => {
        setTimeout(() => child.kill('SIGSTOP'), 300);
        setTimeout(() => child.kill('SIGCONT'), 1300);
      }),
    });
    assert.equal(run.status, 5, run.stderr);
    assert.match(run.stdout, /^.{4} [\d,]+ frames? lost.*$/m);
    assert.match(run.stderr, /[1-9][\d,]* dropped by kernel in \d+ gaps?/);
    assert.match(
      run.stderr,
      /^ {2}(?:[\d,]+ to )?[\d,]+ frames? lost between frames [\d,]+ and [\d,]+ on lo \(/m,
    );
  });
});

/** Text with its carriage returns and escapes as symbols. */
function visible(text: string): string {
  return text.replaceAll('\r', '␍').replaceAll('\x1b', '␛');
}

/** Calls once, when the text has come. */
function oncePerRun(
  text: string,
  act: (child: ChildProcess) => void,
): (stderr: string, child: ChildProcess) => void {
  let acted = false;
  return (stderr, child) => {
    if (acted || !stderr.includes(text)) return;
    acted = true;
    act(child);
  };
}
