import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gapcapPath } from '../cli/gapcap-process.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { CaptureRun } from './capture-run.js';
import {
  assertGapsRight,
  assertLaw,
  jsonOf,
  listGaps,
  onSmallDisk,
  seriesIn,
  temporaryFolder,
} from './fault-network.js';

const folder = temporaryFolder('fault-output');
const place = (name: string): string => {
  execFileSync('mkdir', ['-p', join(folder, name)]);
  return join(folder, name);
};
const SMALL_RING = ['-B', '2M', '--block-size', '64k'];
const QUICK = { frameCount: 160_000, ratePps: 250_000 };

describe('a capture whose output fails', { skip: liveSkip() }, () => {
  it('cuts its file after the last whole frame where the disk is full', async () => {
    using network = new TestNetwork();
    const at = place('full');
    const run = await CaptureRun.start(network, ['-w', join(at, 'small/x.pcapng'), '--json'], {
      wrapper: onSmallDisk(at, '6m'),
    });
    await network.flood(QUICK);
    const ended = await run.finished();
    assert.equal(ended.status, 1);
    assert.match(
      ended.stderr,
      /\n[\d,]+ frames? captured after the last one written\ngapcap: Can't write to the capture file '.*x\.pcapng' after \d+ bytes: ENOSPC \(write\)\. What was written before is whole; free some space\.\n$/,
    );
    const json = jsonOf(ended) as ReturnType<typeof jsonOf> & { unwritten: number };
    const file = join(at, 'kept/x.pcapng');
    const { frames } = assertGapsRight(file);
    assert.equal(frames, json.frames - json.unwritten);
    const listed = await listGaps(file);
    assert.equal(listed.truncated, false);
    assert.equal(listed.frames, frames);
    assert.equal(listed.interfaces[0]!.received, null, 'totals would contradict the frames');
  });

  it('leaves every file of a series whole where the disk is full', async () => {
    using network = new TestNetwork();
    const at = place('full-series');
    const args = ['-w', join(at, 'small/x.pcapng'), '--json', '-b', 'filesize:1000'];
    const run = await CaptureRun.start(network, args, { wrapper: onSmallDisk(at, '6m') });
    await network.flood(QUICK);
    const ended = await run.finished();
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /\ngapcap: Can't write .*: ENOSPC \(.*free some space\.\n$/);
    const files = seriesIn(join(at, 'kept'));
    assert.ok(files.length >= 4, `${files.length} files`);
    let frames = 0;
    for (const file of files) {
      const listed = await listGaps(file);
      assert.equal(listed.truncated, false);
      frames += listed.frames;
    }
    const json = jsonOf(ended) as ReturnType<typeof jsonOf> & { unwritten: number };
    assert.equal(frames, json.frames - json.unwritten);
  });

  it('goes on for ever on a full disk where a ring of files gives room', async () => {
    using network = new TestNetwork();
    const at = place('ring-of-files');
    const rotation = ['-b', 'filesize:1000', '-b', 'files:3'];
    const args = ['-w', join(at, 'small/x.pcapng'), '--json', ...rotation];
    const run = await CaptureRun.start(network, args, {
      wrapper: ['unshare', '--mount', 'sh', '-c', ringScript(at), 'sh'],
    });
    const { sent } = await network.flood(QUICK);
    await sleep(200);
    execFileSync('pkill', ['-INT', '-P', String(run.pid)]);
    const ended = await run.finished();
    assert.equal(ended.status, 0, ended.stderr);
    const json = jsonOf(ended);
    assert.equal(json.interfaces[0]!.received, sent);
    assert.equal(json.frames + json.lost, sent);
    assert.equal(seriesIn(join(at, 'kept')).length, 3);
  });

  it('cuts its file after the last whole frame at a limit of size', async () => {
    using network = new TestNetwork();
    const file = join(place('limit'), 'x.pcapng');
    const run = await CaptureRun.start(network, ['-w', file, '--json'], {
      wrapper: ['prlimit', '--fsize=5000000', '--'],
    });
    await network.flood(QUICK);
    const ended = await run.finished();
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /\ngapcap: Can't write .*: EFBIG \(write\)\. .*ulimit -f.*\n$/);
    assert.ok(statSync(file).size <= 5_000_000);
    const json = jsonOf(ended) as ReturnType<typeof jsonOf> & { unwritten: number };
    const { frames } = assertGapsRight(file);
    assert.equal(frames, json.frames - json.unwritten);
    assert.equal((await listGaps(file)).truncated, false);
  });

  it('waits for a slow reader of a pipe, and loses what the ring cannot hold with its place', async () => {
    using network = new TestNetwork();
    const at = place('slow');
    const pipe = join(at, 'pipe');
    const file = join(at, 'x.pcapng');
    execFileSync('mkfifo', [pipe]);
    const slow = `const {openSync, readSync, writeSync} = require('node:fs');
      const from = openSync('${pipe}', 'r'), to = openSync('${file}', 'w');
      const bytes = Buffer.alloc(777), clock = new Int32Array(new SharedArrayBuffer(4));
      for (let i = 0; ; i++) {
        const count = readSync(from, bytes);
        if (count === 0) break;
        writeSync(to, bytes, 0, count);
        if (i % 6000 < 600) Atomics.wait(clock, 0, 0, 1);
      }`;
    const reader = spawn(process.execPath, ['-e', slow], { stdio: 'ignore' });
    const read = new Promise((resolve) => reader.once('close', resolve));
    const run = await CaptureRun.start(network, ['-w', pipe, '--json', ...SMALL_RING]);
    const { sent } = await network.flood({ frameCount: 200_000, ratePps: 100_000 });
    const ended = await run.end();
    await read;
    assert.equal(ended.status, 0, ended.stderr);
    assert.ok(assertLaw([file], ended, sent).gaps > 0, 'nothing was lost, so nothing was tested');
  });

  it('ends as usual when the reader of its standard output has gone', async () => {
    using network = new TestNetwork();
    const file = join(place('gone'), 'x.pcapng');
    const command = `"$@" | head -c 3000000 > "${file}"`;
    const bash = ['-c', `set -o pipefail; ${command}`, 'bash'];
    const capture = [process.execPath, gapcapPath, 'capture', '-i', network.receiver.interfaceName];
    const child = network.spawn(network.receiver, 'bash', [...bash, ...capture, '-w', '-'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    while (!stderr.includes('capturing on')) await sleep(20);
    await network.flood(QUICK);
    assert.equal(await closed, 0, stderr);
    assert.match(stderr, /\n[\d,]+ frames? captured after the last one written\n$/);
    assert.equal(readFileSync(file).length, 3_000_000);
    const listed = await listGaps(file);
    assert.equal(listed.truncated, true, 'the reader left in mid-block');
  });

  it('says that a device takes nothing', async () => {
    using network = new TestNetwork();
    const full = openSync('/dev/full', 'w');
    const capture = [gapcapPath, 'capture', '-i', network.receiver.interfaceName, '-w', '-'];
    const child = network.spawn(network.receiver, process.execPath, capture, {
      stdio: ['ignore', full, 'pipe'],
    });
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(status, 1);
    assert.match(stderr, /gapcap: Can't write to standard output after 0 bytes: ENOSPC/);
  });
});

/** A disk of 6 MB that is full but for room for some four files of a megabyte. */
function ringScript(at: string): string {
  return `mkdir -p "${at}/small" && mount -t tmpfs -o size=6m none "${at}/small" || exit 99
    head -c 1000000 /dev/zero > "${at}/small/other"
    "$@"; status=$?; cp -r "${at}/small" "${at}/kept"; exit $status`;
}
