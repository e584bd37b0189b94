import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastWholeSecond, toLiveSeries } from '../../../src/page/live-series.js';
import type { HistoryPoint, WatchedSensor } from '../../../src/watch/sensor-event.js';
import fc from '../../support/fixed-check.js';
import { fakeStart } from '../../support/sensor-events.js';

type Entry = HistoryPoint['interfaces'][number];

function sensorWith(...points: readonly (readonly [seconds: number, ...Entry[]])[]): WatchedSensor {
  return {
    start: fakeStart(),
    reading: null,
    end: null,
    heardMs: 0,
    gaps: [],
    gapsOmitted: 0,
    history: points.map(([seconds, ...interfaces]) => ({
      timeMs: seconds * 1000,
      writtenBytes: null,
      interfaces,
    })),
    others: [],
  };
}

describe('toLiveSeries', () => {
  it('spreads what came between two readings over their time, second by second', () => {
    const sensor = sensorWith(
      [10, [0, 0, 0.1, 0]],
      [11.5, [150, 0, 0.2, 0]],
      [12.5, [250, 40, 0.7, 0]],
      [13, [250, 40, 0.1, 0]],
    );
    const series = toLiveSeries([{ sensor, interfaces: [0] }], 9, 14);
    assert.deepEqual(series.seconds, [9, 10, 11, 12, 13]);
    assert.deepEqual(series.frames, [null, 100, 100, 50, null]);
    assert.deepEqual(series.lost, [null, 0, 20, 20, null]);
    assert.deepEqual(series.offered, [null, 100, 120, 70, null]);
    assert.deepEqual(series.fill, [null, 0.2, 0.7, 0.7, null]);
  });

  it('adds up interfaces and sensors, and leaves out those that were not chosen', () => {
    const one = sensorWith([10, [0, 0, 0, 0], [0, 0, 0, 0]], [11, [5, 1, 0.5, 0], [700, 0, 1, 0]]);
    const other = sensorWith([10, [0, 0, null, 0]], [11, [30, 2, null, 0]]);
    const series = toLiveSeries(
      [
        { sensor: one, interfaces: [0] },
        { sensor: other, interfaces: [0] },
      ],
      10,
      11,
    );
    assert.deepEqual(series.frames, [35]);
    assert.deepEqual(series.lost, [3]);
    assert.deepEqual(series.fill, [0.5]);
  });

  it('loses no frame and invents none, however the readings lie', () => {
    const step = fc.record({
      ms: fc.integer({ min: 1, max: 5_000 }),
      frames: fc.nat(1_000_000),
      lost: fc.nat(1_000_000),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (steps) => {
        let [timeMs, frames, lost] = [10_000, 0, 0];
        const points: [number, Entry][] = [[timeMs / 1000, [0, 0, null, 0]]];
        for (const one of steps) {
          timeMs += one.ms;
          frames += one.frames;
          lost += one.lost;
          points.push([timeMs / 1000, [frames, lost, null, 0]]);
        }
        // A last point on a whole second, at which nothing has changed since: all seconds count.
        points.push([Math.ceil(timeMs / 1000) + 1, [frames, lost, null, 0]]);
        const chosen = [{ sensor: sensorWith(...points), interfaces: [0] }];
        const series = toLiveSeries(chosen, 10, lastWholeSecond(chosen)! + 1);
        const sum = (values: (number | null)[]): number =>
          values.reduce<number>((a, b) => a + (b ?? Number.NaN), 0);
        assert.ok(Math.abs(sum(series.frames) - frames) <= frames * 1e-9 + 1e-6);
        assert.ok(Math.abs(sum(series.lost) - lost) <= lost * 1e-9 + 1e-6);
      }),
      { numRuns: 200 },
    );
  });
});

describe('lastWholeSecond', () => {
  it('is the latest one that lies between readings as a whole', () => {
    const of = (...seconds: number[]): number | undefined => {
      const sensor = sensorWith(...seconds.map((s): [number, Entry] => [s, [0, 0, null, 0]]));
      return lastWholeSecond([{ sensor, interfaces: [0] }]);
    };
    assert.equal(of(10.2, 12.1), 11);
    assert.equal(of(10, 12), 11);
    assert.equal(of(10.2, 11.9), undefined);
    assert.equal(of(10), undefined);
    assert.equal(of(), undefined);
  });
});
