import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { exactLoss } from '../../../src/core/loss.js';
import { openCapture } from '../../../src/source/capture-file.js';
import {
  concat,
  enhancedPacket,
  interfaceDescription,
  option,
  sectionHeader,
} from '../../support/block-bytes.js';

const FILE = concat(
  sectionHeader('little'),
  interfaceDescription('little', 0, option('little', 2, 'eth0')),
  enhancedPacket('little', 0, 1_000_000n, Uint8Array.of(1)),
  enhancedPacket('little', 0, 2_000_001n, Uint8Array.of(2, 3), option('little', 4, [40, 8])),
  enhancedPacket('little', 0, 3_000_000n, Uint8Array.of(4)),
);

let folder = '';
let path = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-capture-file-'));
  path = join(folder, 'x.pcapng');
  writeFileSync(path, FILE);
});
after(() => rmSync(folder, { recursive: true }));

const openCount = (): number => readdirSync('/proc/self/fd').length;

describe('openCapture', () => {
  it('gives batches with the loss before each frame, and closes the file at the end', async () => {
    const openBefore = openCount();
    const capture = openCapture(path, { chunkBytes: 64 });
    const seen: [number, number | undefined][] = [];
    for await (const batch of capture) {
      while (batch.next()) seen.push([batch.frameNumber, batch.lostBefore?.lost]);
    }
    assert.deepEqual(seen, [
      [1, undefined],
      [2, 40],
      [3, undefined],
    ]);
    assert.equal(capture.source.end, 'complete');
    assert.equal(capture.source.interfaces[0]?.name, 'eth0');
    assert.equal(openCount(), openBefore);
  });

  it('gives frames that may be kept', async () => {
    const frames = [];
    for await (const frame of openCapture(path, { chunkBytes: 64 }).frames()) frames.push(frame);
    assert.deepEqual(
      frames.map(({ data, timestampNs, lostBefore }) => [[...data], timestampNs, lostBefore]),
      [
        [[1], 1_000_000_000n, undefined],
        [[2, 3], 2_000_001_000n, exactLoss(40)],
        [[4], 3_000_000_000n, undefined],
      ],
    );
  });

  it('lets the event loop run between batches', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    writeFileSync(path, concat(FILE, ...new Array<Uint8Array>(20_000).fill(FILE)));
    let batches = 0;
    for await (const batch of openCapture(path, { chunkBytes: 4096 })) {
      while (batch.next());
      batches++;
    }
    clearInterval(timer);
    writeFileSync(path, FILE);
    assert.ok(batches > 100 && turns > 2, `${turns} turns in ${batches} batches`);
  });

  it('closes the file when the loop is left early', async () => {
    const openBefore = openCount();
    for await (const _frame of openCapture(path).frames()) break;
    assert.equal(openCount(), openBefore);
  });

  it('gives the frames before damage, then the error, and closes the file', async () => {
    const openBefore = openCount();
    const damaged = join(folder, 'damaged');
    writeFileSync(damaged, concat(FILE, new Uint8Array(64)));
    let count = 0;
    await assert.rejects(
      async () => {
        for await (const _frame of openCapture(damaged).frames()) count++;
      },
      { code: 'BAD_BLOCK_LENGTH' },
    );
    assert.equal(count, 3);
    assert.equal(openCount(), openBefore);
  });
});
