import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultBlockSize } from '../../../src/source/live-defaults.js';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('the size of ring blocks unless asked otherwise', () => {
  it('grows from 128 to 512 KiB as long as there are 128 blocks', () => {
    const sizes = [1, 16, 31, 32, 63, 64, 1024].map((mib) => defaultBlockSize(mib * MIB) / KIB);
    assert.deepEqual(sizes, [128, 128, 128, 256, 256, 512, 512]);
  });

  it('leaves room for two blocks of whole pages in a ring that has it', () => {
    for (let bytes = 8192; bytes < 4 * MIB; bytes += 3001) {
      const size = defaultBlockSize(bytes);
      assert.equal(size % 4096, 0, `${bytes}`);
      assert.ok(2 * size <= bytes, `${bytes}`);
    }
    assert.equal(defaultBlockSize(100), 4096);
  });

  it('stays at 128 KiB with several rings', () => {
    assert.equal(defaultBlockSize(64 * MIB, 2), 128 * KIB);
  });
});
