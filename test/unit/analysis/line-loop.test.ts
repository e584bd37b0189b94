import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LineLoop } from '../../../src/analysis/line-loop.js';

const noLines = (): undefined => undefined;

describe('LineLoop.take', () => {
  it('gives two files at a time two memories', () => {
    const first = LineLoop.take(noLines);
    const second = LineLoop.take(noLines);
    assert.ok(first !== undefined && second !== undefined);
    assert.notEqual(first.room.buffer, second.room.buffer);
    assert.equal(first.room.buffer, first.area.buffer);
  });

  it('gives a memory again only once neither frames nor lines in it are needed', () => {
    const loop = LineLoop.take(noLines);
    loop?.release();
    assert.notEqual(LineLoop.take(noLines), loop);
    loop?.releaseArea();
    assert.equal(LineLoop.take(noLines), loop);
    loop?.releaseArea();
    assert.notEqual(LineLoop.take(noLines), loop);
    loop?.release();
    assert.equal(LineLoop.take(noLines), loop);
  });

  it('makes a loop that takes no frame where nobody says how lines go on', () => {
    const plan = {
      ...{ interfaceId: 0, queue: undefined, firstTickHigh: 0, firstTickLow: 0 },
      ...{ ticks: 1_000_000_000, nsPerTick: 1, nanosecondsBefore: 0, maxBlockBytes: 65_536 },
    };
    assert.equal(LineLoop.take(noLines)?.sum(0, 4096, plan), 0);
  });
});
