/** What the kernel tells of loss in a receive queue and by its counters, as probes; each throws where it isn't so. */

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { REJECT_ALL } from '../sys/filter-program.js';
import { Cable } from './cable.js';
import { startFlood } from './flood.js';
import { ProbeQueue, readDropTotal } from './probe-queue.js';
import { ProbeRing, type Statistics } from './probe-ring.js';

/** A receive queue that holds a handful of frames. */
const SMALL = 4096;
const NOTHING: Statistics = { packets: 0, drops: 0, freezes: 0 };

const dropTotals = (
  messages: readonly { dropTotal: number | undefined }[],
): (number | undefined)[] => messages.map(({ dropTotal }) => dropTotal);

/** Sends more than fits and takes it in; returns how many fitted. */
async function overflow(cable: Cable, queue: ProbeQueue, count: number): Promise<number> {
  cable.send(count);
  await cable.settle();
  const taken = queue.receiveAll().length;
  assert.ok(taken > 0 && taken < count);
  return taken;
}

/** SO_RXQ_OVFL is absent until the first drop. */
export async function assertAbsentUntilDrop(): Promise<void> {
  using cable = new Cable('absent');
  using queue = new ProbeQueue(cable.far.index);
  cable.send(5);
  await cable.settle();
  assert.deepEqual(dropTotals(queue.receiveAll()), new Array(5).fill(undefined));
}

/** SO_RXQ_OVFL is the total when the frame was queued, however late it is read. */
export async function assertTotalWhenQueued(): Promise<void> {
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
}

/** SO_RXQ_OVFL is on every frame after the first drop. */
export async function assertOnEveryFrame(): Promise<void> {
  using cable = new Cable('every');
  using queue = new ProbeQueue(cable.far.index, { bufferBytes: SMALL });
  const lost = 50 - (await overflow(cable, queue, 50));
  for (let i = 0; i < 20; i++) {
    cable.send(1);
    await cable.settle();
    assert.deepEqual(dropTotals(queue.receiveAll()), [lost]);
  }
}

/** SO_RXQ_OVFL is not reset by reading PACKET_STATISTICS. */
export async function assertNotReset(): Promise<void> {
  using cable = new Cable('reset');
  using queue = new ProbeQueue(cable.far.index, { bufferBytes: SMALL });
  const lost = 50 - (await overflow(cable, queue, 50));
  assert.deepEqual(queue.readStatistics(), { packets: 50, drops: lost, freezes: 0 });
  cable.send(1);
  await cable.settle();
  assert.deepEqual(dropTotals(queue.receiveAll()), [lost]);
}

/** The first frame is queued however small the queue: nothing is lost before it. */
export async function assertFirstQueued(): Promise<void> {
  using cable = new Cable('first');
  using queue = new ProbeQueue(cable.far.index, { bufferBytes: 1 });
  cable.send(3, 1500);
  await cable.settle();
  const [first] = queue.receiveAll();
  assert.deepEqual([first!.sequence, first!.dropTotal], [1, undefined]);
}

/** The difference between two frames is the number of frames missing between them. */
export async function assertDifferencesAreGaps(cpu: number): Promise<void> {
  using cable = new Cable('flood');
  using queue = new ProbeQueue(cable.far.index, { bufferBytes: 65_536 });
  const flood = await startFlood({
    interfaceName: cable.near.name,
    frameCount: 100_000,
    cpu,
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
}

/** Reading PACKET_STATISTICS clears it. */
export async function assertReadingClears(): Promise<void> {
  using cable = new Cable('clear');
  using ring = new ProbeRing(cable.far.index);
  cable.send(200);
  await cable.settle();
  const { packets, drops, freezes } = ring.readStatistics();
  assert.deepEqual([packets, drops > 0, freezes], [200, true, 1]);
  assert.deepEqual(ring.readStatistics(), NOTHING);
}

/** Tp_packets includes tp_drops. */
export async function assertPacketsIncludeDrops(): Promise<void> {
  using cable = new Cable('include');
  using ring = new ProbeRing(cable.far.index);
  using queue = new ProbeQueue(cable.far.index, { bufferBytes: 4096 });
  cable.send(200);
  await cable.settle();
  const ofRing = ring.readStatistics();
  const delivered = [0, 1, 2].reduce((sum, slot) => sum + ring.frameCount(slot), 0);
  assert.equal(ofRing.packets, 200);
  assert.equal(ofRing.drops, 200 - delivered);
  const ofQueue = queue.readStatistics();
  assert.equal(ofQueue.packets, 200);
  assert.equal(ofQueue.drops, 200 - queue.receiveAll().length);
}

/** Frames that the filter rejects are in no counter. */
export async function assertRejectedUncounted(): Promise<void> {
  using cable = new Cable('reject');
  using ring = new ProbeRing(cable.far.index, { filter: REJECT_ALL });
  using queue = new ProbeQueue(cable.far.index, { filter: REJECT_ALL });
  cable.send(500);
  await cable.settle();
  assert.deepEqual(ring.readStatistics(), NOTHING);
  assert.deepEqual(queue.readStatistics(), NOTHING);
  assert.deepEqual(queue.receiveAll(), []);
}
