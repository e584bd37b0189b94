import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { positionOf, sequenceDistance } from '../../../src/analysis/sequence-number.js';

describe('sequenceDistance', () => {
  it('takes the shorter way around the circle', () => {
    assert.equal(sequenceDistance(4_294_967_290, 4), 10);
    assert.equal(sequenceDistance(4, 4_294_967_290), -10);
    assert.equal(sequenceDistance(7, 7), 0);
  });
});

describe('positionOf', () => {
  it('goes on counting where sequence numbers wrap', () => {
    assert.equal(positionOf(4, 4_294_967_290, 90_000_000_000), 90_000_000_010);
    assert.equal(positionOf(4_294_967_290, 4, 90_000_000_000), 89_999_999_990);
  });
});
