import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../../src/model/random.js';

describe('Random', () => {
  it('gives the numbers that sfc32 in C gives from the same words', () => {
    const random = new Random(42 + 7 * 2 ** 32);
    assert.deepEqual(
      [0, 0, 0, 0, 0].map(() => random.next32()),
      [1417999003, 3775503304, 1277638870, 1967214289, 70834314],
    );
  });

  it('gives the same numbers for the same seed, and others for another', () => {
    assert.equal(new Random(5).next32(), new Random(5).next32());
    assert.notEqual(new Random(5).next32(), new Random(6).next32());
    assert.notEqual(new Random(5).next32(), new Random(5 + 2 ** 32).next32());
  });

  it('keeps fractions below 1, and exponential times near their mean', () => {
    const random = new Random(1);
    let sum = 0;
    for (let i = 0; i < 100_000; i++) {
      const fraction = random.nextFraction();
      assert.ok(fraction >= 0 && fraction < 1);
      sum += random.nextExponential(250);
    }
    // The standard error of the mean is 250 / sqrt(100,000) = 0.8.
    assert.ok(Math.abs(sum / 100_000 - 250) < 4, `mean ${sum / 100_000}`);
  });
});
