import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactLoss, type Loss } from '../../../src/core/loss.js';
import {
  decodeLoss,
  encodeLossComment,
  tryParseLossComment,
} from '../../../src/pcapng/loss-options.js';

const BOUNDED: Loss = { lost: 40, certainty: 'bounded', atLeast: 12, atMost: 52, group: 3 };
const TEXT =
  'gapcap: bounded, at least 12 and at most 52 frames lost here; the sum over group 3 is exact';

describe('encodeLossComment', () => {
  it('says how far a bounded loss is known', () => {
    assert.equal(encodeLossComment(BOUNDED), TEXT);
  });

  it('has nothing to say of an exact loss', () => {
    assert.equal(encodeLossComment(exactLoss(40)), undefined);
  });

  it('rejects a loss that is inferred, unplaced, or bounded without a group', () => {
    for (const loss of [
      { ...BOUNDED, certainty: 'inferred' },
      { ...BOUNDED, certainty: 'unplaced' },
      { ...BOUNDED, group: undefined },
    ] as const) {
      assert.throws(() => encodeLossComment(loss), { code: 'BAD_CERTAINTY' });
    }
  });
});

describe('tryParseLossComment', () => {
  it('reads what encodeLossComment wrote', () => {
    assert.deepEqual(tryParseLossComment(TEXT), { atLeast: 12, atMost: 52, group: 3 });
  });

  it('takes no other text', () => {
    for (const text of [
      '',
      'gapcap: bounded, ',
      `${TEXT}.`,
      ` ${TEXT}`,
      TEXT.replace('12', '-1'),
      TEXT.replace('12', '1.5'),
      TEXT.replace('12', '53'),
      TEXT.replace('52', '9999999999999999'),
      TEXT.replace('group 3', 'group 0'),
      TEXT.replace('gapcap', 'Gapcap'),
    ]) {
      assert.equal(tryParseLossComment(text), undefined, text);
    }
  });
});

describe('decodeLoss', () => {
  it('takes a count without bounds as exact', () => {
    assert.deepEqual(decodeLoss(40, undefined), exactLoss(40));
  });

  it('finds no loss in a count of 0 without bounds', () => {
    assert.equal(decodeLoss(0, undefined), undefined);
  });

  it('takes a count within its bounds as bounded, also where it is 0', () => {
    assert.deepEqual(decodeLoss(40, { atLeast: 12, atMost: 52, group: 3 }), BOUNDED);
    assert.deepEqual(decodeLoss(0, { atLeast: 0, atMost: 52, group: 3 }), {
      ...BOUNDED,
      lost: 0,
      atLeast: 0,
    });
  });

  it('trusts the count where the bounds contradict it', () => {
    assert.deepEqual(decodeLoss(53, { atLeast: 12, atMost: 52, group: 3 }), exactLoss(53));
    assert.equal(decodeLoss(0, { atLeast: 1, atMost: 52, group: 3 }), undefined);
  });
});
