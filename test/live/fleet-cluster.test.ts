/** A cluster of NATS servers of which the one dies that leads the stream. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { GapsEvent } from '../../src/fleet/fleet-message.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { NatsCluster } from '../support/nats-cluster.js';
import { ended } from '../support/tap-path.js';
import { toolSkip } from '../support/tools.js';
import { type CaptureJson, CaptureRun } from './capture-run.js';
import { floodWithCertainLoss } from './certain-loss.js';
import {
  allGaps,
  ask,
  fleet,
  gapsIn,
  gather,
  picture,
  until,
  untilTrue,
  watcher,
} from './fleet-run.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-cluster-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What `/jsz` of nats-server tells, as far as the test looks. */
interface JetStreamStatus {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly cluster?: { readonly leader?: string; readonly replicas?: readonly unknown[] };
      readonly consumer_detail?: readonly { readonly num_waiting?: number }[];
    }[];
  }[];
}

type Account = NonNullable<JetStreamStatus['account_details']>[number];
type StreamDetail = NonNullable<Account['stream_detail']>[number];

/** What a server tells of the stream. */
async function streamsAt(network: TestNetwork, monitor: string): Promise<StreamDetail[]> {
  const text = await ask(network, `${monitor}/jsz?accounts=true&streams=true&consumers=true`);
  const status = JSON.parse(text) as JetStreamStatus;
  const streams = status.account_details?.flatMap((one) => one.stream_detail ?? []) ?? [];
  return streams.filter(({ name }) => name === 'GAPCAP');
}

/** The one server at which somebody waits for messages: it keeps the place of the watcher who follows. −1: not one. */
async function keeperOf(network: TestNetwork, { monitors }: NatsCluster): Promise<number> {
  const keepers: number[] = [];
  for (const [number, monitor] of monitors.entries()) {
    const streams = await streamsAt(network, monitor);
    const consumers = streams.flatMap((one) => one.consumer_detail ?? []);
    if (consumers.some(({ num_waiting: waiting = 0 }) => waiting > 0)) keepers.push(number);
  }
  return keepers.length === 1 ? keepers[0]! : -1;
}

/** The stream as any server tells it that keeps it. */
async function streamOf(
  network: TestNetwork,
  { monitors }: NatsCluster,
): Promise<{ readonly leader: string; readonly copies: number } | undefined> {
  for (const monitor of monitors) {
    const found = (await streamsAt(network, monitor))[0]?.cluster;
    if (found?.leader !== undefined) {
      return { leader: found.leader, copies: 1 + (found.replicas?.length ?? 0) };
    }
  }
  return undefined;
}

type Place = readonly [lost: number, after: number | null, before: number | null];

const placesOf = (gaps: CaptureJson['gaps'] | GapsEvent['gaps']): Place[] =>
  gaps.map(({ lost, after: last, before: next }) => [lost, last, next]);

/** 60,000 frames; the capture stands still for two fifths of them. */
const floodWithGaps = (network: TestNetwork, run: CaptureRun): Promise<void> =>
  floodWithCertainLoss(network, {
    stopped: [run],
    framesEach: 12_000,
    ratePps: 60_000,
    stops: 2,
  });

/** A capture that publishes to the cluster. */
function publishing(network: TestNetwork, url: string, own: string): Promise<CaptureRun> {
  return CaptureRun.start(network, [
    ...['-w', join(own, 'x.pcapng'), '-B', '256k', '--engine', 'socket', '--json'],
    ...['--sensor', 'edge', '--publish', url, '--publish-spool', join(own, 'spool')],
  ]);
}

describe('a fleet on a cluster', { skip: liveSkip() || toolSkip('nats-server') }, () => {
  it('goes on when the leader of the stream is killed: no gap is missing, none told twice', async () => {
    using network = new TestNetwork();
    const cluster = new NatsCluster(network, folder);
    await cluster.start();
    const { url } = cluster;
    const run = await publishing(network, url, folder);
    const flood = (): Promise<void> => floodWithGaps(network, run);
    await untilTrue(async () => (await streamOf(network, cluster)) !== undefined);
    const { leader, copies } = (await streamOf(network, cluster))!;
    assert.equal(copies, 3, 'a cluster keeps three copies unless told otherwise');
    await flood();
    await until(network, url, (all) => (all.get('edge')?.lost ?? 0) > 0);
    const { child, stdout, stderr } = watcher(network, url, '--follow');
    const heard = (): GapsEvent[] => gapsIn(stdout());
    await untilTrue(() => heard().length > 0);
    const number = Number(leader.replace('server', ''));
    const flooding = flood();
    await cluster.servers[number]!.kill();
    await flooding;
    await flood();
    // Three floods, and all that was told of them is with the servers that are left.
    await until(network, url, (all) => {
      const { frames, lost } = all.get('edge')!;
      return frames + lost >= 180_000;
    });
    const { status, stdout: printed, stderr: said } = await run.end();
    assert.equal(status, 0, said);
    const own = JSON.parse(printed) as CaptureJson;
    assert.doesNotMatch(said, /events wait for/);
    const seen = await until(network, url, (all) => all.get('edge')?.condition === 'ended');
    assert.equal(seen.get('edge')!.frames, own.frames);
    assert.equal(seen.get('edge')!.lost, own.lost);
    assert.equal(seen.get('edge')!.gaps, own.gaps.length);
    const told = await allGaps(network, url, own.gaps.length);
    assert.deepEqual(
      told.flatMap(({ gaps }) => placesOf(gaps)),
      placesOf(own.gaps),
    );
    // Who watched all the time has the same, each once.
    await untilTrue(
      () => stdout().includes('"kind":"end"'),
      () => `${stdout()}\n${stderr()}`,
    );
    assert.deepEqual(
      heard().flatMap(({ gaps }) => placesOf(gaps)),
      placesOf(own.gaps),
      stderr(),
    );
    child.kill('SIGINT');
    assert.equal(await ended(child), 0, stderr());
  });

  it('goes on when the server is killed that keeps a watcher’s place, however long it is away', async () => {
    using network = new TestNetwork();
    const own = join(folder, 'keeper');
    const cluster = new NatsCluster(network, own);
    await cluster.start();
    const { url } = cluster;
    const run = await publishing(network, url, own);
    await until(network, url, (all) => all.has('edge'));
    const { child, stdout, stderr } = watcher(network, url, '--follow');
    await untilTrue(() => stdout().includes('"kind":"start"'));
    await untilTrue(async () => {
      const keeper = await keeperOf(network, cluster);
      if (keeper < 0) return false;
      await cluster.servers[keeper]!.kill();
      return true;
    });
    await floodWithGaps(network, run);
    // At its end it would wait only some seconds for a server.
    await until(network, url, (all) => {
      const { frames = 0, lost = 0 } = all.get('edge') ?? {};
      return frames + lost >= 60_000;
    });
    const { status, stdout: printed, stderr: said } = await run.end();
    assert.equal(status, 0, said);
    assert.doesNotMatch(said, /events wait for/);
    const { gaps } = JSON.parse(printed) as CaptureJson;
    assert.ok(gaps.length > 0);
    const tell = (): string => `${stdout()}\n${stderr()}`;
    await untilTrue(() => stdout().includes('"kind":"end"'), tell);
    assert.deepEqual(
      gapsIn(stdout()).flatMap((event) => placesOf(event.gaps)),
      placesOf(gaps),
      stderr(),
    );
    child.kill('SIGINT');
    assert.equal(await ended(child), 0, stderr());
  });

  it('makes the stream with as many copies as it is told to, if the cluster has them', async () => {
    using network = new TestNetwork();
    const own = join(folder, 'copies');
    const cluster = new NatsCluster(network, own);
    await cluster.start();
    const { url } = cluster;
    await untilTrue(async () => {
      const { status, stderr } = await fleet(network, url, '--nats-replicas', '5');
      assert.equal(status, 1);
      return /no more replicas than the cluster has servers/.test(stderr);
    });
    await untilTrue(async () => (await fleet(network, url, '--nats-replicas', '2')).status === 0);
    await untilTrue(async () => (await streamOf(network, cluster))?.copies === 2);
    const again = await fleet(network, url, '--nats-replicas', '3');
    assert.match(again.stderr, /GAPCAP is there already, with 2 replicas, not 3.*nats stream edit/);
    assert.equal((await picture(network, url)).size, 0);
  });

  it('says once what there is to say of the stream, where a watcher has to begin again', async () => {
    using network = new TestNetwork();
    const own = join(folder, 'again');
    const cluster = new NatsCluster(network, own);
    await cluster.start();
    await untilTrue(
      async () => (await fleet(network, cluster.url, '--nats-replicas', '1')).status === 0,
    );
    const relay = network.spawn(network.receiver, process.execPath, ['--eval', RELAY], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told = gather(relay.stdout!);
    await untilTrue(() => told().includes('listening'));
    const { status, stderr } = await fleet(
      ...([network, 'nats://127.0.0.1:4300', '--once', '--nats-replicas', '3'] as const),
    );
    relay.kill('SIGKILL');
    await ended(relay);
    assert.equal(status, 0, stderr);
    assert.match(told(), /spoilt/, 'the second question for the stream has no answer');
    assert.equal(stderr.split('GAPCAP is there already, with 1 replicas, not 3').length, 2, stderr);
  });
});

/**
 * Stands between a client and the first server, and makes the client's second question for the stream one that nobody answers,
 * as it happens when the stream's leader has just died.
 */
const RELAY = `
  const net = require('node:net');
  let questions = 0;
  const spoil = (text) =>
    text.replace(/API.STREAM.INFO.GAPCAP/g, (subject) => {
      if (++questions !== 2) return subject;
      console.log('spoilt');
      return 'API.STREAM.NONE.GAPCAP';
    });
  net.createServer((client) => {
    const server = net.connect(4222, '127.0.0.1');
    server.pipe(client);
    client.on('data', (bytes) => server.write(spoil(bytes.toString('latin1')), 'latin1'));
    for (const [one, other] of [[client, server], [server, client]]) {
      one.on('error', () => {}).on('close', () => other.destroy());
    }
  }).listen(4300, '127.0.0.1', () => console.log('listening'));
`;
