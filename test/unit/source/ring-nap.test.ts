import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RingNap } from '../../../src/source/ring-nap.js';

const MIB = 1024 * 1024;

function nap(blockMib: number, blockCount: number, retireMs = 40): RingNap {
  return new RingNap({ blockSizeBytes: blockMib * MIB, blockCount, retireMs, reserveBytes: 0 });
}

describe('RingNap', () => {
  it('lets the reader of a ring of 64 MiB sleep for 8 ms, and up to 16 where blocks fill slowly', () => {
    assert.equal(nap(0.5, 128).usualMs, 8);
    assert.equal(nap(0.5, 128).longestMs, 16);
  });

  it('usually is no longer than 4 GB/s take to fill half of the ring, and never than all of it', () => {
    assert.deepEqual([nap(1, 32).usualMs, nap(1, 32).longestMs], [4, 8]);
    assert.deepEqual([nap(0.5, 16).usualMs, nap(0.5, 16).longestMs], [1, 2]);
    assert.deepEqual([nap(0.5, 8).usualMs, nap(0.5, 8).longestMs], [0, 1]);
  });

  it('is no longer than the time after which a block is closed with a single frame in it', () => {
    assert.equal(nap(8, 8, 1).longestMs, 1);
    assert.equal(nap(8, 8, 3).longestMs, 3);
  });

  it('is none where the timer alone could close all blocks within it', () => {
    assert.equal(nap(32, 2, 1).longestMs, 0);
    assert.equal(nap(32, 3, 40).longestMs, 0);
    assert.equal(nap(32, 4, 1).longestMs, 1);
  });

  it('lasts as long as eight blocks take to fill', () => {
    assert.equal(nap(0.5, 128).lengthMs(0.25), 2);
    assert.equal(nap(0.5, 128).lengthMs(1.25), 10);
  });

  it('is bounded at every pace', () => {
    assert.equal(nap(0.5, 128).lengthMs(2), 16);
    assert.equal(nap(0.5, 128).lengthMs(3.9), 16);
  });

  it('is longer than usual only where it fills no more than a sixteenth of the ring', () => {
    // 32 blocks: two of them fill in 7 ms at that pace, in 2 ms at the next.
    assert.equal(nap(1, 32).lengthMs(3.5), 7);
    assert.equal(nap(1, 32).lengthMs(1), 4);
    for (const msPerBlock of [0.1, 0.3, 0.9, 1.3, 2.7, 3.9]) {
      for (const blockCount of [4, 8, 16, 32, 64, 128, 512]) {
        const one = nap(0.5, blockCount);
        const ms = one.lengthMs(msPerBlock);
        assert.ok(ms <= one.usualMs || ms / msPerBlock <= blockCount / 16, `${blockCount} blocks`);
      }
    }
  });

  it('is none where blocks fill slowly, or none was filled', () => {
    assert.equal(nap(0.5, 128).lengthMs(4), 0);
    assert.equal(nap(0.5, 128).lengthMs(Number.POSITIVE_INFINITY), 0);
    assert.equal(nap(0.5, 128).lengthMs(Number.NaN), 0);
  });
});
