/**
 * What the output of a capture costs by itself: opening the next file of a series, and gzip at the level
 * that captures are compressed with, of three kinds of payload.
 *
 * Run: `npm run build:test && node .test-build/bench/files/output.js [--json FILE]`. docs/rotation.md has the numbers.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { FileSeries } from '../../src/capture/file-series.js';
import { writeTrafficFile } from '../../test/support/traffic-file.js';
import { fileSystemOf, machineFacts } from '../live/machine-facts.js';

const MIB = 2 ** 20;
/** What src/capture/gzip-worker.ts compresses at a time, and how. */
const PIECE_BYTES = MIB;
const LEVEL = 1;
const PIECES = 48;
const ROUNDS = 5;
const FILES = 400;

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'gapcap-bench-'));

/** Megabytes a second, and what share of the bytes is left. */
function compress(bytes: Uint8Array): { megabytesPerSecond: number; share: number } {
  let compressed = 0;
  const start = performance.now();
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    compressed += gzipSync(bytes.subarray(at, at + PIECE_BYTES), { level: LEVEL }).length;
  }
  const seconds = (performance.now() - start) / 1000;
  return { megabytesPerSecond: bytes.length / seconds / 1e6, share: compressed / bytes.length };
}

/** Microseconds for each file of a series, in the order in which they were opened. */
async function openFiles(): Promise<number[]> {
  const series = new FileSeries({ path: join(folder, 'series.pcapng'), keep: 2 });
  const times: number[] = [];
  for (let i = 0; i < FILES; i++) {
    const start = performance.now();
    const output = series.openNext();
    times.push((performance.now() - start) * 1000);
    output.write(new Uint8Array(4096));
    await series.retireLast(output);
  }
  return times;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}

try {
  const machine = machineFacts();
  const capture = join(folder, 'x.pcapng');
  writeTrafficFile(capture, { frames: 700_000 });
  const random = randomBytes(PIECES * PIECE_BYTES);
  const contents = {
    'made-up traffic with counting payload': readFileSync(capture).subarray(0, random.length),
    'random bytes': random,
    'random bytes in base64': Buffer.from(random.toString('base64')).subarray(0, random.length),
  };
  const gzip = Object.entries(contents).map(([name, bytes]) => {
    assert.equal(bytes.length, random.length, `${name} is too short`);
    const piece = bytes.subarray(0, PIECE_BYTES);
    assert.deepEqual(gunzipSync(gzipSync(piece, { level: LEVEL })), Buffer.from(piece));
    compress(bytes.subarray(0, 4 * PIECE_BYTES));
    return { name, rounds: Array.from({ length: ROUNDS }, () => compress(bytes)) };
  });
  const openUs = await openFiles();
  const facts = { date: new Date().toISOString(), machine, level: LEVEL, pieceBytes: PIECE_BYTES };
  for (const { name, rounds } of gzip) {
    const speed = median(rounds.map(({ megabytesPerSecond }) => megabytesPerSecond));
    process.stdout.write(
      `${name}: ${speed.toFixed(0)} MB/s, ${rounds[0]!.share.toFixed(3)} left\n`,
    );
  }
  process.stdout.write(`opening a file: ${median(openUs).toFixed(1)} us (median of ${FILES})\n`);
  if (values.json !== undefined) {
    const all = { ...facts, gzip, fileSystem: fileSystemOf(folder), openUs };
    writeFileSync(values.json, `${JSON.stringify(all)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
