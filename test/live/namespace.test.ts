import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { liveSkip, sweep, TestNetwork } from '../support/namespace.js';

const support = fileURLToPath(new URL('../support/namespace.js', import.meta.url));

function namespaces(): string[] {
  const text = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  return text.split('\n').map((line) => line.split(' ')[0]!);
}

function received(network: TestNetwork): number {
  const { interfaceName } = network.receiver;
  const json = network.exec(network.receiver, 'ip', '-j', '-s', 'link', 'show', interfaceName);
  return (JSON.parse(json) as [{ stats64: { rx: { packets: number } } }])[0].stats64.rx.packets;
}

/** Starts a process that holds a network and prints the namespace's name. */
async function startHolder(how: string): Promise<{ name: string; end: Promise<unknown> }> {
  const program = `
    import { TestNetwork } from ${JSON.stringify(support)};
    const network = new TestNetwork();
    console.log(network.receiver.namespace);
    ${how}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const end = new Promise((resolve) => child.once('close', resolve));
  const name = await new Promise<string>((resolve) => {
    child.stdout.once('data', (text: Buffer) => resolve(text.toString('utf8').trim()));
  });
  return { name, end };
}

describe('TestNetwork', { skip: liveSkip() }, () => {
  for (const count of [1, 2] as const) {
    it(`joins two ends in ${count} namespace(s), silent until somebody sends`, async () => {
      using network = new TestNetwork({ namespaces: count, mtu: 4000, queues: 2 });
      const { sender, receiver } = network;
      assert.equal(sender.namespace === receiver.namespace, count === 1);
      for (const end of [sender, receiver]) assert.ok(end.interfaceName.length <= 15);
      await sleep(2500);
      assert.equal(received(network), 0);
      const report = await network.flood({ frameCount: 1000, frameLength: 4014 });
      assert.equal(report.sent, 1000);
      assert.equal(received(network), 1000);
    });
  }

  it('is gone after its scope, with what still ran in it', async () => {
    let name: string;
    let ended: Promise<unknown>;
    {
      using network = new TestNetwork({ namespaces: 2 });
      name = network.receiver.namespace;
      const child = network.spawn(network.sender, 'sleep', ['60']);
      ended = new Promise((resolve) => child.once('exit', resolve));
      assert.ok(namespaces().includes(name));
    }
    await ended;
    assert.deepEqual(
      namespaces().filter((other) => other.startsWith(name)),
      [],
    );
  });

  it('is gone after a process that forgets it, throws or is interrupted', async () => {
    for (const how of [
      '',
      "throw new Error('on purpose');",
      "setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50); setTimeout(() => {}, 10000);",
    ]) {
      const { name, end } = await startHolder(how);
      await end;
      assert.ok(!namespaces().includes(name), how);
    }
  });

  it('is swept away by the next one after a process that was killed', async () => {
    const { name, end } = await startHolder("process.kill(process.pid, 'SIGKILL');");
    await end;
    sweep();
    assert.ok(!namespaces().includes(name));
  });
});
