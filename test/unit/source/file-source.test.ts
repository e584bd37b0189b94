import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { FrameSource } from '../../../src/core/frame.js';
import { type FileSource, openFile } from '../../../src/source/file-source.js';
import {
  block,
  concat,
  enhancedPacket,
  interfaceDescription,
  option,
  sectionHeader,
} from '../../support/block-bytes.js';
import { hex } from '../../support/hex.js';

const DROPPED_40 = option('little', 4, [40, 8]);
const SMALL_FILE = concat(
  sectionHeader(
    'little',
    option('little', 1, 'about'),
    option('little', 2, 'box'),
    option('little', 3, 'OS'),
    option('little', 4, 'app'),
  ),
  interfaceDescription('little', 0, option('little', 2, 'eth0')),
  enhancedPacket('little', 0, 1_000_000n, hex`01 02 03`),
  enhancedPacket('little', 0, 2_000_000n, hex`04 05 06 07`, DROPPED_40),
  enhancedPacket('little', 0, 3_000_000n, hex`08`),
  block('little', 5, [0, 4], [0, 8], option('little', 6, [43, 8]), option('little', 7, [40, 8])),
);
/** Where each frame of SMALL_FILE ends. */
const FRAME_ENDS = [1, 2, 3].map((count) => {
  let at = 0;
  for (let seen = 0; seen < count; ) {
    const view = new DataView(SMALL_FILE.buffer, at);
    if (view.getUint32(0, true) === 6) seen++;
    at += view.getUint32(4, true);
  }
  return at;
});

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-file-source-'));
});
after(() => rmSync(folder, { recursive: true }));

function fileOf(bytes: Uint8Array): string {
  const path = join(folder, 'test.pcapng');
  writeFileSync(path, bytes);
  return path;
}

function countFrames(source: FrameSource): number {
  let count = 0;
  while (!source.ended) {
    const batch = source.read(100);
    while (batch.next()) count++;
  }
  return count;
}

function openFdCount(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('FileSource', () => {
  it('gives frames, interfaces, losses, totals and what the file says of itself', () => {
    using source: FileSource = openFile(fileOf(SMALL_FILE));
    const seen: unknown[] = [];
    while (!source.ended) {
      const batch = source.read();
      while (batch.next()) {
        seen.push([batch.frameNumber, batch.seconds, batch.capturedLength, batch.lostBefore?.lost]);
      }
    }
    assert.deepEqual(seen, [
      [1, 1, 3, undefined],
      [2, 2, 4, 40],
      [3, 3, 1, undefined],
    ]);
    assert.equal(source.format, 'pcapng');
    assert.equal(source.end, 'complete');
    assert.equal(source.bytesRead, SMALL_FILE.length);
    assert.equal(source.fill, undefined);
    assert.deepEqual(
      source.interfaces.map((each) => each.name),
      ['eth0'],
    );
    assert.deepEqual(source.counters(0), { received: 43, dropped: 40 });
    assert.equal(source.statistics(0)?.dropped, 40);
    assert.deepEqual(
      [source.application, source.os, source.hardware, source.comments, source.sections.length],
      ['app', 'OS', 'box', ['about'], 1],
    );
  });

  it('has no counters where one of the two numbers is missing', () => {
    const statistics = block('little', 5, [0, 4], [0, 8], option('little', 7, [40, 8]));
    const bytes = concat(sectionHeader('little'), interfaceDescription('little'), statistics);
    using source = openFile(fileOf(bytes));
    assert.equal(countFrames(source), 0);
    assert.equal(source.counters(0), undefined);
    assert.equal(source.counters(1), undefined);
  });

  it('reads a file cut at any byte without an error, down to its last whole frame', () => {
    for (let length = 1; length <= SMALL_FILE.length; length++) {
      using source = openFile(fileOf(SMALL_FILE.subarray(0, length)), { chunkBytes: 64 });
      const whole = FRAME_ENDS.filter((end) => end <= length).length;
      assert.equal(countFrames(source), whole, `cut at ${length}`);
      assert.ok(source.end === 'complete' || source.end === 'truncated');
      if (length < SMALL_FILE.length && !isBlockEnd(length)) assert.equal(source.end, 'truncated');
    }
  });

  it('gives every frame of a file far longer than its chunks, in constant memory', () => {
    const frames = Array.from({ length: 5000 }, (_, i) =>
      enhancedPacket('big', 0, BigInt(i), new Uint8Array(i % 100).fill(i & 0xff)),
    );
    const path = fileOf(concat(sectionHeader('big'), interfaceDescription('big'), ...frames));
    using source = openFile(path, { chunkBytes: 256 });
    let i = 0;
    while (!source.ended) {
      const batch = source.read();
      while (batch.next()) {
        assert.equal(batch.capturedLength, i % 100);
        assert.equal(batch.nanoseconds, i * 1000);
        const data = batch.bytes.subarray(
          batch.byteOffset,
          batch.byteOffset + batch.capturedLength,
        );
        assert.ok(data.every((byte) => byte === (i & 0xff)));
        assert.ok(batch.bytes.length <= 256);
        i++;
      }
    }
    assert.equal(i, 5000);
  });

  it('reads the standard input', () => {
    const modulePath = pathToFileURL(
      join(import.meta.dirname, '../../../src/source/file-source.js'),
    );
    const script = `
      import { openFile } from '${modulePath}';
      const source = openFile('-');
      let count = 0;
      while (!source.ended) { const batch = source.read(); while (batch.next()) count++; }
      source.close();
      console.log(count, source.end, source.bytesRead);`;
    const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      input: SMALL_FILE,
      encoding: 'utf8',
    });
    // The script came by -e, so the standard input is the file's alone.
    assert.equal(result.stdout, `3 complete ${SMALL_FILE.length}\n`, result.stderr);
  });

  it('closes its file, also when opening fails, and may be closed again', () => {
    const before = openFdCount();
    const source = openFile(fileOf(SMALL_FILE));
    assert.equal(openFdCount(), before + 1);
    source.close();
    source.close();
    assert.equal(openFdCount(), before);
    assert.equal(source.ended, true);
    assert.throws(() => openFile(fileOf(hex`00 01 02 03`)));
    assert.equal(openFdCount(), before);
  });

  it('stops', () => {
    using source = openFile(fileOf(SMALL_FILE));
    assert.equal(source.read().next(), true);
    source.stop();
    assert.equal(source.ended, true);
    assert.equal(source.read().next(), false);
    assert.equal(source.end, undefined);
  });
});

describe('openFile', () => {
  it('tells classic pcap by its magic, in both byte orders', () => {
    for (const [bytes, linkType, variant] of [
      [hex`d4 c3 b2 a1 02 00 04 00 0000000000000000 60 00 00 00 01 00 00 00`, 1, undefined],
      [hex`a1 b2 c3 d4 00 02 00 04 0000000000000000 00 00 00 60 00 00 01 14`, 276, undefined],
      [hex`4d 3c b2 a1 02 00 04 00 0000000000000000 60 00 00 00 01 00 00 00`, 1, 'nanosecond'],
      [hex`a1 b2 3c 4d 00 02 00 04 0000000000000000 00 00 00 60 00 00 00 01`, 1, 'nanosecond'],
    ] as const) {
      using source = openFile(fileOf(bytes));
      assert.equal(source.format, 'pcap');
      assert.equal(countFrames(source), 0);
      assert.equal(source.variant, variant);
      const expected = source.interfaces.map((one) => [one.linkType, one.snapshotLength]);
      assert.deepEqual(expected, [[linkType, 96]]);
      assert.equal(source.end, 'complete');
      assert.equal(source.counters(0), undefined);
    }
  });

  it('says which format it can’t read, and what to do', () => {
    const lz4 = fileOf(hex`04 22 4d 18`);
    assert.throws(() => openFile(lz4), {
      name: 'UnsupportedError',
      feature: 'lz4',
      hint: `Decompress it: lz4 -dc ${lz4} > OUT.pcapng.`,
    });
  });

  it('rejects an empty file and one that is no capture', () => {
    assert.throws(() => openFile(fileOf(new Uint8Array(0))), { code: 'EMPTY_FILE' });
    for (const bytes of [hex`0a`, hex`0a 0d`, hex`0a 0d 0d`]) {
      using source = openFile(fileOf(bytes));
      assert.equal(countFrames(source), 0);
      assert.equal(source.end, 'truncated');
    }
    assert.throws(() => openFile(fileOf(hex`0d`)), { code: 'UNKNOWN_FORMAT' });
    assert.throws(() => openFile(fileOf(hex`7f 45 4c 46 02`)), {
      name: 'FormatError',
      code: 'UNKNOWN_FORMAT',
      message: /0x7f454c46/,
    });
  });

  it('names the file and the reason where it can’t be opened or read', () => {
    assert.throws(() => openFile(join(folder, 'none.pcapng')), {
      name: 'SystemCallError',
      code: 'ENOENT',
      syscall: 'open',
      errno: 2,
      message: /none\.pcapng/,
    });
    assert.throws(() => openFile(folder), { code: 'EISDIR', syscall: 'read' });
  });
});

function isBlockEnd(length: number): boolean {
  const view = new DataView(SMALL_FILE.buffer);
  let at = 0;
  while (at < length) at += view.getUint32(at + 4, true);
  return at === length;
}
