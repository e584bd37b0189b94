/** One rule for every command that reads capture files: what a truncated, damaged or contradictory one ends with. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runGapcap } from './gapcap-process.js';
import { countBlocks, pcapngFile } from './pcapng-file.js';

const FRAMES = [
  { timeNs: 1_000_000_000n, lostBefore: 0 },
  { timeNs: 2_000_000_000n, lostBefore: 3 },
  { timeNs: 3_000_000_000n },
];

describe('a file that is not as it should be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapcap-troubled-'));
  after(() => rmSync(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);

  before(() => {
    const whole = pcapngFile('eth0', FRAMES, { received: 6, dropped: 3, delivered: 3 });
    writeFileSync(path('whole.pcapng'), whole);
    // Cut inside the statistics.
    writeFileSync(path('truncated.pcapng'), whole.subarray(0, -10));
    const damaged = whole.slice();
    // The statistics' type and length: no block is so long.
    const at = pcapngFile('eth0', FRAMES).length;
    damaged.fill(0xff, at + 4, at + 8);
    writeFileSync(path('damaged.pcapng'), damaged);
    // More gaps than drops.
    writeFileSync(
      path('contradictory.pcapng'),
      pcapngFile('eth0', FRAMES, { received: 5, dropped: 2, delivered: 3 }),
    );
  });

  let outputs = 0;
  const commands: readonly [name: string, argumentsFor: (file: string) => string[]][] = [
    ['gaps', (file) => ['gaps', file]],
    ['info', (file) => ['info', file]],
    ['show', (file) => ['show', file]],
    ['infer', (file) => ['infer', file]],
    ['report', (file) => ['report', file, '-o', path(`${++outputs}.html`)]],
    ['copy', (file) => ['copy', file, '-w', path('copied.pcapng')]],
    ['merge', (file) => ['merge', file, '-w', path('merged.pcapng')]],
    ['export', (file) => ['export', file, '--parquet', path(`tables-${++outputs}`)]],
    ['heal', (file) => ['heal', file, path('whole.pcapng'), '-w', path('healed.pcapng')]],
    ['heal', (file) => ['heal', path('whole.pcapng'), file, '-w', path('healed.pcapng')]],
  ];
  const writtenBy = new Map([
    ['copy', 'copied.pcapng'],
    ['merge', 'merged.pcapng'],
    ['heal', 'healed.pcapng'],
  ]);
  for (const [name, argumentsFor] of commands) {
    it(`is read as far as it goes, and the status says what it is (${name})`, async () => {
      for (const [file, status, message] of [
        ['whole', 0, /^((?!truncated|damaged|add up).)*$/s],
        ['truncated', 0, /truncated/],
        ['damaged', 1, /^gapcap: .*4294967295/m],
        ['contradictory', 4, /^gapcap: The frame counts of eth0( of \S+)? don't add up/m],
      ] as const) {
        const run = await runGapcap(argumentsFor(path(`${file}.pcapng`)));
        const all = `${run.stderr}${run.stdout}`;
        assert.equal(run.status, status, `${file}: ${all}`);
        assert.match(file === 'whole' || file === 'truncated' ? all : run.stderr, message, file);
        const written = writtenBy.get(name);
        // Healing reads everything before it writes anything, so nothing comes of a damaged file.
        if (written === undefined || (name === 'heal' && file === 'damaged')) continue;
        assert.equal(countBlocks(path(written)).frames, 3, `${file}: every whole frame is written`);
      }
    });
  }

  it('does not change what a copy writes: the counts contradict each other in it as well', async () => {
    await runGapcap(['copy', path('contradictory.pcapng'), '-w', path('again.pcapng')]);
    const { status } = await runGapcap(['gaps', path('again.pcapng')]);
    assert.equal(status, 4);
    assert.deepEqual(
      readFileSync(path('again.pcapng')).subarray(-40),
      readFileSync(path('contradictory.pcapng')).subarray(-40),
    );
  });

  it('tells no loss of a file that is cut before it describes an interface: not even that there was none', async () => {
    const whole = readFileSync(path('whole.pcapng'));
    const pcapHeader = Buffer.from([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0]);
    for (const [name, bytes] of [
      ['stub.pcapng', whole.subarray(0, 11)],
      ['stub.pcap', pcapHeader],
    ] as const) {
      writeFileSync(path(name), bytes);
      const gaps = await runGapcap(['gaps', path(name)]);
      assert.match(gaps.stdout, /: 0 frames, loss unknown\n/);
      assert.equal(gaps.status, 0);
      const info = await runGapcap(['info', path(name)]);
      assert.match(info.stdout, /^ {2}loss +unknown/m);
      for (const args of [
        ['gaps', '--json'],
        ['report', '--json'],
      ]) {
        const { stdout } = await runGapcap([...args, path(name)]);
        const { lost, frames } = JSON.parse(stdout) as { lost: number | null; frames: number };
        assert.deepEqual([lost, frames], [null, 0], args.join(' '));
      }
    }
  });

  it('is said to have an unknown loss after the last frame where it has no totals from its end', async () => {
    const frames = [{ timeNs: 1n }, { timeNs: 2n, lostBefore: 2 }];
    writeFileSync(path('open-end.pcapng'), pcapngFile('eth0', frames));
    const { stdout } = await runGapcap(['info', path('open-end.pcapng')]);
    assert.match(
      stdout,
      /^ {2}loss +2 frames lost in 1 gap, 50 % of 4 received; after the last frame unknown$/m,
    );
    const { stdout: whole } = await runGapcap(['info', path('whole.pcapng')]);
    assert.match(whole, /^ {2}loss +3 frames lost in 1 gap, 50 % of 6 received$/m);
  });
});
