/** What SO_RXQ_OVFL tells with each frame. One probe a sentence. */

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, it } from 'node:test';
import {
  assertAbsentUntilDrop,
  assertDifferencesAreGaps,
  assertFirstQueued,
  assertNotReset,
  assertOnEveryFrame,
  assertTotalWhenQueued,
} from '../../src/lab/counter-probes.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { ProbeQueue, readDropTotal } from './probe-queue.js';
import { numbersFrom, ProbeRing } from './probe-ring.js';
import { lastCpu } from './processors.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

describe('drop totals of a socket', { skip }, () => {
  it('SO_RXQ_OVFL is absent until the first drop', async () => {
    await assertAbsentUntilDrop();
  });

  it('SO_RXQ_OVFL is the total when the frame was queued, however late it is read', async () => {
    await assertTotalWhenQueued();
  });

  it('SO_RXQ_OVFL is on every frame after the first drop', async () => {
    await assertOnEveryFrame();
  });

  it('SO_RXQ_OVFL is not reset by reading PACKET_STATISTICS', async () => {
    await assertNotReset();
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
    await assertFirstQueued();
  });

  it('the difference between two frames is the number of frames missing between them', async () => {
    await assertDifferencesAreGaps(lastCpu());
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
