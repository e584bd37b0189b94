import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runGapcap } from '../cli/gapcap-process.js';
import { withAddressesFor } from '../support/address-limit.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { CaptureRun } from './capture-run.js';
import {
  assertGapsRight,
  assertLaw,
  jsonOf,
  listGaps,
  seriesIn,
  temporaryFolder,
} from './fault-network.js';

const folder = temporaryFolder('fault-resources');
const place = (name: string): string => {
  execFileSync('mkdir', ['-p', join(folder, name)]);
  return join(folder, name);
};

/** From here on the process can open nothing; what it has open stays. */
function takeDescriptors(run: CaptureRun): void {
  execFileSync('prlimit', ['--pid', String(run.pid), '--nofile=3:3']);
}

describe('a capture that runs out of something', { skip: liveSkip() }, () => {
  it('names the size where there is no room for the ring, and leaves no file', async () => {
    using network = new TestNetwork();
    const file = join(folder, 'no-ring.pcapng');
    const { namespace, interfaceName } = network.receiver;
    const run = await runGapcap(['capture', '-i', interfaceName, '-w', file, '-B', '600M'], {
      wrapper: ['ip', 'netns', 'exec', namespace, ...withAddressesFor(600)],
    });
    assert.equal(run.status, 1, run.stderr);
    assert.match(
      run.stderr,
      /^gapcap: The kernel won't give a ring of 600 MiB .*: ENOMEM \(mmap\)/,
    );
    const [, smaller] = /Try a smaller buffer \(-B (\d+)\)/.exec(run.stderr) ?? [];
    assert.ok(Number(smaller) >= 1 && Number(smaller) <= 300, run.stderr);
    assert.match(run.stderr, /The limit of addresses \(ulimit -v\) leaves \d+ MiB: raise it\.\n$/);
    assert.equal(existsSync(file), false);
  });

  it('ends in good order without file descriptors', async () => {
    using network = new TestNetwork();
    const file = join(folder, 'no-files.pcapng');
    const run = await CaptureRun.start(network, ['-w', file, '--json']);
    takeDescriptors(run);
    const { sent } = await network.flood({ frameCount: 20_000, ratePps: 100_000 });
    const ended = await run.end();
    assert.equal(ended.status, 0, ended.stderr);
    assertLaw([file], ended, sent);
  });

  it('ends with the file it has where it may open no other', async () => {
    using network = new TestNetwork();
    const at = place('no-next');
    const args = ['-w', join(at, 'x.pcapng'), '--json', '-b', 'packets:1000'];
    const run = await CaptureRun.start(network, args);
    const first = await network.flood({ frameCount: 5_500, ratePps: 50_000 });
    await sleep(100);
    takeDescriptors(run);
    const firstSequence = first.lastSequence! + 1;
    const { lastSequence } = await network.flood({ frameCount: 3_000, firstSequence });
    const ended = await run.finished();
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /\ngapcap: Can't write .*: EMFILE \(open\)\. .*ulimit -n.*\n$/);
    const files = seriesIn(at);
    assert.equal(files.length, 6);
    const json = jsonOf(ended);
    assert.equal(json.frames + json.lost, json.interfaces[0]!.received);
    let frames = 0;
    for (const file of files) frames += (await listGaps(file)).frames;
    assert.equal(frames, json.frames);
    assert.ok(frames > 5_500 && frames <= lastSequence!);
  });
});

describe('a capture whose helpers fail', { skip: liveSkip() }, () => {
  it('says what it waits for where a command for finished files hangs, and stops waiting when told', async () => {
    using network = new TestNetwork();
    const at = place('hanging');
    const hang = join(at, 'hang');
    writeFileSync(hang, '#!/bin/sh\nexec sleep 20 > /dev/null 2>&1\n');
    chmodSync(hang, 0o755);
    const args = ['-w', join(at, 'x.pcapng'), '--json', '-b', 'packets:1000', '--postrotate', hang];
    const run = await CaptureRun.start(network, args);
    const { sent } = await network.flood({ frameCount: 4_500, ratePps: 50_000 });
    run.kill('SIGTERM');
    await sleep(1_800);
    run.kill('SIGTERM');
    const ended = await run.finished();
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(
      ended.stderr,
      /\nwaiting for --postrotate to end for 5 files; Ctrl-C waits no longer\n(gapcap: --postrotate: '.*\/hang' was still running \(.*\)\n){2}(gapcap: --postrotate: '.*\/hang' wasn't run \(.*\)\n){3}$/,
    );
    assertLaw(seriesIn(at), ended, sent);
  });

  it('keeps what was handed over where the thread of a ring dies', async () => {
    using network = new TestNetwork();
    const at = place('no-ring-thread');
    const file = join(at, 'x.pcapng');
    const preload = join(at, 'die.mjs');
    writeFileSync(
      preload,
      `import { isMainThread, workerData } from 'node:worker_threads';
       if (!isMainThread && workerData?.index === 1) {
         const { now } = Date;
         let looks = 0;
         Date.now = () => {
           if (++looks > 150) process.exit(3);
           return now();
         };
       }`,
    );
    const args = ['--rings', '2', '-w', file, '--json'];
    const run = await CaptureRun.start(network, args, { nodeArguments: ['--import', preload] });
    // Ends with the network.
    network.flood({ frameCount: 3_000_000, ratePps: 30_000 }).catch(() => {});
    const ended = await run.finished();
    assert.equal(ended.status, 1, ended.stderr);
    assert.match(
      ended.stderr,
      /\ngapcap: The thread that reads ring 1 ended by itself\. What it had handed over is in the file, without totals; .*\n$/,
    );
    assert.ok((await listGaps(file)).frames > 0);
  });

  it('cuts a compressed file after the last whole frame where the compressing thread dies', async () => {
    using network = new TestNetwork();
    const at = place('no-thread');
    const file = join(at, 'x.pcapng.gz');
    const preload = join(at, 'die.mjs');
    writeFileSync(
      preload,
      `import { syncBuiltinESMExports } from 'node:module';
       import { isMainThread } from 'node:worker_threads';
       import zlib from 'node:zlib';
       const { gzipSync } = zlib;
       let pieces = 0;
       if (!isMainThread) {
         zlib.gzipSync = (...given) => {
           if (++pieces < 5) return gzipSync(...given);
           // Until the capture waits for it, and hears of nothing but its memory.
           Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
           process.exit(3);
         };
         syncBuiltinESMExports();
       }`,
    );
    const run = await CaptureRun.start(network, ['-w', file, '--json'], {
      nodeArguments: ['--import', preload],
    });
    await network.flood({ frameCount: 600_000, ratePps: 300_000 });
    const ended = await run.finished();
    assert.equal(ended.status, 1, ended.stderr);
    assert.match(
      ended.stderr,
      /\n[\d,]+ frames captured after the last one written\ngapcap: Can't write .* as the compressing thread died: EIO \(write\)\. What was written before is whole; .*\n$/,
    );
    const plain = join(at, 'x.pcapng');
    execFileSync('sh', ['-c', `gzip -dc "${file}" > "${plain}"`]);
    const { frames } = assertGapsRight(plain);
    const json = jsonOf(ended) as ReturnType<typeof jsonOf> & { unwritten: number };
    assert.equal(frames, json.frames - json.unwritten);
    const listed = await listGaps(file);
    assert.deepEqual([listed.truncated, listed.frames], [false, frames]);
  });
});

describe('a capture whose clock is set', { skip: liveSkip() }, () => {
  it('obeys the law, and begins a file for the interval that the clock shows', async () => {
    using network = new TestNetwork();
    const at = place('clock');
    const preload = join(at, 'clock.mjs');
    // The process's own clock alone: a day back after a second, and forward again after another.
    writeFileSync(
      preload,
      `const now = Date.now, start = now();
       Date.now = () => {
         const since = now() - start;
         return now() - (since > 1500 && since < 2500 ? 86_400_000 : 0);
       };`,
    );
    const args = ['-w', join(at, 'x.pcapng'), '--json', '-b', 'interval:60'];
    const run = await CaptureRun.start(network, args, { nodeArguments: ['--import', preload] });
    const { sent } = await network.flood({
      durationMs: 2_500,
      burst: { frameCount: 50, pauseMs: 300 },
    });
    const ended = await run.end();
    assert.equal(ended.status, 0, ended.stderr);
    const files = seriesIn(at);
    assert.ok(files.length >= 3, `${files.length} files`);
    assertLaw(files, ended, sent);
  });
});
