import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventLoopTurns } from '../../../src/capture/event-loop-turns.js';

describe('EventLoopTurns', () => {
  it('has a turn due 100 ms after the last one', () => {
    const turns = new EventLoopTurns(1_000);
    assert.equal(turns.isDue(1_099, false), false);
    assert.equal(turns.isDue(1_100, false), true);
  });

  it('has one due after 10 ms while files are being closed', () => {
    const turns = new EventLoopTurns(1_000);
    assert.equal(turns.isDue(1_009, true), false);
    assert.equal(turns.isDue(1_010, true), true);
  });

  it('lets what waits for the event loop run, and counts from the end of the turn', async () => {
    const beforeMs = performance.now();
    const turns = new EventLoopTurns(beforeMs - 1_000);
    let ran = false;
    setImmediate(() => {
      ran = true;
    });
    const nowMs = await turns.take();
    assert.ok(ran);
    assert.ok(nowMs >= beforeMs);
    assert.equal(turns.isDue(nowMs + 90, false), false);
    assert.equal(turns.isDue(nowMs + 110, false), true);
  });
});
