import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { judgeCaptures } from '../../src/lab/ground-truth.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { CaptureRun } from './capture-run.js';
import {
  assertGapsRight,
  assertLaw,
  framesArrived,
  jsonOf,
  listGaps,
  seriesIn,
  temporaryFolder,
  untilArrived,
} from './fault-network.js';

const folder = temporaryFolder('fault-process');
const place = (name: string): string => {
  execFileSync('mkdir', ['-p', join(folder, name)]);
  return join(folder, name);
};
const SMALL_RING = ['-B', '2M', '--block-size', '64k'];
const SMALL_QUEUE = ['-B', '1M', '--engine', 'socket'];

describe('a capture that is told to end', { skip: liveSkip() }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`ends in good order in mid-flood (${signal})`, async () => {
      using network = new TestNetwork();
      const file = join(place(signal), 'x.pcapng');
      const run = await CaptureRun.start(network, ['-w', file, '--json', ...SMALL_RING]);
      const flooding = network.flood({ durationMs: 900 });
      await untilArrived(network, 20_000);
      run.kill(signal);
      const ended = await run.finished();
      await flooding;
      assert.equal(ended.status, 0, ended.stderr);
      assertInOrder([file], ended);
    });
  }

  it('leaves the rest unread, and says so, when it is told twice in a row', async () => {
    using network = new TestNetwork();
    const file = join(place('twice'), 'x.pcapng');
    const run = await CaptureRun.start(network, ['-w', file, '--json', '-B', '64M']);
    const flooding = network.flood({ durationMs: 1500 });
    await untilArrived(network, 20_000);
    // Both are pending when it goes on, and so are frames that came meanwhile.
    run.kill('SIGSTOP');
    await untilArrived(network, framesArrived(network) + 20_000);
    run.kill('SIGINT');
    run.kill('SIGTERM');
    run.kill('SIGCONT');
    const ended = await run.finished();
    await flooding;
    assert.ok(ended.status === 128 + 2 || ended.status === 128 + 15, `${ended.status}`);
    const { frames, lost, interfaces } = jsonOf(ended);
    const unread = interfaces[0]!.received - frames - lost;
    assert.ok(unread > 0, 'nothing was left, so nothing was tested');
    assert.match(ended.stderr, new RegExp(`, ${unread.toLocaleString('en')} left unread\n`));
    assert.equal(assertGapsRight(file).frames, frames);
    assert.equal((await listGaps(file)).frames, frames);
  });

  it('ends in good order when the signals come while it rotates', async () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      using network = new TestNetwork();
      const at = place(`rotating-${attempt}`);
      const args = ['-w', join(at, 'x.pcapng'), '--json', '-b', 'packets:50', ...SMALL_RING];
      const run = await CaptureRun.start(network, args);
      const flooding = network.flood({ durationMs: 500, ratePps: 200_000 });
      const soon = performance.now() + 10_000;
      while (seriesIn(at).length <= 20 && performance.now() < soon) await sleep(10);
      await sleep(17 * attempt);
      // Each begins a file of its own; the last one ends it all.
      run.kill('SIGHUP');
      run.kill('SIGHUP');
      run.kill('SIGTERM');
      const ended = await run.finished();
      await flooding;
      assert.equal(ended.status, 0, ended.stderr);
      const files = seriesIn(at);
      assert.ok(files.length > 20, `${files.length} files`);
      assertInOrder(files, ended);
    }
  });
});

describe('a capture that is killed', { skip: liveSkip() }, () => {
  it('leaves a file that is whole up to a second before', async () => {
    using network = new TestNetwork();
    const file = join(place('killed'), 'x.pcapng');
    const run = await CaptureRun.start(network, ['-w', file]);
    network.flood({ durationMs: 5000, ratePps: 1000 }).catch(ignore);
    await untilArrived(network, 2_500);
    const killedAtMs = Date.now();
    run.kill('SIGKILL');
    const ended = await run.finished();
    assert.equal(ended.signal, 'SIGKILL');
    const { frames, lastSequence } = assertGapsRight(file);
    assert.equal(frames, lastSequence);
    assertFresh(readFileSync(file), killedAtMs);
    const listed = await listGaps(file);
    assert.deepEqual([listed.truncated, listed.frames], [false, frames]);
    assert.equal(listed.interfaces[0]!.received, null, 'it had no time for totals');
  });

  it('leaves the same of a compressed file', async () => {
    using network = new TestNetwork();
    const file = join(place('killed-gzip'), 'x.pcapng.gz');
    const run = await CaptureRun.start(network, ['-w', file]);
    network.flood({ durationMs: 5000, ratePps: 1000 }).catch(ignore);
    await untilArrived(network, 2_500);
    const killedAtMs = Date.now();
    run.kill('SIGKILL');
    await run.finished();
    const plain = join(folder, 'killed.pcapng');
    execFileSync('sh', ['-c', `gzip -dc "${file}" > "${plain}"`]);
    const { frames, lastSequence } = assertGapsRight(plain);
    assert.equal(frames, lastSequence);
    assertFresh(readFileSync(plain), killedAtMs);
    assert.equal((await listGaps(file)).truncated, false);
  });

  it('leaves files that say truthfully whether they are truncated, in mid-flood', async () => {
    for (const [name, args] of [
      ['ring', SMALL_RING],
      ['queue', SMALL_QUEUE],
    ] as const) {
      using network = new TestNetwork();
      const at = place(`killed-flood-${name}`);
      const rotation = ['-b', 'filesize:9000'];
      const run = await CaptureRun.start(network, [
        ...['-w', join(at, 'x.pcapng'), ...rotation, ...args],
      ]);
      const flooding = network.flood({ durationMs: 1100 });
      await sleep(900);
      run.kill('SIGKILL');
      await run.finished();
      await flooding;
      const files = seriesIn(at);
      assert.ok(files.length >= 1);
      for (const file of files) {
        const bytes = readFileSync(file);
        if (bytes.length === 0) continue;
        const { whole, frames } = walk(bytes);
        const listed = await listGaps(file);
        assert.deepEqual([listed.truncated, listed.frames], [!whole, frames]);
      }
      const finished = files.slice(0, -1);
      if (finished.length > 1)
        assert.deepEqual(judgeCaptures(finished, { firstSent: 1 }).wrong, []);
    }
  });
});

describe('a capture whose process stands still', { skip: liveSkip() }, () => {
  it('knows every frame that was lost in 10 seconds of a flood', async () => {
    using network = new TestNetwork();
    const file = join(place('stopped'), 'x.pcapng');
    const run = await CaptureRun.start(network, ['-w', file, '--json', ...SMALL_RING]);
    const flooding = network.flood({ durationMs: 11_000, ratePps: 100_000 });
    await untilArrived(network, 20_000);
    await run.stall(10_000);
    const { sent } = await flooding;
    const ended = await run.end();
    assert.equal(ended.status, 0, ended.stderr);
    const { missingTotal } = assertLaw([file], ended, sent);
    assert.ok(missingTotal > 500_000, `${missingTotal} lost`);
  });

  it('goes on after its terminal was suspended and resumed', async () => {
    using network = new TestNetwork();
    const file = join(place('suspended'), 'x.pcapng');
    const run = await CaptureRun.start(network, ['-w', file, '--json', ...SMALL_QUEUE]);
    const flooding = network.flood({ durationMs: 1200, ratePps: 100_000 });
    await untilArrived(network, 10_000);
    run.kill('SIGTSTP');
    await sleep(100);
    // A process group without a shell above it can't be suspended by a terminal (POSIX: orphaned),
    // as in a run without one; stopping it is the same to the capture.
    if (!isStopped(run.pid)) run.kill('SIGSTOP');
    await untilArrived(network, framesArrived(network) + 10_000);
    run.kill('SIGCONT');
    const { sent } = await flooding;
    const ended = await run.end();
    assert.equal(ended.status, 0, ended.stderr);
    assert.ok(assertLaw([file], ended, sent).missingTotal > 0);
  });
});

/** Whether the process stands still: state T in its stat file. */
function isStopped(pid: number): boolean {
  return / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** For a flood that is killed with its network. */
const ignore = (): void => {};

/** A capture that ended before the flood did: all but what was sent after its end is accounted for. */
function assertInOrder(
  files: readonly string[],
  ended: Awaited<ReturnType<CaptureRun['finished']>>,
): void {
  const json = jsonOf(ended);
  const truth = judgeCaptures(files, { firstSent: 1 });
  assert.deepEqual(truth.wrong, []);
  assert.ok(truth.right);
  assert.equal(truth.frames, json.frames);
  const [account] = json.interfaces;
  assert.equal(account!.received, json.frames + json.lost, 'nothing was left unread');
  assert.match(ended.stderr, /^[\d,]+ frames? captured, /m);
}

/** The newest frame is hardly more than a second older than the end. */
function assertFresh(bytes: Buffer, endMs: number): void {
  const { lastAt } = walk(bytes);
  const high = BigInt(bytes.readUInt32LE(lastAt + 12));
  const ageMs =
    endMs - Number(((high << 32n) + BigInt(bytes.readUInt32LE(lastAt + 16))) / 1_000_000n);
  // A second, a wait for frames, a block that isn't retired yet, and a machine that does other things.
  assert.ok(ageMs < 1_900, `the newest frame is ${ageMs} ms old`);
}

/** Whether the bytes end with a block, how many packet blocks are whole, and where the last one is. */
function walk(bytes: Buffer): { whole: boolean; frames: number; lastAt: number } {
  let at = 0;
  let frames = 0;
  let lastAt = 0;
  while (at + 12 <= bytes.length && at + bytes.readUInt32LE(at + 4) <= bytes.length) {
    if (bytes.readUInt32LE(at) === 6) {
      frames++;
      lastAt = at;
    }
    at += bytes.readUInt32LE(at + 4);
  }
  return { whole: at === bytes.length, frames, lastAt };
}
