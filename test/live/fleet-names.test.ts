/** Two captures that call themselves the same. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { NatsServer } from '../support/nats-server.js';
import { toolSkip } from '../support/tools.js';
import { CaptureRun } from './capture-run.js';
import { fleet, until, untilTrue } from './fleet-run.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-names-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('two captures under one name', { skip: liveSkip() || toolSkip('nats-server') }, () => {
  it('are told: to the second as it begins, in the table, in JSON; and aren’t added up', async () => {
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
    let said = '';
    const first = await start('first', () => {});
    await until(network, server.url, (all) => all.get('twin')?.condition === 'running');
    await network.flood({ frameCount: 3_000, ratePps: 30_000 });
    const second = await start('second', (text) => {
      said = text;
    });
    await network.flood({ frameCount: 2_000, ratePps: 30_000 });
    await untilTrue(() => /Another capture publishes as 'twin' too.*--sensor/.test(said));
    const both = await until(network, server.url, (all) => {
      const { others, frames } = all.get('twin')!;
      return frames === 2_000 && others[0]?.frames === 5_000;
    });
    assert.equal(both.get('twin')!.others.length, 1);
    assert.equal(both.get('twin')!.others[0]!.condition, 'running');
    const { stdout } = await fleet(network, server.url);
    assert.match(stdout, /2 runs under the name twin: the others, 5,000 frames, 0 lost, aren't in/);
    // The first goes on, and has its name for itself again.
    assert.equal((await second.end()).status, 0);
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
  });
});
