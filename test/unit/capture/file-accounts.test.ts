import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FileAccounts } from '../../../src/capture/file-accounts.js';
import type { CaptureAccount } from '../../../src/gaps/account.js';
import type { Gap } from '../../../src/gaps/gap.js';

const gap: Gap = {
  interfaceId: 0,
  lost: 1,
  certainty: 'exact',
  atLeast: 1,
  atMost: 1,
  group: undefined,
  after: 1,
  before: 2,
  startNs: 1n,
  endNs: 2n,
};

function account(gaps: number): CaptureAccount {
  return {
    frames: gaps + 1,
    lost: gaps,
    interfaces: [],
    gaps: new Array<Gap>(gaps).fill(gap),
    gapCount: gaps,
    gapsOmitted: 0,
  };
}

describe('FileAccounts', () => {
  it('forgets the files that the ring has deleted, and counts them', () => {
    const files = new FileAccounts(2);
    for (const path of ['a', 'b', 'c']) files.add({ path, account: account(1) });
    assert.deepEqual(
      files.list().map(({ path }) => path),
      ['b', 'c'],
    );
    assert.equal(files.count, 3);
  });

  it('gives up the gaps of the oldest files where they are too many, and says how many', () => {
    const files = new FileAccounts(Number.POSITIVE_INFINITY);
    for (const path of ['a', 'b', 'c', 'd']) files.add({ path, account: account(40_000) });
    assert.deepEqual(
      files.list().map(({ account: one }) => [one.gaps.length, one.gapsOmitted, one.lost]),
      [
        [0, 40_000, 40_000],
        [0, 40_000, 40_000],
        [40_000, 0, 40_000],
        [40_000, 0, 40_000],
      ],
    );
  });

  it('keeps the newest file whole, however many gaps it has', () => {
    const files = new FileAccounts(3);
    files.add({ path: 'a', account: account(150_000) });
    assert.equal(files.list()[0]!.account.gaps.length, 150_000);
    files.add({ path: 'b', account: account(1) });
    assert.deepEqual(
      files.list().map(({ account: one }) => one.gaps.length),
      [0, 1],
    );
  });
});
