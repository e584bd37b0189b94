import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findBuffer } from '../../src/model/find-buffer.js';
import type { SimulatedGap } from '../../src/model/gap-tally.js';
import type { ReaderOptions } from '../../src/model/reader.js';
import { type BufferOptions, simulate } from '../../src/model/simulation.js';
import { replayTraffic, type TimedFrame, type Traffic } from '../../src/model/traffic.js';
import fc from '../support/fixed-check.js';

/** Arrivals at different nanoseconds, so that a time tells which frame it is. */
const arrivals: fc.Arbitrary<TimedFrame[]> = fc
  .array(
    fc.record({
      wait: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 1, max: 300 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 30_000 }) },
      ),
      length: fc.constantFrom(60, 500, 1514, 3900, 9000),
    }),
    { maxLength: 300 },
  )
  .map((frames) => {
    let timeNs = 0;
    return frames.map(({ wait, length }) => {
      timeNs += wait;
      return { timeNs, length };
    });
  });

const readers: fc.Arbitrary<ReaderOptions> = fc.record({
  framesPerSecond: fc.constantFrom(1e6, 5e6, 1e8),
  bytesPerSecond: fc.constantFrom(1e9, 1e12),
  wakeUpNs: fc.nat(5000),
  batch: fc.integer({ min: 1, max: 64 }),
  stalls: fc.oneof(
    fc.record({
      kind: fc.constant('periodic' as const),
      everyNs: fc.integer({ min: 5001, max: 50_000 }),
      lengthNs: fc.nat(5000),
    }),
    fc.record({
      kind: fc.constant('random' as const),
      everyNs: fc.integer({ min: 1000, max: 50_000 }),
      lengthNs: fc.nat(5000),
      seed: fc.nat(),
    }),
    fc.record({
      kind: fc.constant('list' as const),
      stalls: fc.array(fc.record({ atNs: fc.nat(50_000), lengthNs: fc.nat(20_000) }), {
        maxLength: 5,
      }),
    }),
  ),
});

const buffers: fc.Arbitrary<BufferOptions> = fc.oneof(
  fc.record({
    kind: fc.constant('socket' as const),
    receiveBufferBytes: fc.integer({ min: 833, max: 60_000 }),
    strict: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('ring' as const),
    blockCount: fc.integer({ min: 1, max: 8 }),
    blockSize: fc.constantFrom(4096, 8192),
    retireNs: fc.constantFrom(500, 10_000),
    kernel: fc.constantFrom('6.12' as const, '6.18' as const),
  }),
);

describe('simulate, whatever comes', () => {
  it('tells each gap where frames are missing, and as many as are missing', () => {
    fc.assert(
      fc.property(arrivals, readers, buffers, fc.boolean(), (frames, reader, buffer, drain) => {
        const numberAt = new Map(
          frames.map(({ timeNs }, i) => [timeNs - frames[0]!.timeNs, i + 1]),
        );
        const delivered: number[] = [];
        const gaps: SimulatedGap[] = [];
        const result = simulate({
          traffic: replayTraffic(frames),
          buffer,
          reader,
          drain,
          listener: {
            frame: (timeNs, length, lostBefore) => {
              const number = numberAt.get(timeNs);
              assert.ok(number !== undefined);
              assert.equal(length, frames[number - 1]!.length);
              assert.equal(lostBefore, number - (delivered.at(-1) ?? 0) - 1);
              delivered.push(number);
            },
            gap: (gap) => gaps.push(gap),
          },
        });
        assert.equal(result.received, frames.length);
        assert.equal(result.delivered, delivered.length);
        assert.equal(result.received, result.delivered + result.dropped + result.unread);
        if (drain) {
          assert.equal(result.unread, 0);
          assert.equal(result.finalGap, frames.length - (delivered.at(-1) ?? 0));
        }
        const expected: [number, number][] = [];
        delivered.forEach((number, i) => {
          const missing = number - (delivered[i - 1] ?? 0) - 1;
          if (missing > 0) expected.push([i, missing]);
        });
        if (result.finalGap > 0) expected.push([delivered.length, result.finalGap]);
        assert.deepEqual(
          gaps.map(({ after, lost }) => [after, lost]),
          expected,
        );
        assert.equal(
          gaps.reduce((sum, { lost }) => sum + lost, 0),
          result.dropped,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('finds a buffer that loses nothing, while the next smaller one loses frames', () => {
    fc.assert(
      fc.property(arrivals, readers, buffers, (frames, reader, buffer) => {
        const traffic = (): Traffic => replayTraffic(frames);
        const ofSize = (size: number): BufferOptions =>
          buffer.kind === 'socket'
            ? { ...buffer, receiveBufferBytes: size }
            : { ...buffer, blockCount: size };
        const largest = buffer.kind === 'socket' ? 4_000_000 : 400;
        const { size } = findBuffer({ traffic, buffer: ofSize(largest), reader });
        assert.ok(size !== undefined);
        assert.equal(simulate({ traffic: traffic(), buffer: ofSize(size), reader }).dropped, 0);
        const least = buffer.kind === 'ring' ? 1 : buffer.strict === true ? 833 : 832;
        assert.ok(size >= least);
        if (size === least) return;
        const smaller = simulate({ traffic: traffic(), buffer: ofSize(size - 1), reader });
        assert.ok(smaller.dropped > 0);
      }),
      { numRuns: 200 },
    );
  });
});
