/** Whoever reads a capture while it goes on. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gapcapPath } from '../cli/gapcap-process.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';

describe('a capture to standard output', { skip: liveSkip() }, () => {
  it('hands frames on to a reader many times a second while others keep coming', async () => {
    using network = new TestNetwork();
    const capture = [gapcapPath, 'capture', '-i', network.receiver.interfaceName, '-w', '-'];
    const child = network.spawn(network.receiver, process.execPath, capture, {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    let pieces = 0;
    child.stdout!.on('data', () => pieces++);
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    while (!stderr.includes('capturing on')) await sleep(20);
    await network.flood({ durationMs: 3_000, ratePps: 100 });
    child.kill('SIGINT');
    assert.equal(await closed, 0, stderr);
    // Some 25; once a second would be 5 with the file's beginning and end.
    assert.ok(pieces > 9, `${pieces} pieces`);
  });
});
