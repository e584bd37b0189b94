/** When a TPACKET_V3 ring closes, freezes and opens its blocks. One probe a sentence. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  assertBlocksNumbered,
  assertFullStaysFull,
  assertLastFrameEndsBlock,
  assertLosingAtClose,
  assertOpensAtOnce,
  assertReadingEndsLosing,
} from '../../src/lab/block-probes.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { numbersFrom, ProbeRing } from './probe-ring.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

/** Frames of 60 bytes that fit into a block of 4096; found out by the first probe. */
const FIT = 28;
const RETIRE_MS = 20;

describe('the blocks of a ring', { skip }, () => {
  it('a block closes when the next frame has no room in it', async () => {
    using cable = new Cable('close');
    using ring = new ProbeRing(cable.far.index);
    cable.send(FIT);
    await cable.settle();
    assert.equal(ring.isClosed(0), false);
    assert.equal(ring.frameCount(0), FIT);
    cable.send(1);
    await cable.settle();
    assert.equal(ring.isClosed(0), true);
    assert.deepEqual(ring.sequences(0), numbersFrom(1, FIT));
  });

  it('block numbers are consecutive, from 1', async () => {
    await assertBlocksNumbered();
  });

  it('tp_next_offset is 0 in the last frame of a block, and in no other', async () => {
    await assertLastFrameEndsBlock();
  });

  it('a block has TP_STATUS_LOSING where a drop is uncollected at its close', async () => {
    await assertLosingAtClose();
  });

  it('reading PACKET_STATISTICS ends TP_STATUS_LOSING for the blocks that close later', async () => {
    await assertReadingEndsLosing();
  });

  it('a release opens nothing by itself: the next frame does', async () => {
    using cable = new Cable('thaw');
    using ring = new ProbeRing(cable.far.index);
    cable.send(3 * FIT + 1);
    await cable.settle();
    ring.release(0);
    await setTimeout(30);
    assert.equal(ring.blockNumber(0), 1, 'the old block number: not opened');
    cable.send(1);
    await cable.settle();
    assert.equal(ring.blockNumber(0), 4);
    assert.equal(ring.frameCount(0), 1);
    assert.equal(ring.readStatistics().drops, 1, 'only the frame that found the ring full');
  });

  it('the retire timer opens a released block, too', async () => {
    using cable = new Cable('timer');
    using ring = new ProbeRing(cable.far.index, { retireMs: RETIRE_MS });
    cable.send(3 * FIT + 1);
    await cable.settle();
    ring.release(0);
    await setTimeout(5 * RETIRE_MS);
    assert.equal(ring.blockNumber(0), 4);
    assert.equal(ring.isClosed(0), false);
    assert.equal(ring.frameCount(0), 0);
  });

  it('a block opens at once where the next slot is free when one closes', async () => {
    await assertOpensAtOnce();
  });

  it('a full ring stays full until a block is given back', async () => {
    await assertFullStaysFull();
  });

  it("the retire timer hands over a block that isn't full, never an empty one", async () => {
    using cable = new Cable('retire');
    using ring = new ProbeRing(cable.far.index, { retireMs: RETIRE_MS });
    await setTimeout(5 * RETIRE_MS);
    assert.equal(ring.isClosed(0), false, 'empty');
    cable.send(3);
    await cable.settle();
    await setTimeout(5 * RETIRE_MS);
    assert.equal(ring.isClosed(0), true);
    assert.deepEqual(ring.sequences(0), [1, 2, 3]);
    await setTimeout(5 * RETIRE_MS);
    assert.deepEqual([ring.isClosed(1), ring.isClosed(2)], [false, false]);
  });

  it('the retire timer can freeze a ring without any frame lost, and that counts', async () => {
    using cable = new Cable('freeze');
    using ring = new ProbeRing(cable.far.index, { retireMs: RETIRE_MS });
    for (let slot = 0; slot < ring.blockCount; slot++) {
      cable.send(1);
      await cable.settle();
      await setTimeout(5 * RETIRE_MS);
      assert.equal(ring.isClosed(slot), true);
    }
    assert.deepEqual(ring.readStatistics(), { packets: 3, drops: 0, freezes: 1 });
  });

  it('poll says POLLIN while a closed block waits, and not before', async () => {
    using cable = new Cable('poll');
    using ring = new ProbeRing(cable.far.index);
    cable.send(FIT);
    await cable.settle();
    assert.equal(ring.socket.wait(0), false, 'only an open block');
    cable.send(1);
    await cable.settle();
    assert.equal(ring.socket.wait(0), true);
    assert.equal(ring.socket.wait(0), true, 'still');
    ring.release(0);
    assert.equal(ring.socket.wait(0), false);
  });
});
