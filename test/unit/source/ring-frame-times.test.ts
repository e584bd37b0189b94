import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { timesGoBack } from '../../../src/source/ring-frame-times.js';

const FIRST_HEADER_WORD = 12;
const FRAME_WORDS = 24;

/** Whether times of so many seconds and nanoseconds go back, in a made-up block (struct tpacket3_hdr). */
function goBack(...times: readonly (readonly [seconds: number, nanoseconds: number])[]): boolean {
  const words = new Int32Array(1024).fill(-1);
  for (const [i, [seconds, nanoseconds]] of times.entries()) {
    const next = i === times.length - 1 ? 0 : FRAME_WORDS * 4;
    words.set([next, seconds, nanoseconds], FIRST_HEADER_WORD + i * FRAME_WORDS);
  }
  return timesGoBack(words, FIRST_HEADER_WORD, times.length);
}

describe('timesGoBack', () => {
  it('finds a frame older than the one before it, by a nanosecond or by years', () => {
    assert.ok(goBack([5, 100], [5, 99]));
    assert.ok(goBack([5, 100], [5, 200], [5, 250], [5, 249]));
    assert.ok(goBack([5, 100], [4, 999_999_999]));
    assert.ok(goBack([5, 100_000_000], [5, 80_000_000]), 'a processor that was held back');
    assert.ok(goBack([1_900_000_000, 5], [2, 5]));
  });

  it('finds none where times grow or stay, also behind 2038', () => {
    assert.ok(!goBack());
    assert.ok(!goBack([5, 100]));
    assert.ok(!goBack([5, 100], [5, 100], [5, 101], [6, 0]));
    assert.ok(!goBack([2_147_483_647, 999_999_999], [2_147_483_648, 0], [4_294_967_295, 1]));
  });
});
