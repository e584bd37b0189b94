import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RotationClock } from '../../../src/capture/rotation.js';
import { ArgumentError } from '../../../src/core/errors.js';

describe('RotationClock', () => {
  it('never ends a file where neither duration nor interval is given', () => {
    const clock = new RotationClock({ packets: 10 });
    clock.begin(0, 1_000_000);
    assert.equal(clock.intervalEnd, Number.POSITIVE_INFINITY);
    assert.equal(clock.isOver(1e12), false);
    assert.equal(clock.isIntervalOver(1e15), false);
    assert.equal(clock.msUntilDue(0, 0), Number.POSITIVE_INFINITY);
  });

  it('counts a duration from the beginning of the file', () => {
    const clock = new RotationClock({ durationMs: 1500 });
    clock.begin(10_000, 0);
    assert.equal(clock.isOver(11_499), false);
    assert.equal(clock.isOver(11_500), true);
    assert.equal(clock.msUntilDue(11_000, 0), 500);
    clock.begin(11_730, 0);
    assert.equal(clock.isOver(13_229), false);
  });

  it('ends intervals at multiples of the seconds since 1970', () => {
    const clock = new RotationClock({ intervalSeconds: 3600 });
    clock.begin(0, 7200.5);
    assert.equal(clock.intervalEnd, 10_800);
    clock.begin(0, 10_800);
    assert.equal(clock.intervalEnd, 14_400, 'a frame at the very end begins the next interval');
  });

  it('gives late frames a moment before the clock alone ends an interval', () => {
    const clock = new RotationClock({ intervalSeconds: 10 });
    clock.begin(0, 1005);
    assert.equal(clock.isIntervalOver(1_010_000), false);
    assert.equal(clock.isIntervalOver(1_010_200), true);
    assert.equal(clock.msUntilDue(0, 1_009_000), 1200);
    assert.equal(clock.msUntilDue(0, 1_020_000), 0);
  });

  it('ends an interval also when the clock was set back by more than one', () => {
    const clock = new RotationClock({ intervalSeconds: 10 });
    clock.begin(0, 1005);
    assert.equal(clock.intervalFloor, 990);
    assert.equal(clock.isIntervalOver(990_000), false);
    assert.equal(clock.isIntervalOver(989_999), true);
    clock.begin(0, 500);
    assert.equal(clock.isIntervalOver(500_000), false);
    assert.deepEqual([clock.intervalFloor, clock.intervalEnd], [490, 510]);
  });

  it('takes whichever comes first', () => {
    const clock = new RotationClock({ intervalSeconds: 60, durationMs: 10_000 });
    clock.begin(0, 55);
    assert.equal(clock.msUntilDue(0, 55_000), 5200);
    clock.begin(0, 5);
    assert.equal(clock.msUntilDue(0, 5000), 10_000);
  });

  for (const options of [
    { packets: 0 },
    { packets: 1.5 },
    { files: -1 },
    { durationMs: Number.NaN },
    { intervalSeconds: 0.5 },
    { fileSizeBytes: 0 },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => new RotationClock(options), ArgumentError);
    });
  }
});
