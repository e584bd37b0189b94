/**
 * What the loop over a ring's frames takes for a frame of 60 bytes, alone: without a kernel that fills the
 * ring, and without anybody who writes what it encodes.
 *
 * Run: `npm run build:test && node .test-build/bench/micro/source/ring-loop.bench.js`. A time is for 1000 frames,
 * so its microseconds are nanoseconds a frame. A ring of 32 KiB stays in the processor's nearest caches, one of
 * 64 MiB comes from memory. To compare two versions, run those of two checkouts in turns.
 */

import assert from 'node:assert/strict';
import { bench, do_not_optimize, run, summary } from 'mitata';
import type { RunPlan } from '../../../src/core/frame-run.js';
import { LoopMemory } from '../../../src/core/loop-memory.js';
import { RingLoop } from '../../../src/source/ring-loop.js';

const FRAMES_PER_RUN = 1000;
const LENGTH = 60;
/** Bytes from a header to its frame, and to the next header, as the kernel lays out frames of 60 bytes. */
const OFFSET = 82;
const STEP = 144;
const FIRST_HEADER = 48;
const RING_AT = 65_536;
const MOST_BLOCK_BYTES = 524_288;
const PLAN: RunPlan = {
  most: FRAMES_PER_RUN,
  end: 65_536,
  interfaceId: 0,
  queue: undefined,
  firstSecond: 0,
  lastSecond: Number.POSITIVE_INFINITY,
};

/** A full ring of frames of one kind, round which a loop goes. */
class FullRing {
  readonly #loop: RingLoop;
  readonly #isTagged: boolean;
  #header = RING_AT + FIRST_HEADER;
  /** Frames in the ring. */
  frames = 0;

  constructor(ringBytes: number, isTagged: boolean) {
    const memory = LoopMemory.allocate(RING_AT + ringBytes + RingLoop.neededBytes);
    assert.ok(memory !== undefined);
    const blockBytes = Math.min(ringBytes, MOST_BLOCK_BYTES);
    const ring = { at: RING_AT, sizeBytes: ringBytes, blockBytes };
    const loop = RingLoop.over(memory, RING_AT + ringBytes, 262_144, ring);
    assert.ok(loop !== undefined);
    this.#loop = loop;
    this.#isTagged = isTagged;
    const view = new DataView(memory.buffer);
    for (let at = RING_AT; at < RING_AT + ringBytes; at += blockBytes) {
      this.#fillBlock(view, at, blockBytes);
    }
  }

  #fillBlock(view: DataView, at: number, blockBytes: number): void {
    const count = Math.floor((blockBytes - FIRST_HEADER) / STEP);
    view.setUint32(at + 16, FIRST_HEADER, true);
    for (let i = 0; i < count; i++) {
      const header = at + FIRST_HEADER + i * STEP;
      view.setUint32(header, i === count - 1 ? 0 : STEP, true);
      view.setUint32(header + 4, 1_795_355_060, true);
      view.setUint32(header + 8, i * 500, true);
      view.setUint32(header + 12, LENGTH, true);
      view.setUint32(header + 16, LENGTH, true);
      view.setUint32(header + 20, this.#isTagged ? 0x11 : 1, true);
      view.setUint16(header + 24, OFFSET, true);
      view.setUint32(header + OFFSET + LENGTH - 4, this.frames + i);
    }
    this.frames += count;
  }

  /** Encodes the next thousand frames to the area. */
  encode(): number {
    const count = this.#loop.encode(this.#header, 0, FRAMES_PER_RUN, PLAN);
    this.#header = this.#loop.headerAfter;
    return count;
  }

  /** Goes round the ring once and a little: every block must have its length, and its frame's number. */
  assertOutput(): void {
    const { bytes } = this.#loop.area;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const captured = this.#isTagged ? LENGTH + 4 : LENGTH;
    const blockLength = captured + 44;
    for (let first = 0; first < this.frames; first += FRAMES_PER_RUN) {
      assert.equal(this.encode(), FRAMES_PER_RUN);
      assert.equal(this.#loop.encodedTo * 4, FRAMES_PER_RUN * blockLength);
      for (let i = 0; i < FRAMES_PER_RUN; i++) {
        const end = (i + 1) * blockLength;
        assert.equal(view.getUint32(end - 4, true), blockLength);
        assert.equal(view.getUint32(end - 20), (first + i) % this.frames);
      }
    }
  }
}

for (const kibibytes of [32, 65_536]) {
  summary(() => {
    for (const isTagged of [false, true]) {
      const ring = new FullRing(kibibytes * 1024, isTagged);
      ring.assertOutput();
      const kind = isTagged ? 'with a VLAN tag' : 'plain';
      bench(`1000 × ${LENGTH} B, ${kind}, ring of ${kibibytes} KiB`, () =>
        do_not_optimize(ring.encode()),
      );
    }
  });
}

await run();
