/** Where a frame's bytes, lengths, tags and times are. One probe a sentence. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { TP_STATUS_VLAN_TPID_VALID, TP_STATUS_VLAN_VALID } from '../../src/sys/constants.js';
import { acceptAll } from '../../src/sys/filter-program.js';
import { SockaddrLl, Tpacket3Hdr, TpacketBlockDesc } from '../../src/sys/layouts.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { openTunnel, tunnelSkip } from '../support/tunnel.js';
import { ProbeQueue } from './probe-queue.js';
import { type ProbeFrame, ProbeRing } from './probe-ring.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

/** Frames of 60 bytes that fit into a block of 4096. */
const FIT = 28;
/** End of a frame's struct sockaddr_ll, from its header. */
const ADDRESS_END = Tpacket3Hdr.size + SockaddrLl.size;
/** Whatever a retire time of 10 ms needs. */
const RETIRED_MS = 60;

/** How long the kernel may take to turn timestamps on. */
const STAMPING_MS = 20;

/** A tagged frame of 64 bytes: VLAN 5 with priority 3, then EtherType 0x88b5. */
const TAGGED = Uint8Array.from([
  ...[0x02, 0x11, 0x22, 0x33, 0x44, 0x55],
  ...[0x02, 0x66, 0x77, 0x88, 0x99, 0xaa],
  ...[0x81, 0x00, 0x60, 0x05],
  ...[0x88, 0xb5],
  ...Array.from({ length: 46 }, (_, i) => i + 1),
]);
const UNTAGGED = Uint8Array.from([...TAGGED.subarray(0, 12), ...TAGGED.subarray(16)]);

/** A minimal IPv4 packet of 24 bytes, which no stack answers. */
const IPV4 = Uint8Array.from([
  ...[0x45, 0, 0, 24, 0, 1, 0, 0, 1, 253, 0, 0],
  ...[192, 0, 2, 1, 192, 0, 2, 2],
  ...[0xde, 0xad, 0xbe, 0xef],
]);

async function captureOne(
  cable: Cable,
  options: { cooked?: boolean; reserveBytes?: number; snapshotLength?: number },
  send: () => void,
): Promise<ProbeFrame> {
  const { snapshotLength = 65_535, ...rest } = options;
  const filter = acceptAll(snapshotLength);
  using ring = new ProbeRing(cable.far.index, { ...rest, filter, retireMs: 10 });
  send();
  await cable.settle();
  await setTimeout(RETIRED_MS);
  assert.equal(ring.frameCount(0), 1);
  return ring.frames(0)[0]!;
}

describe('a frame in a ring', { skip }, () => {
  it('an Ethernet frame starts at a multiple of 4 where PACKET_RESERVE is 2, and not where it is 0', async () => {
    using cable = new Cable('reserve');
    const odd = await captureOne(cable, { reserveBytes: 0 }, () => cable.send(1));
    assert.deepEqual([odd.header % 16, odd.mac], [0, 82]);
    const even = await captureOne(cable, { reserveBytes: 2 }, () => cable.send(1));
    assert.deepEqual([even.header % 16, even.mac], [0, 84]);
  });

  it('a cooked frame starts at a multiple of 4 without PACKET_RESERVE, with room for 20 bytes', async () => {
    using cable = new Cable('cooked');
    const frame = await captureOne(cable, { cooked: true, reserveBytes: 0 }, () => cable.send(1));
    assert.equal((frame.header + frame.mac) % 4, 0);
    assert.ok(frame.mac - 20 >= ADDRESS_END);
    assert.equal(frame.capturedLength, 46, 'without the Ethernet header');
  });

  it('the bytes between address and frame stay as the process left them', async () => {
    using cable = new Cable('free');
    using ring = new ProbeRing(cable.far.index, { blockCount: 2 });
    cable.send(2 * FIT + 1);
    await cable.settle();
    for (const frame of ring.frames(0)) {
      ring.memory.fill(0xa5, frame.header + ADDRESS_END, frame.header + frame.mac);
    }
    assert.equal(ring.sequences(0).at(-1), FIT, 'nothing of a neighbour lay there');
    ring.release(0);
    cable.send(FIT + 1);
    await cable.settle();
    assert.equal(ring.blockNumber(0), 3);
    assert.equal(ring.frameCount(0), FIT);
    for (const frame of ring.frames(0)) {
      const between = ring.memory.subarray(frame.header + ADDRESS_END, frame.header + frame.mac);
      assert.deepEqual(new Set(between), new Set([0xa5]));
      assert.equal(frame.bytes.length, 60);
    }
  });

  it("the filter's value cuts the bytes and leaves tp_len", async () => {
    using cable = new Cable('snap');
    const frame = await captureOne(cable, { snapshotLength: 33 }, () => cable.send(1, 1000));
    assert.deepEqual([frame.capturedLength, frame.originalLength], [33, 1000]);
  });

  it('the time of a frame is real time in nanoseconds, and on one processor goes back only with the clock', async () => {
    using cable = new Cable('time');
    using ring = new ProbeRing(cable.far.index);
    const startMs = Date.now();
    cable.send(FIT + 1);
    await cable.settle();
    const endMs = Date.now();
    let lastNs = 0n;
    for (const { seconds, nanoseconds } of ring.frames(0)) {
      const timeNs = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
      assert.ok(timeNs >= BigInt(startMs) * 1_000_000n && timeNs < BigInt(endMs + 1) * 1_000_000n);
      assert.ok(nanoseconds < 1_000_000_000 && timeNs >= lastNs);
      lastNs = timeNs;
    }
    const fine = ring.frames(0).filter(({ nanoseconds }) => nanoseconds % 1000 !== 0);
    assert.ok(fine.length > 0, 'finer than a microsecond');
  });

  it('the kernel takes a VLAN tag out of a received frame and gives it in the header', async () => {
    using cable = new Cable('tag');
    const frame = await captureOne(cable, {}, () => cable.sendBytes(TAGGED));
    const valid = TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID;
    assert.equal(frame.status & valid, valid);
    assert.deepEqual([frame.vlanTci, frame.vlanTpid], [0x6005, 0x8100]);
    assert.deepEqual(frame.bytes, UNTAGGED);
    assert.equal(frame.originalLength, UNTAGGED.length);
    const plain = await captureOne(cable, {}, () => cable.sendBytes(UNTAGGED));
    assert.equal(plain.status & valid, 0);
  });
});

describe('a frame of a tunnel', { skip: skip || tunnelSkip() }, () => {
  it('a raw IP packet starts at a multiple of 4 without PACKET_RESERVE', async () => {
    using tunnel = openTunnel('gap-raw');
    using ring = new ProbeRing(tunnel.index, { retireMs: 10, reserveBytes: 0 });
    tunnel.receive(IPV4);
    await setTimeout(RETIRED_MS);
    const [frame] = ring.frames(0);
    assert.deepEqual(frame!.bytes, IPV4);
    assert.equal((frame!.header + frame!.mac) % 4, 0);
  });

  it('a frame as long as a block is cut, and the block before it handed over even if it is empty', async () => {
    using tunnel = openTunnel('gap-long');
    using ring = new ProbeRing(tunnel.index, { reserveBytes: 0, retireMs: 10 });
    const packet = new Uint8Array(9000);
    packet.set(IPV4);
    new DataView(packet.buffer).setUint16(2, packet.length);
    tunnel.receive(packet);
    await setTimeout(RETIRED_MS);
    assert.deepEqual([ring.isClosed(0), ring.frameCount(0)], [true, 0]);
    assert.deepEqual([ring.isClosed(1), ring.frameCount(1)], [true, 1]);
    const [frame] = ring.frames(1);
    assert.equal(frame!.originalLength, 9000);
    assert.equal(frame!.mac + frame!.capturedLength, 4096 - TpacketBlockDesc.size);
    assert.deepEqual(frame!.bytes, packet.slice(0, frame!.capturedLength));
    assert.deepEqual(ring.readStatistics(), { packets: 1, drops: 0, freezes: 0 });
  });
});

describe('a frame from a queue', { skip }, () => {
  it('PACKET_AUXDATA gives the VLAN tag and the length that the ring header gives', async () => {
    using cable = new Cable('aux');
    using queue = new ProbeQueue(cable.far.index, { filter: acceptAll(50) });
    cable.sendBytes(TAGGED);
    await cable.settle();
    const [frame] = queue.receiveAll();
    const valid = TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID;
    assert.equal(frame!.status & valid, valid);
    assert.deepEqual([frame!.vlanTci, frame!.vlanTpid], [0x6005, 0x8100]);
    assert.deepEqual(frame!.bytes, UNTAGGED.slice(0, 50));
    assert.equal(frame!.originalLength, UNTAGGED.length);
  });

  it('a cooked socket is told the outer of two VLAN tags, and has the inner one in the bytes', async () => {
    using cable = new Cable('twotags');
    using queue = new ProbeQueue(cable.far.index, { cooked: true });
    const inner = [0x00, 0x07, 0x88, 0xb5];
    cable.sendBytes(
      Uint8Array.from([...TAGGED.subarray(0, 16), 0x81, 0x00, ...inner, ...TAGGED.subarray(18)]),
    );
    await cable.settle();
    const [message] = queue.receiveAll();
    const valid = TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID;
    assert.equal(message!.status & valid, valid);
    assert.deepEqual([message!.vlanTpid, message!.vlanTci], [0x8100, 0x6005]);
    assert.deepEqual([...message!.bytes.subarray(0, 5)], [...inner, 1]);
  });

  it(`SO_TIMESTAMPNS is the time of arrival from ${STAMPING_MS} ms after it was set, and on one processor goes back only with the clock`, async () => {
    using cable = new Cable('stamp');
    using queue = new ProbeQueue(cable.far.index);
    // Before that it may be the time at which the frame was read: the kernel turns the stamping
    // of frames on in a work queue (net_enable_timestamp()).
    await setTimeout(STAMPING_MS);
    const startMs = Date.now();
    cable.send(50);
    await cable.settle();
    const endMs = Date.now();
    await setTimeout(30);
    const frames = queue.receiveAll();
    let lastNs = 0n;
    for (const { timeNs } of frames) {
      assert.ok(timeNs >= BigInt(startMs) * 1_000_000n && timeNs < BigInt(endMs + 1) * 1_000_000n);
      assert.ok(timeNs >= lastNs);
      lastNs = timeNs;
    }
    assert.ok(frames.some(({ timeNs }) => timeNs % 1000n !== 0n));
  });
});
