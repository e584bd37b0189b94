import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decimal } from '../../../src/analysis/decimal.js';
import fc from '../../support/fixed-check.js';

describe('decimal', () => {
  it('writes what String writes, at every change of length and anywhere', () => {
    for (let power = 1; power <= 1e9; power *= 10) {
      for (const value of [power - 1, power, power + 1]) assert.equal(decimal(value), `${value}`);
    }
    fc.assert(fc.property(fc.nat(0xffffffff), (value) => decimal(value) === `${value}`));
    assert.equal(decimal(0xffffffff), '4294967295');
  });
});
