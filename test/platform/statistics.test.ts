/** What PACKET_STATISTICS counts, and what a filter keeps out of it. One probe a sentence. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assertPacketsIncludeDrops,
  assertReadingClears,
  assertRejectedUncounted,
} from '../../src/lab/counter-probes.js';
import {
  assertCountersStandStill,
  assertCountingStartsClean,
  assertFilterReplacedAtOnce,
} from '../../src/lab/filter-probes.js';
import { PACKET_STATISTICS, SOL_PACKET } from '../../src/sys/constants.js';
import { libc } from '../../src/sys/libc.js';
import type { PacketSocket } from '../../src/sys/packet-socket.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { ProbeQueue } from './probe-queue.js';
import { ProbeRing, type Statistics } from './probe-ring.js';
import { lastCpu } from './processors.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

const NOTHING: Statistics = { packets: 0, drops: 0, freezes: 0 };

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
    await assertCountingStartsClean();
  });

  it('SO_ATTACH_FILTER replaces a filter in one step: no frame escapes both', async () => {
    await assertFilterReplacedAtOnce();
  });

  it('the counters stand still 2 ms after a filter that rejects all is attached', async () => {
    await assertCountersStandStill(lastCpu());
  });
});
