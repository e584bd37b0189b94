/**
 * What encoding one frame costs, by length and by the alignment of the frame in the source.
 *
 * Run: `npm run build:test && node .test-build/bench/micro/pcapng/block-encoder.bench.js`. The
 * frames lie as a ring lays them (two bytes off a word boundary) or on one; `set` is the way of
 * copying that long frames take, measured for short ones to show where the limit belongs.
 */

import assert from 'node:assert/strict';
import { bench, do_not_optimize, run, summary } from 'mitata';
import type { FrameBatch } from '../../../src/core/frame.js';
import type { Loss } from '../../../src/core/loss.js';
import { BlockEncoder } from '../../../src/pcapng/block-encoder.js';

const FRAMES_PER_RUN = 1000;

/** Frames of one length in a buffer, as a ring block would hold them. */
class FixedBatch implements FrameBatch {
  readonly bytes: Uint8Array = new Uint8Array(4 * 1024 * 1024);
  readonly words: Int32Array = new Int32Array(this.bytes.buffer);
  byteOffset = 0;
  readonly capturedLength: number;
  readonly originalLength: number;
  readonly seconds = 1_795_355_060;
  nanoseconds = 0;
  readonly interfaceId = 0;
  readonly flags: number;
  readonly lostBefore: Loss | undefined = undefined;
  readonly #stride: number;
  readonly #misalignment: number;
  #left = 0;

  constructor(length: number, misalignment: number, flags: number) {
    this.capturedLength = length;
    this.originalLength = length;
    this.flags = flags;
    this.#stride = (length + 96 + 15) & ~15;
    this.#misalignment = misalignment;
    for (let i = 0; i < this.bytes.length; i++) this.bytes[i] = (i * 7 + 3) & 0xff;
  }

  rewind(): this {
    this.#left = FRAMES_PER_RUN;
    this.byteOffset = this.#misalignment;
    return this;
  }

  next(): boolean {
    if (this.#left-- === 0) return false;
    this.byteOffset += this.#stride;
    this.nanoseconds += 997;
    if (this.nanoseconds > 999_999_999) this.nanoseconds = 0;
    return true;
  }
}

function encodeAll(encoder: BlockEncoder, batch: FixedBatch): number {
  batch.rewind();
  while (batch.next()) encoder.frame(batch);
  return encoder.bytesWritten;
}

function newEncoder(output: { write(bytes: Uint8Array): void }): BlockEncoder {
  const encoder = new BlockEncoder(output);
  encoder.sectionHeader();
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
  encoder.flush();
  return encoder;
}

/** The first frame's block must hold the frame's own bytes, and every block the same length. */
function assertOutput(batch: FixedBatch): void {
  const parts: Uint8Array[] = [];
  const encoder = newEncoder({ write: (bytes) => parts.push(bytes.slice()) });
  encodeAll(encoder, batch);
  encoder.flush();
  const blocks = parts.at(-1)!;
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  const padded = (batch.capturedLength + 3) & ~3;
  const blockLength = 32 + padded + (batch.flags === 0 ? 0 : 12);
  assert.equal(blocks.length, blockLength * FRAMES_PER_RUN);
  batch.rewind();
  for (let at = 0; batch.next(); at += blockLength) {
    assert.equal(view.getUint32(at, true), 6);
    assert.equal(view.getUint32(at + blockLength - 4, true), blockLength);
    assert.deepEqual(
      blocks.subarray(at + 28, at + 28 + batch.capturedLength),
      batch.bytes.subarray(batch.byteOffset, batch.byteOffset + batch.capturedLength),
    );
  }
}

const discard = { write: (bytes: Uint8Array) => do_not_optimize(bytes) };

for (const length of [60, 128, 256, 512, 1024, 1500]) {
  summary(() => {
    for (const misalignment of [0, 2]) {
      for (const flags of length === 60 ? [0, 5] : [0]) {
        const batch = new FixedBatch(length, misalignment, flags);
        assertOutput(batch);
        const encoder = newEncoder(discard);
        bench(`1000 × ${length} B, offset ${misalignment}, flags ${flags}`, () =>
          do_not_optimize(encodeAll(encoder, batch)),
        );
      }
    }
  });
}

await run();
