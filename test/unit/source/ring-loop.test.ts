import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type RunPlan, SLACK_WORDS } from '../../../src/core/frame-run.js';
import { LoopMemory } from '../../../src/core/loop-memory.js';
import { RingLoop } from '../../../src/source/ring-loop.js';

/** One frame in a ring. */
interface PlacedFrame {
  readonly length: number;
  /** sll_pkttype: 0 gives epb_flags, 7 none. */
  readonly kind: number;
  /** tp_status */
  readonly status: number;
  /** Its time's seconds; `SECONDS` unless given. */
  readonly seconds?: number;
}

const RING_AT = 65_536;
const BLOCK_BYTES = 4096;
const SNAPSHOT_LENGTH = 262_144;
/** Bytes from a header to its frame at least: room for header, address and a tag. */
const LEAST_OFFSET = 84;
const SECONDS = 9;
const NANOSECONDS = 5;
const TAGGED = 0x11;
const TCI = 0x0123;
/** Where nothing is written, this stays. */
const CANARY = 0xcc;
const CANARY_BYTES = 256;
const PLAN: RunPlan = {
  most: 1,
  end: 0,
  interfaceId: 3,
  queue: undefined,
  firstSecond: 0,
  lastSecond: Number.POSITIVE_INFINITY,
};

/** A ring in a loop's memory, in which a test places one frame. */
class TestRing {
  readonly loop: RingLoop;
  readonly bytes: Uint8Array;
  /** Words that blocks may take in the area. */
  readonly capacityWords: number;
  readonly #view: DataView;
  readonly #endAt: number;
  readonly #areaAt: number;

  constructor(memory: LoopMemory, sizeBytes: number) {
    const ring = { at: RING_AT, sizeBytes, blockBytes: BLOCK_BYTES };
    this.#endAt = RING_AT + sizeBytes;
    this.loop = RingLoop.over(memory, this.#endAt, SNAPSHOT_LENGTH, ring)!;
    this.bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.capacityWords = this.loop.area.words.length - SLACK_WORDS;
    this.#areaAt = this.loop.area.bytes.byteOffset;
  }

  /** A ring of that size, and room for canaries behind the area; undefined where there is no such memory. */
  static tryAllocate(sizeBytes: number): TestRing | undefined {
    const memory = LoopMemory.allocate(RING_AT + sizeBytes + RingLoop.neededBytes + CANARY_BYTES);
    return memory === undefined ? undefined : new TestRing(memory, sizeBytes);
  }

  /**
   * Places a frame whose last byte is the ring's last one.
   *
   * @returns its header's address, and a copy of its bytes
   */
  place({ length, kind, status, seconds = SECONDS }: PlacedFrame): {
    header: number;
    data: Buffer;
  } {
    const view = this.#view;
    const header = Math.floor((this.#endAt - LEAST_OFFSET - length) / 8) * 8;
    const from = this.#endAt - length;
    view.setUint32(header, 0, true);
    view.setUint32(header + 4, seconds, true);
    view.setUint32(header + 8, NANOSECONDS, true);
    view.setUint32(header + 12, length, true);
    view.setUint32(header + 16, length, true);
    view.setUint32(header + 20, status, true);
    view.setUint16(header + 24, from - header, true);
    view.setUint32(header + 32, TCI, true);
    view.setUint8(header + 58, kind);
    for (let i = 0; i < length; i++) this.bytes[from + i] = ((i * 7 + length) & 0xff) | 1;
    return { header, data: Buffer.from(this.bytes.subarray(from, from + length)) };
  }

  /**
   * Encodes the frame to the last words that blocks may take.
   *
   * @param words that its block is given
   * @returns whether it was taken, and the bytes of the area that aren't canaries any more
   */
  encode(header: number, words: number, plan: Partial<RunPlan>): { count: number; found: Buffer } {
    const at = this.capacityWords - words;
    const start = this.#areaAt + at * 4;
    const before = start - CANARY_BYTES;
    const behind = this.loop.area.bytes.byteOffset + this.loop.area.bytes.length;
    this.bytes.fill(CANARY, before, behind + CANARY_BYTES);
    const count = this.loop.encode(header, at, 1, { ...PLAN, end: this.capacityWords, ...plan });
    assertCanaries(this.bytes, before, start);
    assertCanaries(this.bytes, behind, behind + CANARY_BYTES);
    if (count === 0) assertCanaries(this.bytes, start, behind);
    return { count, found: Buffer.from(this.bytes.subarray(start, start + words * 4)) };
  }
}

function assertCanaries(bytes: Uint8Array, from: number, to: number): void {
  const found = bytes.subarray(from, to).findIndex((byte) => byte !== CANARY);
  assert.equal(found, -1, `byte ${found} of ${to - from} was overwritten`);
}

/** The frame's enhanced packet block, written down from the format's description. */
function expectedBlock(
  { kind, status }: PlacedFrame,
  data: Buffer,
  queue: number | undefined,
): Buffer {
  const tag = (status & 0x10) !== 0 ? [0x81, 0x00, TCI >> 8, TCI & 0xff] : [];
  const frame = Buffer.concat([data.subarray(0, 12), Buffer.from(tag), data.subarray(12)]);
  const options: number[] = [];
  if (kind !== 7) options.push(0x0004_0002, 5);
  if (queue !== undefined) options.push(0x0004_0006, queue);
  if (options.length > 0) options.push(0);
  const length = 32 + Math.ceil(frame.length / 4) * 4 + options.length * 4;
  const block = Buffer.alloc(length);
  const time = BigInt(SECONDS) * 1_000_000_000n + BigInt(NANOSECONDS);
  const head = [6, length, PLAN.interfaceId, Number(time >> 32n), Number(time & 0xffff_ffffn)];
  for (const [i, word] of [...head, frame.length, frame.length].entries()) {
    block.writeUInt32LE(word, i * 4);
  }
  frame.copy(block, 28);
  const tail = [...options, length];
  for (const [i, word] of tail.entries()) {
    block.writeUInt32LE(word, length - (tail.length - i) * 4);
  }
  return block;
}

/** Encodes frames of all these lengths, kinds, tags and queues, each with not a byte to spare. */
function checkAtTheEnds(ring: TestRing, lengths: readonly number[]): void {
  for (const kind of [0, 7]) {
    for (const status of [1, TAGGED]) {
      for (const queue of [undefined, 0, 3]) {
        for (const length of lengths) {
          const frame = { length, kind, status };
          const { header, data } = ring.place(frame);
          const block = expectedBlock(frame, data, queue);
          const words = block.length / 4;
          assert.equal(ring.encode(header, words - 1, { queue }).count, 0, 'a word too few');
          const { count, found } = ring.encode(header, words, { queue });
          // There is no place for a tag in less than two addresses.
          const taken = status === TAGGED && length < 12 ? 0 : 1;
          assert.equal(count, taken, `${length} bytes, kind ${kind}, status ${status}`);
          if (taken === 0) continue;
          assert.ok(found.equals(block), `${length} bytes, kind ${kind}, status ${status}`);
          assert.equal(ring.loop.encodedTo, ring.capacityWords);
          assert.deepEqual([ring.loop.seconds, ring.loop.nanoseconds], [SECONDS, NANOSECONDS]);
        }
      }
    }
  }
}

const ring = TestRing.tryAllocate(32 * BLOCK_BYTES)!;

describe('RingLoop', () => {
  it('takes any short frame from a ring’s last bytes to the area’s last, and writes nowhere else', () => {
    const lengths = Array.from({ length: 1031 }, (_, length) => length);
    checkAtTheEnds(ring, lengths);
  });

  it('does so in the largest ring, which ends beyond 2 GiB', (context) => {
    const largest = TestRing.tryAllocate(0x7fff_f000);
    if (largest === undefined) {
      context.skip('there is no such memory here');
      return;
    }
    checkAtTheEnds(
      largest,
      Array.from({ length: 80 }, (_, i) => i * 13),
    );
  });

  it('says any queue that has a number of 32 bits', () => {
    for (const kind of [0, 7]) {
      const frame = { length: 60, kind, status: 1 };
      const { header, data } = ring.place(frame);
      for (const queue of [0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]) {
        const block = expectedBlock(frame, data, queue);
        const { count, found } = ring.encode(header, block.length / 4, { queue });
        assert.equal(count, 1);
        assert.ok(found.equals(block), `queue ${queue}, kind ${kind}`);
      }
    }
  });

  it('takes no frame of a second before 1970 or beyond 32 bits, for there is none', () => {
    for (const seconds of [0, SECONDS, 0xffff_ffff]) {
      const { header } = ring.place({ length: 60, kind: 0, status: 1, seconds });
      const take = (firstSecond: number, lastSecond: number): number =>
        ring.encode(header, 40, { firstSecond, lastSecond }).count;
      assert.equal(take(-10, -1), 0);
      assert.equal(take(0x1_0000_0000, Number.POSITIVE_INFINITY), 0);
      assert.equal(take(-1, 0x1_0000_0000), 1);
      assert.equal(take(seconds, seconds), 1);
      assert.equal(take(seconds + 1, Number.POSITIVE_INFINITY), 0);
      assert.equal(take(0, seconds - 1), 0);
    }
  });
});
