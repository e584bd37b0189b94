import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BlockRing } from '../../../src/model/block-ring.js';
import {
  type ControlMessage,
  findControl32,
  SocketNumber,
} from '../../../src/model/control-message.js';
import {
  type ReceivedMessage,
  ReceiveQueue,
  type ReceiveQueueOptions,
} from '../../../src/model/receive-queue.js';
import { RingTruth } from '../../../src/model/ring-truth.js';
import { fixedTruesize } from '../../../src/model/truesize.js';

const { MSG_PEEK, MSG_TRUNC, SOL_PACKET, PACKET_GAPDATA, SOL_SOCKET, SO_RXQ_OVFL } = SocketNumber;

/** A queue with room for a number of frames, each charged 100 bytes. */
function queueOf(frames: number, options: Partial<ReceiveQueueOptions> = {}): ReceiveQueue {
  return new ReceiveQueue({
    receiveBufferBytes: frames * 100,
    truesize: fixedTruesize(100),
    ...options,
  });
}

function arrive(queue: ReceiveQueue, count: number): void {
  for (let i = 0; i < count; i++) queue.arrive(0, 60);
}

function receive(queue: ReceiveQueue, flags = 0): ReceivedMessage {
  const message = queue.recvmsg(flags);
  assert.ok(message !== undefined, 'the queue is empty');
  return message;
}

function gapOf(message: ReceivedMessage): number | undefined {
  return findControl32(message.control, SOL_PACKET, PACKET_GAPDATA);
}

describe('ReceiveQueue: the 2009 patch as described', () => {
  it('counts each drop in tp_drops and in tp_gap', () => {
    const queue = queueOf(2);
    arrive(queue, 5);
    assert.deepEqual(queue.getStatistics(), { packets: 5, drops: 3, gap: 3 });
  });

  it('stamps the next frame queued with the gap, and starts the gap again', () => {
    const queue = queueOf(2);
    arrive(queue, 42);
    receive(queue);
    arrive(queue, 1);
    assert.equal(queue.getStatistics().gap, 0);
    assert.equal(gapOf(receive(queue)), undefined);
    assert.equal(gapOf(receive(queue)), 40);
  });

  it('hands over level SOL_PACKET, type PACKET_GAPDATA, 32 bits, only where not zero', () => {
    const queue = queueOf(1);
    arrive(queue, 258);
    assert.deepEqual(receive(queue).control, []);
    arrive(queue, 1);
    const expected: ControlMessage = {
      level: 263,
      type: 15,
      data: new Uint8Array([0x01, 0x01, 0x00, 0x00]),
    };
    assert.deepEqual(receive(queue).control, [expected]);
  });

  it('leaves the final gap to total drops less the gaps received', () => {
    const queue = queueOf(3);
    arrive(queue, 5);
    receive(queue);
    arrive(queue, 8);
    let gaps = 0;
    for (let i = 0; i < 3; i++) gaps += gapOf(receive(queue)) ?? 0;
    assert.equal(queue.recvmsg(), undefined);
    const { packets, drops } = queue.getStatistics();
    assert.equal(packets, 13);
    assert.equal(drops - gaps, 7);
  });
});

describe('ReceiveQueue: where the original patch fell short of its description', () => {
  it('keeps a pending gap through a statistics read, which erased it', () => {
    const queue = queueOf(1);
    arrive(queue, 4);
    assert.deepEqual(queue.getStatistics(), { packets: 4, drops: 3, gap: 3 });
    assert.deepEqual(queue.getStatistics(), { packets: 0, drops: 0, gap: 3 });
    receive(queue);
    arrive(queue, 1);
    assert.equal(gapOf(receive(queue)), 3);
  });

  it('delivers a gap once, where each peek delivered it again', () => {
    const queue = queueOf(1);
    arrive(queue, 4);
    receive(queue);
    arrive(queue, 1);
    assert.equal(gapOf(receive(queue, MSG_PEEK)), undefined);
    assert.equal(gapOf(receive(queue, MSG_PEEK)), undefined);
    assert.equal(gapOf(receive(queue)), 3);
  });

  it('tells the loss of a ring where it happened; the patch counted it and told nobody', () => {
    const truth = new RingTruth();
    const ring = new BlockRing({
      blockCount: 2,
      blockSize: 4096,
      retireNs: 1e9,
      observer: truth,
    });
    const perBlock = 28;
    for (let i = 0; i < 2 * perBlock + 5; i++) ring.arrive(i, 60);
    ring.release();
    ring.arrive(100, 60);
    assert.deepEqual([...truth.losses], [[2, 5]], 'five frames between the blocks 2 and 3');
    assert.deepEqual(truth.framesIn(3), [2 * perBlock + 6]);
    assert.equal(ring.getStatistics().drops, 5);
  });

  it('stamps every frame that it queues, so that no count comes out of nothing', () => {
    // With PACKET_COPY_THRESH the patch queued frames without a stamp, and delivered their routing
    // mark as a count. Here a frame that follows no loss has no count, whatever lay there before.
    const queue = queueOf(3);
    for (let round = 0; round < 200; round++) {
      arrive(queue, 5);
      const gaps = [receive(queue), receive(queue), receive(queue)].map(gapOf);
      assert.deepEqual(gaps, [round === 0 ? undefined : 2, undefined, undefined]);
    }
  });

  it('keeps the final gap within reach of PACKET_STATISTICS, not of PACKET_AUXDATA', () => {
    const queue = queueOf(2);
    queue.setAuxiliaryData(true);
    arrive(queue, 7);
    const [first, second] = [receive(queue), receive(queue)];
    const types = [...first.control, ...second.control].map(({ type }) => type);
    assert.ok(!types.includes(SocketNumber.PACKET_GAPDATA), 'no loss precedes a frame');
    assert.deepEqual([first, second].map(gapOf), [undefined, undefined]);
    assert.equal(queue.getStatistics().drops, 5, 'all of it lies after the last frame');
  });
});

describe('ReceiveQueue: its limit', () => {
  it('lets the last frame overshoot, as since Linux 3.0', () => {
    // Measured on 6.18.44: sk_rcvbuf 20,000, 100 frames of 60 bytes: 25 queued, charged 20,800.
    const queue = new ReceiveQueue({ receiveBufferBytes: 20_000 });
    arrive(queue, 100);
    assert.equal(queue.length, 25);
    assert.equal(queue.chargedBytes, 20_800);
  });

  it('counts the new frame too where it is strict, as up to Linux 2.6.39', () => {
    const queue = new ReceiveQueue({ receiveBufferBytes: 20_000, strict: true });
    arrive(queue, 100);
    assert.equal(queue.length, 24);
  });

  it('takes one frame into a buffer smaller than any frame, and none where strict', () => {
    const relaxed = new ReceiveQueue({ receiveBufferBytes: 1 });
    arrive(relaxed, 2);
    assert.equal(relaxed.length, 1);
    const strict = new ReceiveQueue({ receiveBufferBytes: 1, strict: true });
    arrive(strict, 2);
    assert.equal(strict.length, 0);
  });

  it('gives the charge back with the frame', () => {
    const queue = new ReceiveQueue({ receiveBufferBytes: 100_000 });
    queue.arrive(0, 60);
    queue.arrive(0, 1514);
    assert.equal(queue.chargedBytes, 832 + 2304);
    receive(queue);
    assert.equal(queue.chargedBytes, 2304);
    receive(queue);
    assert.equal(queue.chargedBytes, 0);
  });

  it('refuses a buffer of no bytes', () => {
    assert.throws(() => new ReceiveQueue({ receiveBufferBytes: 0 }), { code: 'BAD_BUFFER_SIZE' });
    assert.throws(() => new ReceiveQueue({ receiveBufferBytes: Number.NaN }), {
      code: 'BAD_BUFFER_SIZE',
    });
  });
});

describe('ReceiveQueue: recvmsg', () => {
  it('gives frames in order, with time and bytes', () => {
    const queue = queueOf(10);
    for (let i = 0; i < 5; i++) queue.arrive(i * 10, 60, Uint8Array.of(i, 2, 3));
    for (let i = 0; i < 5; i++) {
      const message = receive(queue);
      assert.equal(message.timeNs, i * 10);
      assert.deepEqual(message.data, Uint8Array.of(i, 2, 3));
    }
  });

  it('keeps frames in order while it grows', () => {
    const queue = queueOf(10_000);
    let next = 0;
    for (let i = 0; i < 1000; i++) {
      for (let k = 0; k < 3; k++) queue.arrive(i * 3 + k, 60, Uint8Array.of(k));
      const message = receive(queue);
      assert.equal(message.timeNs, next);
      assert.deepEqual(message.data, Uint8Array.of(next % 3));
      next++;
    }
    assert.equal(queue.length, 2000);
  });

  it('cuts to the buffer and says so; MSG_TRUNC gives the true length', () => {
    const queue = queueOf(10);
    queue.arrive(0, 60, new Uint8Array(60));
    const peeked = queue.recvmsg(MSG_PEEK, 20);
    assert.equal(peeked?.length, 20);
    assert.equal(peeked?.flags, MSG_TRUNC);
    assert.equal(peeked?.data?.length, 20);
    assert.equal(queue.recvmsg(MSG_PEEK | MSG_TRUNC, 20)?.length, 60);
    assert.equal(queue.recvmsg(0, 60)?.flags, 0);
  });

  it('gives PACKET_AUXDATA where asked: both lengths', () => {
    const queue = queueOf(10, { snapshotLength: 96 });
    queue.setAuxiliaryData(true);
    queue.arrive(0, 1514);
    const [message] = receive(queue).control;
    assert.equal(message?.level, 263);
    assert.equal(message?.type, 8);
    // tp_status 1, tp_len 1514, tp_snaplen 96, tp_mac 0, tp_net 14, no VLAN tag
    assert.equal(
      Buffer.from(message?.data ?? []).toString('hex'),
      '01000000ea0500006000000000000e0000000000',
    );
  });

  it('refuses flags that the kernel refuses', () => {
    assert.throws(() => queueOf(1).recvmsg(0x1), { code: 'BAD_FLAGS' });
  });
});

describe("ReceiveQueue: today's SO_RXQ_OVFL", () => {
  function totalOf(message: ReceivedMessage): number | undefined {
    return findControl32(message.control, SOL_SOCKET, SO_RXQ_OVFL);
  }

  it('tells the running total with every frame, and nothing before the first drop', () => {
    const queue = queueOf(2);
    queue.setOverflowReport(true);
    arrive(queue, 5);
    assert.equal(totalOf(receive(queue)), undefined);
    arrive(queue, 2);
    assert.equal(totalOf(receive(queue)), undefined);
    assert.equal(totalOf(receive(queue, MSG_PEEK)), 3);
    assert.equal(totalOf(receive(queue)), 3);
    arrive(queue, 1);
    assert.equal(totalOf(receive(queue)), 4);
    assert.equal(queue.totalDrops32, 4);
  });

  it('is not reset by a statistics read, nor by turning it off and on', () => {
    const queue = queueOf(1);
    queue.setOverflowReport(true);
    arrive(queue, 3);
    queue.getStatistics();
    receive(queue);
    queue.setOverflowReport(false);
    queue.setOverflowReport(true);
    arrive(queue, 1);
    assert.equal(totalOf(receive(queue)), 2);
  });

  it('is 0, hence absent, for a frame queued while it was off', () => {
    const queue = queueOf(1);
    arrive(queue, 3);
    receive(queue);
    arrive(queue, 1);
    queue.setOverflowReport(true);
    assert.equal(totalOf(receive(queue)), undefined);
  });

  it('is absent at exactly 2^32 drops', () => {
    const queue = queueOf(1, { startCounters32: { totalDrops: 0xffff_fffe } });
    queue.setOverflowReport(true);
    arrive(queue, 3);
    receive(queue);
    arrive(queue, 1);
    assert.equal(totalOf(receive(queue)), undefined);
  });
});
