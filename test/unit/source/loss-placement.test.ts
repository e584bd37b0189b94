import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactLoss, type Loss } from '../../../src/core/loss.js';
import { LossPlacement } from '../../../src/source/loss-placement.js';

/** Takes so many boundaries, from the first on. */
function take(placement: LossPlacement, count: number): (Loss | undefined)[] {
  return Array.from({ length: count }, () => placement.takeBoundary());
}

function bounded(lost: number, atLeast: number, atMost: number, group: number): Loss {
  return { lost, certainty: 'bounded', atLeast, atMost, group };
}

describe('LossPlacement, of one receive CPU', () => {
  it('finds no loss where nothing was dropped', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, false);
    placement.addReading(12, 0, 1);
    assert.deepEqual(take(placement, 2), [undefined, undefined]);
    assert.equal(placement.accepted, 12);
  });

  it('places drops behind a block that closed before any of them', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, false);
    placement.addReading(15, 5, 1);
    assert.deepEqual(take(placement, 2), [undefined, exactLoss(5)]);
  });

  it('places drops before a block that is marked, where only one was dropped', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, true);
    placement.addReading(11, 1, 1);
    assert.deepEqual(take(placement, 2), [exactLoss(1), undefined]);
  });

  it('knows of one drop before a block that is marked, and leaves the others open', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, true);
    placement.addReading(13, 3, 1);
    assert.deepEqual(take(placement, 2), [bounded(1, 1, 3, 1), bounded(2, 0, 2, 1)]);
  });

  it('keeps what was exact within the bounds of what comes later', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, false);
    placement.addReading(15, 5, 1);
    placement.closeBlock(10, true);
    placement.addReading(14, 4, 2);
    assert.deepEqual(take(placement, 3), [undefined, bounded(6, 6, 9, 1), bounded(3, 0, 3, 1)]);
  });

  it('rules a boundary out once a frame behind it was in the ring', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, false);
    placement.addReading(11, 0, 1);
    placement.closeBlock(10, false);
    placement.addReading(12, 3, 1);
    assert.deepEqual(take(placement, 3), [undefined, undefined, exactLoss(3)]);
  });

  it('uses no mark of a block that closed while the counters were read', () => {
    const placement = new LossPlacement(4);
    // Whether its mark speaks of drops that this reading shows can't be told.
    placement.closeBlock(10, true);
    placement.addReading(12, 2, 0);
    placement.closeBlock(10, false);
    placement.addReading(13, 3, 2);
    assert.deepEqual(take(placement, 3), [bounded(0, 0, 2, 1), bounded(2, 0, 2, 1), exactLoss(3)]);
  });

  it('claims no certain drop for a boundary that is only the first of several before a mark', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, false);
    placement.addReading(0, 0, 0);
    placement.closeBlock(10, true);
    placement.addReading(24, 4, 2);
    assert.deepEqual(take(placement, 3), [
      bounded(0, 0, 4, 1),
      bounded(0, 0, 4, 1),
      bounded(4, 0, 4, 1),
    ]);
  });

  it('numbers groups that share no boundary apart', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, true);
    placement.addReading(12, 2, 1);
    placement.closeBlock(10, false);
    placement.closeBlock(10, true);
    placement.addReading(25, 4, 3);
    const groups = take(placement, 4).map((loss) => loss?.group);
    assert.deepEqual(groups, [1, 1, 2, 2]);
  });

  it('says that the last boundary is unsettled until a frame behind it is in the ring', () => {
    const placement = new LossPlacement(4);
    assert.equal(placement.unsettled, true);
    placement.closeBlock(10, false);
    placement.addReading(10, 0, 1);
    assert.equal(placement.unsettled, true);
    placement.addReading(1, 0, 1);
    assert.equal(placement.unsettled, false);
  });

  it('starts each boundary anew when its memory is used again', () => {
    const placement = new LossPlacement(1);
    for (let block = 0; block < 20; block++) {
      placement.closeBlock(10, true);
      placement.addReading(12, 2, block + 1);
      const loss = placement.takeBoundary();
      // Each boundary may have lost the second drop of one reading and the first of the next.
      const expected = block === 0 ? bounded(1, 1, 2, 1) : bounded(2, 1, 3, 1);
      assert.deepEqual(loss, expected, `boundary ${block}`);
    }
  });
});

describe('LossPlacement, where several receive CPUs contradict the rule', () => {
  it('marks drops counted after a frame behind their boundary', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, false);
    placement.addReading(12, 0, 1);
    placement.addReading(3, 3, 1);
    assert.deepEqual(take(placement, 2), [bounded(0, 0, 3, 1), bounded(3, 0, 3, 1)]);
  });

  it('marks them at the last boundary alone where the others are given out', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, false);
    placement.addReading(12, 0, 1);
    assert.equal(placement.takeBoundary(), undefined);
    placement.addReading(3, 3, 1);
    assert.deepEqual(placement.takeBoundary(), bounded(3, 0, 3, 1));
  });

  it('marks drops before a block whose first frame had been in the ring already', () => {
    const placement = new LossPlacement(4);
    placement.closeBlock(10, false);
    placement.addReading(12, 0, 1);
    placement.closeBlock(5, true);
    placement.addReading(7, 4, 2);
    assert.deepEqual(take(placement, 3), [undefined, bounded(0, 0, 4, 1), bounded(4, 0, 4, 1)]);
  });
});
