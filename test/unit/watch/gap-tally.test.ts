import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Gap } from '../../../src/gaps/gap.js';
import { GapTally } from '../../../src/watch/gap-tally.js';
import { GAPS_PER_READING } from '../../../src/watch/sensor-event.js';
import { fakeGaps } from '../../support/sensor-events.js';

function gap(lost: number, fields: Partial<Gap> = {}): Gap {
  return {
    interfaceId: 0,
    lost,
    certainty: 'exact',
    atLeast: lost,
    atMost: lost,
    group: undefined,
    after: 302,
    before: 303,
    startNs: 1_795_355_060_089_260_729n,
    endNs: 1_795_355_060_101_000_001n,
    ...fields,
  } as Gap;
}

describe('GapTally', () => {
  it('counts gaps by interface and certainty, with their sizes and the time of the last', () => {
    let nowMs = 5;
    const tally = new GapTally(() => nowMs);
    tally.add(gap(40), undefined);
    tally.add(gap(2), undefined);
    nowMs = 7;
    tally.add(gap(5, { certainty: 'bounded', atLeast: 3, atMost: 8, group: 1 }), undefined);
    tally.add(gap(1, { interfaceId: 3 }), undefined);
    assert.deepEqual(tally.counts(0), {
      exact: fakeGaps(40, 2),
      bounded: fakeGaps(5),
      lastGapMs: 7,
    });
    assert.deepEqual(tally.counts(3).exact, fakeGaps(1));
    assert.deepEqual(tally.counts(1), { exact: fakeGaps(), bounded: fakeGaps(), lastGapMs: null });
  });

  it("doesn't count places at which no frame was counted", () => {
    const tally = new GapTally();
    tally.add(gap(0, { certainty: 'bounded', atMost: 3, group: 1 }), undefined);
    assert.equal(tally.counts(0).bounded.gaps, 0);
    assert.equal(tally.hasLatest, false);
  });

  it('gives counts that stay as they are', () => {
    const tally = new GapTally();
    tally.add(gap(40), undefined);
    const before = tally.counts(0);
    tally.add(gap(40), undefined);
    assert.deepEqual(before.exact, fakeGaps(40));
  });

  it('tells each gap once, as JSON has it', () => {
    const tally = new GapTally();
    tally.add(gap(40), 'x.pcapng');
    tally.add(gap(5, { before: undefined, endNs: undefined }), undefined);
    const { gaps, gapsOmitted } = tally.takeLatest();
    assert.equal(gapsOmitted, 0);
    assert.deepEqual(gaps, [
      {
        interface: 0,
        lost: 40,
        certainty: 'exact',
        after: 302,
        before: 303,
        start: '1795355060.089260729',
        end: '1795355060.101000001',
        file: 'x.pcapng',
      },
      {
        interface: 0,
        lost: 5,
        certainty: 'exact',
        after: 302,
        before: null,
        start: '1795355060.089260729',
        end: null,
        file: null,
      },
    ]);
    assert.deepEqual(tally.takeLatest(), { gaps: [], gapsOmitted: 0 });
  });

  it('keeps the largest where many come at once, in their order, and counts all', () => {
    const tally = new GapTally();
    const sizes = Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 10_007) + 1);
    for (const size of sizes) tally.add(gap(size), undefined);
    const { gaps, gapsOmitted } = tally.takeLatest();
    const largest = new Set(sizes.toSorted((a, b) => b - a).slice(0, GAPS_PER_READING));
    assert.deepEqual(
      gaps.map(({ lost }) => lost),
      sizes.filter((size) => largest.has(size)),
    );
    assert.equal(gapsOmitted, 10_000 - GAPS_PER_READING);
    assert.deepEqual(tally.counts(0).exact, fakeGaps(...sizes));
  });
});
