import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptAll, encodeFilter, REJECT_ALL } from '../../../src/sys/filter-program.js';

describe('encodeFilter', () => {
  it('lays instructions out as struct sock_filter', () => {
    const program = [
      { code: 0x0028, jt: 0, jf: 0, k: 12 },
      { code: 0x0015, jt: 1, jf: 2, k: 0x0800 },
      { code: 0x0006, jt: 0, jf: 0, k: 0xffff_ffff },
    ];
    assert.deepEqual(
      [...encodeFilter(program)],
      [
        ...[0x28, 0x00, 0, 0, 0x0c, 0x00, 0x00, 0x00],
        ...[0x15, 0x00, 1, 2, 0x00, 0x08, 0x00, 0x00],
        ...[0x06, 0x00, 0, 0, 0xff, 0xff, 0xff, 0xff],
      ],
    );
  });

  it('has no byte for an empty program', () => {
    assert.equal(encodeFilter([]).length, 0);
  });
});

describe('REJECT_ALL', () => {
  it('returns 0: keep no byte of any frame', () => {
    assert.deepEqual([...encodeFilter(REJECT_ALL)], [6, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe('acceptAll', () => {
  it('returns the snapshot length', () => {
    assert.deepEqual([...encodeFilter(acceptAll(0x0102_0304))], [6, 0, 0, 0, 4, 3, 2, 1]);
  });

  it('takes lengths up to 2^32 − 1', () => {
    assert.deepEqual([...encodeFilter(acceptAll(2 ** 32 - 1)).subarray(4)], [255, 255, 255, 255]);
  });
});
