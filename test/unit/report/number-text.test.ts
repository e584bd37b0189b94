import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatCount,
  formatCounted,
  formatDurationNs,
  formatShare,
  formatTimeUtc,
} from '../../../src/report/number-text.js';

describe('formatCount', () => {
  it('puts a comma between groups of three digits', () => {
    assert.deepEqual([0, 999, 1000, 12_345_678, 2 ** 53 - 1].map(formatCount), [
      '0',
      '999',
      '1,000',
      '12,345,678',
      '9,007,199,254,740,991',
    ]);
  });
});

describe('formatCounted', () => {
  it('uses the singular for one and for nothing else', () => {
    assert.equal(formatCounted(0, 'frame'), '0 frames');
    assert.equal(formatCounted(1, 'frame'), '1 frame');
    assert.equal(formatCounted(1001, 'frame'), '1,001 frames');
    assert.equal(formatCounted(2, 'loss', 'losses'), '2 losses');
  });
});

describe('formatDurationNs', () => {
  it('keeps four significant digits in a fitting unit', () => {
    const durations: [bigint, string][] = [
      [0n, '0 ns'],
      [999n, '999 ns'],
      [1_000n, '1 µs'],
      [12_046n, '12.05 µs'],
      [999_960n, '1 ms'],
      [12_012_000n, '12.01 ms'],
      [999_999_999n, '1 s'],
      [1_503_000_000n, '1.503 s'],
      [59_440_000_000n, '59.44 s'],
      [59_600_000_000n, '1 min 0 s'],
      [725_000_000_000n, '12 min 5 s'],
      [3_599_000_000_000n, '59 min 59 s'],
      [11_520_000_000_000n, '3 h 12 min'],
      [-2_000_000n, '-2 ms'],
    ];
    for (const [durationNs, text] of durations) assert.equal(formatDurationNs(durationNs), text);
  });
});

describe('formatShare', () => {
  it('keeps three significant digits', () => {
    assert.equal(formatShare(45, 10_045), '0.448 %');
    assert.equal(formatShare(54_319, 400_000), '13.6 %');
    assert.equal(formatShare(1, 2), '50 %');
  });

  it('never says 0 or 100 percent where it is neither', () => {
    assert.equal(formatShare(0, 10), '0 %');
    assert.equal(formatShare(10, 10), '100 %');
    assert.equal(formatShare(1, 1e9), '< 0.001 %');
    assert.equal(formatShare(1e9 - 1, 1e9), '> 99.9 %');
  });
});

describe('formatTimeUtc', () => {
  it('keeps every nanosecond', () => {
    assert.equal(formatTimeUtc(1_795_355_060_089_260_729n), '2026-11-22 13:44:20.089260729');
    assert.equal(formatTimeUtc(0n), '1970-01-01 00:00:00.000000000');
    assert.equal(formatTimeUtc(-1n), '1969-12-31 23:59:59.999999999');
  });
});
