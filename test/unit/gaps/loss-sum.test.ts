import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactLoss, type Loss } from '../../../src/core/loss.js';
import { addLosses } from '../../../src/gaps/loss-sum.js';

const bounded: Loss = { lost: 5, certainty: 'bounded', atLeast: 2, atMost: 8, group: 3 };

describe('addLosses', () => {
  it('adds exact losses exactly', () => {
    assert.deepEqual(addLosses(exactLoss(3), exactLoss(4)), exactLoss(7));
  });

  it('is bounded, in the same group, if either loss is', () => {
    const sum: Loss = { lost: 9, certainty: 'bounded', atLeast: 6, atMost: 12, group: 3 };
    assert.deepEqual(addLosses(bounded, exactLoss(4)), sum);
    assert.deepEqual(addLosses(exactLoss(4), bounded), sum);
  });

  it("keeps the first of two groups, whose sum the second group's leaves exact", () => {
    const next: Loss = { lost: 1, certainty: 'bounded', atLeast: 0, atMost: 1, group: 4 };
    const sum = addLosses(bounded, next);
    assert.deepEqual([sum.lost, sum.atLeast, sum.atMost, sum.group], [6, 2, 9, 3]);
  });
});
