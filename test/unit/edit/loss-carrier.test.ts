import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactLoss, type Loss } from '../../../src/core/loss.js';
import { LossCarrier } from '../../../src/edit/loss-carrier.js';

function bounded(lost: number, atLeast: number, atMost: number, group: number): Loss {
  return { lost, certainty: 'bounded', atLeast, atMost, group };
}

describe('LossCarrier', () => {
  it('gives a kept frame its own loss as it is', () => {
    const carrier = new LossCarrier();
    assert.deepEqual(carrier.release(exactLoss(3)), exactLoss(3));
    assert.equal(carrier.release(undefined), undefined);
  });

  it('adds up exact losses over left-out frames, and stays exact', () => {
    const carrier = new LossCarrier();
    carrier.hold(exactLoss(3));
    carrier.hold(undefined);
    carrier.hold(exactLoss(4));
    assert.deepEqual(carrier.release(exactLoss(5)), exactLoss(12));
    assert.equal(carrier.pending, undefined);
  });

  it('adds up bounds of one group', () => {
    const carrier = new LossCarrier();
    carrier.hold(bounded(10, 1, 10, 1));
    assert.deepEqual(carrier.release(bounded(0, 0, 9, 1)), bounded(10, 1, 19, 1));
  });

  it('makes two groups that meet one, for the frames after them too', () => {
    const carrier = new LossCarrier();
    carrier.hold(bounded(2, 1, 4, 1));
    carrier.hold(exactLoss(5));
    assert.deepEqual(carrier.release(bounded(3, 0, 3, 2)), bounded(10, 6, 12, 1));
    assert.deepEqual(carrier.release(bounded(1, 0, 3, 2)), bounded(1, 0, 3, 1));
    assert.deepEqual(carrier.release(bounded(1, 0, 3, 3)), bounded(1, 0, 3, 3));
  });
});
