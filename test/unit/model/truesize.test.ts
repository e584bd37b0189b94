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

  it('charges a frame in pages for its head alone where what is kept of it has room there', () => {
    // Measured in the same way, with a filter that keeps so many bytes and a second socket beside.
    const measured: [length: number, kept: number, charge: number][] = [
      [4080, 1, 832],
      [4080, 96, 832],
      [4080, 254, 832],
      [4080, 255, 4928],
      [4080, 4000, 4928],
      [4111, 96, 832],
      [4111, 255, 9024],
      [9014, 96, 832],
      [9014, 254, 832],
      [9014, 255, 13_120],
      [9014, 9013, 13_120],
      // Frames that lie in one piece are cut without being moved.
      [60, 1, 832],
      [300, 96, 1280],
      [1514, 96, 2304],
      [4079, 96, 8448],
    ];
    const truesize = linearTruesize();
    for (const [length, kept, charge] of measured) {
      assert.equal(truesize(length, kept), charge, `${kept} of ${length} bytes`);
    }
    assert.equal(fixedTruesize(2304)(9000, 96), 2304);
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
