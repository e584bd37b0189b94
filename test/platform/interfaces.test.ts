/** What a packet socket does as its interface comes, goes and is listened to. One probe a sentence. */

import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { SystemCallError } from '../../src/core/errors.js';
import { POLLERR, POLLIN, SOCK_RAW } from '../../src/sys/constants.js';
import { acceptAll } from '../../src/sys/filter-program.js';
import { lastErrno, libc } from '../../src/sys/libc.js';
import { NetlinkRequest, netlinkMessages, parseAttributes } from '../../src/sys/netlink-message.js';
import { PacketSocket } from '../../src/sys/packet-socket.js';
import { deleteLink, listLinks, setLinkDown, setLinkUp } from '../../src/sys/rtnetlink.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { ProbeQueue } from './probe-queue.js';
import { ProbeRing, readStatistics } from './probe-ring.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

const PACKET_HOST = 0;
const PACKET_BROADCAST = 1;
const PACKET_MULTICAST = 2;
const PACKET_OTHERHOST = 3;
const PACKET_OUTGOING = 4;

/** What poll says of a socket at once. */
function pollEvents(socket: PacketSocket): number {
  const fds = Int32Array.of(socket.fd, POLLIN);
  libc().poll(fds, 1, 0);
  return fds[1]! >>> 16;
}

function assertNetworkDown(action: () => void): void {
  assert.throws(action, (error) => error instanceof SystemCallError && error.code === 'ENETDOWN');
}

/** How many want an interface promiscuous (IFLA_PROMISCUITY). */
function promiscuity(interfaceIndex: number): number {
  const [netlink, route, getLink, request, promiscuityAttribute] = [16, 0, 18, 1, 30] as const;
  const fd = libc().socket(netlink, SOCK_RAW, route);
  try {
    const header = new Uint8Array(16);
    new DataView(header.buffer).setInt32(4, interfaceIndex, true);
    const bytes = new NetlinkRequest(getLink, request).putBytes(header).finish(1);
    libc().send(fd, bytes, bytes.length, 0);
    const answer = new Uint8Array(32_768);
    const length = libc().recv(fd, answer, answer.length, 0);
    const [message] = [...netlinkMessages(answer.subarray(0, length))];
    const value = parseAttributes(message!.payload.subarray(16)).get(promiscuityAttribute)!;
    return new DataView(value.buffer, value.byteOffset).getUint32(0, true);
  } finally {
    libc().close(fd);
  }
}

/** The MAC address of an interface as bytes. */
function macAddressOf(interfaceIndex: number): number[] {
  const link = listLinks().find(({ index }) => index === interfaceIndex)!;
  return link.macAddress!.split(':').map((hex) => Number.parseInt(hex, 16));
}

/** A frame of 60 bytes to an address. */
function frameTo(...destination: number[]): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes.set(destination);
  bytes.set([2, 0, 0, 0, 0, 1, 0x88, 0xb5], 6);
  return bytes;
}

describe('a packet socket and its interface', { skip }, () => {
  it('a socket of protocol 0 receives nothing until it is bound with a protocol', async () => {
    using cable = new Cable('unbound');
    using socket = PacketSocket.open(false);
    socket.attachFilter(acceptAll(65_535));
    cable.send(10);
    await cable.settle();
    assert.deepEqual(readStatistics(socket), { packets: 0, drops: 0, freezes: 0 });
    socket.bind(cable.far.index);
    cable.send(10);
    await cable.settle();
    assert.equal(readStatistics(socket).packets, 10);
  });

  it('binding to an interface that is down succeeds, and ENETDOWN is pending', () => {
    using cable = new Cable('bind');
    setLinkDown(cable.far.index);
    using socket = PacketSocket.open(false);
    socket.bind(cable.far.index);
    assertNetworkDown(() => socket.throwPendingError());
  });

  it('an interface that goes down gives POLLERR and ENETDOWN, once', () => {
    using cable = new Cable('down');
    using queue = new ProbeQueue(cable.far.index);
    assert.equal(pollEvents(queue.socket), 0);
    setLinkDown(cable.far.index);
    assert.equal(pollEvents(queue.socket) & POLLERR, POLLERR);
    assertNetworkDown(() => queue.socket.throwPendingError());
    assert.equal(pollEvents(queue.socket), 0);
    queue.socket.throwPendingError();
  });

  it('frames queued before an interface went down are still there after its error', async () => {
    using cable = new Cable('kept');
    using queue = new ProbeQueue(cable.far.index);
    cable.send(3);
    await cable.settle();
    setLinkDown(cable.far.index);
    assert.deepEqual(queue.receive(), []);
    assert.equal(lastErrno(), constants.errno.ENETDOWN, 'the error comes first');
    assert.equal(queue.receive().length, 3);
  });

  it('frames come again after an interface is set up, without another bind', async () => {
    using cable = new Cable('again');
    using queue = new ProbeQueue(cable.far.index);
    using ring = new ProbeRing(cable.far.index);
    setLinkDown(cable.far.index);
    for (const { socket } of [queue, ring]) assertNetworkDown(() => socket.throwPendingError());
    setLinkUp(cable.far.index);
    cable.send(3);
    await cable.settle();
    assert.equal(queue.receiveAll().length, 3);
    assert.equal(ring.frameCount(0), 3);
    for (const { socket } of [queue, ring]) socket.throwPendingError();
  });

  it('an interface that is removed gives ENETDOWN, unless it was down already, and the socket stays silent afterwards, also when another of that name is made', () => {
    using cable = new Cable('removed');
    using queue = new ProbeQueue(cable.far.index);
    deleteLink(cable.far.index);
    assertNetworkDown(() => queue.socket.throwPendingError());
    assert.equal(pollEvents(queue.socket), 0);
    using again = new Cable('removed');
    again.send(3);
    assert.deepEqual(queue.receive(), []);
    using downQueue = new ProbeQueue(again.far.index);
    setLinkDown(again.far.index);
    assertNetworkDown(() => downQueue.socket.throwPendingError());
    deleteLink(again.far.index);
    downQueue.socket.throwPendingError();
    assert.equal(pollEvents(downQueue.socket), 0);
  });

  it('promiscuous mode ends with the socket that asked for it', () => {
    using cable = new Cable('promisc');
    const socket = PacketSocket.open(false);
    assert.equal(promiscuity(cable.far.index), 0);
    socket.joinPromiscuous(cable.far.index);
    assert.equal(promiscuity(cable.far.index), 1);
    socket.close();
    assert.equal(promiscuity(cable.far.index), 0);
  });

  it('sll_pkttype tells unicast, broadcast, multicast, foreign and outgoing frames apart', async () => {
    using cable = new Cable('type', { outgoingVisible: true });
    using far = new ProbeQueue(cable.far.index);
    using near = new ProbeQueue(cable.near.index);
    cable.sendBytes(frameTo(...macAddressOf(cable.far.index)));
    cable.sendBytes(frameTo(0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
    cable.sendBytes(frameTo(0x01, 0, 0x5e, 0, 0, 1));
    cable.sendBytes(frameTo(2, 9, 9, 9, 9, 9));
    await cable.settle();
    assert.deepEqual(
      far.receiveAll().map(({ packetType }) => packetType),
      [PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST, PACKET_OTHERHOST],
    );
    assert.deepEqual(
      near.receiveAll().map(({ packetType }) => packetType),
      new Array(4).fill(PACKET_OUTGOING),
    );
  });

  it('frames sent with PACKET_QDISC_BYPASS are invisible on the sending end, and arrive', async () => {
    using cable = new Cable('bypass');
    using far = new ProbeQueue(cable.far.index);
    using near = new ProbeQueue(cable.near.index);
    cable.send(5);
    await cable.settle();
    assert.deepEqual([near.receiveAll().length, far.receiveAll().length], [0, 5]);
  });

  it('a socket bound to no interface receives from all, each frame with the number of its own', async () => {
    using cable = new Cable('any', { outgoingVisible: true });
    using queue = new ProbeQueue(0);
    cable.send(1);
    await cable.settle();
    const types = queue.receiveAll().map(({ packetType }) => packetType);
    assert.deepEqual(types, [PACKET_OUTGOING, PACKET_OTHERHOST]);
  });
});
