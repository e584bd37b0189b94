import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContentCounts } from '../../../src/heal/content-counts.js';

/** Keys of 53 bits, all different. */
function keyOf(index: number): number {
  const low = Math.imul(Math.imul(index + 1, 0x9e3779b1) ^ 0x1234567, 0x85ebca6b) >>> 0;
  return ((index * 7919) % 2 ** 21) * 2 ** 32 + low;
}

const FRAMES = 20_000;

describe('ContentCounts', () => {
  it('counts no content too low, and few too high', () => {
    const counts = new ContentCounts(FRAMES);
    const often = (i: number): number => 1 + (i % 4 === 0 ? 1 : 0) + (i % 8 === 0 ? 3 : 0);
    for (let i = 0; i < FRAMES; i++) for (let n = 0; n < often(i); n++) counts.add(1, keyOf(i));
    let tooHigh = 0;
    for (let i = 0; i < FRAMES; i++) {
      const count = counts.countOf(1, keyOf(i));
      assert.ok(count >= Math.min(often(i), 2), `${i}: ${count}`);
      if (count > Math.min(often(i), 2)) tooHigh++;
      if (counts.countOf(0, keyOf(i)) > 0) tooHigh++;
      if (counts.countOf(1, keyOf(FRAMES + i)) > 0) tooHigh++;
    }
    assert.ok(tooHigh < FRAMES * 3 * 0.05, `${tooHigh}`);
  });

  it('counts many at a time as it does one by one', () => {
    const single = new ContentCounts(FRAMES);
    const several = new ContentCounts(FRAMES);
    const keys = Float64Array.from({ length: FRAMES }, (_, i) => keyOf(i % 15_000));
    for (const key of keys.subarray(0, FRAMES - 10)) single.add(3, key);
    several.addAll(3, keys, 1000);
    several.addAll(3, keys.subarray(1000), FRAMES - 1010);
    for (let i = 0; i < 2 * FRAMES; i++) {
      assert.equal(several.countOf(3, keyOf(i)), single.countOf(3, keyOf(i)));
    }
    assert.equal(several.countOf(3, keys[0]!), 2);
    assert.ok(several.countOf(3, keys[14_999]!) >= 1);
  });
});
