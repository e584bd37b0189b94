import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameFlags } from '../../../src/core/frame.js';
import { exactLoss } from '../../../src/core/loss.js';
import { RingBatch } from '../../../src/source/ring-batch.js';

/** One made-up frame of a block. */
interface MadeUpFrame {
  readonly bytes: readonly number[];
  readonly originalLength?: number;
  readonly status?: number;
  readonly tci?: number;
  readonly tpid?: number;
  readonly seconds?: number;
  readonly nanoseconds?: number;
  readonly packetType?: number;
}

const FIRST_HEADER = 48;
const ETHERNET_MAC = 84;
const COOKED_MAC = 96;

/** A block as the kernel would have filled it (struct tpacket3_hdr, then struct sockaddr_ll). */
function madeUpBlock(frames: readonly MadeUpFrame[], mac: number) {
  const bytes = new Uint8Array(4096).fill(0xee);
  const view = new DataView(bytes.buffer);
  let header = FIRST_HEADER;
  for (const [index, frame] of frames.entries()) {
    const length = (mac + frame.bytes.length + 15) & ~15;
    view.setUint32(header, index === frames.length - 1 ? 0 : length, true);
    view.setUint32(header + 4, frame.seconds ?? 0, true);
    view.setUint32(header + 8, frame.nanoseconds ?? 0, true);
    view.setUint32(header + 12, frame.bytes.length, true);
    view.setUint32(header + 16, frame.originalLength ?? frame.bytes.length, true);
    view.setUint32(header + 20, frame.status ?? 1, true);
    view.setUint16(header + 24, mac, true);
    view.setUint16(header + 26, mac + 14, true);
    view.setUint32(header + 32, frame.tci ?? 0, true);
    view.setUint16(header + 36, frame.tpid ?? 0, true);
    const address = [17, 0, 0x08, 0x06, 9, 0, 0, 0, 1, 0, frame.packetType ?? 0, 6];
    bytes.set([...address, 1, 2, 3, 4, 5, 6, 0xee, 0xee], header + 48);
    bytes.set(frame.bytes, header + mac);
    header += length;
  }
  return { bytes, words: new Int32Array(bytes.buffer) };
}

/** Blocks that lie behind each other, the last before the first again. */
function ringOf(blocks: readonly (readonly MadeUpFrame[])[]) {
  const made = blocks.map((frames) => madeUpBlock(frames, ETHERNET_MAC).bytes);
  const bytes = new Uint8Array(made.reduce((sum, { length }) => sum + length, 0));
  for (const [i, block] of made.entries()) {
    bytes.set(block, i * block.length);
    // offset_to_first_pkt of struct tpacket_block_desc.
    new DataView(bytes.buffer).setUint32(i * block.length + 16, FIRST_HEADER, true);
  }
  return { bytes, words: new Int32Array(bytes.buffer), blockWords: made[0]!.length / 4 };
}

function batchOf(
  frames: readonly MadeUpFrame[],
  options: { cooked?: boolean; snapshotLength?: number } = {},
): RingBatch {
  const { cooked = false, snapshotLength = 1000 } = options;
  const memory = madeUpBlock(frames, cooked ? COOKED_MAC : ETHERNET_MAC);
  const batch = new RingBatch(memory, { interfaceId: 0, cooked, snapshotLength });
  batch.reset(FIRST_HEADER / 4, frames.length, undefined);
  return batch;
}

function bytesOf(batch: RingBatch): number[] {
  return [...batch.bytes.subarray(batch.byteOffset, batch.byteOffset + batch.capturedLength)];
}

const FRAME = Array.from({ length: 20 }, (_, i) => 0x40 + i);

describe('RingBatch', () => {
  it('steps through the frames of a block in place', () => {
    const batch = batchOf([{ bytes: FRAME }, { bytes: [7, 8, 9] }, { bytes: [5] }]);
    const seen: number[][] = [];
    while (batch.next()) {
      assert.equal(batch.byteOffset % 4, 0);
      seen.push(bytesOf(batch));
    }
    assert.deepEqual(seen, [FRAME, [7, 8, 9], [5]]);
    assert.equal(batch.next(), false);
  });

  it('goes on in the next block, also where a part of the frames ended with the block before', () => {
    const memory = ringOf([
      [{ bytes: [1] }, { bytes: [2] }, { bytes: [3] }],
      [{ bytes: [4] }, { bytes: [5] }],
    ]);
    const batch = new RingBatch(memory, { interfaceId: 0, cooked: false, snapshotLength: 1000 });
    const readFrom = (header: number, parts: readonly number[]): number[] => {
      const seen: number[] = [];
      batch.reset(header, 0, undefined);
      for (const count of parts) {
        batch.reset(batch.header, count, undefined);
        while (batch.next()) seen.push(...bytesOf(batch));
      }
      return seen;
    };
    const first = FIRST_HEADER / 4;
    assert.deepEqual(readFrom(first, [5]), [1, 2, 3, 4, 5]);
    assert.deepEqual(readFrom(first, [3, 2]), [1, 2, 3, 4, 5]);
    assert.deepEqual(readFrom(first, [2, 2, 1]), [1, 2, 3, 4, 5]);
    assert.deepEqual(readFrom(first + memory.blockWords, [2, 3]), [4, 5, 1, 2, 3]);
  });

  it('has time, lengths and flags of each frame', () => {
    const batch = batchOf([
      {
        bytes: FRAME,
        originalLength: 70_000,
        status: 0x189,
        seconds: 0xf000_0001,
        nanoseconds: 999_999_999,
        packetType: 3,
      },
      { bytes: FRAME, packetType: 4 },
    ]);
    batch.next();
    assert.deepEqual([batch.seconds, batch.nanoseconds], [0xf000_0001, 999_999_999]);
    assert.deepEqual([batch.capturedLength, batch.originalLength], [20, 70_000]);
    const { Inbound, Promiscuous, ChecksumNotReady, ChecksumValid } = FrameFlags;
    const checksum = ChecksumNotReady | ChecksumValid | FrameFlags.TcpSegmentationOffload;
    assert.equal(batch.flags, Inbound | Promiscuous | checksum);
    batch.next();
    assert.equal(batch.flags, FrameFlags.Outbound);
  });

  it('has the loss before the first frame, and before none of the others', () => {
    const batch = batchOf([{ bytes: [1] }, { bytes: [2] }]);
    batch.reset(FIRST_HEADER / 4, 2, exactLoss(3));
    batch.next();
    assert.deepEqual(batch.lostBefore, exactLoss(3));
    assert.equal(batch.pendingLoss, undefined);
    batch.next();
    assert.equal(batch.lostBefore, undefined);
  });

  it('keeps the loss pending until the first frame is given', () => {
    const batch = batchOf([{ bytes: [1] }, { bytes: [2] }]);
    batch.reset(FIRST_HEADER / 4, 2, exactLoss(3));
    assert.deepEqual([batch.pendingLoss, batch.left], [exactLoss(3), 2]);
  });

  it('can be gone on with in the middle of a block', () => {
    const batch = batchOf([{ bytes: [1] }, { bytes: [2] }, { bytes: [3] }]);
    batch.reset(FIRST_HEADER / 4, 1, undefined);
    batch.next();
    batch.reset(batch.header, 2, undefined);
    batch.next();
    assert.deepEqual(bytesOf(batch), [2]);
    batch.next();
    assert.deepEqual(bytesOf(batch), [3]);
  });

  it('puts a VLAN tag back, within the snapshot length', () => {
    const frame = { bytes: FRAME, originalLength: 60, status: 0x51, tci: 0xa003, tpid: 0x88a8 };
    const tagged = [...FRAME.slice(0, 12), 0x88, 0xa8, 0xa0, 0x03, ...FRAME.slice(12)];
    for (const snapshotLength of [24, 20]) {
      const batch = batchOf([frame, { bytes: [1, 2] }], { snapshotLength });
      batch.next();
      assert.deepEqual(bytesOf(batch), tagged.slice(0, snapshotLength));
      assert.equal(batch.originalLength, 64);
      batch.next();
      assert.deepEqual(bytesOf(batch), [1, 2]);
    }
  });

  it('takes 802.1Q where the kernel gives no type of tag', () => {
    const batch = batchOf([{ bytes: FRAME, status: 0x11, tci: 3, tpid: 0xdead }]);
    batch.next();
    assert.deepEqual(bytesOf(batch).slice(12, 16), [0x81, 0x00, 0x00, 0x03]);
  });

  it('counts a VLAN tag that it has no room for in the original length', () => {
    const batch = batchOf([
      { bytes: FRAME.slice(0, 11), originalLength: 60, status: 0x11, tci: 3 },
    ]);
    batch.next();
    assert.deepEqual([batch.capturedLength, batch.originalLength], [11, 64]);
  });

  it('puts a cooked header before each frame', () => {
    const frame = { bytes: FRAME, packetType: 1 };
    const batch = batchOf([frame, frame], { cooked: true, snapshotLength: 30 });
    const header = [8, 6, 0, 0, 0, 0, 0, 9, 0, 1, 1, 6, 1, 2, 3, 4, 5, 6, 0, 0];
    for (let i = 0; i < 2; i++) {
      assert.equal(batch.next(), true);
      assert.deepEqual(bytesOf(batch), [...header, ...FRAME.slice(0, 10)]);
      assert.equal(batch.originalLength, 40);
      assert.equal(batch.byteOffset % 4, 0);
    }
  });

  it('puts a VLAN tag behind the cooked header', () => {
    const frame = { bytes: FRAME, status: 0x51, tci: 0x2003, tpid: 0x88a8, packetType: 1 };
    const batch = batchOf([frame], { cooked: true, snapshotLength: 30 });
    batch.next();
    const header = [0x88, 0xa8, 0, 0, 0, 0, 0, 9, 0, 1, 1, 6, 1, 2, 3, 4, 5, 6, 0, 0];
    assert.deepEqual(bytesOf(batch), [...header, 0x20, 3, 8, 6, ...FRAME.slice(0, 6)]);
    assert.equal(batch.originalLength, 44);
  });

  it('takes a cooked tag for 802.1Q where the kernel does not tell its type', () => {
    const batch = batchOf([{ bytes: FRAME, status: 0x11, tci: 3 }], { cooked: true });
    batch.next();
    assert.deepEqual(bytesOf(batch).slice(0, 2), [0x81, 0x00]);
  });
});
