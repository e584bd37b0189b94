import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunNumbers } from '../../../src/fleet/run-numbers.js';
import fc from '../../support/fixed-check.js';

describe('RunNumbers', () => {
  it('takes each number once, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 300 }), (numbers) => {
        const seen = new Set<number>();
        const taken = new RunNumbers();
        for (const number of numbers) {
          assert.equal(taken.take(number), !seen.has(number), String(number));
          seen.add(number);
        }
      }),
    );
  });

  it('takes numbers that come after a higher one was the first', () => {
    const taken = new RunNumbers();
    assert.deepEqual(
      [17, 18, 1, 2, 17, 1].map((number) => taken.take(number)),
      [true, true, true, true, false, false],
    );
  });

  it('takes the lowest holes for filled where there are hundreds', () => {
    const taken = new RunNumbers();
    for (let number = 2; number <= 2_000; number += 2) assert.ok(taken.take(number));
    assert.equal(taken.take(3), false);
    assert.equal(taken.take(1_999), true);
    assert.equal(taken.take(1_999), false);
  });
});
