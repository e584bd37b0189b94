import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClockFit } from '../../../src/heal/clock-fit.js';
import { FrameSample } from '../../../src/heal/frame-sample.js';

const APART_NS = 1e6;

/** Frames that each have a content of their own, at the times of one clock. */
function sampleOf(frames: number, timeOf: (i: number) => number): FrameSample {
  const sample = new FrameSample();
  for (let i = 0; i < frames; i++) sample.add((i + 1) * 0x10000, timeOf(i), i + 1);
  return sample;
}

describe('how two clocks fit', () => {
  it('isn’t ambiguous where one is ahead of the other, and goes faster', () => {
    const fit = new ClockFit(
      sampleOf(400, (i) => i * APART_NS),
      sampleOf(400, (i) => Math.round(i * APART_NS * 1.00005) + 12_345),
    );
    assert.equal(Math.round(fit.driftPpm), -50);
    assert.equal(fit.isAmbiguous, false);
  });

  it('is ambiguous where one of them was set, however few frames both have', () => {
    // Of 32 pairs there are two knots: the slope between them is that of the setting.
    for (const frames of [32, 48, 400]) {
      const fit = new ClockFit(
        sampleOf(frames, (i) => i * APART_NS),
        sampleOf(frames, (i) => i * APART_NS + (i < frames / 2 ? 0 : 3e9)),
      );
      assert.equal(fit.isAmbiguous, true, `${frames} frames`);
    }
  });
});
