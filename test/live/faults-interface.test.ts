import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { judgeCapture } from '../../src/lab/ground-truth.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { CaptureRun, type FinishedCapture } from './capture-run.js';
import { assertLaw, jsonOf, temporaryFolder, untilArrived } from './fault-network.js';

const folder = temporaryFolder('fault-interface');
const ENGINES = [
  ['ring', ['-B', '2M', '--block-size', '64k']],
  ['queue', ['-B', '1M', '--engine', 'socket']],
] as const;
const GONE = /\nended because the interface is gone\n$/;

/** `ip` at the receiving end. */
function ip(network: TestNetwork, ...parameters: string[]): void {
  execFileSync('ip', ['-n', network.receiver.namespace, ...parameters]);
}

/** What has come is in the file, with every gap, and the account agrees. */
function assertAccounted(file: string, ended: FinishedCapture, sent: number): void {
  const json = jsonOf(ended);
  const truth = judgeCapture(file, { firstSent: 1, lastSent: sent });
  assert.deepEqual(truth.wrong, []);
  assert.ok(truth.right);
  assert.equal(truth.frames, json.frames);
  assert.equal(json.interfaces[0]!.received, sent);
  assert.equal(json.frames + json.lost, sent);
}

/** A capture goes on behind what happens to its interface, and its account is right. */
async function goesOnBehind(
  name: string,
  [engine, args]: (typeof ENGINES)[number],
  happen: (network: TestNetwork) => Promise<void>,
): Promise<void> {
  using network = new TestNetwork();
  const file = join(folder, `${name}-${engine}.pcapng`);
  const run = await CaptureRun.start(network, ['-w', file, '--json', ...args]);
  const first = await network.flood({ frameCount: 5_000, ratePps: 100_000 });
  await happen(network);
  await sleep(300);
  const firstSequence = first.lastSequence! + 1;
  const second = await network.flood({ frameCount: 5_000, ratePps: 100_000, firstSequence });
  const ended = await run.end();
  assert.equal(ended.status, 0, ended.stderr);
  assertLaw([file], ended, second.lastSequence!);
}

describe('a capture whose interface changes', { skip: liveSkip() }, () => {
  it('waits while the interface is down, and goes on when it is up again', async () => {
    for (const engine of ENGINES) {
      await goesOnBehind('down', engine, async (network) => {
        ip(network, 'link', 'set', network.receiver.interfaceName, 'down');
        await sleep(400);
        ip(network, 'link', 'set', network.receiver.interfaceName, 'up');
      });
    }
  });

  it('goes on under the name it began with when the interface is renamed', async () => {
    for (const engine of ENGINES) {
      await goesOnBehind('renamed', engine, async (network) => {
        ip(network, 'link', 'set', network.receiver.interfaceName, 'down');
        ip(network, 'link', 'set', network.receiver.interfaceName, 'name', 'renamed0');
        await sleep(300);
        ip(network, 'link', 'set', 'renamed0', 'up');
      });
    }
  });

  it('ends with all that came when the interface is removed', async () => {
    for (const [engine, args] of ENGINES) {
      using network = new TestNetwork();
      const file = join(folder, `removed-${engine}.pcapng`);
      const run = await CaptureRun.start(network, ['-w', file, '--json', ...args]);
      // Stopped, so that what it can't hold is lost at the very end, and the rest is still unread.
      run.kill('SIGSTOP');
      const { sent } = await network.flood({ frameCount: 60_000, ratePps: 200_000 });
      ip(network, 'link', 'delete', network.receiver.interfaceName);
      run.kill('SIGCONT');
      const ended = await run.finished();
      assert.equal(ended.status, 0, ended.stderr);
      assert.match(ended.stderr, GONE);
      assertAccounted(file, ended, sent);
      assert.ok(jsonOf(ended).lost > 0, 'nothing was lost, so nothing was tested');
    }
  });

  it('ends when another interface takes the name of the one removed', async () => {
    using network = new TestNetwork();
    const { interfaceName } = network.receiver;
    const file = join(folder, 'replaced.pcapng');
    const run = await CaptureRun.start(network, ['-w', file, '--json']);
    const { sent } = await network.flood({ frameCount: 1_000 });
    run.kill('SIGSTOP');
    ip(network, 'link', 'delete', interfaceName);
    ip(network, 'link', 'add', interfaceName, 'type', 'veth', 'peer', 'name', 'other0');
    ip(network, 'link', 'set', interfaceName, 'up');
    run.kill('SIGCONT');
    const ended = await run.finished();
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, GONE);
    assertAccounted(file, ended, sent);
  });

  it('ends with all that came when the interface moves to another namespace', async () => {
    for (const [engine, args] of ENGINES) {
      using network = new TestNetwork({ namespaces: 2 });
      const file = join(folder, `moved-${engine}.pcapng`);
      const run = await CaptureRun.start(network, ['-w', file, '--json', ...args]);
      const { sent } = await network.flood({ frameCount: 20_000, ratePps: 100_000 });
      const { interfaceName } = network.receiver;
      ip(network, 'link', 'set', interfaceName, 'netns', network.sender.namespace);
      const ended = await run.finished();
      assert.equal(ended.status, 0, ended.stderr);
      assert.match(ended.stderr, GONE);
      assertAccounted(file, ended, sent);
    }
  });

  it('ends with all that came when the namespace of the other end is deleted', async () => {
    using network = new TestNetwork({ namespaces: 2 });
    const file = join(folder, 'peer-gone.pcapng');
    const run = await CaptureRun.start(network, ['-w', file, '--json']);
    const { sent } = await network.flood({ frameCount: 20_000, ratePps: 100_000 });
    execFileSync('ip', ['netns', 'delete', network.sender.namespace]);
    const ended = await run.finished();
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, GONE);
    assertAccounted(file, ended, sent);
  });

  it('goes on when the name of its own namespace is deleted', async () => {
    using network = new TestNetwork();
    const file = join(folder, 'unnamed.pcapng');
    const run = await CaptureRun.start(network, ['-w', file, '--json']);
    const flooding = network.flood({ frameCount: 30_000, ratePps: 50_000 });
    await untilArrived(network, 1_000);
    execFileSync('ip', ['netns', 'delete', network.receiver.namespace]);
    const { sent } = await flooding;
    const ended = await run.end();
    assert.equal(ended.status, 0, ended.stderr);
    assertLaw([file], ended, sent);
  });
});
