import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type FlowShape,
  flowTraffic,
  mergeTraffic,
  replayTraffic,
  type Traffic,
} from '../../../src/model/traffic.js';

const MS = 1_000_000;
const small = { kind: 'fixed', length: 60 } as const;

function times(traffic: Traffic): number[] {
  const list: number[] = [];
  while (traffic.next()) list.push(traffic.timeNs);
  return list;
}

describe('flowTraffic', () => {
  it('comes at a constant rate without drifting', () => {
    const shape = { kind: 'constant', ratePps: 3_000_000 } as const;
    const list = times(flowTraffic({ shape, sizes: small, frames: 3_000_001 }, 1));
    assert.deepEqual(list.slice(0, 4), [0, 333, 667, 1000]);
    assert.equal(list.at(-1), 1_000_000_000);
  });

  it('ends before endNs', () => {
    const shape = { kind: 'constant', ratePps: 1000 } as const;
    assert.equal(times(flowTraffic({ shape, sizes: small, endNs: 10 * MS }, 1)).length, 10);
    assert.deepEqual(
      times(flowTraffic({ shape, sizes: small, startNs: 8 * MS, endNs: 10 * MS }, 1)),
      [8 * MS, 9 * MS],
    );
  });

  it('waits between Poisson arrivals with mean and deviation of 1 / rate', () => {
    const shape = { kind: 'poisson', ratePps: 1_000_000 } as const;
    const list = times(flowTraffic({ shape, sizes: small, frames: 200_000 }, 3));
    const waits = list.slice(1).map((timeNs, i) => timeNs - list[i]!);
    const mean = waits.reduce((a, b) => a + b, 0) / waits.length;
    const variance = waits.reduce((a, b) => a + (b - mean) ** 2, 0) / waits.length;
    assert.ok(Math.abs(mean - 1000) < 10, `mean ${mean}`);
    assert.ok(Math.abs(Math.sqrt(variance) - 1000) < 20, `deviation ${Math.sqrt(variance)}`);
  });

  it('comes in bursts: a rate for a while, then a pause', () => {
    const shape: FlowShape = { kind: 'bursts', ratePps: 1000, onNs: 3 * MS, offNs: 7 * MS };
    assert.deepEqual(
      times(flowTraffic({ shape, sizes: small, frames: 7 }, 1)).map((timeNs) => timeNs / MS),
      [0, 1, 2, 10, 11, 12, 20],
    );
  });

  it('draws the bursts where they are random, with the share of time given', () => {
    const shape: FlowShape = {
      kind: 'bursts',
      ratePps: 1_000_000,
      onNs: MS,
      offNs: 3 * MS,
      random: true,
    };
    const count = times(flowTraffic({ shape, sizes: small, endNs: 4000 * MS }, 5)).length;
    assert.ok(Math.abs(count / 4_000_000 - 0.25) < 0.02, `${count}`);
  });

  it('is the same for the same seed', () => {
    const options = {
      shape: { kind: 'poisson', ratePps: 1e6 },
      sizes: small,
      frames: 100,
    } as const;
    assert.deepEqual(times(flowTraffic(options, 9)), times(flowTraffic(options, 9)));
    assert.notDeepEqual(times(flowTraffic(options, 9)), times(flowTraffic(options, 10)));
  });

  it('refuses a zero rate, an empty burst and traffic without end', () => {
    for (const ratePps of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const shape = { kind: 'constant', ratePps } as const;
      assert.throws(() => flowTraffic({ shape, sizes: small, frames: 1 }, 1), { code: 'BAD_RATE' });
    }
    const burst: FlowShape = { kind: 'bursts', ratePps: 1, onNs: 0, offNs: 1 };
    assert.throws(() => flowTraffic({ shape: burst, sizes: small, frames: 1 }, 1), {
      code: 'BAD_BURST',
    });
    const shape = { kind: 'constant', ratePps: 1 } as const;
    assert.throws(() => flowTraffic({ shape, sizes: small }, 1), { code: 'ENDLESS_TRAFFIC' });
  });
});

describe('mergeTraffic', () => {
  it('puts flows in order of time, and says whose frame it is', () => {
    const fast = flowTraffic(
      { shape: { kind: 'constant', ratePps: 1000 }, sizes: small, frames: 4 },
      1,
    );
    const slow = flowTraffic(
      {
        shape: { kind: 'constant', ratePps: 500 },
        sizes: { kind: 'fixed', length: 99 },
        frames: 3,
      },
      1,
    );
    const merged = mergeTraffic([fast, slow]);
    const seen: [number, number, number][] = [];
    while (merged.next()) seen.push([merged.timeNs / MS, merged.flow, merged.length]);
    assert.deepEqual(seen, [
      [0, 0, 60],
      [0, 1, 99],
      [1, 0, 60],
      [2, 0, 60],
      [2, 1, 99],
      [3, 0, 60],
      [4, 1, 99],
    ]);
    assert.equal(merged.next(), false);
  });

  it('of no flows is empty', () => {
    assert.equal(mergeTraffic([]).next(), false);
  });
});

describe('replayTraffic', () => {
  it('starts at the first frame, at the speed asked for', () => {
    const frames = [
      { timeNs: 5000, length: 60 },
      { timeNs: 6000, length: 61 },
      { timeNs: 9001, length: 62 },
    ];
    assert.deepEqual(times(replayTraffic(frames)), [0, 1000, 4001]);
    assert.deepEqual(times(replayTraffic(frames, 2)), [0, 500, 2001]);
  });

  it('lets a frame that is dated too early come with its predecessor', () => {
    const frames = [10, 30, 20, 40].map((timeNs) => ({ timeNs, length: 60 }));
    assert.deepEqual(times(replayTraffic(frames)), [0, 20, 20, 30]);
  });

  it('of no frames is empty', () => {
    assert.equal(replayTraffic([]).next(), false);
  });

  it('refuses a speed of 0', () => {
    assert.throws(() => replayTraffic([], 0), { code: 'BAD_SPEED' });
  });
});
