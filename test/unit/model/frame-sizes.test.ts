import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { frameLengths } from '../../../src/model/frame-sizes.js';
import { Random } from '../../../src/model/random.js';

function share(next: () => number, length: number): number {
  let hits = 0;
  for (let i = 0; i < 120_000; i++) if (next() === length) hits++;
  return hits / 120_000;
}

describe('frameLengths', () => {
  it('gives one length where it is fixed', () => {
    const next = frameLengths({ kind: 'fixed', length: 98 }, new Random(1));
    assert.deepEqual([next(), next(), next()], [98, 98, 98]);
  });

  it('mixes 60, 590 and 1514 bytes as 7 : 4 : 1 in IMIX', () => {
    for (const [length, expected] of [
      [60, 7 / 12],
      [590, 4 / 12],
      [1514, 1 / 12],
    ] as const) {
      const seen = share(frameLengths({ kind: 'imix' }, new Random(7)), length);
      // Three standard errors of a share among 120,000 are at most 0.0044.
      assert.ok(Math.abs(seen - expected) < 0.0044, `${length}: ${seen}`);
    }
  });

  it('takes a mix of one’s own', () => {
    const lengths = [
      { length: 100, weight: 0.5 },
      { length: 9000, weight: 1.5 },
    ];
    const seen = share(frameLengths({ kind: 'mix', lengths }, new Random(7)), 9000);
    assert.ok(Math.abs(seen - 0.75) < 0.0044, `${seen}`);
  });

  it('refuses lengths and weights that make no sense', () => {
    const random = new Random(1);
    for (const length of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => frameLengths({ kind: 'fixed', length }, random), {
        code: 'BAD_FRAME_LENGTH',
      });
    }
    const lengths = [{ length: 60, weight: 0 }];
    assert.throws(() => frameLengths({ kind: 'mix', lengths }, random), { code: 'BAD_WEIGHT' });
    assert.throws(() => frameLengths({ kind: 'mix', lengths: [] }, random), { code: 'BAD_WEIGHT' });
  });
});
