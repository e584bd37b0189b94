import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { longestNapMs } from '../../../src/source/ring-nap.js';

const MIB = 1024 * 1024;

function nap(blockMib: number, blockCount: number, retireMs: number): number {
  return longestNapMs({ blockSizeBytes: blockMib * MIB, blockCount, retireMs, reserveBytes: 0 });
}

describe('longestNapMs', () => {
  it('lets the reader of a ring of 64 MiB sleep for 8 ms', () => {
    assert.equal(nap(0.5, 128, 40), 8);
  });

  it('is no longer than 4 GB/s take to fill half of the ring', () => {
    assert.equal(nap(1, 32, 40), 4);
    assert.equal(nap(0.5, 16, 40), 1);
    assert.equal(nap(0.5, 8, 40), 0);
  });

  it('is no longer than the time after which a block is closed with a single frame in it', () => {
    assert.equal(nap(8, 8, 1), 1);
    assert.equal(nap(8, 8, 3), 3);
  });

  it('is none where the timer alone could close all blocks within it', () => {
    assert.equal(nap(32, 2, 1), 0);
    assert.equal(nap(32, 3, 40), 0);
    assert.equal(nap(32, 4, 1), 1);
  });
});
