/** What SO_RXQ_OVFL tells with each frame. One probe a sentence. */

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, it } from 'node:test';
import { startFlood } from '../../src/lab/flood.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { ProbeQueue, readDropTotal } from './probe-queue.js';
import { numbersFrom, ProbeRing } from './probe-ring.js';
import { lastCpu } from './processors.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

/** A receive queue that holds a handful of frames. */
const SMALL = 4096;

const dropTotals = (messages: readonly { dropTotal: number | undefined }[]) =>
  messages.map(({ dropTotal }) => dropTotal);

/** Sends more than fits and takes it in; returns how many fitted. */
async function overflow(cable: Cable, queue: ProbeQueue, count: number): Promise<number> {
  cable.send(count);
  await cable.settle();
  const taken = queue.receiveAll().length;
  assert.ok(taken > 0 && taken < count);
  return taken;
}

describe('drop totals of a socket', { skip }, () => {
  it('SO_RXQ_OVFL is absent until the first drop', async () => {
    using cable = new Cable('absent');
    using queue = new ProbeQueue(cable.far.index);
    cable.send(5);
    await cable.settle();
    assert.deepEqual(dropTotals(queue.receiveAll()), new Array(5).fill(undefined));
  });

  it('SO_RXQ_OVFL is the total when the frame was queued, however late it is read', async () => {
    using cable = new Cable('enqueue');
    using queue = new ProbeQueue(cable.far.index, { bufferBytes: SMALL });
    cable.send(100);
    await cable.settle();
    const before = queue.receiveAll();
    assert.ok(before.length < 100);
    assert.deepEqual(dropTotals(before), new Array(before.length).fill(undefined));
    const lost = 100 - before.length;
    cable.send(100);
    await cable.settle();
    const after = queue.receiveAll();
    assert.deepEqual(dropTotals(after), new Array(after.length).fill(lost));
    assert.equal(after[0]!.sequence, 101);
    assert.equal(readDropTotal(queue.socket), 200 - before.length - after.length);
  });

  it('SO_RXQ_OVFL is on every frame after the first drop', async () => {
    using cable = new Cable('every');
    using queue = new ProbeQueue(cable.far.index, { bufferBytes: SMALL });
    const lost = 50 - (await overflow(cable, queue, 50));
    for (let i = 0; i < 20; i++) {
      cable.send(1);
      await cable.settle();
      assert.deepEqual(dropTotals(queue.receiveAll()), [lost]);
    }
  });

  it('SO_RXQ_OVFL is not reset by reading PACKET_STATISTICS', async () => {
    using cable = new Cable('reset');
    using queue = new ProbeQueue(cable.far.index, { bufferBytes: SMALL });
    const lost = 50 - (await overflow(cable, queue, 50));
    assert.deepEqual(queue.readStatistics(), { packets: 50, drops: lost, freezes: 0 });
    cable.send(1);
    await cable.settle();
    assert.deepEqual(dropTotals(queue.receiveAll()), [lost]);
  });

  it('SO_RXQ_OVFL and SO_MEMINFO do not count what a ring drops', async () => {
    using cable = new Cable('ring');
    using ring = new ProbeRing(cable.far.index);
    cable.send(200);
    await cable.settle();
    assert.equal(readDropTotal(ring.socket), 0);
    assert.ok(ring.readStatistics().drops > 100);
  });

  it('the first frame is queued however small the queue: nothing is lost before it', async () => {
    using cable = new Cable('first');
    using queue = new ProbeQueue(cable.far.index, { bufferBytes: 1 });
    cable.send(3, 1500);
    await cable.settle();
    const [first] = queue.receiveAll();
    assert.deepEqual([first!.sequence, first!.dropTotal], [1, undefined]);
  });

  it('the difference between two frames is the number of frames missing between them', async () => {
    using cable = new Cable('flood');
    using queue = new ProbeQueue(cable.far.index, { bufferBytes: 65_536 });
    const flood = await startFlood({
      interfaceName: cable.near.name,
      frameCount: 100_000,
      cpu: lastCpu(),
    });
    let last = 0;
    let total = 0;
    let gapCount = 0;
    for (let ended = false; !ended; ) {
      ended = flood.ended;
      for (const { sequence, dropTotal } of queue.receiveAll()) {
        const missing = sequence! - last - 1;
        assert.equal((dropTotal ?? 0) - total, missing, `before frame ${sequence}`);
        if (missing > 0) gapCount++;
        last = sequence!;
        total = dropTotal ?? 0;
      }
      // A reader that is late now and then.
      const until = performance.now() + 2;
      while (performance.now() < until);
    }
    await flood.finished;
    assert.ok(gapCount > 10, `only ${gapCount} gaps`);
  });
});

describe('receiving', { skip }, () => {
  it('recvmmsg returns what is queued without waiting for more', async () => {
    using cable = new Cable('partial');
    using queue = new ProbeQueue(cable.far.index);
    const start = performance.now();
    assert.deepEqual(queue.receive(), []);
    cable.send(3);
    await cable.settle();
    const sequences = queue.receive().map(({ sequence }) => sequence);
    assert.deepEqual(sequences, numbersFrom(1, 3));
    assert.ok(performance.now() - start < 1000);
  });
});
