/** A fleet of real captures, published through a real NATS server that dies and comes back. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { NatsServer } from '../support/nats-server.js';
import type { PublishMainOptions } from '../support/publish-main.js';
import { ended } from '../support/tap-path.js';
import { toolSkip } from '../support/tools.js';
import { type CaptureJson, CaptureRun, type FinishedCapture } from './capture-run.js';
import { floodWithCertainLoss } from './certain-loss.js';
import {
  allGaps,
  ask,
  countGaps,
  fleet,
  gather,
  LONGEST_WAIT_MS,
  picture,
  until,
  untilTrue,
  watcher,
} from './fleet-run.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-fleet-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function jsonOf({ status, stdout, stderr }: FinishedCapture): CaptureJson {
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as CaptureJson;
}

describe('a fleet', { skip: liveSkip() || toolSkip('nats-server') }, () => {
  let network: TestNetwork;
  let server: NatsServer;
  const runs = new Map<string, CaptureRun>();

  async function startSensor(name: string, ...args: string[]): Promise<void> {
    const run = await CaptureRun.start(network, [
      ...['-w', join(folder, `${name}.pcapng`), '--json', '--sensor', name],
      ...['--publish', server.url, '--publish-spool', join(folder, 'spool'), ...args],
    ]);
    runs.set(name, run);
  }

  /** 120,000 frames; two of the sensors stand still for a third of them. */
  const flood = (): Promise<void> =>
    floodWithCertainLoss(network, {
      stopped: [runs.get('edge1')!, runs.get('edge2')!],
      framesEach: 40_000,
      ratePps: 60_000,
      stops: 1,
    });

  before(async () => {
    network = new TestNetwork();
    server = new NatsServer(network, folder);
    await server.start();
    await startSensor('edge1', '-B', '1M');
    await startSensor('edge2', '-B', '256k', '--engine', 'socket');
    await startSensor('edge3', '-B', '64M');
  });
  after(() => network[Symbol.dispose]());

  it('shows every sensor while it captures, and which of them lose frames', async () => {
    await flood();
    const sensors = await until(network, server.url, (all) =>
      ['edge1', 'edge2', 'edge3'].every((name) => (all.get(name)?.frames ?? 0) > 2_000),
    );
    for (const sensor of sensors.values()) assert.equal(sensor.condition, 'running');
    const lossy = await until(
      network,
      server.url,
      (all) => all.get('edge1')!.lost > 0 && all.get('edge2')!.lost > 0,
    );
    assert.equal(lossy.get('edge3')!.lost, 0);
    const { stdout } = await fleet(network, server.url);
    assert.match(stdout, /^sensor +interface +state/);
    for (const name of ['edge1', 'edge2', 'edge3'])
      assert.match(stdout, new RegExp(`^${name} `, 'm'));
  });

  it('has a page and metrics of all of them, those too that began before what it looks back to', async () => {
    const { child, stderr } = watcher(network, server.url, '--http', '0', '--look-back', '1s');
    await untilTrue(() => /live page: \S+/.test(stderr()));
    const [, url] = /live page: (\S+)/.exec(stderr())!;
    await untilTrue(async () => {
      const text = await ask(network, `${url}metrics`);
      return ['edge1', 'edge2', 'edge3'].every((name) =>
        text.includes(`gapcap_frames_received_total{sensor="${name}"`),
      );
    });
    assert.match(await ask(network, url!), /<title>/);
    child.kill('SIGINT');
    assert.equal(await ended(child), 0, stderr());
  });

  it('gets what sensors told while the server was away, each gap once, totals as theirs', async () => {
    const { child, stdout, stderr } = watcher(network, server.url, '--follow', '--look-back', '1s');
    await untilTrue(() => stdout().includes('"reading"'));
    await server.kill();
    const away = await fleet(network, server.url, '--json');
    assert.equal(away.status, 1);
    assert.match(away.stderr, /Can't reach the NATS server at nats:\/\/127\.0\.0\.1:4222/);
    await flood();
    await untilTrue(() => stderr().includes('The NATS server is away'));
    await server.start();
    const finished = await Promise.all([runs.get('edge1')!.end(), runs.get('edge2')!.end()]);
    const [first, second] = [jsonOf(finished[0]), jsonOf(finished[1])];
    const sensors = await until(
      network,
      server.url,
      (all) => all.get('edge1')!.condition === 'ended' && all.get('edge2')!.condition === 'ended',
    );
    const told = await allGaps(network, server.url, first.gaps.length + second.gaps.length);
    for (const [name, own] of [
      ['edge1', first],
      ['edge2', second],
    ] as const) {
      assert.ok(own.lost > 0, `${name} lost nothing`);
      const sensor = sensors.get(name)!;
      assert.equal(sensor.frames, own.frames);
      assert.equal(sensor.lost, own.lost);
      assert.equal(sensor.gaps, own.gaps.length);
      assert.equal(sensor.lostMessages, 0);
      const gaps = told.filter(({ sensor: teller }) => teller === name).flatMap((one) => one.gaps);
      assert.deepEqual(
        gaps.map(({ lost, after: last, before: next }) => [lost, last, next]),
        own.gaps.map(({ lost, after: last, before: next }) => [lost, last, next]),
      );
    }
    // Who has been watching all the time goes on, with what was told meanwhile.
    await untilTrue(() => stdout().split('"kind":"end"').length === 3);
    assert.match(stderr(), /The NATS server is there again/);
    child.kill('SIGINT');
    assert.equal(await ended(child), 0, stderr());
  });

  it('knows a sensor that died, and hears its last words from its next capture', async () => {
    // What the server has is what was there before the sensor died unheard.
    await until(network, server.url, (all) => all.get('edge3')!.frames >= 240_000);
    runs.get('edge3')!.kill('SIGKILL');
    await runs.get('edge3')!.finished();
    await until(network, server.url, (all) => all.get('edge3')!.condition === 'silent');
    const spool = join(folder, 'spool', 'edge3');
    const [left] = readdirSync(spool);
    assert.match(left!, /^\d+\.[\da-f-]+-\d+$/);
    const { run } = (await picture(network, server.url)).get('edge3')!;
    await startSensor('edge3', '-B', '1M');
    await until(network, server.url, (all) => all.get('edge3')!.run !== run);
    jsonOf(await runs.get('edge3')!.end());
    assert.deepEqual(readdirSync(spool), [], 'what the dead process left was sent');
  });

  it('shows clocks that disagree, and counts what a sensor had no room for', async () => {
    await server.kill();
    const options: PublishMainOptions = {
      url: server.url,
      sensor: 'crowded',
      spoolFolder: join(folder, 'spool'),
      spoolBytes: 2 * 1024 * 1024,
      gaps: 60_000,
      clockAheadMs: 7_200_000,
    };
    const main = fileURLToPath(new URL('../support/publish-main.js', import.meta.url));
    const child: ChildProcess = network.spawn(
      network.receiver,
      process.execPath,
      [main, '--json', JSON.stringify(options)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const output = gather(child.stdout!);
    const endMs = performance.now() + LONGEST_WAIT_MS;
    while (!output().includes('told') && performance.now() < endMs) await sleep(50);
    await server.start();
    child.stdin!.end();
    await ended(child);
    const ending = JSON.parse(output().split('\n')[1]!) as { lostGaps: number; waiting: number };
    assert.equal(ending.waiting, 0);
    assert.ok(ending.lostGaps > 0);
    const sensors = await until(network, server.url, (all) => all.has('crowded'));
    const sensor = sensors.get('crowded')!;
    assert.equal(sensor.lostGaps, ending.lostGaps);
    // An hour would already be far beyond any delay of this machine.
    assert.ok(Math.abs(sensor.clockAheadMs! - 7_200_000) < 60_000, String(sensor.clockAheadMs));
    const told = await allGaps(network, server.url, 60_000 - ending.lostGaps);
    const own = told.filter(({ sensor: name }) => name === 'crowded');
    assert.equal(countGaps(own) + ending.lostGaps, 60_000);
    const { stdout } = await fleet(network, server.url);
    assert.match(stdout, /crowded .*clock 2 h 0 min ahead.*messages lost at the sensor/);
  });
});
