import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limitTraffic, parallelFlows } from '../../../src/model/parallel-flows.js';
import type { FlowShape, Traffic } from '../../../src/model/traffic.js';

const MS = 1_000_000;
const SIZES = { kind: 'fixed', length: 60 } as const;
const CONSTANT: FlowShape = { kind: 'constant', ratePps: 1000 };

function arrivals(traffic: Traffic): [timeNs: number, flow: number][] {
  const all: [number, number][] = [];
  while (traffic.next()) all.push([traffic.timeNs, traffic.flow]);
  return all;
}

describe('parallelFlows', () => {
  it('lets a single flow begin at 0', () => {
    const traffic = parallelFlows({ shape: CONSTANT, sizes: SIZES, flows: 1, frames: 3, seed: 1 });
    assert.deepEqual(arrivals(traffic), [
      [0, 0],
      [MS, 0],
      [2 * MS, 0],
    ]);
  });

  it('shares the rate among several, each beginning within one period', () => {
    const all = arrivals(
      parallelFlows({ shape: CONSTANT, sizes: SIZES, flows: 4, endNs: 1000 * MS, seed: 1 }),
    );
    assert.equal(all.length, 1000);
    const starts = [0, 1, 2, 3].map((flow) => all.find(([, of]) => of === flow)![0]);
    assert.ok(starts.every((startNs) => startNs < 4 * MS));
    assert.equal(new Set(starts).size, 4);
    for (let i = 1; i < all.length; i++) assert.ok(all[i]![0] >= all[i - 1]![0]);
  });

  it('spreads bursts over burst and pause', () => {
    const shape: FlowShape = { kind: 'bursts', ratePps: 10_000, onNs: MS, offNs: 99 * MS };
    const all = arrivals(
      parallelFlows({ shape, sizes: SIZES, flows: 8, endNs: 100 * MS, seed: 5 }),
    );
    const starts = Array.from({ length: 8 }, (_, flow) => all.find(([, of]) => of === flow)![0]);
    assert.ok(Math.max(...starts) - Math.min(...starts) > 20 * MS);
  });

  it('ends after so many frames in all', () => {
    const traffic = parallelFlows({ shape: CONSTANT, sizes: SIZES, flows: 3, frames: 10, seed: 1 });
    assert.equal(arrivals(traffic).length, 10);
  });

  it('is the same for the same seed, another for another', () => {
    const of = (seed: number) =>
      arrivals(
        parallelFlows({
          shape: { kind: 'poisson', ratePps: 1000 },
          sizes: SIZES,
          flows: 2,
          frames: 50,
          seed,
        }),
      );
    assert.deepEqual(of(1), of(1));
    assert.notDeepEqual(of(1), of(2));
  });
});

describe('limitTraffic', () => {
  const endless = (): Traffic => {
    const traffic = { timeNs: -1, length: 60, flow: 0, next: () => ++traffic.timeNs >= 0 };
    return traffic;
  };

  it('ends at the number of frames or before the time, whichever comes first', () => {
    assert.equal(arrivals(limitTraffic(endless(), { frames: 5 })).length, 5);
    assert.equal(arrivals(limitTraffic(endless(), { endNs: 7 })).length, 7);
    assert.equal(arrivals(limitTraffic(endless(), { frames: 5, endNs: 3 })).length, 3);
  });

  it('stays ended', () => {
    const traffic = limitTraffic(endless(), { endNs: 1 });
    assert.deepEqual([traffic.next(), traffic.next(), traffic.next()], [true, false, false]);
  });

  it('is the traffic itself where there is no limit', () => {
    const traffic = endless();
    assert.equal(limitTraffic(traffic, {}), traffic);
  });
});
