import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../../src/core/errors.js';
import { PacketRing, type RingGeometry } from '../../../src/sys/packet-ring.js';
import type { PacketSocket } from '../../../src/sys/packet-socket.js';

/** Stands in for a socket that must not be touched: the geometry is checked before. */
const untouchable = new Proxy({} as PacketSocket, {
  get: (_, name) => assert.fail(`${String(name)} of the socket was used`),
});

const GOOD: RingGeometry = { blockSizeBytes: 4096, blockCount: 2, retireMs: 1, reserveBytes: 0 };

const BAD: readonly [title: string, change: Partial<RingGeometry>, code: string][] = [
  ['a block of half a page', { blockSizeBytes: 2048 }, 'BAD_BLOCK_SIZE'],
  ['a block of one and a half pages', { blockSizeBytes: 6144 }, 'BAD_BLOCK_SIZE'],
  ['a block of no size', { blockSizeBytes: Number.NaN }, 'BAD_BLOCK_SIZE'],
  ['a single block', { blockCount: 1 }, 'BAD_BLOCK_COUNT'],
  ['half a block more', { blockCount: 2.5 }, 'BAD_BLOCK_COUNT'],
  ['2 GiB', { blockSizeBytes: 1 << 20, blockCount: 2048 }, 'BAD_BLOCK_COUNT'],
  ['no retire time', { retireMs: 0 }, 'BAD_RETIRE_TIME'],
  ['more than a minute of retire time', { retireMs: 60_001 }, 'BAD_RETIRE_TIME'],
];

describe('PacketRing.map', () => {
  for (const [title, change, code] of BAD) {
    it(`refuses ${title}, and says what would be right`, () => {
      assert.throws(
        () => PacketRing.map(untouchable, { ...GOOD, ...change }),
        (error) => error instanceof ArgumentError && error.code === code && error.expected !== '',
      );
    });
  }
});
