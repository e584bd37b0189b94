/** The packet socket on a real interface: its totals, its limits, its end. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StateError, SystemCallError } from '../../src/core/errors.js';
import { SocketBatch } from '../../src/source/socket-batch.js';
import {
  PACKET_AUXDATA,
  SO_RXQ_OVFL,
  SO_TIMESTAMPING,
  SOL_PACKET,
  SOL_SOCKET,
} from '../../src/sys/constants.js';
import { acceptAll } from '../../src/sys/filter-program.js';
import { MessageBatch } from '../../src/sys/message-batch.js';
import { PacketRing } from '../../src/sys/packet-ring.js';
import { PacketSocket } from '../../src/sys/packet-socket.js';
import {
  SOF_TIMESTAMPING_RAW_HARDWARE,
  SOF_TIMESTAMPING_RX_HARDWARE,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
} from '../../src/sys/time-stamping.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

describe('PacketSocket', { skip }, () => {
  it('adds up what the kernel clears at every reading', async () => {
    using cable = new Cable('total');
    using socket = PacketSocket.open(false);
    socket.setReceiveBuffer(4096);
    socket.attachFilter(acceptAll(65_535));
    socket.bind(cable.far.index);
    for (let round = 1; round <= 3; round++) {
      cable.send(100);
      await cable.settle();
      socket.readStatistics();
      assert.equal(socket.received, 100 * round);
    }
    assert.ok(socket.dropped > 200 && socket.dropped < 300);
    assert.equal(socket.freezes, 0);
  });

  it('says which bytes of the receive buffer are in force, and how many are taken', async () => {
    using cable = new Cable('buffer');
    using socket = PacketSocket.open(false);
    assert.equal(socket.setReceiveBuffer(100_000), 200_000);
    assert.equal(socket.readQueuedBytes(), 0);
    socket.bind(cable.far.index);
    cable.send(10);
    await cable.settle();
    assert.ok(socket.readQueuedBytes() >= 600);
  });

  it('waits no longer than it is told', () => {
    using cable = new Cable('wait');
    using socket = PacketSocket.open(false);
    socket.bind(cable.far.index);
    const start = performance.now();
    assert.equal(socket.wait(20), false);
    assert.ok(performance.now() - start >= 19);
    cable.send(1);
    assert.equal(socket.wait(5000), true);
  });

  it("says the host's time where the adapter's was asked for and there is none", async () => {
    using cable = new Cable('stamps');
    using socket = PacketSocket.open(false);
    const flags =
      SOF_TIMESTAMPING_RX_HARDWARE |
      SOF_TIMESTAMPING_RAW_HARDWARE |
      SOF_TIMESTAMPING_RX_SOFTWARE |
      SOF_TIMESTAMPING_SOFTWARE;
    socket.setOption(SOL_SOCKET, SO_TIMESTAMPING, Int32Array.of(flags), 'SO_TIMESTAMPING');
    socket.setOption(SOL_SOCKET, SO_RXQ_OVFL, Int32Array.of(1), 'SO_RXQ_OVFL');
    socket.setOption(SOL_PACKET, PACKET_AUXDATA, Int32Array.of(1), 'PACKET_AUXDATA');
    socket.wait(20);
    socket.bind(cable.far.index);
    const before = Math.floor(Date.now() / 1000);
    cable.send(3);
    await cable.settle();
    const messages = new MessageBatch(8, 2048);
    const batch = new SocketBatch(messages, {
      interfaceId: 0,
      cooked: false,
      snapshotLength: 2048,
    });
    batch.reset(messages.receive(socket.fd));
    assert.equal(batch.left, 3);
    while (batch.next()) {
      assert.ok(batch.seconds >= before && batch.seconds <= before + 5, `${batch.seconds} s`);
      assert.ok(batch.originalLength >= 60, 'the auxiliary data found room too');
    }
  });

  it('refuses an interface that does not exist', () => {
    using socket = PacketSocket.open(false);
    assert.throws(
      () => socket.bind(99_999),
      (error) => error instanceof SystemCallError && error.code === 'ENODEV',
    );
  });

  it('is closed once and for all', () => {
    const socket = PacketSocket.open(true);
    socket.close();
    socket.close();
    assert.throws(
      () => socket.bind(1),
      (error) => error instanceof StateError && error.code === 'CLOSED',
    );
  });
});

describe('PacketRing', { skip }, () => {
  it('is as large as asked, in bytes and in words over the same memory', () => {
    using socket = PacketSocket.open(false);
    const geometry = { blockSizeBytes: 8192, blockCount: 5, retireMs: 10, reserveBytes: 2 };
    const ring = PacketRing.map(socket, geometry);
    assert.deepEqual([ring.bytes.length, ring.words.length], [40_960, 10_240]);
    assert.equal(ring.bytes.buffer, ring.words.buffer);
    ring.unmap();
    ring.unmap();
  });
});
