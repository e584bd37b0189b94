import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Timeline, type TimelineFacts } from '../../../src/analysis/timeline.js';
import { type FakeFrame, FakeSource } from '../../support/fake-source.js';

const START = 1_795_355_060_000_000_000n;

function timelineOf(frames: readonly FakeFrame[], limit?: number): TimelineFacts {
  const timeline = new Timeline(limit);
  const source = new FakeSource({ frames });
  while (!source.ended) {
    const batch = source.read(0);
    while (batch.next()) timeline.addFrame(batch);
  }
  return timeline.facts();
}

const sum = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0);

describe('Timeline', () => {
  it('counts frames and their bytes on the wire in intervals of 1 µs at first', () => {
    const facts = timelineOf([
      { timeNs: START + 500n, originalLength: 1500 },
      { timeNs: START + 999n, originalLength: 60 },
      { timeNs: START + 3000n, originalLength: 100 },
    ]);
    assert.equal(facts.intervalNs, 1000);
    assert.equal(facts.startNs, START);
    assert.deepEqual([...facts.frames], [2, 0, 0, 1]);
    assert.deepEqual([...facts.bytes], [1560, 0, 0, 100]);
    assert.equal(facts.firstNs, START + 500n);
    assert.equal(facts.lastNs, START + 3000n);
  });

  it('adds neighbours up, by twos and by fives, when it has no more room', () => {
    const at = (us: number): FakeFrame => ({ timeNs: START + BigInt(us) * 1000n });
    assert.equal(timelineOf([at(0), at(9)], 10).intervalNs, 1000);
    assert.equal(timelineOf([at(0), at(10)], 10).intervalNs, 2000);
    const facts = timelineOf([at(0), at(3), at(11), at(12), at(59), at(99)], 10);
    assert.equal(facts.intervalNs, 10_000);
    assert.deepEqual([...facts.frames], [2, 2, 0, 0, 0, 1, 0, 0, 0, 1]);
    assert.equal(timelineOf([at(0), at(100)], 10).intervalNs, 20_000);
  });

  it('takes frames that come late, before all others', () => {
    const facts = timelineOf(
      [{ timeNs: START + 5000n }, { timeNs: START + 1000n }, { timeNs: START - 2000n }],
      10,
    );
    assert.deepEqual([...facts.frames], [1, 0, 0, 1, 0, 0, 0, 1]);
    assert.equal(facts.startNs, START - 2000n);
    assert.equal(facts.firstNs, START - 2000n);
    assert.equal(facts.lastNs, START + 5000n);
  });

  it('counts a gap at the frame after it, and a final gap at the frame before it', () => {
    const timeline = new Timeline();
    const gap = {
      interfaceId: 0,
      lost: 40,
      certainty: 'exact',
      atLeast: 40,
      atMost: 40,
      group: undefined,
      after: 1,
      before: 2,
      startNs: START,
      endNs: START + 2000n,
    } as const;
    timeline.addGap(gap);
    timeline.addGap({
      ...gap,
      lost: 5,
      before: undefined,
      startNs: START + 4000n,
      endNs: undefined,
    });
    timeline.addGap({ ...gap, lost: 0, certainty: 'bounded' });
    const facts = timeline.facts();
    assert.deepEqual([...facts.lost], [40, 0, 5]);
    assert.deepEqual([...facts.gaps], [1, 0, 1]);
  });

  it('counts what has no time apart', () => {
    const timeline = new Timeline();
    const source = new FakeSource({ frames: [{ timeNs: 0n, originalLength: 90 }] });
    const batch = source.read(0);
    batch.next();
    timeline.addFrame(Object.assign(batch, { hasTimestamp: false }));
    const facts = timeline.facts();
    assert.equal(facts.startNs, undefined);
    assert.equal(facts.lastNs, undefined);
    assert.equal(facts.frames.length, 0);
    assert.deepEqual(facts.untimed, { frames: 1, bytes: 90, lost: 0, gaps: 0 });
  });

  it('holds frames that lie more than a century apart', () => {
    const facts = timelineOf([{ timeNs: 0n }, { timeNs: 4_294_967_295_999_999_999n }], 100);
    assert.equal(sum(facts.frames), 2);
    assert.ok(facts.frames.length <= 100);
    assert.equal(facts.firstNs, 0n);
  });
});
