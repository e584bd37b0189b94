import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GapSelection } from '../../../src/analysis/gap-selection.js';
import fc from '../../support/fixed-check.js';

function select(weights: readonly number[], first: number, heaviest: number): number[] {
  const selection = new GapSelection<number>(first, heaviest, (index) => weights[index]!);
  weights.forEach((weight, index) => {
    if (selection.wants(weight)) selection.offer(index);
  });
  return selection.kept();
}

describe('GapSelection', () => {
  it('keeps the first and the heaviest of the others, in their order', () => {
    assert.deepEqual(select([1, 1, 9, 3, 9, 2, 10], 2, 3), [0, 1, 2, 4, 6]);
  });

  it('keeps all where there are few', () => {
    assert.deepEqual(select([5, 0, 5], 2, 3), [0, 1, 2]);
  });

  it('keeps what sorting all of them would keep', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 12 }),
        (weights, first, heaviest) => {
          const indexes = weights.map((_, i) => i);
          const rest = indexes
            .slice(first)
            .sort((a, b) => weights[b]! - weights[a]! || a - b)
            .slice(0, heaviest)
            .sort((a, b) => a - b);
          const expected = [...indexes.slice(0, first), ...rest];
          assert.deepEqual(select(weights, first, heaviest), expected);
        },
      ),
    );
  });
});
