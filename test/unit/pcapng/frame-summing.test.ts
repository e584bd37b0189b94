import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptyFrameSums } from '../../../src/core/frame-sums.js';
import { BlockParser } from '../../../src/pcapng/block-parser.js';
import { FrameSumming } from '../../../src/pcapng/frame-summing.js';
import type { SummingLoop } from '../../../src/pcapng/summing-loop.js';
import { MemoryInput } from '../../support/memory-input.js';

/** A way to a loop whose calls bring so many frames each; asked before each of some frames. */
function duesAfter(frames: number, isFull: boolean): boolean[] {
  const room = new Uint8Array(4096);
  const loop: SummingLoop = {
    room,
    sums: emptyFrameSums(),
    endAfter: 0,
    lastNanoseconds: 0,
    isFull,
    sum: () => frames,
    release: () => {},
  };
  const summing = new FrameSumming(() => loop);
  const parser = new BlockParser(new MemoryInput(new Uint8Array(64)), { chunkBytes: 64 });
  parser.fill();
  return Array.from({ length: 12 }, () => {
    const isDue = summing.isDue(parser);
    if (isDue) summing.sum(parser);
    return isDue;
  });
}

describe('FrameSumming', () => {
  it('calls the loop behind every frame where that brings many', () => {
    assert.deepEqual(
      duesAfter(8, false),
      Array.from({ length: 12 }, () => true),
    );
  });

  it('calls it less and less often where that brings few', () => {
    const dues = duesAfter(7, false).map((isDue) => (isDue ? 'x' : '.'));
    assert.equal(dues.join(''), 'x.x...x.....');
  });

  it('goes on calling it where only its room had run out', () => {
    for (const frames of [0, 7]) {
      assert.deepEqual(
        duesAfter(frames, true),
        Array.from({ length: 12 }, () => true),
      );
    }
  });
});
