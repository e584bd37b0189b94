/** What the placing of a ring's losses assumes of its blocks, as probes; each throws where it isn't so. */

import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { Cable } from './cable.js';
import { ProbeRing } from './probe-ring.js';

/** Frames of 60 bytes that fit into a block of 4096. */
const FIT = 28;
const RETIRE_MS = 20;

/** Block numbers are consecutive, from 1. */
export async function assertBlocksNumbered(): Promise<void> {
  using cable = new Cable('number');
  using ring = new ProbeRing(cable.far.index);
  for (let block = 1; block <= 10; block++) {
    cable.send(FIT + (block === 1 ? 1 : 0));
    await cable.settle();
    const slot = (block - 1) % ring.blockCount;
    assert.equal(ring.isClosed(slot), true);
    assert.equal(ring.blockNumber(slot), block);
    ring.release(slot);
  }
}

/** tp_next_offset is 0 in a block's last frame, and in no other. */
export async function assertLastFrameEndsBlock(): Promise<void> {
  using cable = new Cable('chain');
  using ring = new ProbeRing(cable.far.index, { retireMs: RETIRE_MS });
  let full = 0;
  let closedByTimer = 0;
  // Round about the ring, so that later blocks lie where frames of earlier ones were.
  for (let block = 0; block < 6 * ring.blockCount || full === 0 || closedByTimer === 0; block++) {
    assert.ok(block < 100, 'blocks were never closed both ways');
    const slot = block % ring.blockCount;
    for (let round = 0; !ring.isClosed(slot); round++) {
      assert.ok(round < 100, 'a block never closed');
      cable.send(block % 2 === 0 ? FIT + 1 : 1 + (block % 5));
      await cable.settle();
      if (!ring.isClosed(slot)) await setTimeout(2 * RETIRE_MS);
    }
    const frames = ring.frames(slot);
    if (frames.length === FIT) full++;
    else closedByTimer++;
    const ends = frames.map(({ nextOffset }) => nextOffset === 0);
    assert.deepEqual(
      ends,
      frames.map((_, i) => i === frames.length - 1),
      `block ${block + 1}, in which ${frames.length} frames lie`,
    );
    ring.release(slot);
  }
}

/** A block has TP_STATUS_LOSING where a drop is uncollected at its close. */
export async function assertLosingAtClose(): Promise<void> {
  using cable = new Cable('losing');
  using ring = new ProbeRing(cable.far.index);
  cable.send(3 * FIT + 8);
  await cable.settle();
  const statuses = [0, 1, 2].map((slot) => [ring.isClosed(slot), ring.isLosing(slot)]);
  assert.deepEqual(statuses, new Array(3).fill([true, false]), 'drops came after these closed');
  ring.release(0);
  cable.send(FIT + 1);
  await cable.settle();
  assert.equal(ring.isClosed(0), true);
  assert.equal(ring.isLosing(0), true, 'eight drops were uncollected when it closed');
  ring.release(1);
  cable.send(FIT + 1);
  await cable.settle();
  assert.equal(ring.isLosing(1), true, 'still uncollected');
}

/** Reading PACKET_STATISTICS ends TP_STATUS_LOSING for the blocks that close later. */
export async function assertReadingEndsLosing(): Promise<void> {
  using cable = new Cable('collect');
  using ring = new ProbeRing(cable.far.index);
  cable.send(3 * FIT + 8);
  await cable.settle();
  ring.release(0);
  assert.equal(ring.readStatistics().drops, 8);
  cable.send(FIT + 1);
  await cable.settle();
  assert.equal(ring.isClosed(0), true);
  assert.equal(ring.isLosing(0), false);
}

/** A block opens at once where the next slot is free when one closes. */
export async function assertOpensAtOnce(): Promise<void> {
  using cable = new Cable('open');
  using ring = new ProbeRing(cable.far.index, { retireMs: RETIRE_MS });
  assert.equal(ring.blockNumber(0), 1, 'the first one with the ring');
  cable.send(1);
  await cable.settle();
  await setTimeout(5 * RETIRE_MS);
  assert.equal(ring.isClosed(0), true);
  assert.equal(ring.blockNumber(1), 2, 'without a further frame');
}

/** A full ring stays full until a block is given back. */
export async function assertFullStaysFull(): Promise<void> {
  using cable = new Cable('full');
  using ring = new ProbeRing(cable.far.index, { retireMs: RETIRE_MS });
  const slots = Array.from({ length: ring.blockCount }, (_, slot) => slot);
  // The timer may close a block before it is full, so more than one round can be needed.
  for (let round = 0; !slots.every((slot) => ring.isClosed(slot)); round++) {
    assert.ok(round < 100, 'the ring never became full');
    cable.send(FIT + 1);
    await cable.settle();
  }
  const look = (): number[][] =>
    slots.map((slot) => [ring.status(slot), ring.blockNumber(slot), ring.frameCount(slot)]);
  const before = look();
  const bytesBefore = ring.memory.slice();
  ring.readStatistics();
  for (let round = 0; round < 3; round++) {
    cable.send(2 * FIT);
    await cable.settle();
    await setTimeout(5 * RETIRE_MS);
    assert.deepEqual(look(), before, 'status, number and frames of each block');
    const { packets, drops } = ring.readStatistics();
    assert.deepEqual([packets, drops], [2 * FIT, 2 * FIT], 'every frame is a drop');
  }
  assert.equal(Buffer.compare(bytesBefore, ring.memory), 0, 'nothing was written into the ring');
  ring.release(0);
  const next = cable.send(1);
  await cable.settle();
  assert.equal(ring.blockNumber(0), ring.blockCount + 1);
  assert.deepEqual(ring.sequences(0), [next], 'the next frame is taken in');
  const { packets, drops } = ring.readStatistics();
  assert.deepEqual([packets, drops], [1, 0]);
}
