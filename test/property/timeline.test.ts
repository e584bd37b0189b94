import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readReport } from '../../src/analysis/capture-report.js';
import { exactLoss } from '../../src/core/loss.js';
import { type FakeFrame, FakeSource } from '../support/fake-source.js';
import fc from '../support/fixed-check.js';

const frame: fc.Arbitrary<FakeFrame> = fc.record({
  // From steps of some ns to jumps of days, forwards and back.
  timeNs: fc.oneof(
    fc.bigInt(1_000_000_000_000n, 1_000_000_100_000n),
    fc.bigInt(0n, 4_294_967_295_999_999_999n),
    fc.bigInt(1_000_000_000_000n, 1_900_000_000_000n),
  ),
  originalLength: fc.integer({ min: 4, max: 70_000 }),
  interfaceId: fc.integer({ min: 0, max: 2 }),
  lostBefore: fc.oneof(
    { weight: 3, arbitrary: fc.constant(exactLoss(0)) },
    fc.integer({ min: 1, max: 2 ** 33 }).map((lost) => exactLoss(lost)),
  ),
});

const sum = (counts: Iterable<number>): number => {
  let total = 0;
  for (const count of counts) total += count;
  return total;
};

describe('the facts of a report', () => {
  it('add up to the totals of the ledger, whatever the frames', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 200 }),
        fc.integer({ min: 10, max: 60 }),
        fc.integer({ min: 1, max: 7 }),
        (frames, intervalLimit, batchSize) => {
          const finals = [3, 0, 7].map((finalGap, id) => {
            const own = frames.filter((one) => one.interfaceId === id);
            const dropped = sum(own.map((one) => one.lostBefore!.lost)) + finalGap;
            return { received: own.length + dropped, dropped };
          });
          const source = new FakeSource({ frames, batchSize, counters: finals });
          const facts = readReport(source, { intervalLimit, firstGaps: 5, largestGaps: 4 });
          const { timeline, loss } = facts;
          assert.ok(timeline.frames.length <= intervalLimit);
          assert.equal(sum(timeline.frames) + timeline.untimed.frames, frames.length);
          assert.equal(facts.bytes, sum(frames.map((one) => one.originalLength!)));
          assert.equal(sum(timeline.bytes) + timeline.untimed.bytes, facts.bytes);
          const lost = sum(timeline.lost) + timeline.untimed.lost;
          // Without a frame the source has no interface, and nothing is known of its loss.
          assert.equal(loss.account.lost, frames.length === 0 ? undefined : lost);
          assert.equal(sum(timeline.gaps) + timeline.untimed.gaps, loss.account.gapCount);
          assert.equal(facts.gaps.length + facts.gapsOmitted, loss.account.gapCount);
          assert.ok(facts.gaps.length <= 9);
        },
      ),
    );
  });

  it('count each frame in the interval that holds its time', () => {
    const near = fc.record({ timeNs: fc.bigInt(5_000_000_000n, 5_000_900_000n) });
    fc.assert(
      fc.property(
        fc.array(near, { minLength: 1, maxLength: 100 }),
        fc.integer({ min: 10, max: 50 }),
        (frames, intervalLimit) => {
          const { timeline } = readReport(new FakeSource({ frames }), { intervalLimit });
          const expected = new Array<number>(timeline.frames.length).fill(0);
          for (const { timeNs } of frames) {
            expected[Number((timeNs - timeline.startNs!) / BigInt(timeline.intervalNs))]! += 1;
          }
          assert.deepEqual([...timeline.frames], expected);
        },
      ),
    );
  });
});
