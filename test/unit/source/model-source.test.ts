import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FrameSource } from '../../../src/core/frame.js';
import { tryReadSequence } from '../../../src/core/numbered-frame.js';
import type { BufferOptions } from '../../../src/model/simulation.js';
import { type FlowShape, flowTraffic, type Traffic } from '../../../src/model/traffic.js';
import { ModelSource, type ModelSourceOptions } from '../../../src/source/model-source.js';
import fc from '../../support/fixed-check.js';

const MS = 1_000_000;
const SOCKET: BufferOptions = { kind: 'socket', receiveBufferBytes: 8320 };
const RING: BufferOptions = { kind: 'ring', blockCount: 4, blockSize: 4096, retireNs: 5 * MS };

function traffic(frames: number, shape: FlowShape, lengths = [60]): Traffic {
  const sizes = { kind: 'mix', lengths: lengths.map((length) => ({ length, weight: 1 })) } as const;
  return flowTraffic({ shape, sizes, frames }, 3);
}

const BURSTS: FlowShape = { kind: 'bursts', ratePps: 1_000_000, onNs: MS / 2, offNs: 20 * MS };

function sourceOf(options: Partial<ModelSourceOptions> = {}): ModelSource {
  return new ModelSource({
    traffic: traffic(5000, BURSTS),
    buffer: RING,
    reader: { framesPerSecond: 100_000, batch: 16 },
    ...options,
  });
}

interface Seen {
  readonly number: number | undefined;
  readonly lost: number;
  readonly captured: number;
  readonly original: number;
  readonly timeNs: bigint;
}

function readAll(source: FrameSource): Seen[] {
  const seen: Seen[] = [];
  while (!source.ended) {
    const batch = source.read(10);
    while (batch.next()) {
      const view = new DataView(batch.bytes.buffer);
      seen.push({
        number: tryReadSequence(view, batch.byteOffset, batch.capturedLength),
        lost: batch.lostBefore?.lost ?? 0,
        captured: batch.capturedLength,
        original: batch.originalLength,
        timeNs: BigInt(batch.seconds) * 1_000_000_000n + BigInt(batch.nanoseconds),
      });
    }
  }
  return seen;
}

describe('ModelSource', () => {
  for (const buffer of [SOCKET, RING]) {
    it(`gives each frame the loss that its number proves, from a ${buffer.kind}`, () => {
      const source = sourceOf({ buffer });
      const seen = readAll(source);
      let last = 0;
      let lost = 0;
      for (const frame of seen) {
        assert.equal(frame.lost, frame.number! - last - 1);
        lost += frame.lost;
        last = frame.number!;
      }
      assert.ok(lost > 0, 'nothing was lost');
      const { received, dropped, finalLoss } = source.counters();
      assert.equal(received, 5000);
      assert.equal(seen.length + dropped, received);
      assert.equal(finalLoss?.lost, 5000 - last);
      assert.equal(lost + (finalLoss?.lost ?? 0), dropped);
      assert.equal(source.result?.delivered, seen.length);
    });
  }

  it('obeys the law whatever the traffic, the buffer and the reader', () => {
    const shapes: fc.Arbitrary<FlowShape> = fc.oneof(
      fc.record({
        kind: fc.constant('poisson' as const),
        ratePps: fc.integer({ min: 1, max: 5_000_000 }),
      }),
      fc.record({
        kind: fc.constant('bursts' as const),
        ratePps: fc.integer({ min: 1000, max: 5_000_000 }),
        onNs: fc.integer({ min: 1, max: 5 * MS }),
        offNs: fc.integer({ min: 0, max: 50 * MS }),
      }),
    );
    const buffers: fc.Arbitrary<BufferOptions> = fc.oneof(
      fc.integer({ min: 832, max: 200_000 }).map((receiveBufferBytes) => ({
        kind: 'socket' as const,
        receiveBufferBytes,
      })),
      fc
        .integer({ min: 1, max: 6 })
        .map((blockCount) => ({ ...RING, blockCount }) as BufferOptions),
    );
    fc.assert(
      fc.property(
        shapes,
        buffers,
        fc.integer({ min: 1000, max: 3_000_000 }),
        fc.integer({ min: 1, max: 200 }),
        (shape, buffer, framesPerSecond, batch) => {
          const source = sourceOf({
            traffic: traffic(800, shape, [60, 590, 1514]),
            buffer,
            reader: { framesPerSecond, batch },
          });
          const seen = readAll(source);
          let last = 0;
          for (const { number, lost } of seen) {
            assert.equal(number, last + lost + 1);
            last = number;
          }
          const { received, dropped, finalLoss } = source.counters();
          assert.equal(received, 800);
          assert.equal(seen.length + dropped, 800);
          assert.equal(finalLoss?.lost, 800 - last);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives the same frames each time', () => {
    assert.deepEqual(readAll(sourceOf()), readAll(sourceOf()));
  });

  it('writes numbered frames with their filler, whatever their lengths', () => {
    const lengths = [20, 60, 590, 1514, 9000];
    const source = sourceOf({ traffic: traffic(2000, BURSTS, lengths), reader: {} });
    let count = 0;
    while (!source.ended) {
      const batch = source.read(0);
      while (batch.next()) {
        count++;
        const { bytes, byteOffset, capturedLength } = batch;
        assert.ok(lengths.includes(batch.originalLength));
        const all = bytes.subarray(byteOffset, byteOffset + capturedLength);
        assert.deepEqual([...all.subarray(12, 14)], [0x88, 0xb5]);
        for (let i = 30; i < all.length; i++) if (all[i] !== (i & 0xff)) assert.fail(`byte ${i}`);
      }
    }
    assert.equal(count, 2000 - source.counters().dropped);
  });

  it('keeps the frames of a batch valid until the next read', () => {
    const source = sourceOf();
    const batch = source.read(0);
    const places: number[] = [];
    while (batch.next()) places.push(batch.byteOffset);
    const view = new DataView(batch.bytes.buffer);
    const numbers = places.map((at) => tryReadSequence(view, at, 60));
    assert.deepEqual(numbers.slice(0, 5), [1, 2, 3, 4, 5]);
    assert.equal(batch.words.buffer, batch.bytes.buffer);
    assert.ok(places.every((at) => at % 4 === 0));
  });

  it('cuts frames to the snapshot length and says how long they were', () => {
    const buffer: BufferOptions = { ...SOCKET, receiveBufferBytes: 1 << 20, snapshotLength: 96 };
    const source = sourceOf({ buffer, traffic: traffic(100, BURSTS, [60, 1514]) });
    assert.equal(source.interfaces[0]!.snapshotLength, 96);
    for (const { captured, original } of readAll(source)) {
      assert.equal(captured, Math.min(original, 96));
    }
  });

  it('dates the frames from the moment that virtual time 0 stands for', () => {
    const shape: FlowShape = { kind: 'constant', ratePps: 2 };
    const startNs = 1_700_000_000_999_999_999n;
    const source = sourceOf({ traffic: traffic(4, shape), startNs, reader: {} });
    assert.deepEqual(
      readAll(source).map(({ timeNs }) => timeNs - startNs),
      [0n, 500_000_000n, 1_000_000_000n, 1_500_000_000n],
    );
  });

  it('takes nothing in after a stop, gives what it has, and ends', () => {
    const source = sourceOf({ traffic: traffic(100_000, { kind: 'constant', ratePps: 1e6 }) });
    source.read(0);
    const { received } = source.counters();
    source.stop();
    source.stop();
    const batch = source.read(0);
    let first = 0;
    while (batch.next()) first++;
    const rest = readAll(source).length;
    assert.equal(source.counters().received, received);
    assert.equal(source.result?.unread, 0);
    assert.ok(first + rest <= received);
    assert.equal(source.read(0).next(), false);
  });

  it('gives an empty batch now and then where nothing is delivered for long', () => {
    const stalls = { kind: 'list', stalls: [{ atNs: 0, lengthNs: 10_000 * MS }] } as const;
    const shape: FlowShape = { kind: 'constant', ratePps: 1e6 };
    const source = sourceOf({ traffic: traffic(1_000_000, shape), reader: { stalls } });
    assert.equal(source.read(0).next(), false);
    assert.equal(source.ended, false);
    assert.equal(source.fill, 1);
    assert.ok(source.received < 100_000);
  });

  it('ends at once where nothing comes', () => {
    const source = sourceOf({ traffic: { next: () => false, timeNs: 0, length: 0, flow: 0 } });
    assert.equal(source.read(0).next(), false);
    assert.equal(source.ended, true);
    assert.deepEqual(
      [source.counters().received, source.counters().dropped, source.result?.need],
      [0, 0, undefined],
    );
  });

  it('gives nothing after it was closed', () => {
    const source = sourceOf();
    source.close();
    assert.equal(source.ended, true);
    assert.equal(source.read(0).next(), false);
  });
});
