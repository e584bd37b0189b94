/**
 * What inferring loss from TCP costs a frame: 200 connections in turn, two data segments and an
 * acknowledgment with timestamps each, one data segment in a thousand not in the capture.
 *
 * The sums are checked before anything is timed. Each measurement is one pass over all frames; divide
 * by their number. Run: `npm run build:test && node .test-build/bench/micro/analysis/infer.bench.js`.
 */

import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bench, do_not_optimize, run, summary } from 'mitata';
import { inferFileLoss } from '../../../src/analysis/infer-loss.js';
import { TcpAckLoss } from '../../../src/analysis/tcp-ack-loss.js';
import type { FrameBatch } from '../../../src/core/frame.js';
import { BlockEncoder } from '../../../src/pcapng/block-encoder.js';
import { openFile } from '../../../src/source/file-source.js';
import { ethernet, ipv4, join as joinBytes, tcp, u32 } from '../../../test/support/packet-bytes.js';

const CONNECTIONS = 200;
const ROUNDS = 1000;
const SEGMENT = 1448;
/** Of each connection, the data segments with these numbers are missing. */
const LOST_EVERY = 1000;

function timestamps(value: number): Uint8Array {
  return joinBytes([1, 1, 8, 10], u32(value), u32(1));
}

function frameOf(connection: number, fromClient: boolean, at: number, flags: number): Uint8Array {
  const host = [10, 1, connection >>> 8, connection & 0xff];
  const server = [192, 0, 2, 17];
  const ports: [number, number] = fromClient ? [40_000, 443] : [443, 40_000];
  const [sequence, acknowledgment] = fromClient ? [at, 1] : [1, at];
  const payload = new Uint8Array(0);
  const options = timestamps(at >>> 10);
  const packet = ipv4(6, tcp(payload, { ports, sequence, acknowledgment, flags, options }), {
    source: fromClient ? host : server,
    destination: fromClient ? server : host,
    // Only headers are in memory; the IP header tells the length on the wire.
    ...((flags & 0x008) === 0 ? {} : { totalLength: 52 + SEGMENT }),
  });
  return ethernet(0x0800, packet);
}

const PSH_ACK = 0x018;
const ACK = 0x010;
const HEADERS = 66;
const frames: { offset: number; wireLength: number }[] = [];
const bytes = new Uint8Array((CONNECTIONS * (ROUNDS * 3 + 2) + 1) * HEADERS + 64);
let filled = 0;
function push(data: Uint8Array, payload: number): void {
  bytes.set(data, filled);
  frames.push({ offset: filled, wireLength: data.length + payload });
  filled += data.length;
}
let lost = 0;
for (let connection = 0; connection < CONNECTIONS; connection += 1) {
  push(frameOf(connection, true, 99, 0x002), 0);
  push(frameOf(connection, false, 100, 0x012), 0);
}
for (let round = 0; round < ROUNDS; round += 1) {
  for (let connection = 0; connection < CONNECTIONS; connection += 1) {
    for (const half of [0, 1]) {
      const number = round * 2 + half;
      const at = 100 + number * SEGMENT;
      if ((number * 7 + connection) % LOST_EVERY === 500) lost += 1;
      else push(frameOf(connection, true, at, PSH_ACK), SEGMENT);
    }
    push(frameOf(connection, false, 100 + (round * 2 + 2) * SEGMENT, ACK), 0);
  }
}

const batch = {
  next: () => true,
  bytes,
  words: new Int32Array(bytes.buffer, 0, bytes.length >>> 2),
  byteOffset: 0,
  capturedLength: HEADERS,
  originalLength: 0,
  seconds: 1_795_355_060,
  nanoseconds: 0,
  interfaceId: 0,
  flags: 0,
  lostBefore: undefined,
} satisfies FrameBatch;

/** Calls `visit` with the batch on each frame; 1 µs passes between two of them. */
function forEachFrame(visit: (number: number) => void): void {
  for (let index = 0; index < frames.length; index += 1) {
    const { offset, wireLength } = frames[index]!;
    batch.byteOffset = offset;
    batch.originalLength = wireLength;
    batch.seconds = 1_795_355_060 + Math.floor(index / 1_000_000);
    batch.nanoseconds = (index % 1_000_000) * 1000;
    visit(index + 1);
  }
}

function inferAll(): number {
  const inference = new TcpAckLoss();
  forEachFrame((number) => inference.take(batch, number, 1));
  return inference.finish().lost.capture.bytes;
}

const folder = mkdtempSync(join(tmpdir(), 'gapcap-bench-'));
const path = join(folder, 'tcp.pcapng');

function writeFile(): void {
  const fd = openSync(path, 'w');
  const encoder = new BlockEncoder({
    write: (part) => assert.equal(writeSync(fd, part), part.length),
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
  forEachFrame(() => encoder.frame(batch));
  encoder.flush();
  closeSync(fd);
}

function inferFile(): number {
  using source = openFile(path);
  return inferFileLoss(source).tcp.lost.capture.bytes;
}

try {
  writeFile();
  assert.ok(lost > 0);
  assert.equal(inferAll(), lost * SEGMENT);
  assert.equal(inferFile(), lost * SEGMENT);
  console.log(`${frames.length} frames, ${lost} segments lost`);
  summary(() => {
    bench(`infer from ${frames.length} frames in memory`, () => do_not_optimize(inferAll()));
    bench(`infer from a file of ${frames.length} frames`, () => do_not_optimize(inferFile()));
  });
  await run();
} finally {
  rmSync(folder, { recursive: true });
}
