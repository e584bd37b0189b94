import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Balance, findViolation } from '../../../src/gaps/conservation.js';

const balance: Balance = {
  interface: 'eth0',
  received: 10_052,
  delivered: 10_000,
  dropped: 45,
  unread: 7,
  placed: 40,
};

describe('findViolation', () => {
  it('finds none where the law holds', () => {
    assert.equal(findViolation(balance), undefined);
  });

  it('finds every single count that is off by one', () => {
    for (const key of ['received', 'delivered', 'dropped', 'unread'] as const) {
      for (const change of [-1, 1]) {
        const wrong = { ...balance, [key]: balance[key]! + change };
        assert.equal(findViolation(wrong)?.code, 'LEDGER_MISMATCH', `${key} ${change}`);
      }
    }
  });

  it('finds gaps that hold more than was dropped', () => {
    assert.match(
      findViolation({ ...balance, placed: 46 })!.message,
      /46 frames, 1 more than the 45/,
    );
  });

  it('says how many frames vanished, or are too many', () => {
    assert.match(findViolation({ ...balance, received: 10_060 })!.message, /8 frames vanished/);
    assert.match(findViolation({ ...balance, received: 10_050 })!.message, /2 too many/);
  });

  it('holds a source to what it counted after the last frame', () => {
    assert.equal(findViolation({ ...balance, lostAfter: 5 }), undefined);
    assert.match(findViolation({ ...balance, lostAfter: 4 })!.message, /40 frames and 4 were lost/);
    assert.notEqual(findViolation({ ...balance, lostAfter: 6 }), undefined);
  });

  it('finds counts that are none', () => {
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53]) {
      assert.notEqual(findViolation({ ...balance, dropped: wrong }), undefined, `${wrong}`);
      assert.notEqual(findViolation({ ...balance, received: undefined, placed: wrong }), undefined);
    }
  });

  it('checks what is left where a number is unknown', () => {
    const unknown = { ...balance, unread: undefined };
    assert.equal(findViolation(unknown), undefined);
    assert.notEqual(findViolation({ ...unknown, received: 10_044 }), undefined);
    assert.equal(findViolation({ ...balance, received: undefined }), undefined);
    assert.equal(findViolation({ ...balance, dropped: undefined }), undefined);
    assert.notEqual(findViolation({ ...balance, received: undefined, placed: 46 }), undefined);
  });

  it('carries NaN for a number that nobody counted', () => {
    const error = findViolation({
      ...balance,
      received: undefined,
      unread: undefined,
      placed: 99,
    })!;
    assert.ok(Number.isNaN(error.received));
    assert.ok(Number.isNaN(error.unread));
    assert.equal(error.dropped, 45);
    assert.match(error.message, /received unknown/);
  });
});
