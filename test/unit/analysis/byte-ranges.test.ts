import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteRanges } from '../../../src/analysis/byte-ranges.js';

describe('ByteRanges', () => {
  it('joins what touches or overlaps and keeps the rest apart', () => {
    const ranges = new ByteRanges(8);
    ranges.add(10, 20);
    ranges.add(40, 50);
    ranges.add(20, 25);
    ranges.add(45, 60);
    ranges.add(70, 70);
    assert.equal(ranges.count, 2);
    assert.deepEqual(ranges.missingFrom(0, 80), [
      [0, 10],
      [25, 40],
      [60, 80],
    ]);
    assert.deepEqual(ranges.missingFrom(12, 24), []);
  });

  it('forgets what lies below a position', () => {
    const ranges = new ByteRanges(8);
    ranges.add(10, 20);
    ranges.add(30, 40);
    ranges.removeBelow(35);
    assert.deepEqual(ranges.missingFrom(0, 50), [
      [0, 35],
      [40, 50],
    ]);
  });

  it('forgets the lowest range where there are too many, and counts it', () => {
    const ranges = new ByteRanges(2);
    for (const start of [10, 30, 50]) ranges.add(start, start + 5);
    assert.equal(ranges.count, 2);
    assert.equal(ranges.forgotten, 1);
    assert.deepEqual(ranges.missingFrom(10, 15), [[10, 15]]);
  });
});
