import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Loss } from '../../../src/core/loss.js';
import { type SettledGap, settleExact, settleGroup } from '../../../src/heal/gap-settlement.js';
import type { HeldFrame } from '../../../src/heal/held-frame.js';

const exact = (lost: number): Loss => ({
  ...{ lost, certainty: 'exact', atLeast: lost, atMost: lost, group: undefined },
});
const bounded = (lost: number, atLeast: number, atMost: number): Loss => ({
  ...{ lost, certainty: 'bounded', atLeast, atMost, group: 1 },
});

function gap(recorded: Loss, found: number, resolved?: number): SettledGap {
  const fills = new Array<HeldFrame>(found).fill({} as HeldFrame);
  const state = {
    recorded,
    resolved,
    filled: found,
    isCertain: true,
    reason: undefined,
    amongRings: undefined,
  };
  return { fills, state, left: undefined };
}

describe('what is left of a loss', () => {
  it('is what was lost less what was found', () => {
    const some = gap(exact(5), 2);
    settleExact(some);
    assert.deepEqual(some.left, exact(3));
    const all = gap(exact(5), 5);
    settleExact(all);
    assert.equal(all.left, undefined);
  });

  it('is all of it where more was found than was lost', () => {
    const wrong = gap(exact(5), 6);
    settleExact(wrong);
    assert.deepEqual([wrong.left, wrong.fills.length], [exact(5), 0]);
    assert.equal(wrong.state.reason, 'contradiction');
  });

  it('stays as recorded for a group that nothing was found for', () => {
    const pair = [gap(bounded(3, 1, 5), 0), gap(bounded(2, 0, 4), 0)];
    settleGroup(pair);
    assert.deepEqual(
      pair.map(({ left }) => left),
      [bounded(3, 1, 5), bounded(2, 0, 4)],
    );
  });

  it('is exact for a group where all numbers became known, and add up to what is recorded', () => {
    const pair = [gap(bounded(3, 1, 5), 4, 4), gap(bounded(2, 0, 4), 0, 1)];
    settleGroup(pair);
    assert.deepEqual(
      pair.map(({ left }) => left),
      [undefined, exact(1)],
    );
  });

  it('is bounded still where a number of the group isn’t known, or their sum is another', () => {
    for (const second of [undefined, 2]) {
      const pair = [gap(bounded(3, 1, 5), 4, 4), gap(bounded(2, 0, 4), 0, second)];
      settleGroup(pair);
      assert.deepEqual(
        pair.map(({ left }) => [left?.certainty, left?.atLeast, left?.atMost]),
        [
          ['bounded', 0, 1],
          ['bounded', 0, 1],
        ],
      );
    }
  });

  it('is no surer for one of a group than for the others', () => {
    const pair = [gap(bounded(3, 1, 5), 4, 4), gap(bounded(2, 0, 4), 1, 1)];
    pair[1]!.state.isCertain = false;
    settleGroup(pair);
    assert.deepEqual(
      pair.map(({ left, state }) => [left, state.isCertain]),
      [
        [undefined, false],
        [undefined, false],
      ],
    );
  });

  it('moves within a group to where it can be, and its sum stays exact', () => {
    const pair = [gap(bounded(3, 1, 5), 4), gap(bounded(2, 0, 4), 0)];
    settleGroup(pair);
    const [first, second] = pair.map(({ left }) => left);
    assert.deepEqual(
      [first?.lost ?? 0, second?.lost ?? 0].reduce((a, b) => a + b),
      1,
    );
    assert.ok((first?.atMost ?? 0) <= 1 && (second?.atMost ?? 0) <= 1);
  });

  it('is all of it for a group whose frames contradict the record', () => {
    const pair = [gap(bounded(3, 1, 5), 5), gap(bounded(2, 0, 4), 4)];
    settleGroup(pair);
    assert.deepEqual(
      pair.map(({ left, fills }) => [left, fills.length]),
      [
        [bounded(3, 1, 5), 0],
        [bounded(2, 0, 4), 0],
      ],
    );
  });
});
