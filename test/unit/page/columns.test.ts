import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intervalsPerColumn, toColumns, toIntervals } from '../../../src/page/columns.js';
import type { TimelineJson } from '../../../src/report/report-json.js';
import fc from '../../support/fixed-check.js';

function timeline(frames: number[], lost: number[] = frames.map(() => 0)): TimelineJson {
  return {
    start: '0.000000000',
    intervalNs: 1_000_000,
    frames,
    bytes: frames.map((count) => count * 100),
    lost,
    gaps: lost.map((count) => (count > 0 ? 1 : 0)),
    untimed: { frames: 0, bytes: 0, lost: 0, gaps: 0 },
  };
}

const near = (a: number, b: number): void =>
  assert.ok(Math.abs(a - b) < 1e-6 * Math.max(1, b), `${a} ${b}`);
const allNear = (values: Float64Array, expected: number[]): void => {
  for (const [i, value] of expected.entries()) near(values[i]!, value);
};
const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

describe('toIntervals', () => {
  it('spreads the frames lost in a gap over its time', () => {
    const gap = { start: 0.0005, end: 0.0035, lost: 60 };
    const { lost, lostBefore } = toIntervals(timeline([5, 0, 0, 5], [0, 0, 0, 60]), 0, [gap]);
    allNear(lost, [10, 20, 20, 10]);
    assert.deepEqual([...lostBefore], [0, 0, 0, 0, 60]);
  });

  it('keeps the sum, whatever the gaps', () => {
    const gap = fc.record({
      start: fc.double({ min: -0.001, max: 0.02, noNaN: true }),
      length: fc.double({ min: 0, max: 0.02, noNaN: true }),
      lost: fc.integer({ min: 1, max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 10 }), (gaps) => {
        const lost = new Array<number>(20).fill(0);
        const placed = gaps.map(({ start, length, lost: count }) => {
          const end = Math.min(Math.max(start, 0) + length, 0.0199);
          lost[Math.max(0, Math.floor(end / 0.001 + 1e-9))]! += count;
          return { start: Math.max(0, Math.min(start, end)), end, lost: count };
        });
        near(sum(toIntervals(timeline(lost, lost), 0, placed).lost), sum(lost));
      }),
    );
  });
});

describe('toColumns', () => {
  it('adds intervals up and gives rates, the busiest interval and the loss so far', () => {
    const intervals = toIntervals(timeline([1, 3, 0, 0, 10, 0], [0, 0, 5, 0, 0, 1]), 0, []);
    const columns = toColumns(intervals, 0, 0.006, 3);
    assert.deepEqual([...columns.starts], [0, 0.002, 0.004]);
    near(columns.length, 0.002);
    allNear(columns.framesPerSecond, [2000, 0, 5000]);
    allNear(columns.peakFramesPerSecond, [3000, 0, 10_000]);
    near(columns.bytesPerSecond[0]!, 200_000);
    near(columns.lostPerSecond[1]!, 2500);
    assert.deepEqual([...columns.lostSoFar], [0, 5, 6]);
  });

  it('holds every frame of the view, in about as many columns as allowed', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 50 }), (frames, limit) => {
        const intervals = toIntervals(timeline(frames), 0, []);
        const columns = toColumns(intervals, 0, frames.length / 1000, limit);
        near(sum(columns.framesPerSecond) * columns.length, sum(frames));
        assert.ok(columns.starts.length <= limit + 3);
      }),
    );
  });

  it('makes columns of 1, 2, 5, 10, … intervals', () => {
    const intervals = toIntervals(timeline([1]), 0, []);
    const per = [0.01, 0.011, 0.021, 0.06, 5].map((span) =>
      intervalsPerColumn(intervals, span, 10),
    );
    assert.deepEqual(per, [1, 2, 5, 10, 500]);
  });

  it('has no column where there is no interval', () => {
    const columns = toColumns(toIntervals(timeline([]), 0, []), 0, 1, 10);
    assert.equal(columns.starts.length, 0);
  });
});
