import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InterfaceCounters } from '../../../src/source/interface-counters.js';

/** Counters of an interface that a test moves on. */
function fakeCounters(hasQueues: boolean) {
  const now = { received: 1000n, missed: 7n, fifoErrors: 5n, inQueues: 3n };
  const tryRead = () => [{ queue: 0, name: 'rx0_drops', frames: now.inQueues }];
  const read = () => ({ name: 'card0', ...now });
  const counters = new InterfaceCounters(0, hasQueues ? { tryRead } : undefined, read);
  const dropped = (grown: Partial<typeof now>): number | undefined => {
    Object.assign(now, grown);
    counters.update();
    return counters.dropped;
  };
  return { counters, dropped };
}

describe('InterfaceCounters', () => {
  it('never counts a frame twice that a driver has in several counters', () => {
    const { dropped } = fakeCounters(true);
    assert.equal(dropped({}), 0);
    assert.equal(dropped({ missed: 17n, fifoErrors: 15n }), 10);
    assert.equal(dropped({ inQueues: 14n }), 11);
    assert.equal(dropped({ fifoErrors: 105n }), 100);
  });

  it('counts from when it began, and knows nothing where a counter began anew', () => {
    const { counters, dropped } = fakeCounters(false);
    assert.equal(dropped({ received: 1600n, missed: 8n }), 1);
    assert.equal(counters.received, 600);
    assert.equal(dropped({ fifoErrors: 0n }), undefined);
  });
});
