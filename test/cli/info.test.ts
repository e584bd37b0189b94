/** `gapcap info` as a process. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runGapcap } from './gapcap-process.js';
import { pcapngFile } from './pcapng-file.js';

const START_NS = 1_795_355_060_089_260_729n;
const FILE = pcapngFile(
  'eth0',
  [0, 1, 2].map((i) => ({
    timeNs: START_NS + BigInt(i) * 500_000_000n,
    ...(i === 2 ? { lostBefore: 40 } : {}),
  })),
  { received: 48, dropped: 45, delivered: 3 },
);

let folder = '';
let path = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-info-cli-'));
  path = join(folder, 'x.pcapng');
  writeFileSync(path, FILE);
});
after(() => rmSync(folder, { recursive: true }));

describe('gapcap info', () => {
  it('says what a file holds, and how its loss adds up', async () => {
    const { status, stdout, stderr } = await runGapcap(['info', path]);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.match(stdout, /\n {2}frames {14}3\n/);
    assert.match(stdout, /law\s+holds: 48 received = 3 frames \+ 45 dropped \+ 0 unread/);
    assert.ok(!stdout.includes('\x1b'));
  });

  it('prints one line of JSON a file, hashes on demand', async () => {
    const zipped = join(folder, 'x.gz');
    writeFileSync(zipped, gzipSync(FILE));
    const { status, stdout } = await runGapcap(['info', '--json', '--hash', path, zipped]);
    assert.equal(status, 0);
    const [plain, compressed] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(plain.hashes.sha256, createHash('sha256').update(FILE).digest('hex'));
    assert.equal(plain.fileBytes, FILE.length);
    assert.equal(plain.first, '1795355060.089260729');
    assert.equal(plain.duration, '1.000000000');
    assert.equal(plain.framesPerSecond, 3);
    assert.equal(plain.lost, 45);
    assert.equal(plain.interfaces[0].loss.finalGap, 5);
    assert.equal(plain.interfaces[0].loss.lawHolds, true);
    assert.equal(compressed.compression, 'gzip');
    assert.equal(compressed.captureBytes, FILE.length);
    assert.deepEqual(compressed.interfaces, plain.interfaces);
  });

  it('reads the standard input, compressed or not', async () => {
    for (const [name, bytes] of Object.entries({ plain: FILE, zipped: gzipSync(FILE) })) {
      const input = join(folder, name);
      writeFileSync(input, bytes);
      const { status, stdout } = await runGapcap(['info', '--json', '-'], {
        stdio: [openSync(input, 'r'), 'pipe', 'pipe'],
      });
      assert.equal(status, 0);
      assert.equal(JSON.parse(stdout).frames, 3);
    }
  });

  it('goes on after a file that it can’t read, and fails at the end', async () => {
    const { status, stdout, stderr } = await runGapcap(['info', join(folder, 'none'), path]);
    assert.equal(status, 1);
    assert.match(stderr, /^gapcap: Can't open .*none/);
    assert.match(stdout, /x\.pcapng\n/);
  });

  it('refuses to hash the standard input', async () => {
    const { status, stderr } = await runGapcap(['info', '--hash', '-']);
    assert.equal(status, 2);
    assert.match(stderr, /--hash/);
  });
});
