/** Two captures that call themselves the same. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { FleetEvent } from '../../src/fleet/fleet-message.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { NatsServer } from '../support/nats-server.js';
import { ended } from '../support/tap-path.js';
import { toolSkip } from '../support/tools.js';
import { CaptureRun } from './capture-run.js';
import { fleet, picture, until, untilTrue, watcher } from './fleet-run.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-names-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The runs that have begun, by the lines of `--follow`. */
function runsOf(lines: string): ReadonlySet<string> {
  const events = lines
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as FleetEvent);
  return new Set(events.filter(({ kind }) => kind === 'start').map(({ run }) => run));
}

describe('two captures under one name', { skip: liveSkip() || toolSkip('nats-server') }, () => {
  it('are told: to both as the second begins, in the table, in JSON; and aren’t added up', async () => {
    using network = new TestNetwork();
    const server = new NatsServer(network, mkdtempSync(join(folder, 'server-')));
    await server.start();
    const start = (name: string, onStderr: (text: string) => void): Promise<CaptureRun> => {
      // Two hosts have two spools.
      const spool = join(folder, name);
      mkdirSync(spool);
      return CaptureRun.start(
        network,
        [...['-w', '-', '--sensor', 'twin', '--publish', server.url, '--publish-spool', spool]],
        { onStderr },
      );
    };
    const told = /Another capture publishes as 'twin' too.*--sensor/;
    let [toFirst, toSecond] = ['', ''];
    const first = await start('first', (text) => {
      toFirst = text;
    });
    await until(network, server.url, (all) => all.get('twin')?.condition === 'running');
    await network.flood({ frameCount: 3_000, ratePps: 30_000 });
    const second = await start('second', (text) => {
      toSecond = text;
    });
    await network.flood({ frameCount: 2_000, ratePps: 30_000 });
    await untilTrue(() => told.test(toFirst) && told.test(toSecond));
    const both = await until(network, server.url, (all) => {
      const { others, frames } = all.get('twin')!;
      return frames === 2_000 && others[0]?.frames === 5_000;
    });
    assert.equal(both.get('twin')!.others.length, 1);
    assert.equal(both.get('twin')!.others[0]!.condition, 'running');
    const { stdout } = await fleet(network, server.url);
    assert.match(stdout, /2 runs under the name twin: the others, 5,000 frames, 0 lost, aren't in/);
    // The first goes on, and has its name for itself again.
    const ofSecond = await second.end();
    assert.equal(ofSecond.status, 0);
    const alone = await until(
      network,
      server.url,
      (all) => all.get('twin')!.condition === 'running' && all.get('twin')!.frames === 5_000,
    );
    assert.deepEqual(
      alone.get('twin')!.others.filter(({ condition }) => condition === 'running'),
      [],
    );
    const { status, stderr } = await first.end();
    assert.equal(status, 0, stderr);
    for (const text of [stderr, ofSecond.stderr]) {
      assert.equal(text.split('Another capture').length, 2, 'it is told once');
    }
  });

  it('aren’t what a capture and its dead predecessor are, whose events it sends', async () => {
    using network = new TestNetwork();
    const server = new NatsServer(network, mkdtempSync(join(folder, 'server-')));
    const spool = join(folder, 'heir');
    const args = ['-w', '-', '--sensor', 'heir', '--publish', server.url, '--publish-spool', spool];
    let said = '';
    const first = await CaptureRun.start(network, args, {
      onStderr: (text) => {
        said = text;
      },
    });
    await untilTrue(() => said.includes('events wait in'));
    await network.flood({ frameCount: 500, ratePps: 10_000 });
    first.kill('SIGKILL');
    await first.finished();
    await server.start();
    const second = await CaptureRun.start(network, args);
    await network.flood({ frameCount: 700, ratePps: 10_000 });
    const all = await until(network, server.url, (sensors) => sensors.get('heir')?.frames === 700);
    // The dead one's start came by way of the second.
    assert.equal(all.get('heir')!.condition, 'running');
    const { status, stderr } = await second.end();
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /Another capture|events wait for/);
    const { child, stdout } = watcher(network, server.url, '--follow');
    await untilTrue(() => runsOf(stdout()).size === 2);
    child.kill('SIGKILL');
    await ended(child);
  });

  it('go on where a sensor has no more than the least rights, and the second is told', async () => {
    using network = new TestNetwork();
    const rights = [
      'publish: { allow: ["gapcap.edge.>", "$JS.API.INFO", "$JS.API.STREAM.INFO.GAPCAP", "$JS.API.STREAM.MSG.GET.GAPCAP"] }',
      'subscribe: { allow: ["_INBOX.>"] }',
    ];
    const server = new NatsServer(network, mkdtempSync(join(folder, 'server-')), {
      settings: `authorization { users: [ { user: watcher, password: w }, { user: edge, password: e, permissions: { ${rights.join(', ')} } } ] }`,
    });
    await server.start();
    const watched = server.url.replace('//', '//watcher:w@');
    // It makes the stream, which the sensor mayn't.
    assert.equal((await picture(network, watched)).size, 0);
    const start = async (name: string): Promise<[CaptureRun, () => string]> => {
      let text = '';
      const url = server.url.replace('//', '//edge:e@');
      const run = await CaptureRun.start(
        network,
        ['-w', '-', '--sensor', 'edge', '--publish', url, '--publish-spool', join(folder, name)],
        {
          onStderr: (said) => {
            text = said;
          },
        },
      );
      return [run, () => text];
    };
    const [first, toFirst] = await start('least-first');
    await until(network, watched, (all) => all.get('edge')?.condition === 'running');
    const [second, toSecond] = await start('least-second');
    await untilTrue(() => toSecond().includes("Another capture publishes as 'edge' too"));
    await network.flood({ frameCount: 400, ratePps: 10_000 });
    await until(network, watched, (all) => all.get('edge')?.others[0]?.frames === 400);
    for (const run of [second, first]) assert.equal((await run.end()).status, 0);
    for (const text of [toFirst(), toSecond()]) assert.doesNotMatch(text, /events wait|NATS/);
  });
});
