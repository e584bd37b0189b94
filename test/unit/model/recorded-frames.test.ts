import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordedFrames } from '../../../src/model/recorded-frames.js';
import { replayTraffic } from '../../../src/model/traffic.js';
import { FakeSource } from '../../support/fake-source.js';

const START_NS = 1_795_355_060_999_999_990n;

function source(): FakeSource {
  return new FakeSource({
    frames: [0n, 5n, 20n, 17n, 3_600_000_000_000n].map((offsetNs, i) => ({
      timeNs: START_NS + offsetNs,
      originalLength: 60 + i,
      interfaceId: i % 2,
    })),
  });
}

function replayed(traffic: ReturnType<typeof replayTraffic>): [number, number][] {
  const seen: [number, number][] = [];
  while (traffic.next()) seen.push([traffic.timeNs, traffic.length]);
  return seen;
}

describe('recordedFrames', () => {
  it('gives times to the nanosecond, across the second, and lengths on the wire', () => {
    assert.deepEqual(replayed(replayTraffic(recordedFrames(source()))), [
      [0, 60],
      [5, 61],
      [20, 62],
      [20, 63],
      [3_600_000_000_000, 64],
    ]);
  });

  it('takes one interface where asked to', () => {
    assert.deepEqual(replayed(replayTraffic(recordedFrames(source(), 1))), [
      [0, 61],
      [12, 63],
    ]);
  });

  it('of an empty source gives nothing', () => {
    assert.deepEqual([...recordedFrames(new FakeSource({ frames: [] }))], []);
  });
});
