import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { untilWritten } from '../support/until-written.js';
import { CaptureRun } from './capture-run.js';
import { assertLaw, temporaryFolder } from './fault-network.js';

const folder = temporaryFolder('fault-watchers');

/** Ends the one thread whose orders have this member, with the second message that it gets. */
function dyingThread(at: string, member: string): { arguments: string[]; marker: string } {
  const marker = join(at, 'died');
  const preload = join(at, 'die.mjs');
  writeFileSync(
    preload,
    `import { writeFileSync } from 'node:fs';
     import { isMainThread, parentPort, workerData } from 'node:worker_threads';
     let messages = 0;
     if (!isMainThread && workerData !== null && '${member}' in workerData) {
       parentPort.on('message', () => {
         if (++messages < 2) return;
         writeFileSync('${marker}', 'x');
         process.exit(3);
       });
     }`,
  );
  return { arguments: ['--import', preload], marker };
}

describe('a capture that others watch', { skip: liveSkip() }, () => {
  it('goes on without its page where the thread of the page dies', async () => {
    using network = new TestNetwork();
    const at = join(folder, 'page');
    mkdirSync(at);
    const { arguments: nodeArguments, marker } = dyingThread(at, 'host');
    const file = join(at, 'x.pcapng');
    const run = await CaptureRun.start(network, ['-w', file, '--json', '--http', '0'], {
      nodeArguments,
    });
    await untilWritten(marker, 1);
    const { sent } = await network.flood({ frameCount: 20_000, ratePps: 100_000 });
    const ended = await run.end();
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, /\ngapcap: The live page ended\. The capture goes on\.\n/);
    assertLaw([file], ended, sent);
  });

  it('goes on untold where the thread that publishes dies, and keeps what it had', async () => {
    using network = new TestNetwork();
    const at = join(folder, 'fleet');
    mkdirSync(at);
    const { arguments: nodeArguments, marker } = dyingThread(at, 'spoolFolder');
    const [file, spool] = [join(at, 'x.pcapng'), join(at, 'spool')];
    const publish = ['--publish', 'nats://127.0.0.1', '--sensor', 'one', '--publish-spool', spool];
    const run = await CaptureRun.start(network, ['-w', file, '--json', ...publish], {
      nodeArguments,
    });
    await untilWritten(marker, 1);
    const { sent } = await network.flood({ frameCount: 20_000, ratePps: 100_000 });
    const ended = await run.end();
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, /\ngapcap: publishing broke off; what waits is in .*spool\/one\.\n/);
    assertLaw([file], ended, sent);
    assert.equal(readdirSync(join(spool, 'one')).length, 1);
  });
});
