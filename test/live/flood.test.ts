import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FloodOptions, startFlood } from '../../src/lab/flood.js';
import { FrameSender } from '../../src/sys/frame-sender.js';
import {
  createVethPair,
  deleteLink,
  listLinks,
  setLinkDown,
  setLinkUp,
} from '../../src/sys/rtnetlink.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-flood-'));
after(() => rmSync(folder, { recursive: true }));

const oneCpu = availableParallelism() < 2 && 'needs two CPUs';

const steering = '/proc/sys/net/core/rps_default_mask';

/** Why there can be no traffic shaper here. */
function noShaper(): string | false {
  const trial =
    'ip link add tx0 type veth peer name rx0 && tc qdisc add dev tx0 root tbf rate 8mbit burst 4kb limit 1mb';
  const { status } = spawnSync('unshare', ['--net', 'sh', '-c', trial]);
  return status !== 0 && 'needs tc and the tbf queueing discipline';
}

/** tcpdump at the receiving end, with a buffer that holds all that the tests send. */
async function tcpdump(file: string): Promise<ChildProcess> {
  const parameters = ['-i', 'rx0', '-n', '-s', '64', '-B', '262144', '--immediate-mode'];
  const child = spawn('tcpdump', [...parameters, '-Z', 'root', '-w', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve) => {
    child.stderr!.on('data', (text: Buffer) => {
      if (text.includes('listening on')) resolve();
    });
  });
  return child;
}

async function interrupt(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  await closed;
}

/** Lengths and sequence numbers in a pcap file, by the classic layout alone. */
function readPcap(file: string): { lengths: number[]; sequences: number[] } {
  const bytes = readFileSync(file);
  const lengths: number[] = [];
  const sequences: number[] = [];
  for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    lengths.push(bytes.readUInt32LE(at + 12));
    sequences.push(Number(bytes.readBigUInt64BE(at + 16 + 22)));
  }
  return { lengths, sequences };
}

async function captureFlood(options: Omit<FloodOptions, 'interfaceName'>) {
  const file = join(folder, 'flood.pcap');
  const child = await tcpdump(file);
  const flood = await startFlood({ interfaceName: 'tx0', ...options });
  const result = await flood.finished;
  await sleep(300);
  await interrupt(child);
  return { result, ...readPcap(file) };
}

function isRange(sequences: readonly number[], first: number): boolean {
  return sequences.every((sequence, i) => sequence === first + i);
}

describe('startFlood on a veth pair', { skip: liveSkip() }, () => {
  before(() => {
    enterOwnNamespace();
    createVethPair('tx0', 'rx0');
    setLinkUp('tx0');
    setLinkUp('rx0');
  });

  it('leaves the pair silent while nobody sends', async () => {
    const counters = () =>
      listLinks().map((l) => [l.statistics?.receivedPackets, l.statistics?.sentPackets]);
    await sleep(3000);
    for (const pair of counters()) assert.deepEqual(pair, [0n, 0n]);
  });

  it('sends every frame once, in order, as tcpdump sees it', async () => {
    const { result, sequences, lengths } = await captureFlood({ frameCount: 300_000 });
    assert.equal(result.sent, 300_000);
    assert.equal(result.lastSequence, 300_000);
    assert.equal(sequences.length, 300_000);
    assert.ok(isRange(sequences, 1));
    assert.ok(lengths.every((length) => length === 60));
  });

  it('goes through the given lengths in turn, from the given number on', async () => {
    const frameLength = [60, 590, 1514, 61, 62, 63, 64];
    const firstSequence = 2 ** 32 - 500;
    const options = { frameLength, firstSequence, frameCount: 1000, batchSize: 32, streamId: 9 };
    const { sequences, lengths, result } = await captureFlood(options);
    assert.equal(sequences.length, 1000);
    assert.ok(isRange(sequences, firstSequence));
    assert.ok(lengths.every((length, i) => length === frameLength[i % frameLength.length]));
    assert.equal(result.lastSequence, firstSequence + 999);
  });

  it('sends through the queueing discipline too', async () => {
    const { sequences } = await captureFlood({ frameCount: 5000, bypassQdisc: false });
    assert.equal(sequences.length, 5000);
    assert.ok(isRange(sequences, 1));
  });

  it('keeps a rate, without a burst at the start', async () => {
    const flood = await startFlood({ interfaceName: 'tx0', ratePps: 20_000, frameCount: 10_001 });
    const result = await flood.finished;
    assert.ok(result.elapsedMs >= 499, `${result.elapsedMs} ms`);
    assert.ok(result.elapsedMs < 2000, `${result.elapsedMs} ms`);
  });

  it('sends bursts and pauses between them', async () => {
    const burst = { frameCount: 500, pauseMs: 100 };
    const flood = await startFlood({ interfaceName: 'tx0', burst, frameCount: 2000 });
    const result = await flood.finished;
    assert.equal(result.sent, 2000);
    assert.ok(result.elapsedMs >= 300, `${result.elapsedMs} ms`);
  });

  it('ends after its time', async () => {
    const flood = await startFlood({ interfaceName: 'tx0', ratePps: 100, durationMs: 300 });
    const { elapsedMs, sent } = await flood.finished;
    assert.ok(elapsedMs >= 300, `${elapsedMs} ms`);
    assert.ok(sent >= 10 && sent <= 31, `${sent} sent`);
  });

  it('sends nothing while paused, goes on without a hole, and stops when told', async () => {
    const file = join(folder, 'paused.pcap');
    const child = await tcpdump(file);
    const flood = await startFlood({ interfaceName: 'tx0', ratePps: 50_000, paused: true });
    await sleep(50);
    assert.equal(flood.sent, 0);
    flood.resume();
    while (flood.sent < 1000) await sleep(5);
    flood.pause();
    while (!flood.paused) await sleep(1);
    const held = flood.sent;
    await sleep(200);
    assert.equal(flood.sent, held);
    assert.equal(flood.ended, false);
    flood.resume();
    while (flood.sent < held + 1000) await sleep(5);
    const result = await flood.stop();
    assert.equal(flood.ended, true);
    await sleep(300);
    await interrupt(child);
    const { sequences } = readPcap(file);
    assert.equal(sequences.length, result.sent);
    assert.ok(isRange(sequences, 1));
  });

  it('shows its progress to a thread that never yields', async () => {
    const flood = await startFlood({ interfaceName: 'tx0', frameCount: 20_000 });
    const endMs = performance.now() + 5000;
    while (!flood.ended && performance.now() < endMs);
    assert.equal(flood.sent, 20_000);
    assert.equal((await flood.finished).sent, 20_000);
  });

  it('runs on the CPU it is given', { skip: oneCpu }, async () => {
    const allowed = () =>
      readdirSync('/proc/self/task').map((thread) => {
        const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
        return /^Cpus_allowed_list:\s*(.*)$/m.exec(status)![1];
      });
    assert.ok(!allowed().includes('1'));
    const flood = await startFlood({ interfaceName: 'tx0', frameCount: 10, cpu: 1, paused: true });
    assert.equal(allowed().filter((cpus) => cpus === '1').length, 1);
    flood.resume();
    assert.equal((await flood.finished).sent, 10);
    await assert.rejects(startFlood({ interfaceName: 'tx0', cpu: 1023 }), { code: 'EINVAL' });
  });

  it('sends at least 500,000 frames of 60 bytes a second towards a capture', async () => {
    const child = await tcpdump('/dev/null');
    // The best of several tries: other work on the machine slows some of them down.
    let best = 0;
    for (let attempt = 0; attempt < 8 && best < 500; attempt++) {
      const flood = await startFlood({ interfaceName: 'tx0', frameCount: 300_000 });
      const { sent, elapsedMs } = await flood.finished;
      assert.equal(sent, 300_000);
      best = Math.max(best, sent / elapsedMs);
    }
    await interrupt(child);
    assert.ok(best >= 500, `${Math.round(best)} frames a millisecond`);
  });

  it('offers a frame again that a full backlog refused, so that none is lost or doubled', {
    skip: oneCpu || (!existsSync(steering) && 'needs net.core.rps_default_mask'),
  }, async () => {
    // The receiving half of the work moves to the other CPU, by a backlog that can overflow.
    writeFileSync(steering, '2');
    createVethPair('tx1', 'rx1');
    writeFileSync(steering, '0');
    setLinkUp('tx1');
    setLinkUp('rx1');
    const flood = await startFlood({ interfaceName: 'tx1', frameCount: 500_000, cpu: 0 });
    const { sent, retries } = await flood.finished;
    await sleep(200);
    const { statistics } = listLinks().find((l) => l.name === 'rx1')!;
    assert.equal(sent, 500_000);
    assert.equal(statistics?.receivedPackets, 500_000n);
    const refused = listLinks().find((l) => l.name === 'tx1')!.statistics!.sendDropped;
    assert.ok(refused >= BigInt(retries), `${refused} refused, ${retries} retries`);
    deleteLink('tx1');
  });

  it('waits where a slow queue holds the frames', { skip: noShaper() }, async () => {
    createVethPair('tx2', 'rx2');
    setLinkUp('tx2');
    setLinkUp('rx2');
    const shaper = ['rate', '8mbit', 'burst', '4kb', 'limit', '1mb'];
    execFileSync('tc', ['qdisc', 'add', 'dev', 'tx2', 'root', 'tbf', ...shaper]);
    const links = listLinks();
    using sender = new FrameSender({
      interfaceIndex: links.find((l) => l.name === 'tx2')!.index,
      slotCount: 50,
      slotLength: 1000,
      sendBufferBytes: 16_384,
    });
    const startMs = performance.now();
    let sent = 0;
    for (let round = 0; round < 6; round++) sent += sender.send(0, 50);
    assert.equal(sent, 300);
    assert.ok(sender.retryCount > 0);
    assert.ok(performance.now() - startMs > 200, 'a megabyte a second');
    await sleep(200);
    const { statistics } = listLinks().find((l) => l.name === 'rx2')!;
    assert.equal(statistics?.receivedPackets, 300n);
    deleteLink('tx2');
  });

  it('says what is wrong as the errors of this library', async () => {
    await assert.rejects(startFlood({ interfaceName: 'absent' }), {
      name: 'SystemCallError',
      code: 'ENODEV',
      message: /absent/,
    });
    const bad = { interfaceName: 'tx0', frameLength: 59 };
    await assert.rejects(startFlood(bad), { code: 'BAD_FRAME_LENGTH' });
    await assert.rejects(startFlood({ interfaceName: 'tx0', ratePps: 0 }), { code: 'BAD_FLOOD' });
  });

  it('fails when a frame is longer than the interface takes', async () => {
    const flood = await startFlood({ interfaceName: 'tx0', frameLength: 9000, frameCount: 5 })
      .then((started) => started.finished)
      .catch((error: unknown) => error);
    assert.equal((flood as { code?: string }).code, 'EMSGSIZE');
  });

  it('fails when the interface goes down under it', async () => {
    const flood = await startFlood({ interfaceName: 'tx0', ratePps: 1000 });
    setLinkDown('tx0');
    await assert.rejects(flood.finished, { code: 'ENETDOWN' });
    setLinkUp('tx0');
  });

  it('leaves no socket behind', () => {
    const count = () => readFileSync('/proc/thread-self/net/packet', 'utf8').split('\n').length;
    const before = count();
    const index = listLinks().find((l) => l.name === 'tx0')!.index;
    {
      using sender = new FrameSender({ interfaceIndex: index, slotCount: 4, slotLength: 60 });
      assert.equal(count(), before + 1);
      assert.equal(sender.slotStride, 64);
    }
    assert.equal(count(), before);
    const absent = { interfaceIndex: 4_000_000, slotCount: 4, slotLength: 60 };
    assert.throws(() => new FrameSender(absent), { code: 'ENODEV' });
    assert.equal(count(), before);
  });
});
