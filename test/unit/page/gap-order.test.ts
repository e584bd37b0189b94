import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sortBy } from '../../../src/page/gap-order.js';
import type { PlacedGap } from '../../../src/page/report-view.js';
import { fakeReport } from '../../support/report-fixture.js';

const gaps = fakeReport({ 50: 9, 101: 40, 301: 9 }).gaps.map(
  (json, index): PlacedGap => ({ json, index, start: 0, end: 0 }),
);
const order = (value: (gap: PlacedGap) => number | null, descending: boolean): number[] =>
  sortBy(gaps, { value }, descending).map(({ index }) => index);

describe('sortBy', () => {
  it('sorts in either direction, equal ones in the order of the file', () => {
    assert.deepEqual(
      order(({ json }) => json.lost, false),
      [3, 0, 2, 1],
    );
    assert.deepEqual(
      order(({ json }) => json.lost, true),
      [1, 0, 2, 3],
    );
  });

  it('puts what is not known last in either direction', () => {
    assert.deepEqual(
      order(({ json }) => json.before, false),
      [0, 1, 2, 3],
    );
    assert.deepEqual(
      order(({ json }) => json.before, true),
      [2, 1, 0, 3],
    );
  });
});
