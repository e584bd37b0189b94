import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactLoss, type Loss } from '../../../src/core/loss.js';
import { shareOut } from '../../../src/heal/ring-shares.js';
import fc from '../../support/fixed-check.js';

/** Every way in which frames can be of losses that have room for them: how many are left of each. */
function everyWay(lost: readonly number[], fills: readonly (readonly number[])[]): number[][] {
  const ways = new Map<string, number[]>();
  const visit = (left: readonly number[], at: number): void => {
    if (at === fills.length) {
      ways.set(left.join(' '), [...left]);
      return;
    }
    for (const gap of fills[at]!) {
      if (left[gap]! > 0) {
        visit(
          left.map((count, i) => (i === gap ? count - 1 : count)),
          at + 1,
        );
      }
    }
  };
  visit(lost, 0);
  return [...ways.values()];
}

/** Losses of which the sum is known alone. */
const bounded = (lost: readonly number[], atMost: number, group = 1): Loss[] =>
  lost.map((count) => ({ lost: count, certainty: 'bounded', atLeast: 0, atMost, group }));

describe('what is left of losses of several rings', () => {
  it('is exact where each frame can be of one only', () => {
    const shares = shareOut([exactLoss(3), exactLoss(2)], [[0], [1], [1]], () => 1)!;
    assert.deepEqual(
      shares.left.map((loss) => loss && [loss.lost, loss.certainty]),
      [[2, 'exact'], undefined],
    );
  });

  it('is nothing where every lost frame was found, whosever it was', () => {
    const both = [0, 1];
    const shares = shareOut([exactLoss(1), exactLoss(2)], [both, both, both], () => 1)!;
    assert.deepEqual(shares.left, [undefined, undefined]);
  });

  it('is a group with an exact sum where some were found that either may have lost', () => {
    const both = [0, 1];
    const shares = shareOut([exactLoss(3), exactLoss(3)], [both, both, [1]], () => 7)!;
    const [one, other] = shares.left;
    assert.deepEqual([one!.atLeast, one!.atMost, one!.group], [1, 3, 7]);
    assert.deepEqual([other!.atLeast, other!.atMost, other!.group], [0, 2, 7]);
    assert.equal(one!.lost + other!.lost, 3);
  });

  it('lets losses that nothing was found for be as they are', () => {
    const losses = [exactLoss(3), exactLoss(2)];
    const shares = shareOut(losses, [[1]], () => 1)!;
    assert.equal(shares.left[0], losses[0]);
    assert.deepEqual(shares.isTouched, [false, true]);
  });

  it('finds room for each frame wherever there is any, and bounds what is left by every way', () => {
    const gaps = fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 3 }),
        fc.array(gaps, { maxLength: 8 }),
        (lost, fills) => {
          const ways = everyWay(lost, fills);
          const losses = lost.map((count) => exactLoss(count));
          const shares = shareOut(losses, fills, () => 1);
          assert.equal(shares === undefined, ways.length === 0);
          if (shares === undefined) return;
          const left = shares.left.map((loss) => loss ?? { lost: 0, atLeast: 0, atMost: 0 });
          for (const way of ways) {
            for (const [i, count] of way.entries()) {
              const { atLeast, atMost } = left[i]!;
              assert.ok(atLeast <= count && count <= atMost, `${way} of ${JSON.stringify(left)}`);
            }
          }
          const sum = left.reduce((total, { lost: count }) => total + count, 0);
          assert.equal(sum, lost.reduce((total, count) => total + count, 0) - fills.length);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('knows how many each loss of a group had where all were found, and it is the only way', () => {
    const losses = [exactLoss(2), ...bounded([0, 3], 3)];
    const shared = [0, 2];
    const found = shareOut(losses, [shared, shared, shared, shared, [1]], () => 2)!;
    assert.deepEqual(found.left, [undefined, undefined, undefined]);
    assert.deepEqual(found.numbers, [2, 1, 2]);
    const either = shareOut(bounded([0, 3], 3), [[0, 1], [0], [1]], () => 2)!;
    assert.deepEqual(either.left, [undefined, undefined]);
    assert.deepEqual(either.numbers, [undefined, undefined]);
    const some = shareOut(bounded([0, 3], 3), [[0], [1]], () => 2)!;
    assert.deepEqual(some.numbers, [undefined, undefined]);
  });

  it('leaves of a group what every way allows, and of no loss more than it was said to be', () => {
    const gaps = fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 });
    const counts = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        counts,
        fc.array(gaps, { maxLength: 7 }),
        (exact, members, fills) => {
          const total = members[0]! + members[1]!;
          const losses = [exactLoss(exact), ...bounded(members, total)];
          // Of how the group's sum may be spread each way is one that may have been.
          const all = Array.from({ length: total + 1 }, (_, first) => [
            exact,
            first,
            total - first,
          ]);
          const ways = all.flatMap((lost) => everyWay(lost, fills).map((left) => ({ lost, left })));
          const shares = shareOut(losses, fills, () => 2);
          if (shares === undefined) {
            assert.equal(ways.length, 0);
            return;
          }
          const left = shares.left.map((loss) => loss ?? { lost: 0, atLeast: 0, atMost: 0 });
          for (const way of ways) {
            for (const [i, loss] of left.entries()) {
              if (!shares.isTouched[i]) continue;
              assert.ok(loss.atLeast <= way.left[i]! && way.left[i]! <= loss.atMost);
              const number: number | undefined = shares.numbers[i];
              if (number !== undefined) assert.equal(number, way.lost[i]);
            }
          }
          for (const [i, loss] of left.entries()) assert.ok(loss.lost <= losses[i]!.lost);
          const sum = left.reduce((all, { lost }) => all + lost, 0);
          assert.equal(sum, exact + total - fills.length);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('says of a group that frames of another source have made smaller what is left of it', () => {
    const both = [0, 1];
    const first = shareOut([exactLoss(3), exactLoss(3)], [both, both], () => 1)!;
    const second = shareOut(
      first.left.map((loss) => loss!),
      [[0]],
      () => 2,
    )!;
    const bounds = second.left.map((loss) => [loss!.atLeast, loss!.atMost]);
    assert.deepEqual(bounds, [
      [0, 2],
      [1, 3],
    ]);
    assert.ok(second.left.every((loss) => loss!.group === 2));
  });
});
