import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RateMeter } from '../../../src/cli/capture-status.js';
import type { CaptureProgress } from '../../../src/index.js';

function reading(frames: number, elapsedMs: number): CaptureProgress {
  return {
    frames,
    elapsedMs,
    received: frames,
    lost: 3,
    gaps: 2,
    fill: 0.5,
    bytesWritten: 0,
    file: 'x.pcapng',
    fileNumber: undefined,
  };
}

describe('RateMeter', () => {
  it('knows no rate from one reading', () => {
    assert.deepEqual(new RateMeter().take(reading(100, 250)), {
      frames: 100,
      framesPerSecond: undefined,
      lost: 3,
      gapCount: 2,
      fill: 0.5,
    });
  });

  it('gives the rate of the last two seconds, not of the whole capture', () => {
    const meter = new RateMeter();
    let rate: number | undefined;
    // A thousand frames a second for ten seconds, then none for two.
    for (let elapsedMs = 0; elapsedMs <= 10_000; elapsedMs += 250) {
      rate = meter.take(reading(elapsedMs, elapsedMs)).framesPerSecond;
    }
    assert.equal(rate, 1000);
    for (let elapsedMs = 10_250; elapsedMs <= 12_000; elapsedMs += 250) {
      rate = meter.take(reading(10_000, elapsedMs)).framesPerSecond;
    }
    assert.equal(rate, 0);
  });

  it('knows no rate between two readings at the same moment', () => {
    const meter = new RateMeter();
    meter.take(reading(1, 250));
    assert.equal(meter.take(reading(2, 250)).framesPerSecond, undefined);
  });
});
