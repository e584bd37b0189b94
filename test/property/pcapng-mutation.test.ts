/** Damaged files: frames and then an end, or a FormatError; nothing else, and never a hang. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError } from '../../src/core/errors.js';
import { PcapngReader } from '../../src/pcapng/pcapng-reader.js';
import {
  type ByteOrder,
  block,
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  interfaceDescription,
  option,
  sectionHeader,
} from '../support/block-bytes.js';
import fc from '../support/fixed-check.js';
import { MemoryInput } from '../support/memory-input.js';

const BOUNDS =
  'gapcap: bounded, at least 1 and at most 52 frames lost here; the sum over group 3 is exact';

/** One of every block, with options. */
function sampleSection(order: ByteOrder): Uint8Array {
  const data = Uint8Array.of(1, 2, 3, 4, 5);
  return concat(
    sectionHeader(order, option(order, 1, 'note'), option(order, 4, 'app'), END_OF_OPTIONS),
    interfaceDescription(order, 96, option(order, 9, [9, 1]), option(order, 14, [1, 8])),
    interfaceDescription(order, 0, option(order, 6, data), option(order, 11, [0, 1], 'udp')),
    enhancedPacket(order, 1, 1_500_000n, data, option(order, 2, [5, 4]), END_OF_OPTIONS),
    enhancedPacket(order, 0, 7n, data, option(order, 4, [40, 8]), option(order, 1, BOUNDS)),
    block(order, 3, [5, 4], data),
    block(order, 2, [1, 2], [9, 2], [0, 8], [5, 4], [5, 4], data, [0, 1], [0, 2]),
    block(order, 5, [1, 4], [0, 8], option(order, 4, [3, 8]), option(order, 1, 'x')),
    block(order, 4, [0, 4]),
    block(order, 0xbad, [32473, 4], data),
  );
}

const SAMPLE = concat(sampleSection('little'), sampleSection('big'));
const BLOCK_STARTS = blockStarts();

/** Reads all and checks each frame to lie within memory. */
function readDamaged(bytes: Uint8Array): { frames: string[]; failure: FormatError | undefined } {
  const reader = new PcapngReader(new MemoryInput(bytes), { chunkBytes: 128 });
  const frames: string[] = [];
  let rounds = 0;
  try {
    while (!reader.ended) {
      assert.ok(rounds++ < 10_000, 'hangs');
      const batch = reader.read();
      while (batch.next()) {
        assert.ok(frames.length < 1000, 'hangs');
        assert.ok(batch.byteOffset + batch.capturedLength <= batch.bytes.length);
        assert.ok(reader.interfaces[batch.interfaceId] !== undefined);
        assert.ok(batch.nanoseconds >= 0 && batch.nanoseconds < 1e9);
        assert.ok(Array.isArray(batch.comments()));
        frames.push(
          `${batch.interfaceId} ${batch.seconds}.${batch.nanoseconds} ${batch.lostBefore?.lost}`,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { frames, failure: error };
  }
  assert.ok(reader.end !== undefined);
  return { frames, failure: undefined };
}

describe('A damaged pcapng file', () => {
  it('is read whole where it isn’t damaged', () => {
    const { frames, failure } = readDamaged(SAMPLE);
    assert.equal(failure, undefined);
    assert.equal(frames.length, 8);
  });

  it('gives frames or a FormatError whichever bits are flipped', () => {
    const flips = fc.array(fc.tuple(fc.nat(SAMPLE.length - 1), fc.nat(7)), {
      minLength: 1,
      maxLength: 6,
    });
    let failures = 0;
    fc.assert(
      fc.property(flips, (positions) => {
        const bytes = SAMPLE.slice();
        for (const [at, bit] of positions) bytes[at] = bytes[at]! ^ (1 << bit);
        if (readDamaged(bytes).failure !== undefined) failures++;
      }),
      { numRuns: 5000, seed: 20091002 },
    );
    assert.ok(failures > 500, `only ${failures} of the files were found damaged`);
  });

  it('gives frames or a FormatError for each single flipped bit, and the frames before it', () => {
    const whole = readDamaged(SAMPLE).frames;
    for (let at = 0; at < SAMPLE.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = SAMPLE.slice();
        bytes[at] = bytes[at]! ^ (1 << bit);
        const { frames } = readDamaged(bytes);
        const before = framesBefore(at);
        assert.deepEqual(frames.slice(0, before), whole.slice(0, before));
      }
    }
  });

  it('gives frames or a FormatError whichever word is overwritten with an extreme', () => {
    for (const order of [true, false]) {
      for (const value of [0, 1, 4, 12, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff]) {
        for (let at = 0; at < SAMPLE.length; at += 4) {
          const bytes = SAMPLE.slice();
          new DataView(bytes.buffer).setUint32(at, value, order);
          readDamaged(bytes);
        }
      }
    }
  });

  it('gives all whole frames whichever byte it is cut at', () => {
    const whole = readDamaged(SAMPLE).frames;
    for (let length = 0; length <= SAMPLE.length; length++) {
      const { frames, failure } = readDamaged(SAMPLE.slice(0, length));
      assert.equal(failure, undefined);
      assert.deepEqual(frames, whole.slice(0, framesBefore(length)));
    }
  });

  it('gives frames or a FormatError for random bytes after a section header', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<ByteOrder>('little', 'big'),
        fc.array(
          fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 0xbad), fc.uint8Array({ maxLength: 64 })),
          { maxLength: 8 },
        ),
        (order, blocks) => {
          const start = [sectionHeader(order), interfaceDescription(order)];
          readDamaged(concat(...start, ...blocks.map(([type, body]) => block(order, type, body))));
        },
      ),
      { numRuns: 3000, seed: 977750076 },
    );
  });
});

function blockStarts(): { at: number; isFrame: boolean }[] {
  const starts: { at: number; isFrame: boolean }[] = [];
  const view = new DataView(SAMPLE.buffer);
  const half = SAMPLE.length / 2;
  for (let at = 0; at < SAMPLE.length; ) {
    const littleEndian = at < half;
    const type = view.getUint32(at, littleEndian);
    starts.push({ at, isFrame: type === 2 || type === 3 || type === 6 });
    at += view.getUint32(at + 4, littleEndian);
  }
  return starts;
}

/** Frames that lie wholly before a byte. */
function framesBefore(end: number): number {
  return BLOCK_STARTS.filter(
    ({ isFrame }, i) => isFrame && (BLOCK_STARTS[i + 1]?.at ?? SAMPLE.length) <= end,
  ).length;
}
