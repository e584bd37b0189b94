/** A fleet of real captures, published through a real NATS server that dies and comes back. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FleetJson, FleetSensorJson } from '../../src/fleet/fleet-json.js';
import type { GapsEvent } from '../../src/fleet/fleet-message.js';
import { gapcapPath } from '../cli/gapcap-process.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { makeNatsCredentials } from '../support/nats-credentials.js';
import { NatsServer } from '../support/nats-server.js';
import type { PublishMainOptions } from '../support/publish-main.js';
import { ended } from '../support/tap-path.js';
import { toolSkip } from '../support/tools.js';
import { type CaptureJson, CaptureRun, type FinishedCapture } from './capture-run.js';

const LONGEST_WAIT_MS = 40_000;
const folder = mkdtempSync(join(tmpdir(), 'gapcap-fleet-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `gapcap fleet` where the server is, to its end. */
async function fleet(network: TestNetwork, ...args: string[]): Promise<Finished> {
  const child = network.spawn(network.receiver, process.execPath, [gapcapPath, 'fleet', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = [gather(child.stdout!), gather(child.stderr!)] as const;
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, stdout: texts[0](), stderr: texts[1]() };
}

function gather(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

/** A `gapcap fleet` that goes on until it is ended. */
function watcher(
  network: TestNetwork,
  ...args: string[]
): { readonly child: ChildProcess; readonly stdout: () => string; readonly stderr: () => string } {
  const child = network.spawn(network.receiver, process.execPath, [gapcapPath, 'fleet', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, stdout: gather(child.stdout!), stderr: gather(child.stderr!) };
}

/** What a server at an address in the network answers. */
async function ask(network: TestNetwork, url: string): Promise<string> {
  const script = `console.log(await (await fetch(${JSON.stringify(url)})).text())`;
  const asked = network.spawn(
    network.receiver,
    process.execPath,
    ['--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'inherit'], timeout: LONGEST_WAIT_MS },
  );
  const answer = gather(asked.stdout!);
  await ended(asked);
  return answer();
}

async function untilTrue(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + LONGEST_WAIT_MS;
  while (!(await isTrue())) {
    assert.ok(performance.now() < endMs, 'it never came true');
    await sleep(100);
  }
}

async function picture(network: TestNetwork, url: string): Promise<Map<string, FleetSensorJson>> {
  const { status, stdout, stderr } = await fleet(network, url, '--json');
  assert.equal(status, 0, stderr);
  const { sensors } = JSON.parse(stdout) as FleetJson;
  return new Map(sensors.map((one) => [one.sensor, one]));
}

/** Asks for the fleet until it is as wanted; fails with what it was at last. */
async function until(
  network: TestNetwork,
  url: string,
  isWanted: (sensors: Map<string, FleetSensorJson>) => boolean,
): Promise<Map<string, FleetSensorJson>> {
  const endMs = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const sensors = await picture(network, url);
    if (isWanted(sensors)) return sensors;
    if (performance.now() > endMs) assert.fail(JSON.stringify([...sensors.values()], null, 1));
    await sleep(300);
  }
}

/** Every event of the stream, as `--follow` prints them from the past on. */
async function allGaps(network: TestNetwork, url: string, least: number): Promise<GapsEvent[]> {
  const args = [gapcapPath, 'fleet', url, '--follow'];
  const child = network.spawn(network.receiver, process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const text = gather(child.stdout!);
  const events = (): GapsEvent[] =>
    text()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as GapsEvent)
      .filter(({ kind }) => kind === 'gaps');
  const endMs = performance.now() + LONGEST_WAIT_MS;
  while (countGaps(events()) < least && performance.now() < endMs) await sleep(100);
  // Were one told twice, it would come now.
  await sleep(500);
  child.kill('SIGINT');
  await ended(child);
  return events();
}

function countGaps(events: readonly GapsEvent[]): number {
  return events.reduce((sum, { gaps }) => sum + gaps.length, 0);
}

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

  /** Floods while two of the sensors are stopped now and then. */
  async function flood(): Promise<void> {
    const flooding = network.flood({ frameCount: 120_000, ratePps: 120_000 });
    for (let i = 0; i < 3; i++) {
      await Promise.all([runs.get('edge1')!.stall(120), runs.get('edge2')!.stall(120)]);
      await sleep(80);
    }
    await flooding;
  }

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
      ['edge1', 'edge2', 'edge3'].every((name) => (all.get(name)?.frames ?? 0) > 20_000),
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

describe('a fleet behind a lock', { skip: liveSkip() || toolSkip('nats-server') }, () => {
  it('lets in who has the password, by TLS who trusts the authority, and nobody else', async () => {
    using network = new TestNetwork();
    const own = join(folder, 'locked');
    mkdirSync(own);
    const [key, certificate] = [join(own, 'key.pem'), join(own, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=localhost'],
        ...['-addext', 'subjectAltName=IP:127.0.0.1'],
      ],
      { stdio: 'ignore' },
    );
    const server = new NatsServer(
      network,
      own,
      `authorization { user: watcher, password: "se:cret" }\ntls { cert_file: "${certificate}", key_file: "${key}" }`,
    );
    await server.start();
    const address = 'tls://watcher:se%3Acret@127.0.0.1:4222';
    const allowed = await fleet(network, address, '--nats-ca', certificate);
    assert.equal(allowed.status, 0, allowed.stderr);
    assert.equal(allowed.stdout, 'No sensor has told anything yet.\n');
    process.env['GAPCAP_NATS_LOGIN'] = 'watcher:se:cret';
    try {
      const unseen = await fleet(network, 'tls://127.0.0.1', '--nats-ca', certificate);
      assert.equal(unseen.status, 0, unseen.stderr);
    } finally {
      delete process.env['GAPCAP_NATS_LOGIN'];
    }
    const wrong = await fleet(network, 'tls://watcher:guess@127.0.0.1', '--nats-ca', certificate);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /doesn't let us in: .*Authorization/i);
    assert.ok(!wrong.stderr.includes('guess'), 'no password is shown');
    const untrusted = await fleet(network, address);
    assert.equal(untrusted.status, 1);
    assert.match(untrusted.stderr, /gapcap: .*127\.0\.0\.1/);
  });

  it('lets a sensor in by its credentials file, which only root can read, and spools as who captures', async () => {
    using network = new TestNetwork();
    const own = join(folder, 'credentials');
    mkdirSync(own);
    const { settings, known, stranger } = makeNatsCredentials();
    const server = new NatsServer(network, own, settings);
    await server.start();
    const [good, bad] = [join(own, 'sensor.creds'), join(own, 'stranger.creds')];
    writeFileSync(good, known, { mode: 0o600 });
    writeFileSync(bad, stranger, { mode: 0o600 });
    // Somebody else's home, where whoever captures in the end may write.
    const spool = mkdtempSync(join(tmpdir(), 'gapcap-nobody-'));
    try {
      const [uid, gid] = ['-u', '-g'].map((what) =>
        Number(execFileSync('id', [what, 'nobody']).toString()),
      );
      chownSync(spool, uid!, gid!);
      const run = await CaptureRun.start(network, [
        ...['-w', '-', '-Z', 'nobody', '--sensor', 'edge', '--publish', server.url],
        ...['--nats-creds', good, '--publish-spool', spool],
      ]);
      let heard: FleetJson = { timeMs: 0, sensors: [] };
      await untilTrue(async () => {
        const { status, stdout, stderr } = await fleet(
          network,
          server.url,
          '--json',
          '--nats-creds',
          good,
        );
        assert.equal(status, 0, stderr);
        heard = JSON.parse(stdout) as FleetJson;
        return heard.sensors.length > 0;
      });
      assert.equal(heard.sensors[0]!.sensor, 'edge');
      assert.equal(statSync(join(spool, 'edge')).uid, uid);
      const { status, stderr } = await run.end();
      assert.equal(status, 0, stderr);
      assert.deepEqual(readdirSync(join(spool, 'edge')), []);
    } finally {
      rmSync(spool, { recursive: true });
    }
    for (const args of [['--nats-creds', bad], []]) {
      const refused = await fleet(network, server.url, '--json', ...args);
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /doesn't let us in: .*Authorization/i);
    }
  });
});
