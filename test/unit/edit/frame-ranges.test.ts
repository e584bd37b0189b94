import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameRanges } from '../../../src/edit/frame-ranges.js';

function taken(text: string, upTo = 12): number[] {
  const ranges = FrameRanges.parse(text);
  return Array.from({ length: upTo }, (_, i) => i + 1).filter((number) => ranges.has(number));
}

describe('FrameRanges', () => {
  it('takes numbers and ranges in any order, overlapping or not', () => {
    assert.deepEqual(taken('3'), [3]);
    assert.deepEqual(taken('8-9,2-4,3-5,7'), [2, 3, 4, 5, 7, 8, 9]);
    assert.deepEqual(taken('-2, 11-'), [1, 2, 11, 12]);
  });

  it('answers in whatever order it is asked', () => {
    const ranges = FrameRanges.parse('2,5-6');
    assert.deepEqual(
      [6, 1, 2, 7, 5].map((number) => ranges.has(number)),
      [true, false, true, false, true],
    );
  });

  for (const text of ['', '0', '5-3', '-', 'x', '1,,2', '1.5']) {
    it(`refuses '${text}'`, () => {
      assert.throws(() => FrameRanges.parse(text), { code: 'BAD_FRAME_RANGE' });
    });
  }
});
