import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gapcapPath, runGapcap } from './gapcap-process.js';
import { type FileFrame, pcapngFile } from './pcapng-file.js';

const startNs = 1_795_355_060_000_000_000n;

/** Four frames, 40 lost between the second and the third, 5 lost after the last. */
const lossyFrames: readonly FileFrame[] = [
  { timeNs: startNs },
  { timeNs: startNs + 1000n },
  { timeNs: startNs + 1_503_001_000n, lostBefore: 40 },
  { timeNs: startNs + 1_503_002_000n },
];

interface LossJson {
  file: string;
  frames: number;
  lost: number | null;
  truncated: boolean;
  interfaces: { name: string; received: number | null; lost: number; finalGap: number }[];
  gaps: {
    lost: number;
    after: number | null;
    before: number | null;
    start: string | null;
    end: string | null;
    certainty: string;
  }[];
}

describe('gapcap gaps', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-cli-'));
    const totals = { received: 49, dropped: 45, delivered: 4 };
    const lossy = pcapngFile('eth0', lossyFrames, totals);
    writeFileSync(path('lossy.pcapng'), lossy);
    writeFileSync(path('cut.pcapng'), lossy.subarray(0, lossy.length - 100));
    const whole = [{ timeNs: startNs }, { timeNs: startNs + 5n }];
    writeFileSync(
      path('whole.pcapng'),
      pcapngFile('eth1', whole, { received: 2, dropped: 0, delivered: 2 }),
    );
    // 30 frames dropped in total, but the gap alone holds 40.
    const wrong = { received: 34, dropped: 30, delivered: 4 };
    writeFileSync(path('wrong.pcapng'), pcapngFile('eth0', lossyFrames, wrong));
    const many = Array.from({ length: 3000 }, (_, index) => ({
      timeNs: startNs + BigInt(index) * 1000n,
      lostBefore: 1,
    }));
    writeFileSync(path('many.pcapng'), pcapngFile('eth0', many));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('says how many frames are missing between which', async () => {
    const run = await runGapcap(['gaps', path('lossy.pcapng')]);
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stderr, '');
    assert.match(run.stdout, /^ {2}40 frames lost between frames 2 and 3 \(1\.503 s\)$/m);
    assert.match(run.stdout, /\b5 frames lost after frame 4\b/);
    assert.match(run.stdout, /\b45\b/);
  });

  it('prints the loss of each file as one line of JSON', async () => {
    const run = await runGapcap(['gaps', '--json', path('lossy.pcapng')]);
    assert.equal(run.status, 0, run.stderr);
    const loss = JSON.parse(run.stdout) as LossJson;
    assert.equal(loss.file, path('lossy.pcapng'));
    assert.equal(loss.frames, 4);
    assert.equal(loss.lost, 45);
    assert.equal(loss.truncated, false);
    assert.equal(loss.interfaces[0]!.name, 'eth0');
    assert.equal(loss.interfaces[0]!.received, 49);
    assert.equal(loss.interfaces[0]!.finalGap, 5);
    const [first, last, ...rest] = loss.gaps;
    assert.deepEqual(rest, []);
    const { lost, after: afterFrame, before: beforeFrame, start, end, certainty } = first!;
    assert.deepEqual(
      { lost, afterFrame, beforeFrame, start, end, certainty },
      {
        lost: 40,
        afterFrame: 2,
        beforeFrame: 3,
        start: '1795355060.000001000',
        end: '1795355061.503001000',
        certainty: 'exact',
      },
    );
    assert.equal(last!.lost, 5);
    assert.equal(last!.after, 4);
    assert.equal(last!.before, null);
    assert.equal(last!.end, null);
  });

  it('takes the bounds of a final gap from the comment on the totals', async () => {
    const comment =
      'gapcap: bounded, at least 2 and at most 9 frames lost here; the sum over group 1 is exact';
    const totals = { received: 49, dropped: 45, delivered: 4, comment };
    writeFileSync(path('bounded.pcapng'), pcapngFile('eth0', lossyFrames, totals));
    const run = await runGapcap(['gaps', '--json', path('bounded.pcapng')]);
    const final = (JSON.parse(run.stdout) as LossJson).gaps.at(-1)!;
    assert.equal(final.lost, 5);
    assert.equal(final.before, null);
    assert.equal(final.certainty, 'bounded');
  });

  it('gives each of several files, then the sum', async () => {
    const files = [path('lossy.pcapng'), path('whole.pcapng'), path('lossy.pcapng')];
    const run = await runGapcap(['gaps', ...files]);
    assert.equal(run.status, 0, run.stderr);
    const places = files.map((file) => run.stdout.indexOf(file));
    assert.ok(places.every((place) => place >= 0));
    assert.match(run.stdout.trimEnd().split('\n').at(-1)!, /3 files.*\b10 frames\b.*\b90\b.*lost/);
    const json = await runGapcap(['gaps', '--json', ...files]);
    const lines = json.stdout.trimEnd().split('\n');
    const losses = lines.map((line) => JSON.parse(line) as LossJson);
    assert.deepEqual(
      losses.map(({ file, lost }) => [file, lost]),
      [
        [files[0], 45],
        [files[1], 0],
        [files[2], 45],
      ],
    );
  });

  it('lists only so many gaps unless told --all', async () => {
    const some = await runGapcap(['gaps', path('many.pcapng')]);
    const all = await runGapcap(['gaps', '--all', path('many.pcapng')]);
    const count = (text: string): number => text.match(/ exact$/gm)?.length ?? 0;
    assert.equal(count(all.stdout), 3000);
    assert.equal(count(some.stdout), 50);
    assert.match(some.stdout, /2,950 more \(use --all/);
    const json = await runGapcap(['gaps', '--json', path('many.pcapng')]);
    assert.equal((JSON.parse(json.stdout) as LossJson).gaps.length, 3000);
  });

  it('reads standard input as -', () => {
    const run = spawnSync(process.execPath, [gapcapPath, 'gaps', '--json', '-'], {
      input: readFileSync(path('lossy.pcapng')),
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stderr);
    assert.equal((JSON.parse(run.stdout) as LossJson).lost, 45);
  });

  it('says where a file ends inside a block, and gives what came before', async () => {
    const run = await runGapcap(['gaps', '--json', path('cut.pcapng')]);
    assert.equal(run.status, 0, run.stderr);
    const loss = JSON.parse(run.stdout) as LossJson;
    assert.equal(loss.truncated, true);
    assert.equal(loss.gaps[0]!.lost, 40);
  });

  it('ends with status 4 where the totals contradict the gaps, and shows both', async () => {
    const run = await runGapcap(['gaps', path('wrong.pcapng')]);
    assert.equal(run.status, 4);
    assert.match(run.stdout, /40 frames lost/);
    assert.match(run.stderr, /^gapcap: .*eth0.*40.*30/);
  });

  it('goes on to the next file where one cannot be read, and ends with status 1', async () => {
    const run = await runGapcap(['gaps', path('absent.pcapng'), path('lossy.pcapng')]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /^gapcap: [^\n]*absent\.pcapng[^\n]*ENOENT[^\n]*\n$/);
    assert.match(run.stdout, /40 frames lost/);
  });

  it('refuses what is no capture file', async () => {
    writeFileSync(path('text.txt'), 'This is no capture file at all.\n'.repeat(10));
    writeFileSync(path('empty.pcapng'), '');
    for (const name of ['text.txt', 'empty.pcapng']) {
      const run = await runGapcap(['gaps', path(name)]);
      assert.equal(run.status, 1, name);
      assert.equal(run.stdout, '');
      assert.match(run.stderr, new RegExp(`^gapcap: [^\\n]*${name}[^\\n]*\\n$`));
    }
  });

  it('ends quietly when its reader has seen enough', () => {
    const script = `"${process.execPath}" "${gapcapPath}" gaps --all "${path('many.pcapng')}"; echo "status $?" >&2`;
    const run = spawnSync('sh', ['-c', `{ ${script}; } | head -n 1`], { encoding: 'utf8' });
    assert.equal(run.stderr, 'status 0\n');
    assert.equal(run.stdout.split('\n').length, 2);
  });

  it('says of files that record no loss nothing in the sum, neither that there was none nor a share', async () => {
    writeFileSync(path('one.pcap'), pcapWithoutLoss());
    const both = await runGapcap(['gaps', path('one.pcap'), path('one.pcap')]);
    assert.match(both.stdout, /^2 files: 2 frames, loss unknown$/m);
    const mixed = await runGapcap(['gaps', path('one.pcap'), path('lossy.pcapng')]);
    assert.match(
      mixed.stdout,
      /^2 files: 5 frames, 45 lost in 2 gaps, 91\.8 % of 49 received, loss unknown in 1 file$/m,
    );
  });
});

/** A pcap file with one frame. */
function pcapWithoutLoss(): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(24 + 16 + 60));
  const words = [0xa1b2c3d4, 0x0004_0002, 0, 0, 65_535, 1, 1, 0, 60, 60];
  for (const [i, word] of words.entries()) bytes.setUint32(4 * i, word, true);
  return new Uint8Array(bytes.buffer);
}
