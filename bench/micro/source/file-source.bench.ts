/**
 * What reading one frame of a cached pcapng file costs, by chunk size.
 *
 * Run: `npm run build:test && node .test-build/bench/micro/source/file-source.bench.js`. Writes a
 * file of 500,000 frames of 60 bytes to the temporary folder, once with bare frames and once with
 * epb_flags on each, and reads it whole per iteration; opening and the file's pages are included.
 */

import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bench, do_not_optimize, run, summary } from 'mitata';
import type { FrameBatch } from '../../../src/core/frame.js';
import { BlockEncoder } from '../../../src/pcapng/block-encoder.js';
import { openFile } from '../../../src/source/file-source.js';

const FRAME_COUNT = 500_000;
const FRAME_BYTES = 60;

function writeFrames(path: string, flags: number): void {
  const fd = openSync(path, 'w');
  const encoder = new BlockEncoder({
    write: (bytes) => assert.equal(writeSync(fd, bytes), bytes.length),
  });
  encoder.sectionHeader({ application: 'bench' });
  encoder.interfaceDescription({
    id: 0,
    name: 'bench',
    linkType: 1,
    snapshotLength: 0,
    description: undefined,
    filter: undefined,
    speedBps: undefined,
    macAddress: undefined,
  });
  const bytes = new Uint8Array(64).fill(0x5a);
  const frame = {
    next: () => true,
    bytes,
    words: new Int32Array(bytes.buffer),
    byteOffset: 0,
    capturedLength: FRAME_BYTES,
    originalLength: FRAME_BYTES,
    seconds: 1_795_355_060,
    nanoseconds: 0,
    interfaceId: 0,
    flags,
    lostBefore: undefined,
  } satisfies FrameBatch;
  for (let i = 0; i < FRAME_COUNT; i++) {
    frame.nanoseconds = (i * 997) % 1_000_000_000;
    encoder.frame(frame);
  }
  encoder.flush();
  closeSync(fd);
}

function readAll(path: string, chunkBytes: number): number {
  using source = openFile(path, { chunkBytes });
  let total = 0;
  while (!source.ended) {
    const batch = source.read();
    while (batch.next()) total += batch.originalLength + batch.nanoseconds;
  }
  return total;
}

const folder = mkdtempSync(join(tmpdir(), 'gapcap-bench-'));
try {
  let expected = FRAME_COUNT * FRAME_BYTES;
  for (let i = 0; i < FRAME_COUNT; i++) expected += (i * 997) % 1_000_000_000;
  for (const flags of [0, 5]) {
    const path = join(folder, `flags-${flags}.pcapng`);
    writeFrames(path, flags);
    assert.equal(readAll(path, 1024 * 1024), expected);
    summary(() => {
      for (const kibibytes of [64, 256, 512, 1024, 4096]) {
        bench(`500,000 frames, flags ${flags}, chunks of ${kibibytes} KiB`, () =>
          do_not_optimize(readAll(path, kibibytes * 1024)),
        );
      }
    });
  }
  await run();
} finally {
  rmSync(folder, { recursive: true });
}
