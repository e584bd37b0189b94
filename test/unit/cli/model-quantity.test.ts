import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFactor, parseList, parseRate, parseTimeNs } from '../../../src/cli/model-quantity.js';
import { UsageError } from '../../../src/cli/usage-error.js';

describe('parseTimeNs', () => {
  it('takes every unit, and fractions', () => {
    const times = ['0', '7ns', '50us', '50µs', '1.5ms', '2s', '1m', '1h'];
    assert.deepEqual(
      times.map((text) => parseTimeNs(text, '--stall')),
      [0, 7, 50_000, 50_000, 1_500_000, 2e9, 6e10, 3.6e12],
    );
  });

  it('refuses what is no time, with the value and what would do', () => {
    for (const text of ['', '5', 'ms', '-1ms', '1 ms', '1d', '1e3ms', '99999999999h']) {
      assert.throws(
        () => parseTimeNs(text, '--stall'),
        (error) =>
          error instanceof UsageError &&
          error.message === `--stall: '${text}' is no time` &&
          error.hint!.includes('50us'),
      );
    }
  });
});

describe('parseRate', () => {
  it('takes thousands, millions and thousands of millions', () => {
    const rates = ['1', '0.5', '250k', '1.5M', '2g'];
    assert.deepEqual(
      rates.map((text) => parseRate(text, '--rate', 'frames')),
      [1, 0.5, 250_000, 1_500_000, 2e9],
    );
  });

  it('refuses zero and what is no number', () => {
    for (const text of ['0', '0k', '', 'k', '-1', '1e6', '1kk', 'Infinity']) {
      assert.throws(
        () => parseRate(text, '--rate', 'frames'),
        (error) => error instanceof UsageError && error.message === `--rate: '${text}' is no rate`,
      );
    }
  });
});

describe('parseFactor', () => {
  it('takes numbers above 0', () => {
    assert.deepEqual(
      ['0.5', '1', '10'].map((text) => parseFactor(text, '--speed')),
      [0.5, 1, 10],
    );
    for (const text of ['0', '-1', 'x', '', '1x']) {
      assert.throws(() => parseFactor(text, '--speed'), UsageError);
    }
  });
});

describe('parseList', () => {
  it('reads each part by the same rule', () => {
    const rates = parseList('1k, 2k,3k', (part) => parseRate(part, '--rate', 'frames'));
    assert.deepEqual(rates, [1000, 2000, 3000]);
  });

  it('refuses an empty part', () => {
    assert.throws(
      () => parseList('1k,', (part) => parseRate(part, '--rate', 'frames')),
      UsageError,
    );
  });
});
