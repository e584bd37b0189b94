import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GAP_SIZE_BOUNDS, gapSizeIndex } from '../../../src/watch/gap-sizes.js';

describe('gapSizeIndex', () => {
  it('puts each bound into its own class, and one frame more into the next', () => {
    for (const [i, bound] of GAP_SIZE_BOUNDS.entries()) {
      assert.equal(gapSizeIndex(bound), i);
      assert.equal(gapSizeIndex(bound + 1), i + 1);
    }
  });

  it('has classes from one frame to a million', () => {
    assert.equal(GAP_SIZE_BOUNDS[0], 1);
    assert.equal(GAP_SIZE_BOUNDS.at(-1), 1_000_000);
    assert.equal(gapSizeIndex(4_000_000_000), GAP_SIZE_BOUNDS.length);
  });
});
