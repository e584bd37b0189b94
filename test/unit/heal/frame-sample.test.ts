import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameSample, MAX_TIMES } from '../../../src/heal/frame-sample.js';

/** Keys of 53 bits in an order that looks random, the same each time (a Weyl sequence, mixed). */
function keyOf(index: number): number {
  let low = Math.imul(index + 1, 0x9e3779b1);
  low = Math.imul(low ^ (low >>> 15), 0x85ebca6b);
  const high = Math.imul(low ^ (low >>> 13), 0xc2b2ae35) >>> 0;
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

interface Seen {
  readonly times: number[];
  readonly numbers: number[];
  count: number;
}

/** What a sample says of each content, by its key. */
function contentsOf(sample: FrameSample, keys: Iterable<number>): Map<number, Seen> {
  const found = new Map<number, Seen>();
  for (const key of keys) {
    const one = new FrameSample();
    one.add(key, 0, 0);
    const [place] = sample.shared(one).mine;
    if (place === undefined) continue;
    const seen: Seen = { times: [], numbers: [], count: sample.countOf(place) };
    for (let i = 0; i < sample.knownOf(place); i++) {
      seen.times.push(sample.timeOf(place, i));
      seen.numbers.push(sample.numberOf(place, i));
    }
    found.set(key, seen);
  }
  return found;
}

describe('FrameSample', () => {
  it('has all contents of a small capture, and of each its first times and numbers', () => {
    const sample = new FrameSample();
    for (let i = 0; i < 300; i++) sample.add(keyOf(i % 70), i * 10, i + 1);
    assert.equal(sample.size, 70);
    assert.equal(sample.mask, 0);
    const found = contentsOf(sample, new Set(Array.from({ length: 70 }, (_, i) => keyOf(i))));
    assert.equal(found.size, 70);
    for (let i = 0; i < 70; i++) {
      const seen = found.get(keyOf(i))!;
      assert.equal(seen.count, i < 20 ? 5 : 4);
      assert.deepEqual(seen.numbers, [i + 1, i + 71, i + 141, i + 211].slice(0, MAX_TIMES));
      assert.deepEqual(
        seen.times,
        seen.numbers.map((number) => (number - 1) * 10),
      );
    }
    assert.deepEqual([sample.firstTime, sample.lastTime], [0, 2990]);
  });

  it('chooses by the lower bits of keys, whatever came before, once there are too many', () => {
    const count = 100_000;
    const sample = new FrameSample();
    const expected = new Map<number, Seen>();
    for (let i = 0; i < count; i++) {
      const key = keyOf(i - (i % 3 === 0 ? Math.min(i, 5) : 0));
      sample.add(key, i, i + 1);
      const seen = expected.get(key) ?? { times: [], numbers: [], count: 0 };
      expected.set(key, seen);
      if (seen.count++ >= MAX_TIMES) continue;
      seen.times.push(i);
      seen.numbers.push(i + 1);
    }
    assert.ok(sample.size <= 16_384 && sample.size > 8_000, `${sample.size}`);
    assert.ok(sample.mask > 0);
    for (const key of [...expected.keys()]) if ((key & sample.mask) !== 0) expected.delete(key);
    assert.equal(sample.size, expected.size);
    const keys = [...expected.keys()].filter((_, i) => i % 7 === 0);
    const found = contentsOf(sample, keys);
    for (const key of keys) assert.deepEqual(found.get(key), expected.get(key));
  });

  it('shares with another what both may have, in its own order', () => {
    const all = new FrameSample();
    const some = new FrameSample();
    for (let i = 0; i < 40_000; i++) all.add(keyOf(i), i, i + 1);
    for (let i = 999; i >= 0; i--) some.add(keyOf(i * 20), i, i + 1);
    const { mine, theirs } = all.shared(some);
    const expected = Array.from({ length: 1000 }, (_, i) => i).filter(
      (i) => (keyOf(i * 20) & all.mask) === 0,
    );
    assert.deepEqual(
      mine.map((place) => all.timeOf(place, 0)),
      expected.map((i) => i * 20),
    );
    assert.deepEqual(
      theirs.map((place) => some.timeOf(place, 0)),
      expected,
    );
    assert.deepEqual(all.sharedBeside(some, new FrameSample()), {
      shared: expected.length,
      lacking: expected.length,
    });
    assert.equal(all.sharedBeside(some, some).lacking, 0);
    assert.equal(some.missingFrom(all, 0, 1e9), 0);
    const late = expected.filter((i) => i * 20 >= 500);
    assert.equal(late.length < expected.length, true);
  });

  it('keeps keys that are all alike in their lower bits', () => {
    const sample = new FrameSample();
    const count = 17_000;
    for (let i = 0; i < count; i++) sample.add(i * 2 ** 32, i, i + 1);
    assert.equal(sample.size, count);
    const found = contentsOf(sample, [5 * 2 ** 32, (count - 1) * 2 ** 32]);
    assert.deepEqual(
      [...found.values()].map(({ numbers }) => numbers),
      [[6], [count]],
    );
  });
});
