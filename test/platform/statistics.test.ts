/** What PACKET_STATISTICS counts, and what a filter keeps out of it. One probe a sentence. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  assertPacketsIncludeDrops,
  assertReadingClears,
  assertRejectedUncounted,
} from '../../src/lab/counter-probes.js';
import { startFlood } from '../../src/lab/flood.js';
import { PACKET_STATISTICS, SOL_PACKET } from '../../src/sys/constants.js';
import { acceptAll, REJECT_ALL } from '../../src/sys/filter-program.js';
import { libc } from '../../src/sys/libc.js';
import type { PacketSocket } from '../../src/sys/packet-socket.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { ProbeQueue } from './probe-queue.js';
import { numbersFrom, ProbeRing, type Statistics } from './probe-ring.js';
import { lastCpu } from './processors.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

const NOTHING: Statistics = { packets: 0, drops: 0, freezes: 0 };
const SETTLE_MS = 2;

/** Bytes that PACKET_STATISTICS returns. */
function statisticsLength(socket: PacketSocket): number {
  const length = Uint32Array.of(64);
  libc().getsockopt(socket.fd, SOL_PACKET, PACKET_STATISTICS, new Uint8Array(64), length);
  return length[0]!;
}

describe('the counters', { skip }, () => {
  it('reading PACKET_STATISTICS clears it', async () => {
    await assertReadingClears();
  });

  it('tp_packets includes tp_drops', async () => {
    await assertPacketsIncludeDrops();
  });

  it('PACKET_STATISTICS has 12 bytes with a TPACKET_V3 ring and 8 without a ring', () => {
    using cable = new Cable('length');
    using ring = new ProbeRing(cable.far.index);
    using queue = new ProbeQueue(cable.far.index);
    assert.equal(statisticsLength(ring.socket), 12);
    assert.equal(statisticsLength(queue.socket), 8);
  });
});

describe('the filter', { skip }, () => {
  it('frames that the filter rejects are in no counter', async () => {
    await assertRejectedUncounted();
  });

  it('PACKET_IGNORE_OUTGOING keeps what the host sends from a socket and its counters', async () => {
    using cable = new Cable('ignore', { outgoingVisible: true });
    using all = new ProbeQueue(cable.near.index);
    using incoming = new ProbeQueue(cable.near.index);
    assert.equal(incoming.socket.tryIgnoreOutgoing(), true);
    cable.send(5);
    await cable.settle();
    assert.equal(all.readStatistics().packets, 5);
    assert.deepEqual(incoming.readStatistics(), NOTHING);
  });

  it('counting starts at zero, and with the next frame, where a filter lets frames in', async () => {
    using cable = new Cable('start');
    using ring = new ProbeRing(cable.far.index, { filter: REJECT_ALL });
    using queue = new ProbeQueue(cable.far.index, { filter: REJECT_ALL });
    cable.send(100);
    await cable.settle();
    for (const { socket } of [ring, queue]) socket.attachFilter(acceptAll(65_535));
    cable.send(29);
    await cable.settle();
    assert.deepEqual(ring.readStatistics(), { packets: 29, drops: 0, freezes: 0 });
    assert.deepEqual(ring.sequences(0), numbersFrom(101, 28));
    assert.deepEqual(queue.readStatistics(), { packets: 29, drops: 0, freezes: 0 });
    const sequences = queue.receiveAll().map(({ sequence }) => sequence);
    assert.deepEqual(sequences, numbersFrom(101, 29));
  });

  it('SO_ATTACH_FILTER replaces a filter in one step: no frame escapes both', async () => {
    using cable = new Cable('swap');
    using ring = new ProbeRing(cable.far.index, { blockCount: 64, blockSizeBytes: 131_072 });
    const frameCount = 50_000;
    const flood = await startFlood({ interfaceName: cable.near.name, frameCount });
    let swaps = 0;
    while (!flood.ended) {
      ring.socket.attachFilter(acceptAll(65_535 - (++swaps % 2)));
    }
    await flood.finished;
    await setTimeout(10);
    assert.ok(swaps > 100, `only ${swaps} swaps`);
    assert.deepEqual(ring.readStatistics(), { packets: frameCount, drops: 0, freezes: 0 });
  });

  it(`the counters stand still ${SETTLE_MS} ms after a filter that rejects all is attached`, async () => {
    using cable = new Cable('still');
    using ring = new ProbeRing(cable.far.index);
    using flood = await startFlood({ interfaceName: cable.near.name, cpu: lastCpu() });
    for (let round = 0; round < 20; round++) {
      ring.socket.attachFilter(acceptAll(65_535));
      while (ring.readStatistics().packets === 0) await setTimeout(1);
      ring.socket.attachFilter(REJECT_ALL);
      await setTimeout(SETTLE_MS);
      ring.readStatistics();
      await setTimeout(5);
      assert.deepEqual(ring.readStatistics(), NOTHING);
    }
    await flood.stop();
  });
});
