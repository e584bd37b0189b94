import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameFlags } from '../../../src/core/frame.js';
import { type ReceivedMessages, SocketBatch } from '../../../src/source/socket-batch.js';

const STRIDE = 128;
const HEADROOM = 32;
const CONTROL_BYTES = 128;
const NAME_BYTES = 32;

/** Numbers of include/uapi, written down here a second time on purpose. */
const SOL_SOCKET = 1;
const SOL_PACKET = 263;
const SO_TIMESTAMPNS = 35;
const SO_TIMESTAMPING = 37;
const SO_RXQ_OVFL = 40;
const PACKET_AUXDATA = 8;

/** One made-up message. */
interface Message {
  readonly bytes: readonly number[];
  readonly dropTotal?: number;
  readonly packetType?: number;
  readonly seconds?: number;
  readonly nanoseconds?: number;
  /** The kernel's time and the adapter's, each seconds and nanoseconds, instead of the time above. */
  readonly stamps?: readonly [readonly [number, number], readonly [number, number]];
  readonly auxiliary?: { status: number; length: number; tci?: number; tpid?: number };
  /** Of the control messages that come along: a foreign one first. */
  readonly foreign?: boolean;
}

/** Memory as recvmmsg would have filled it. */
class MadeUpMessages implements ReceivedMessages {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly names: Uint8Array;
  readonly controlWords: Int32Array;
  readonly #lengths: number[] = [];
  readonly #controlLengths: number[] = [];

  constructor(messages: readonly Message[]) {
    this.bytes = new Uint8Array(STRIDE * messages.length);
    this.words = new Int32Array(this.bytes.buffer);
    this.names = new Uint8Array(NAME_BYTES * messages.length);
    this.controlWords = new Int32Array((CONTROL_BYTES / 4) * messages.length);
    for (const [index, message] of messages.entries()) {
      this.bytes.set(message.bytes, this.frameOffset(index));
      this.#lengths.push(message.bytes.length);
      this.names.set(
        [17, 0, 0x08, 0x00, 3, 0, 0, 0, 1, 0, message.packetType ?? 0, 6, 1, 2, 3, 4, 5, 6],
        this.nameOffset(index),
      );
      this.#controlLengths.push(this.#putControl(index, message));
    }
  }

  frameOffset(index: number): number {
    return index * STRIDE + HEADROOM;
  }
  frameLength(index: number): number {
    return this.#lengths[index]!;
  }
  nameOffset(index: number): number {
    return index * NAME_BYTES;
  }
  controlOffset(index: number): number {
    return index * CONTROL_BYTES;
  }
  controlLength(index: number): number {
    return this.#controlLengths[index]!;
  }

  #putControl(index: number, message: Message): number {
    const view = new DataView(this.controlWords.buffer);
    const start = this.controlOffset(index);
    let at = start;
    const put = (level: number, type: number, length: number): number => {
      view.setBigUint64(at, BigInt(16 + length), true);
      view.setInt32(at + 8, level, true);
      view.setInt32(at + 12, type, true);
      const data = at + 16;
      at += (16 + length + 7) & ~7;
      return data;
    };
    if (message.foreign === true) view.setUint8(put(41, 40, 1), 0xff);
    if (message.stamps === undefined) {
      const time = put(SOL_SOCKET, SO_TIMESTAMPNS, 16);
      view.setBigInt64(time, BigInt(message.seconds ?? 0), true);
      view.setBigInt64(time + 8, BigInt(message.nanoseconds ?? 0), true);
    } else {
      const [host, adapter] = message.stamps;
      const three = put(SOL_SOCKET, SO_TIMESTAMPING, 48);
      for (const [i, value] of [...host, 0, 0, ...adapter].entries()) {
        view.setBigInt64(three + i * 8, BigInt(value), true);
      }
    }
    if (message.dropTotal !== undefined) {
      view.setUint32(put(SOL_SOCKET, SO_RXQ_OVFL, 4), message.dropTotal, true);
    }
    if (message.auxiliary !== undefined) {
      const data = put(SOL_PACKET, PACKET_AUXDATA, 20);
      view.setUint32(data, message.auxiliary.status, true);
      view.setUint32(data + 4, message.auxiliary.length, true);
      view.setUint16(data + 16, message.auxiliary.tci ?? 0, true);
      view.setUint16(data + 18, message.auxiliary.tpid ?? 0, true);
    }
    return at - start;
  }
}

function batchOf(
  messages: readonly Message[],
  options: { cooked?: boolean; snapshotLength?: number; dropTotal32?: number } = {},
): SocketBatch {
  const { cooked = false, snapshotLength = 1000, dropTotal32 } = options;
  const target = { interfaceId: 0, cooked, snapshotLength };
  const memory = new MadeUpMessages(messages);
  const batch = new SocketBatch(memory, target, dropTotal32);
  batch.reset(messages.length);
  return batch;
}

/** Frames lost before each message with these drop totals. */
function lossesOf(dropTotals: readonly (number | undefined)[], dropTotal32?: number) {
  const messages = dropTotals.map((dropTotal) => ({
    bytes: [1],
    ...(dropTotal === undefined ? {} : { dropTotal }),
  }));
  const batch = batchOf(messages, dropTotal32 === undefined ? {} : { dropTotal32 });
  const losses: (number | undefined)[] = [];
  while (batch.next()) {
    if (batch.lostBefore !== undefined) assert.equal(batch.lostBefore.certainty, 'exact');
    losses.push(batch.lostBefore?.lost);
  }
  return losses;
}

const FRAME = Array.from({ length: 20 }, (_, i) => 0x40 + i);

describe('the times of a SocketBatch', () => {
  it("are the adapter's, and the kernel's where the adapter has none", () => {
    const batch = batchOf([
      {
        bytes: FRAME,
        stamps: [
          [1_795_355_060, 7],
          [123, 456_789],
        ],
      },
      {
        bytes: FRAME,
        stamps: [
          [1_795_355_060, 7],
          [0, 0],
        ],
        dropTotal: 3,
      },
    ]);
    assert.ok(batch.next());
    assert.deepEqual([batch.seconds, batch.nanoseconds], [123, 456_789]);
    assert.ok(batch.next());
    assert.deepEqual([batch.seconds, batch.nanoseconds], [1_795_355_060, 7]);
    assert.equal(batch.lostBefore?.lost, 3);
  });
});

describe('the gaps of a SocketBatch', () => {
  it('has none while no drop total comes', () => {
    assert.deepEqual(lossesOf([undefined, undefined]), [undefined, undefined]);
  });

  it('is the difference of two drop totals', () => {
    assert.deepEqual(lossesOf([undefined, 40, 40, 45]), [undefined, 40, undefined, 5]);
  });

  it('is before the first frame where the first one carries a total', () => {
    assert.deepEqual(lossesOf([7, 7]), [7, undefined]);
  });

  it('starts from the total that it is given', () => {
    assert.deepEqual(lossesOf([100, 103], 100), [undefined, 3]);
  });

  it('is exact where the total wraps at 32 bits', () => {
    assert.deepEqual(lossesOf([0xffff_fff0, 5], 0xffff_ffe0), [16, 21]);
  });

  it('is exact where the total is left out because it wrapped to 0', () => {
    assert.deepEqual(lossesOf([0xffff_fffe, undefined, 3], 0xffff_fffe), [undefined, 2, 3]);
  });

  it('goes on from one batch to the next', () => {
    const batch = batchOf([{ bytes: [1], dropTotal: 4 }]);
    batch.next();
    batch.reset(1);
    batch.next();
    assert.equal(batch.lostBefore, undefined);
  });

  it('is not deceived by a control message of the same type and another level', () => {
    const batch = batchOf([{ bytes: [1], foreign: true, dropTotal: 9 }]);
    batch.next();
    assert.equal(batch.lostBefore?.lost, 9);
  });
});

describe('SocketBatch', () => {
  it('steps through its frames, and can be left and gone on with', () => {
    const batch = batchOf([{ bytes: [1, 2] }, { bytes: [3] }]);
    assert.equal(batch.left, 2);
    assert.equal(batch.next(), true);
    assert.equal(batch.left, 1);
    assert.equal(batch.next(), true);
    assert.equal(batch.bytes[batch.byteOffset], 3);
    assert.deepEqual([batch.left, batch.next()], [0, false]);
  });

  it('has time, lengths and flags of each frame', () => {
    const batch = batchOf([
      {
        bytes: FRAME,
        packetType: 1,
        seconds: 0xf000_0000,
        nanoseconds: 999_999_999,
        auxiliary: { status: 0x81, length: 1500 },
      },
      { bytes: FRAME, packetType: 4, auxiliary: { status: 0x108, length: 20 } },
    ]);
    batch.next();
    assert.deepEqual([batch.seconds, batch.nanoseconds], [0xf000_0000, 999_999_999]);
    assert.deepEqual([batch.capturedLength, batch.originalLength], [20, 1500]);
    const { Inbound, Outbound, Broadcast, ChecksumValid, ChecksumNotReady } = FrameFlags;
    assert.equal(batch.flags, Inbound | Broadcast | ChecksumValid);
    batch.next();
    assert.equal(batch.flags, Outbound | ChecksumNotReady | FrameFlags.TcpSegmentationOffload);
    assert.equal(batch.originalLength, 20);
  });

  it('puts a VLAN tag back, within the snapshot length', () => {
    const auxiliary = { status: 0x51, length: 60, tci: 0x2003, tpid: 0x88a8 };
    const tagged = [...FRAME.slice(0, 12), 0x88, 0xa8, 0x20, 0x03, ...FRAME.slice(12)];
    for (const snapshotLength of [24, 20]) {
      const batch = batchOf([{ bytes: FRAME, auxiliary }], { snapshotLength });
      batch.next();
      const { byteOffset, capturedLength } = batch;
      const bytes = [...batch.bytes.subarray(byteOffset, byteOffset + capturedLength)];
      assert.deepEqual(bytes, tagged.slice(0, snapshotLength));
      assert.equal(batch.originalLength, 64);
    }
  });

  it('counts a VLAN tag that it has no room for in the original length', () => {
    const auxiliary = { status: 0x11, length: 60, tci: 3 };
    const batch = batchOf([{ bytes: FRAME.slice(0, 11), auxiliary }]);
    batch.next();
    assert.deepEqual([batch.capturedLength, batch.originalLength], [11, 64]);
  });

  it('puts a cooked header before a frame', () => {
    const auxiliary = { status: 1, length: 46 };
    const batch = batchOf([{ bytes: FRAME, packetType: 2, auxiliary }], { cooked: true });
    batch.next();
    const { byteOffset, capturedLength } = batch;
    const header = [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 2, 6, 1, 2, 3, 4, 5, 6, 0, 0];
    assert.deepEqual(
      [...batch.bytes.subarray(byteOffset, byteOffset + capturedLength)],
      [...header, ...FRAME],
    );
    assert.equal(batch.originalLength, 66);
  });

  it('puts a VLAN tag behind the cooked header', () => {
    const auxiliary = { status: 0x51, length: 46, tci: 0x2003, tpid: 0x88a8 };
    const batch = batchOf([{ bytes: FRAME, packetType: 2, auxiliary }], { cooked: true });
    batch.next();
    const { byteOffset, capturedLength } = batch;
    const header = [0x88, 0xa8, 0, 0, 0, 0, 0, 3, 0, 1, 2, 6, 1, 2, 3, 4, 5, 6, 0, 0];
    assert.deepEqual(
      [...batch.bytes.subarray(byteOffset, byteOffset + capturedLength)],
      [...header, 0x20, 3, 8, 0, ...FRAME],
    );
    assert.equal(batch.originalLength, 70);
  });
});
