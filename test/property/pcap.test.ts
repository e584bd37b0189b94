/** pcap: what is written is read, and damage gives frames or a FormatError, never a crash or a hang. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError } from '../../src/core/errors.js';
import { copyFrame, type Frame } from '../../src/core/frame.js';
import { PcapEncoder } from '../../src/pcap/pcap-encoder.js';
import { PcapReader } from '../../src/pcap/pcap-reader.js';
import { ByteCollector } from '../support/byte-collector.js';
import fc from '../support/fixed-check.js';
import { MemoryInput } from '../support/memory-input.js';
import { singleFrame } from '../support/single-frame.js';

const frames = fc.array(
  fc.record({
    data: fc.uint8Array({ maxLength: 300 }),
    extraLength: fc.nat(2000),
    seconds: fc.nat(0xffffffff),
    nanoseconds: fc.nat(999_999_999),
  }),
  { maxLength: 20 },
);
interface SampleFrame {
  readonly data: Uint8Array;
  readonly extraLength: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

function encode(sample: readonly SampleFrame[], precision: 'ns' | 'us'): Uint8Array {
  const output = new ByteCollector();
  const encoder = new PcapEncoder(output, { linkType: 1, precision });
  for (const { data, extraLength, ...time } of sample) {
    encoder.frame(singleFrame({ data, originalLength: data.length + extraLength, ...time }));
  }
  encoder.flush();
  return output.bytes;
}

function readAll(
  bytes: Uint8Array,
  pieceBytes: number,
): { read: Frame[]; end: string | undefined } {
  const reader = new PcapReader(new MemoryInput(bytes, pieceBytes), { chunkBytes: 64 });
  const read: Frame[] = [];
  let rounds = 0;
  while (!reader.ended) {
    assert.ok(rounds++ < 100_000, 'hangs');
    const batch = reader.read();
    while (batch.next()) {
      assert.ok(batch.byteOffset + batch.capturedLength <= batch.bytes.length);
      read.push(copyFrame(batch));
    }
  }
  return { read, end: reader.end };
}

describe('A pcap file', () => {
  it('is read as it was written, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(
        frames,
        fc.constantFrom('ns', 'us'),
        fc.integer({ min: 1, max: 999 }),
        (sample, precision, pieceBytes) => {
          const { read, end } = readAll(encode(sample, precision), pieceBytes);
          assert.equal(end, 'complete');
          const expected = sample.map(({ data, extraLength, seconds, nanoseconds }) => {
            const fraction = precision === 'ns' ? nanoseconds : nanoseconds - (nanoseconds % 1000);
            return [
              Buffer.from(data).toString('hex'),
              data.length + extraLength,
              BigInt(seconds) * 1_000_000_000n + BigInt(fraction),
            ];
          });
          assert.deepEqual(
            read.map(({ data, originalLength, timestampNs }) => [
              Buffer.from(data).toString('hex'),
              originalLength,
              timestampNs,
            ]),
            expected,
          );
        },
      ),
    );
  });

  it('cut short gives the first frames, unchanged', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (sample, cut) => {
        const bytes = encode(sample, 'ns');
        const length = Math.max(4, cut % (bytes.length + 1));
        const whole = readAll(bytes, 512).read;
        const { read, end } = readAll(bytes.subarray(0, length), 512);
        assert.deepEqual(read, whole.slice(0, read.length));
        if (length === bytes.length) assert.equal(end, 'complete');
        if (end === 'complete')
          assert.equal(length, encode(sample.slice(0, read.length), 'ns').length);
      }),
    );
  });

  it('with flipped bits gives frames or a FormatError with its place', () => {
    const sample = fc.sample(frames, { seed: 7, numRuns: 20 }).find(({ length }) => length > 5)!;
    const bytes = encode(sample, 'us');
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)), {
      minLength: 1,
      maxLength: 8,
    });
    let failures = 0;
    fc.assert(
      fc.property(flips, (positions) => {
        const damaged = bytes.slice();
        for (const [at, bit] of positions) damaged[at] = damaged[at]! ^ (1 << bit);
        try {
          readAll(damaged, 512);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
          assert.ok(error.offset >= 0 && error.offset <= bytes.length);
          failures++;
        }
      }),
      { numRuns: 2000 },
    );
    assert.ok(failures > 0, 'no damage was found');
  });
});
