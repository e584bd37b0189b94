import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fixedTruesize, linearTruesize } from '../../../src/model/truesize.js';

describe('linearTruesize', () => {
  it('charges what Linux 6.18.44 charged for frames sent over a veth pair', () => {
    // SO_MEMINFO's SK_MEMINFO_RMEM_ALLOC after one frame of each length: the lengths at which the
    // charge was seen to change, and the lengths just before.
    const measured: [number, number][] = [
      [14, 832],
      [240, 832],
      [241, 1280],
      [688, 1280],
      [689, 2304],
      [1514, 2304],
      [1712, 2304],
      [1713, 4352],
      [3736, 4352],
      [3800, 8448],
      [4056, 8448],
      [4120, 9024],
      [8152, 9024],
      [8216, 13_120],
    ];
    const truesize = linearTruesize();
    for (const [length, charge] of measured) {
      assert.equal(truesize(length), charge, `${length} bytes`);
    }
  });

  it('charges 768 bytes for a small frame where there is no cache for small heads', () => {
    const truesize = linearTruesize({ smallHeadLength: 0 });
    assert.equal(truesize(60), 768);
    assert.equal(truesize(1514), 2304);
  });

  it('takes other sizes of the structures', () => {
    const truesize = linearTruesize({ bufferLength: 257, sharedInfoLength: 64, headroom: 64 });
    assert.equal(truesize(60), 320 + 576);
    assert.equal(truesize(1000), 320 + 2048);
  });
});

describe('fixedTruesize', () => {
  it('charges every frame the same', () => {
    assert.equal(fixedTruesize(2304)(60), 2304);
    assert.equal(fixedTruesize(2304)(9000), 2304);
  });
});
