import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FrameBatch } from '../../src/core/frame.js';
import { LoopMemory } from '../../src/core/loop-memory.js';
import { exactLoss, type Loss } from '../../src/core/loss.js';
import { BlockEncoder } from '../../src/pcapng/block-encoder.js';
import type { RunExtras, RunLimits } from '../../src/pcapng/frame-extras.js';
import { RingBatch } from '../../src/source/ring-batch.js';
import { RingLoop } from '../../src/source/ring-loop.js';
import { ByteCollector } from '../support/byte-collector.js';
import fc from '../support/fixed-check.js';

/** One made-up frame of a ring's block. */
interface MadeUpFrame {
  readonly length: number;
  readonly longer: number;
  readonly status: number;
  readonly kind: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Bytes from the header to the frame, beyond the least. */
  readonly shift: number;
  /** Bytes between this frame's end and the next header, rounded up to 8. */
  readonly space: number;
}

const INTERFACE = {
  id: 0,
  name: 'one',
  linkType: 1,
  snapshotLength: 65535,
  description: undefined,
  filter: undefined,
  speedBps: undefined,
  macAddress: undefined,
};
/** Where the first header is, and where a frame is at least: room for header, address and a tag. */
const FIRST_HEADER = 48;
const LEAST_OFFSET = 84;

const madeUpFrame: fc.Arbitrary<MadeUpFrame> = fc.record({
  length: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 200 }) },
    { weight: 2, arbitrary: fc.integer({ min: 200, max: 1600 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1016, max: 1032 }) },
  ),
  longer: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9000 })),
  // All bits that tp_status has, tags that were taken out and those of the clock included.
  status: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(1, 0x2000_0001 | 0, 0x89, 0x109 | 0x8000_0000) },
    { weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
  ),
  kind: fc.integer({ min: 0, max: 7 }),
  seconds: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(1_700_000_000, 1_700_000_001) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1) },
  ),
  nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  shift: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(15) }),
  space: fc.nat(64),
});

/** Memory for blocks and a loop; one for all, as V8 reserves 10 GiB of addresses for each. */
const RING_AT = 65_536;
const BLOCK_BYTES = 1 << 18;
const BLOCK_COUNT = 4;
const RING_BYTES = BLOCK_BYTES * BLOCK_COUNT;
const loopMemory = LoopMemory.allocate(RING_AT + RING_BYTES + RingLoop.neededBytes)!;
/** A snapshot length that only a frame whose tag is put back goes beyond. */
const SNAPSHOT_LENGTH = 4108;
const loop = RingLoop.over(loopMemory, RING_AT + RING_BYTES, SNAPSHOT_LENGTH, {
  at: RING_AT,
  sizeBytes: RING_BYTES,
  blockBytes: BLOCK_BYTES,
})!;
const ring = {
  bytes: new Uint8Array(loopMemory.buffer, RING_AT, RING_BYTES),
  words: new Int32Array(loopMemory.buffer, RING_AT, RING_BYTES / 4),
  blockWords: BLOCK_BYTES / 4,
};

/**
 * Fills blocks as the kernel would have, one behind the other.
 *
 * @param frameCounts of the blocks but the last one, which has what is left
 * @returns word index of the first header
 */
function fillBlocks(
  frames: readonly MadeUpFrame[],
  firstSlot: number,
  frameCounts: readonly number[],
): number {
  let slot = firstSlot;
  let from = 0;
  for (const count of [...frameCounts, frames.length]) {
    const part = frames.slice(from, from + count);
    if (part.length === 0) break;
    fillBlock(part, slot);
    from += count;
    slot = (slot + 1) % BLOCK_COUNT;
  }
  return (firstSlot * BLOCK_BYTES + FIRST_HEADER) / 4;
}

/** A block as the kernel would have filled it (struct tpacket3_hdr, then struct sockaddr_ll). */
function fillBlock(frames: readonly MadeUpFrame[], slot: number): void {
  const steps = frames.map(({ length, shift, space }) =>
    roundUp(LEAST_OFFSET + shift + length + space),
  );
  const sizeBytes = FIRST_HEADER + steps.reduce((sum, step) => sum + step, 0);
  assert.ok(sizeBytes <= BLOCK_BYTES);
  const blockAt = RING_AT + slot * BLOCK_BYTES;
  const bytes = new Uint8Array(loopMemory.buffer, blockAt, roundUp(sizeBytes));
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31 + 7) & 0xff;
  const view = new DataView(bytes.buffer, blockAt);
  view.setUint32(16, FIRST_HEADER, true); // offset_to_first_pkt of struct tpacket_block_desc
  let header = FIRST_HEADER;
  for (const [index, frame] of frames.entries()) {
    view.setUint32(header, index === frames.length - 1 ? 0 : steps[index]!, true);
    view.setUint32(header + 4, frame.seconds, true);
    view.setUint32(header + 8, frame.nanoseconds, true);
    view.setUint32(header + 12, frame.length, true);
    view.setUint32(header + 16, frame.length + frame.longer, true);
    view.setInt32(header + 20, frame.status, true);
    view.setUint16(header + 24, LEAST_OFFSET + frame.shift, true);
    view.setUint8(header + 48 + 10, frame.kind);
    header += steps[index]!;
  }
}

function roundUp(length: number): number {
  return (length + 7) & ~7;
}

/** Encodes the block's frames; `taken` is asked before each for frames that a run may take. */
function encode(
  frames: readonly MadeUpFrame[],
  options: {
    bufferBytes: number;
    loss: Loss | undefined;
    before: number;
    firstSlot?: number;
    frameCounts?: readonly number[];
    extras?: RunExtras;
  },
  takeRun: (encoder: BlockEncoder, batch: FrameBatch) => number,
) {
  const output = new ByteCollector();
  const encoder = new BlockEncoder(output, { bufferBytes: options.bufferBytes });
  encoder.sectionHeader(options.before === 0 ? {} : { comment: 'x'.repeat(options.before) });
  encoder.interfaceDescription(INTERFACE);
  encoder.interfaceDescription({ ...INTERFACE, id: 1, name: 'two' });
  const batch = new RingBatch(
    { ...ring, loop },
    { interfaceId: 0, cooked: false, snapshotLength: SNAPSHOT_LENGTH },
  );
  const first = fillBlocks(frames, options.firstSlot ?? 0, options.frameCounts ?? []);
  batch.reset(first, frames.length, options.loss);
  const lastTimes: string[] = [];
  let count = 0;
  let inRuns = 0;
  for (;;) {
    const taken = takeRun(encoder, batch);
    count += taken;
    inRuns += taken;
    if (taken > 0) lastTimes.push(`${count}: ${batch.seconds}.${batch.nanoseconds}`);
    if (!batch.next()) break;
    encoder.frame(batch, options.extras);
    count++;
    lastTimes.push(`${count}: ${batch.seconds}.${batch.nanoseconds}`);
  }
  encoder.flush();
  return { bytes: Buffer.from(output.bytes), count, inRuns, lastTimes };
}

describe('frames taken many at a time', () => {
  const settings = fc.record({
    bufferBytes: fc.constantFrom(2048, 2052, 16_384, 262_144),
    loss: fc.option(fc.integer({ min: 1, max: 1e6 }).map(exactLoss), { nil: undefined }),
    before: fc.nat(8),
    firstSlot: fc.nat(BLOCK_COUNT - 1),
    frameCounts: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: BLOCK_COUNT - 1 }),
    extras: fc.record(
      { queue: fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1), interfaceId: fc.nat(1) },
      { requiredKeys: [] },
    ),
  });
  const unlimited = fc.constant(Number.POSITIVE_INFINITY);
  const limits: fc.Arbitrary<RunLimits> = fc.record({
    most: fc.oneof(unlimited, fc.integer({ min: -1, max: 20 })),
    mostBytes: fc.oneof(
      unlimited,
      fc.integer({ min: -1, max: 3000 }),
      fc.constantFrom(-1e6, -(2 ** 31)),
    ),
    firstSecond: fc.constantFrom(0, 0, 0, -10, 1_700_000_001, 2 ** 32),
    lastSecond: fc.oneof(unlimited, fc.constantFrom(1_700_000_000, 2 ** 31, 2 ** 32, -1)),
  });

  it('are the same bytes in the file as one by one, whatever lies in the blocks', () => {
    fc.assert(
      fc.property(
        fc.array(madeUpFrame, { minLength: 1, maxLength: 60 }),
        settings,
        limits,
        (frames, options, limit) => {
          const single = encode(frames, options, () => 0);
          const runs = encode(frames, options, (encoder, batch) => {
            const before = encoder.bytesPending;
            if (batch.run === undefined) return 0;
            const taken = encoder.run(batch.run, limit, options.extras);
            assert.ok(taken <= Math.max(0, limit.most));
            assert.ok(encoder.bytesPending - before <= Math.max(0, limit.mostBytes));
            const { seconds } = batch;
            assert.ok(taken === 0 || (seconds >= limit.firstSecond && seconds <= limit.lastSecond));
            return taken;
          });
          assert.equal(runs.count, frames.length);
          assert.ok(runs.bytes.equals(single.bytes));
          for (const time of runs.lastTimes) assert.ok(single.lastTimes.includes(time));
        },
      ),
      { numRuns: 600 },
    );
  });

  it('are all the frames of a plain block but the first behind a loss', () => {
    const plain = { longer: 0, status: 1, kind: 0, nanoseconds: 5, shift: 0, space: 0 };
    const frames = Array.from({ length: 50 }, (_, i) => ({ ...plain, length: 60 + i, seconds: 9 }));
    const all = { most: 100, mostBytes: Infinity, firstSecond: 0, lastSecond: Infinity };
    const run = (encoder: BlockEncoder, batch: FrameBatch): number =>
      batch.run === undefined ? 0 : encoder.run(batch.run, all);
    const options = { bufferBytes: 262_144, before: 0 };
    assert.equal(encode(frames, { ...options, loss: undefined }, run).inRuns, 50);
    assert.equal(encode(frames, { ...options, loss: exactLoss(3) }, run).inRuns, 50 - 1);
  });

  it('are also those with a VLAN tag, without flags, of any length, and with a queue', () => {
    const plain = { longer: 0, status: 1, kind: 0, nanoseconds: 5, shift: 0, space: 0, seconds: 9 };
    const kinds = [
      { ...plain, status: 0x11, length: 60 },
      { ...plain, status: 0x51, length: 12 },
      { ...plain, kind: 7, length: 60 },
      { ...plain, kind: 7, status: 0x11, length: 61 },
      ...[0, 1, 1019, 1020, 1023, 1024, 1025, 1500, 9000].flatMap((length) => [
        { ...plain, length },
        { ...plain, length: length + 12, status: 0x11 },
        { ...plain, length, kind: 7 },
      ]),
    ];
    const all = { most: 1e9, mostBytes: Infinity, firstSecond: 0, lastSecond: Infinity };
    for (const queue of [undefined, 0, 3]) {
      for (const frames of [...kinds.map((kind) => [kind, kind]), kinds]) {
        const options = { bufferBytes: 262_144, before: 0, loss: undefined, extras: { queue } };
        const runs = encode(frames, options, (encoder, batch) =>
          encoder.run(batch.run!, all, options.extras),
        );
        const single = encode(frames, options, () => 0);
        assert.equal(runs.inRuns, frames.length, JSON.stringify(frames[0]));
        assert.ok(runs.bytes.equals(single.bytes));
      }
    }
  });
});
