import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTimeBound } from '../../../src/edit/time-bound.js';

const absolute = (ns: bigint): unknown => ({ relative: false, ns });
const relative = (ns: bigint): unknown => ({ relative: true, ns });

describe('parseTimeBound', () => {
  it('takes dates with a zone, to the nanosecond', () => {
    const expected = absolute(1_795_336_260_123_456_789n);
    assert.deepEqual(parseTimeBound('2026-11-22T08:31:00.123456789Z'), expected);
    assert.deepEqual(parseTimeBound('2026-11-22 09:31:00.123456789+01:00'), expected);
  });

  it('takes dates without a zone as local time', () => {
    const local = new Date(2026, 10, 22, 8, 31, 5).getTime();
    assert.deepEqual(parseTimeBound('2026-11-22 08:31:05'), absolute(BigInt(local) * 1_000_000n));
  });

  it('takes a day for its beginning, and leaves seconds out', () => {
    const local = (hour: number, minute: number): unknown =>
      absolute(BigInt(new Date(2026, 10, 22, hour, minute).getTime()) * 1_000_000n);
    assert.deepEqual(parseTimeBound('2026-11-22'), local(0, 0));
    assert.deepEqual(parseTimeBound('2026-11-22 08:31'), local(8, 31));
    assert.deepEqual(parseTimeBound('2024-02-29'), parseTimeBound('2024-02-29 00:00:00'));
  });

  it('takes seconds since 1970, and distances from the first frame', () => {
    assert.deepEqual(parseTimeBound('1795355060.5'), absolute(1_795_355_060_500_000_000n));
    assert.deepEqual(parseTimeBound('+1.5'), relative(1_500_000_000n));
    assert.deepEqual(parseTimeBound('+250us'), relative(250_000n));
    assert.deepEqual(parseTimeBound('+2m'), relative(120_000_000_000n));
  });

  for (const text of [
    '',
    'noon',
    '-5',
    '+',
    '2026-13-40T00:00:00Z',
    '2026-02-30',
    '2026-02-30T00:00:00Z',
    '2026-11-22T25:00:00Z',
    '2026-11-22 08:31.5',
    '2026-11-22Z',
    '+1d',
  ]) {
    it(`refuses '${text}'`, () => {
      assert.throws(() => parseTimeBound(text), { code: 'BAD_TIME' });
    });
  }
});
