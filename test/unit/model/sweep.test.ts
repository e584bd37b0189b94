import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BufferOptions } from '../../../src/model/simulation.js';
import { simulate } from '../../../src/model/simulation.js';
import { sweep } from '../../../src/model/sweep.js';
import { flowTraffic, replayTraffic, type Traffic } from '../../../src/model/traffic.js';

const MS = 1_000_000;

function traffic(ratePps: number): Traffic {
  const shape = { kind: 'constant', ratePps } as const;
  return flowTraffic({ shape, sizes: { kind: 'fixed', length: 60 }, endNs: 20 * MS }, 1);
}

const buffers: BufferOptions[] = [
  { kind: 'socket', receiveBufferBytes: 20_000 },
  { kind: 'socket', receiveBufferBytes: 2_000_000 },
  { kind: 'ring', blockCount: 4, blockSize: 4096, retireNs: 8 * MS },
];

describe('sweep', () => {
  it('simulates every buffer at every rate', () => {
    const reader = { framesPerSecond: 500_000, wakeUpNs: 10_000 };
    const seen: [number, number][] = [];
    const table = sweep({
      buffers,
      rates: [100_000, 1_000_000],
      traffic,
      reader,
      progress: (done, total) => seen.push([done, total]),
    });
    assert.deepEqual(
      seen.map(([done]) => done),
      [1, 2, 3, 4, 5, 6],
    );
    assert.equal(seen[0]?.[1], 6);
    table.forEach((row, i) => {
      row.forEach((cell) => {
        const alone = simulate({ traffic: traffic(cell.rate), buffer: buffers[i]!, reader });
        assert.deepEqual(cell.result, alone);
        assert.equal(cell.lossShare, alone.dropped / alone.received);
      });
      assert.equal(row[0]?.lossShare, 0);
    });
    assert.ok(table[0]![1]!.lossShare! > 0.4);
  });

  it('leaves the share unknown where nothing was received', () => {
    const [[cell] = []] = sweep({
      buffers: buffers.slice(0, 1),
      rates: [1],
      traffic: () => replayTraffic([]),
    });
    assert.equal(cell?.lossShare, undefined);
  });
});
