import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CaptureTimes, durationText, scaledText } from '../../../src/page/capture-times.js';

describe('CaptureTimes', () => {
  const times = new CaptureTimes('1795355060.089260729');

  it('counts from the first frame', () => {
    assert.equal(times.seconds('1795355061.089260729'), 1);
    assert.equal(times.seconds('1795355060.089260728'), -1e-9);
    assert.equal(times.seconds(null), null);
  });

  it('gives back the time of day with as many digits as columns are fine', () => {
    assert.equal(times.dateAndTime(0), '2026-11-22 13:44:20.089260729');
    assert.equal(times.timeOfDay(1, 1), '13:44:21');
    assert.equal(times.timeOfDay(1, 0.001), '13:44:21.089');
    assert.equal(times.timeOfDay(1, 1e-12), '13:44:21.089260729');
  });
});

describe('durationText and scaledText', () => {
  it('round to three digits', () => {
    assert.equal(durationText(0.0123456), '12.3 ms');
    assert.equal(durationText(7200), '2 h');
    assert.equal(durationText(90), '1.5 min');
    assert.equal(durationText(2e-8), '20 ns');
    assert.equal(scaledText(812_345), '812 k');
    assert.equal(scaledText(999_999), '1 M');
    assert.equal(scaledText(0), '0');
  });
});
