/** Both live sources on a real interface: one table of tests, two engines. */

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, it } from 'node:test';
import { SystemCallError } from '../../src/core/errors.js';
import { copyFrame, type Frame, FrameFlags, type FrameSource } from '../../src/core/frame.js';
import { LinkType } from '../../src/core/link-type.js';
import { tryReadSequence, writeNumberedFrame } from '../../src/core/numbered-frame.js';
import { startFlood } from '../../src/lab/flood.js';
import type { LiveOptions } from '../../src/source/live-options.js';
import { RingSource } from '../../src/source/ring-source.js';
import { SocketSource } from '../../src/source/socket-source.js';
import { deleteLink, listLinks, setLinkDown, setLinkUp } from '../../src/sys/rtnetlink.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { openTunnel, tunnelSkip } from '../support/tunnel.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

const ALL = 262_144;
const RETIRE_MS = 10;
/** As long as a test may wait for anything. */
const PATIENCE_MS = 60_000;

type Overrides = Partial<LiveOptions> & { blockSizeBytes?: number };

interface Engine {
  readonly name: string;
  open(ifindex: number, linkType: number, overrides?: Overrides): FrameSource;
  /** A buffer that overflows within a few hundred frames. */
  readonly small: Overrides;
}

function optionsFor(ifindex: number, linkType: number, overrides: Overrides): LiveOptions {
  return {
    target: { ifindex, name: ifindex === 0 ? 'any' : `if${ifindex}`, linkType },
    snapshotLength: ALL,
    promiscuous: true,
    bufferSizeBytes: 8 << 20,
    ...overrides,
  };
}

const ENGINES: readonly Engine[] = [
  {
    name: 'RingSource',
    open: (ifindex, linkType, overrides = {}) =>
      RingSource.open({
        blockSizeBytes: 131_072,
        retireMs: RETIRE_MS,
        ...optionsFor(ifindex, linkType, overrides),
      }),
    small: { bufferSizeBytes: 16_384, blockSizeBytes: 4096 },
  },
  {
    name: 'SocketSource',
    open: (ifindex, linkType, overrides = {}) =>
      SocketSource.open(optionsFor(ifindex, linkType, overrides)),
    small: { bufferSizeBytes: 16_384 },
  },
];

/** Reads until there are `count` frames, or until the source has ended. */
function take(source: FrameSource, count = Number.POSITIVE_INFINITY): Frame[] {
  const frames: Frame[] = [];
  const deadline = performance.now() + PATIENCE_MS;
  while (frames.length < count && !source.ended) {
    assert.ok(performance.now() < deadline, `only ${frames.length} frames came`);
    const batch = source.read(50);
    while (frames.length < count && batch.next()) frames.push(copyFrame(batch));
  }
  return frames;
}

/** Stops the source, reads what is left, and holds it against the law of conservation. */
function finish(source: FrameSource, before: readonly Frame[] = []): Frame[] {
  source.stop();
  const frames = [...before, ...take(source)];
  const { received, dropped } = source.counters(0)!;
  assert.equal(received, frames.length + dropped, 'received = delivered + dropped');
  assert.ok(sumOfGaps(frames) <= dropped);
  return frames;
}

function sumOfGaps(frames: readonly Frame[]): number {
  return frames.reduce((sum, { lostBefore }) => sum + (lostBefore?.lost ?? 0), 0);
}

function sequenceOf({ data }: Frame): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const sequence = tryReadSequence(view, 0, data.length);
  assert.ok(sequence !== undefined, 'a frame that nobody sent');
  return sequence;
}

/** What the cable's sender laid out for a frame number. */
function sentBytes(sequence: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  writeNumberedFrame(new DataView(bytes.buffer), 0, length, { streamId: 0, sequence });
  return bytes;
}

function assertCode(action: () => unknown, code: string): void {
  assert.throws(action, (error) => error instanceof SystemCallError && error.code === code);
}

/** A frame with addresses, EtherType 0x88b5 and as many bytes as wanted. */
function frameTo(destination: readonly number[], length = 60): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
  bytes.set([...destination, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]);
  return bytes;
}

function macAddressOf(interfaceIndex: number): number[] {
  const link = listLinks().find(({ index }) => index === interfaceIndex)!;
  return link.macAddress!.split(':').map((hex) => Number.parseInt(hex, 16));
}

const FOREIGN = [2, 9, 9, 9, 9, 9];
const BROADCAST = [255, 255, 255, 255, 255, 255];
const MULTICAST = [1, 0, 0x5e, 0, 0, 1];

for (const { name, open, small } of ENGINES) {
  describe(name, { skip }, () => {
    it('ends at once, with all counts zero, where nothing came', () => {
      using cable = new Cable('none');
      using source = open(cable.far.index, LinkType.Ethernet);
      assert.equal(source.read(1).next(), false);
      assert.equal(source.ended, false);
      const start = performance.now();
      assert.deepEqual(finish(source), []);
      assert.ok(performance.now() - start < 500);
      const { received, dropped } = source.counters(0)!;
      assert.deepEqual([received, dropped], [0, 0]);
      assert.equal(source.read(1000).next(), false, 'and stays ended');
    });

    it('yields one frame with its bytes, lengths and time', () => {
      using cable = new Cable('one');
      using source = open(cable.far.index, LinkType.Ethernet);
      const startNs = BigInt(Date.now()) * 1_000_000n;
      cable.send(1, 77);
      const [frame] = finish(source);
      const endNs = BigInt(Date.now() + 1) * 1_000_000n;
      assert.deepEqual(frame!.data, sentBytes(1, 77));
      assert.equal(frame!.originalLength, 77);
      assert.ok(frame!.timestampNs >= startNs && frame!.timestampNs < endNs);
      assert.equal(frame!.interfaceId, 0);
      assert.equal(frame!.lostBefore, undefined);
    });

    it('yields every frame in order, whatever its length, with times that never go back', () => {
      using cable = new Cable('many');
      using source = open(cable.far.index, LinkType.Ethernet);
      const lengths = [60, 61, 62, 63, 64, 590, 1000, 1514];
      const frames: Frame[] = [];
      for (let i = 0; i < 1000; i++) {
        cable.send(1, lengths[i % lengths.length]!);
        if (i % 100 === 99) frames.push(...take(source, 1));
      }
      const all = finish(source, frames);
      assert.equal(all.length, 1000);
      let lastNs = 0n;
      for (const [i, frame] of all.entries()) {
        assert.deepEqual(frame.data, sentBytes(i + 1, lengths[i % lengths.length]!));
        assert.ok(frame.timestampNs >= lastNs, `the time of frame ${i + 1} goes back`);
        lastNs = frame.timestampNs;
      }
    });

    it('starts frames where pcapng wants them: at a multiple of 4', () => {
      using cable = new Cable('align');
      using source = open(cable.far.index, LinkType.Ethernet);
      cable.send(50, 61);
      let count = 0;
      while (count < 50) {
        const batch = source.read(1000);
        for (; batch.next(); count++) assert.equal(batch.byteOffset % 4, 0);
      }
    });

    it('has as words what it has as bytes', () => {
      using cable = new Cable('words');
      using source = open(cable.far.index, LinkType.Ethernet);
      cable.send(1);
      let batch = source.read(1000);
      while (!batch.next()) batch = source.read(1000);
      const bytes = new DataView(batch.bytes.buffer, batch.bytes.byteOffset);
      assert.equal(batch.words[batch.byteOffset / 4], bytes.getInt32(batch.byteOffset, true));
    });

    it('tells direction and kind of destination', () => {
      using cable = new Cable('flags', { outgoingVisible: true });
      using far = open(cable.far.index, LinkType.Ethernet);
      using near = open(cable.near.index, LinkType.Ethernet);
      const own = macAddressOf(cable.far.index);
      for (const to of [own, BROADCAST, MULTICAST, FOREIGN]) cable.sendBytes(frameTo(to));
      const mask = FrameFlags.Direction | FrameFlags.Reception;
      const { Inbound, Outbound, Unicast, Broadcast, Multicast, Promiscuous } = FrameFlags;
      assert.deepEqual(
        finish(far).map(({ flags }) => flags & mask),
        [Inbound | Unicast, Inbound | Broadcast, Inbound | Multicast, Inbound | Promiscuous],
      );
      assert.deepEqual(
        finish(near).map(({ flags }) => flags & mask),
        [Outbound, Outbound, Outbound, Outbound],
      );
    });

    it('keeps the first bytes of a frame up to the snapshot length', () => {
      using cable = new Cable('snap');
      using source = open(cable.far.index, LinkType.Ethernet, { snapshotLength: 96 });
      cable.send(1, 1000);
      cable.send(1, 60);
      const [long, short] = finish(source);
      assert.deepEqual(long!.data, sentBytes(1, 1000).slice(0, 96));
      assert.equal(long!.originalLength, 1000);
      assert.deepEqual(short!.data, sentBytes(2, 60));
    });

    it('puts VLAN tags back where they were', () => {
      using cable = new Cable('vlan', { outgoingVisible: true });
      using source = open(cable.far.index, LinkType.Ethernet);
      using sending = open(cable.near.index, LinkType.Ethernet);
      const plain = frameTo(FOREIGN, 100);
      const tagged = [
        [0x81, 0x00, 0x60, 0x05],
        [0x88, 0xa8, 0x0f, 0xff],
        [0x88, 0xa8, 0x00, 0x07, 0x81, 0x00, 0x20, 0x09],
      ].map((tags) => Uint8Array.from([...plain.slice(0, 12), ...tags, ...plain.slice(12)]));
      for (const bytes of [...tagged, plain]) cable.sendBytes(bytes);
      const frames = finish(source);
      assert.deepEqual(
        frames.map(({ data }) => data),
        [...tagged, plain],
      );
      assert.deepEqual(
        frames.map(({ originalLength }) => originalLength),
        [104, 104, 108, 100],
      );
      assert.deepEqual(
        finish(sending).map(({ data }) => data),
        [...tagged, plain],
        'on the sending end they were never taken out',
      );
    });

    it('counts the VLAN tag in the snapshot length', () => {
      using cable = new Cable('vlansnap');
      const bytes = frameTo(FOREIGN, 300);
      bytes.set([0x81, 0x00, 0x00, 0x05], 12);
      for (const snapshotLength of [5, 14, 100]) {
        using source = open(cable.far.index, LinkType.Ethernet, { snapshotLength });
        cable.sendBytes(bytes);
        const [frame] = finish(source);
        assert.deepEqual(frame!.data, bytes.slice(0, snapshotLength));
        assert.equal(frame!.originalLength, 300);
      }
    });

    it('puts a cooked header before the frames of all interfaces', () => {
      using cable = new Cable('any', { outgoingVisible: true });
      using source = open(0, LinkType.LinuxSll2, { promiscuous: false });
      const bytes = frameTo(BROADCAST);
      cable.sendBytes(bytes);
      const [sent, received, ...more] = finish(source);
      assert.deepEqual(more, []);
      // https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html, big-endian throughout:
      // protocol 2, reserved 2, interface 4, ARPHRD_ 2, packet type 1, address length 1, address 8
      const header = (interfaceIndex: number, packetType: number): number[] => [
        ...[0x88, 0xb5, 0, 0],
        ...[0, 0, interfaceIndex >> 8, interfaceIndex & 0xff],
        ...[0, 1, packetType, 6],
        ...[2, 0, 0, 0, 0, 1, 0, 0],
      ];
      const payload = bytes.subarray(14);
      const broadcast = 1;
      const outgoing = 4;
      assert.deepEqual([...sent!.data], [...header(cable.near.index, outgoing), ...payload]);
      assert.deepEqual([...received!.data], [...header(cable.far.index, broadcast), ...payload]);
      for (const { originalLength } of [sent!, received!]) assert.equal(originalLength, 66);
    });

    it('counts the cooked header in the snapshot length', () => {
      using cable = new Cable('cooked');
      const options = { promiscuous: false, snapshotLength: 30 };
      using source = open(cable.far.index, LinkType.LinuxSll2, options);
      cable.sendBytes(frameTo(BROADCAST, 200));
      const [frame] = finish(source);
      assert.deepEqual([frame!.data.length, frame!.originalLength], [30, 206]);
    });

    it('yields raw IP packets of a tunnel', { skip: tunnelSkip() }, () => {
      using tunnel = openTunnel(`raw-${name.slice(0, 4)}`);
      using source = open(tunnel.index, LinkType.RawIp, { promiscuous: false });
      const packet = new Uint8Array(24);
      packet.set([0x45, 0, 0, 24, 0, 1, 0, 0, 1, 253, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
      tunnel.receive(packet);
      const [frame] = finish(source);
      assert.deepEqual(frame!.data, packet);
      assert.equal(frame!.originalLength, 24);
      assert.equal(frame!.flags & FrameFlags.Direction, FrameFlags.Inbound);
    });

    it('takes frames that are longer than a ring block', { skip: tunnelSkip() }, () => {
      using tunnel = openTunnel(`long-${name.slice(0, 4)}`);
      using source = open(tunnel.index, LinkType.RawIp, { ...small, promiscuous: false });
      const packet = new Uint8Array(6000);
      packet.set([0x45, 0, 0x17, 0x70, 0, 0, 0, 0, 1, 253, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
      const frames: Frame[] = [];
      for (let number = 1; number <= 60; number++) {
        packet[5] = number;
        tunnel.receive(packet);
        if (number % 10 === 0) frames.push(...take(source, 2));
      }
      let last = 0;
      for (const { data, originalLength, lostBefore } of finish(source, frames)) {
        const number = data[5]!;
        packet[5] = number;
        assert.deepEqual(data, packet.slice(0, data.length));
        assert.ok(data.length > 3900);
        assert.equal(originalLength, 6000);
        assert.equal(lostBefore?.lost ?? 0, number - last - 1, `before packet ${number}`);
        last = number;
      }
      assert.ok(source.counters(0)!.dropped > 20);
    });

    it('loses nothing where a reader leaves a batch in the middle and reads on', () => {
      using cable = new Cable('middle');
      using source = open(cable.far.index, LinkType.Ethernet);
      cable.send(500);
      const frames: Frame[] = [];
      for (let i = 0; i < 200; i++) frames.push(...take(source, 1));
      const sequences = finish(source, frames).map(sequenceOf);
      assert.deepEqual(
        sequences,
        Array.from({ length: 500 }, (_, i) => i + 1),
      );
    });

    it('puts every loss where it was', async () => {
      using cable = new Cable('loss');
      using source = open(cable.far.index, LinkType.Ethernet, small);
      const frames: Frame[] = [];
      for (let round = 0; round < 10; round++) {
        cable.send(400 + round);
        await cable.settle();
        frames.push(...take(source, 40));
      }
      const all = finish(source, frames);
      let last = 0;
      let gapCount = 0;
      for (const frame of all) {
        const missing = sequenceOf(frame) - last - 1;
        assert.equal(frame.lostBefore?.lost ?? 0, missing, `before frame ${last + 1 + missing}`);
        if (missing > 0) assert.equal(frame.lostBefore!.certainty, 'exact');
        if (missing > 0) gapCount++;
        last = sequenceOf(frame);
      }
      assert.ok(gapCount >= 3, `only ${gapCount} gaps`);
      assert.equal(source.counters(0)!.dropped - sumOfGaps(all), cable.next - 1 - last);
    });

    it('counts what came and what was lost although nobody has read a frame', async () => {
      using cable = new Cable('unread');
      using source = open(cable.far.index, LinkType.Ethernet, small);
      cable.send(1000);
      await cable.settle();
      const before = source.counters(0)!;
      assert.equal(before.received, 1000);
      assert.ok(before.dropped > 0);
      cable.send(500);
      await cable.settle();
      assert.equal(source.counters(0)!.received, 1500);
      const frames = finish(source);
      assert.equal(frames.length, 1500 - source.counters(0)!.dropped);
    });

    it('knows a loss after the last frame from the totals alone', async () => {
      using cable = new Cable('final');
      using source = open(cable.far.index, LinkType.Ethernet, small);
      cable.send(1000);
      await cable.settle();
      const all = finish(source);
      assert.deepEqual(
        all.map(sequenceOf),
        Array.from({ length: all.length }, (_, i) => i + 1),
      );
      assert.equal(sumOfGaps(all), 0);
      assert.equal(source.counters(0)!.dropped, 1000 - all.length);
      const finalLoss = source.counters(0)!.finalLoss;
      if (finalLoss !== undefined) {
        assert.deepEqual([finalLoss.lost, finalLoss.certainty], [1000 - all.length, 'exact']);
      }
    });

    for (const buffer of ['ample', 'small'] as const) {
      it(`stops in mid-flood with nothing unread (${buffer} buffer)`, async () => {
        using cable = new Cable('flood');
        for (let round = 0; round < 3; round++) {
          using source = open(
            cable.far.index,
            LinkType.Ethernet,
            buffer === 'small' ? small : { bufferSizeBytes: 32 << 20 },
          );
          using flood = await startFlood({ interfaceName: cable.near.name, ratePps: 100_000 });
          const firstCount = 5000;
          const before = take(source, firstCount);
          source.stop();
          assert.equal(flood.ended, false, 'it still floods');
          const all = finish(source, before);
          await flood.stop();
          const first = sequenceOf(all[0]!) - (all[0]!.lostBefore?.lost ?? 0);
          const span = sequenceOf(all.at(-1)!) - first + 1;
          assert.equal(span, all.length + sumOfGaps(all));
        }
      });
    }

    it('refuses an interface that is down, and one that does not exist', () => {
      using cable = new Cable('refuse');
      setLinkDown(cable.far.index);
      assertCode(() => open(cable.far.index, LinkType.Ethernet), 'ENETDOWN');
      const options = { promiscuous: false };
      assertCode(() => open(99_999, LinkType.Ethernet, options), 'ENODEV');
    });

    it('says ENETDOWN when the interface goes down, and goes on when it comes up', () => {
      using cable = new Cable('down');
      using source = open(cable.far.index, LinkType.Ethernet);
      cable.send(10);
      const frames = take(source, 10);
      setLinkDown(cable.far.index);
      assertCode(() => source.read(1000), 'ENETDOWN');
      assert.equal(source.read(1).next(), false, 'once');
      setLinkUp(cable.far.index);
      cable.send(10);
      const all = finish(source, frames);
      assert.deepEqual(
        all.map(sequenceOf),
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
    });

    it('says ENODEV when the interface is removed, and ends cleanly', () => {
      using cable = new Cable('removed');
      using source = open(cable.far.index, LinkType.Ethernet);
      cable.send(10);
      const frames = take(source, 10);
      deleteLink(cable.far.index);
      assertCode(() => source.read(1000), 'ENODEV');
      assert.equal(finish(source, frames).length, 10);
    });

    it('can be closed at any time, twice, and is empty afterwards', () => {
      using cable = new Cable('closed');
      const source = open(cable.far.index, LinkType.Ethernet);
      cable.send(10);
      take(source, 3);
      source.close();
      source.close();
      source.stop();
      assert.equal(source.ended, true);
      assert.equal(source.read(0).next(), false);
      assert.equal(source.fill, undefined);
      assert.notEqual(source.counters(0), undefined);
    });

    it('tells how full the buffer is', async () => {
      using cable = new Cable('fill');
      using source = open(cable.far.index, LinkType.Ethernet, small);
      assert.equal(source.fill, 0);
      cable.send(1000);
      await cable.settle();
      assert.ok(source.fill! > 0.9 && source.fill! <= 1, `fill ${source.fill}`);
      finish(source);
      assert.equal(source.fill, 0);
    });
  });
}
