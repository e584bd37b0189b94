import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findBuffer } from '../../../src/model/find-buffer.js';
import type { ReaderOptions } from '../../../src/model/reader.js';
import type { BufferOptions } from '../../../src/model/simulation.js';
import { flowTraffic, replayTraffic, type Traffic } from '../../../src/model/traffic.js';

const US = 1000;
const MS = 1_000_000;

function everyMicrosecond(): Traffic {
  const shape = { kind: 'constant', ratePps: 1_000_000 } as const;
  return flowTraffic({ shape, sizes: { kind: 'fixed', length: 60 }, frames: 5000 }, 1);
}

const largeSocket: BufferOptions = { kind: 'socket', receiveBufferBytes: 2 ** 30 };
const largeRing: BufferOptions = {
  kind: 'ring',
  blockCount: 1000,
  blockSize: 4096,
  retireNs: 100 * MS,
};

describe('findBuffer', () => {
  it('finds the bytes that a stall needs, and the frame that sets them', () => {
    // From 1,000 µs to 1,200 µs 200 frames come; the last one needs the charges of 199 before it.
    const reader: ReaderOptions = {
      stalls: { kind: 'list', stalls: [{ atNs: 1000 * US, lengthNs: 200 * US }] },
    };
    const found = findBuffer({ traffic: everyMicrosecond, buffer: largeSocket, reader });
    assert.equal(found.size, 199 * 832 + 1);
    assert.deepEqual(found.need, { size: 199 * 832 + 1, atNs: 1199 * US, frame: 1200 });
    assert.equal(found.result.dropped, 0);
  });

  it('counts the frame itself in where the queue is strict', () => {
    const reader: ReaderOptions = {
      stalls: { kind: 'list', stalls: [{ atNs: 1000 * US, lengthNs: 200 * US }] },
    };
    const buffer: BufferOptions = { ...largeSocket, strict: true };
    const found = findBuffer({ traffic: everyMicrosecond, buffer, reader });
    assert.equal(found.size, 200 * 832 + 1);
  });

  it('finds the blocks that a stall needs', () => {
    // 28 frames a block: at 1,000 µs 35 blocks are full and released, the 36th holds 20 frames.
    // The 200 frames of the stall end in the 43rd, which is open at 1,200 µs: 36 … 43.
    const reader: ReaderOptions = {
      stalls: { kind: 'list', stalls: [{ atNs: 1000 * US, lengthNs: 200 * US }] },
    };
    const found = findBuffer({ traffic: everyMicrosecond, buffer: largeRing, reader });
    assert.equal(found.size, 8);
    assert.equal(found.need?.atNs, 43 * 28 * US - 28 * US);
  });

  it('takes off the blocks that the ring used but did not need', () => {
    // The timer closes blocks while nothing comes: the queue may freeze then without a loss.
    const traffic = (): Traffic =>
      replayTraffic([0, 10, 20, 3000].map((us) => ({ timeNs: us * US, length: 60 })));
    const found = findBuffer({
      traffic,
      buffer: { ...largeRing, retireNs: 5 * US, kernel: '6.18' },
      reader: { stalls: { kind: 'list', stalls: [{ atNs: 0, lengthNs: 100 * US }] } },
    });
    assert.equal(found.size, 3);
    assert.equal(found.result.dropped, 0);
  });

  it('says that none is enough where the reader is too slow for the largest', () => {
    const reader: ReaderOptions = { framesPerSecond: 500_000 };
    const buffer: BufferOptions = { kind: 'socket', receiveBufferBytes: 100_000 };
    const found = findBuffer({ traffic: everyMicrosecond, buffer, reader });
    assert.equal(found.size, undefined);
    assert.ok(found.result.dropped > 0);
  });

  it('needs no more than one frame or block where nothing waits', () => {
    const nothing = (): Traffic => replayTraffic([]);
    assert.equal(findBuffer({ traffic: nothing, buffer: largeSocket }).size, 832);
    assert.equal(findBuffer({ traffic: nothing, buffer: largeRing }).size, 1);
    assert.equal(findBuffer({ traffic: everyMicrosecond, buffer: largeSocket }).size, 832);
  });
});
