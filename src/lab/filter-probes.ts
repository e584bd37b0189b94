/** What a clean start and a clean end assume of a socket's filter, as probes; each throws where it isn't so. */

import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { acceptAll, REJECT_ALL } from '../sys/filter-program.js';
import { Cable } from './cable.js';
import { startFlood } from './flood.js';
import { ProbeQueue } from './probe-queue.js';
import { numbersFrom, ProbeRing, type Statistics } from './probe-ring.js';

const NOTHING: Statistics = { packets: 0, drops: 0, freezes: 0 };
const SETTLE_MS = 2;
const LONGEST_FRAME = 65_535;

/** Counting starts at zero, and with the next frame, where a filter lets frames in. */
export async function assertCountingStartsClean(): Promise<void> {
  using cable = new Cable('start');
  using ring = new ProbeRing(cable.far.index, { filter: REJECT_ALL });
  using queue = new ProbeQueue(cable.far.index, { filter: REJECT_ALL });
  cable.send(100);
  await cable.settle();
  for (const { socket } of [ring, queue]) socket.attachFilter(acceptAll(LONGEST_FRAME));
  cable.send(29);
  await cable.settle();
  assert.deepEqual(ring.readStatistics(), { packets: 29, drops: 0, freezes: 0 });
  assert.deepEqual(ring.sequences(0), numbersFrom(101, 28));
  assert.deepEqual(queue.readStatistics(), { packets: 29, drops: 0, freezes: 0 });
  const sequences = queue.receiveAll().map(({ sequence }) => sequence);
  assert.deepEqual(sequences, numbersFrom(101, 29));
}

/** SO_ATTACH_FILTER replaces a filter in one step: no frame escapes both. */
export async function assertFilterReplacedAtOnce(): Promise<void> {
  using cable = new Cable('swap');
  using ring = new ProbeRing(cable.far.index, { blockCount: 64, blockSizeBytes: 131_072 });
  const frameCount = 50_000;
  const flood = await startFlood({ interfaceName: cable.near.name, frameCount });
  let swaps = 0;
  while (!flood.ended) ring.socket.attachFilter(acceptAll(LONGEST_FRAME - (++swaps % 2)));
  await flood.finished;
  await setTimeout(10);
  assert.ok(swaps > 100, `only ${swaps} swaps`);
  assert.deepEqual(ring.readStatistics(), { packets: frameCount, drops: 0, freezes: 0 });
}

/**
 * The counters stand still 2 ms after a filter that rejects all is attached.
 *
 * @param cpu where the flood is to run
 */
export async function assertCountersStandStill(cpu: number): Promise<void> {
  using cable = new Cable('still');
  using ring = new ProbeRing(cable.far.index);
  using flood = await startFlood({ interfaceName: cable.near.name, cpu });
  for (let round = 0; round < 20; round++) {
    ring.socket.attachFilter(acceptAll(LONGEST_FRAME));
    while (ring.readStatistics().packets === 0) await setTimeout(1);
    ring.socket.attachFilter(REJECT_ALL);
    await setTimeout(SETTLE_MS);
    ring.readStatistics();
    await setTimeout(5);
    assert.deepEqual(ring.readStatistics(), NOTHING);
  }
  await flood.stop();
}
