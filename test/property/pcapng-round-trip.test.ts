/** What the encoder writes, the reader gives back: every field, whatever the buffers' sizes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CaptureInterface } from '../../src/core/frame.js';
import { exactLoss, type Loss } from '../../src/core/loss.js';
import { BlockEncoder } from '../../src/pcapng/block-encoder.js';
import type { SectionDetails, StatisticsToWrite } from '../../src/pcapng/description-blocks.js';
import type { FrameExtras } from '../../src/pcapng/frame-extras.js';
import { InterfaceClock } from '../../src/pcapng/interface-clock.js';
import { encodeLossComment } from '../../src/pcapng/loss-options.js';
import { PcapngReader } from '../../src/pcapng/pcapng-reader.js';
import { ByteCollector } from '../support/byte-collector.js';
import fc from '../support/fixed-check.js';
import { MemoryInput } from '../support/memory-input.js';
import { singleFrame } from '../support/single-frame.js';

const u32 = fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat(0xffffffff));
const u64 = fc.oneof(fc.constantFrom(0n, 2n ** 53n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 64n - 1n));
const count = fc.oneof(
  fc.constantFrom(1, Number.MAX_SAFE_INTEGER),
  fc.integer({ min: 1, max: 1e9 }),
);
/** A record that compares equal to an object literal. */
function plainRecord<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

/** Text as a file can hold it: zeros at its end are taken for padding. */
const text = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .filter((value) => !value.endsWith('\0') && Buffer.from(value).toString() === value);
const maybeText = fc.option(text, { nil: undefined });

const bounded: fc.Arbitrary<Loss> = fc
  .tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.integer({ min: 1, max: 1000 }))
  .map(([atLeast, more, above, group]) => ({
    lost: atLeast + more,
    certainty: 'bounded',
    atLeast,
    atMost: atLeast + more + above,
    group,
  }));
const lostBefore = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  count.map(exactLoss),
  bounded,
);

const length = fc.oneof(
  { weight: 8, arbitrary: fc.nat(70) },
  { weight: 2, arbitrary: fc.nat(2000) },
  { weight: 1, arbitrary: fc.nat(70_000) },
);

interface FrameToWrite {
  data: Uint8Array;
  byteOffset: number;
  slackBytes: number;
  originalLength: number;
  seconds: number;
  nanoseconds: number;
  interfaceChoice: number;
  flags: number;
  lostBefore: Loss | undefined;
  queue: number | undefined;
  comments: string[] | undefined;
}

const frame: fc.Arbitrary<FrameToWrite> = plainRecord({
  length,
  seed: fc.nat(255),
  byteOffset: fc.nat(9),
  slackBytes: fc.nat(24),
  originalLength: u32,
  seconds: u32,
  nanoseconds: fc.oneof(fc.constantFrom(0, 999_999_999), fc.nat(999_999_999)),
  interfaceChoice: fc.nat(1000),
  flags: fc.oneof(fc.constant(0), u32),
  lostBefore,
  queue: fc.option(u32, { nil: undefined }),
  comments: fc.option(fc.array(text, { maxLength: 3 }), { nil: undefined }),
}).map(({ length: byteCount, seed, ...rest }) => ({
  ...rest,
  data: Uint8Array.from({ length: byteCount }, (_, i) => (i * 167 + seed) & 0xff),
}));

const describedInterface: fc.Arbitrary<Omit<CaptureInterface, 'id'>> = plainRecord({
  name: maybeText,
  linkType: fc.nat(0xffff),
  snapshotLength: u32,
  description: maybeText,
  filter: maybeText,
  speedBps: fc.option(u64, { nil: undefined }),
  macAddress: fc.constantFrom(undefined, '02:00:5e:10:00:01', 'ff:ff:ff:ff:ff:ff'),
});

const section: fc.Arbitrary<SectionDetails> = plainRecord({
  hardware: maybeText,
  os: maybeText,
  application: maybeText,
  comment: maybeText,
});

const statistics: fc.Arbitrary<StatisticsToWrite> = plainRecord({
  timestampNs: u64,
  startNs: fc.option(u64, { nil: undefined }),
  endNs: fc.option(u64, { nil: undefined }),
  interfaceReceived: fc.option(u64, { nil: undefined }),
  interfaceDropped: fc.option(u64, { nil: undefined }),
  received: fc.option(u64, { nil: undefined }),
  dropped: fc.option(u64, { nil: undefined }),
  delivered: fc.option(u64, { nil: undefined }),
  comment: maybeText,
});

interface SectionToWrite {
  details: SectionDetails;
  interfaces: Omit<CaptureInterface, 'id'>[];
  frames: FrameToWrite[];
  statistics: StatisticsToWrite[];
}

const wholeSection: fc.Arbitrary<SectionToWrite> = plainRecord({
  details: section,
  interfaces: fc.array(describedInterface, { minLength: 1, maxLength: 4 }),
  frames: fc.array(frame, { maxLength: 8 }),
  statistics: fc.array(statistics, { maxLength: 4 }),
});

function write(sections: readonly SectionToWrite[], bufferBytes: number): Uint8Array {
  const output = new ByteCollector();
  const encoder = new BlockEncoder(output, { bufferBytes });
  for (const each of sections) {
    encoder.sectionHeader(each.details);
    each.interfaces.forEach((details, id) => {
      encoder.interfaceDescription({ ...details, id });
    });
    for (const written of each.frames) {
      const interfaceId = written.interfaceChoice % each.interfaces.length;
      encoder.frame(singleFrame({ ...written, interfaceId }), extrasOf(written));
    }
    each.statistics.forEach((totals, i) => {
      encoder.interfaceStatistics(i % each.interfaces.length, totals);
    });
  }
  encoder.flush();
  assert.equal(encoder.bytesWritten, output.bytes.length);
  return output.bytes;
}

function extrasOf(written: FrameToWrite): FrameExtras | undefined {
  const { queue, comments } = written;
  return queue === undefined && comments === undefined ? undefined : { queue, comments };
}

function expectedFrames(sections: readonly SectionToWrite[]): unknown[] {
  let firstId = 0;
  return sections.flatMap((each) => {
    const base = firstId;
    firstId += each.interfaces.length;
    return each.frames.map((written) => ({
      data: Buffer.from(written.data).toString('base64'),
      originalLength: written.originalLength,
      seconds: written.seconds,
      nanoseconds: written.nanoseconds,
      interfaceId: base + (written.interfaceChoice % each.interfaces.length),
      flags: written.flags,
      lostBefore: written.lostBefore,
      queue: written.queue,
      comments: [
        ...(written.comments ?? []),
        ...(written.lostBefore?.certainty === 'bounded'
          ? [encodeLossComment(written.lostBefore)]
          : []),
      ],
    }));
  });
}

function readFrames(reader: PcapngReader): unknown[] {
  const frames: unknown[] = [];
  while (!reader.ended) {
    const batch = reader.read();
    while (batch.next()) {
      const { byteOffset, capturedLength } = batch;
      const data = batch.bytes.subarray(byteOffset, byteOffset + capturedLength);
      assert.equal(batch.hasTimestamp, true);
      assert.equal(batch.frameNumber, frames.length + 1);
      assert.equal(batch.words.buffer, batch.bytes.buffer);
      frames.push({
        data: Buffer.from(data).toString('base64'),
        originalLength: batch.originalLength,
        seconds: batch.seconds,
        nanoseconds: batch.nanoseconds,
        interfaceId: batch.interfaceId,
        flags: batch.flags,
        lostBefore: batch.lostBefore,
        queue: batch.queue,
        comments: batch.comments(),
      });
    }
  }
  return frames;
}

describe('A pcapng file', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(
        fc.array(wholeSection, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(64, 132, 4096, 1 << 20),
        fc.constantFrom(64, 1024, 1 << 16),
        fc.constantFrom(13, 4096, Number.MAX_SAFE_INTEGER),
        (sections, bufferBytes, chunkBytes, pieceBytes) => {
          const bytes = write(sections, bufferBytes);
          const reader = new PcapngReader(new MemoryInput(bytes, pieceBytes), { chunkBytes });
          assert.deepEqual(readFrames(reader), expectedFrames(sections));
          assert.equal(reader.end, 'complete');
          checkDescriptions(reader, sections);
        },
      ),
      { numRuns: 200, seed: 20091012 },
    );
  });
});

function checkDescriptions(reader: PcapngReader, sections: readonly SectionToWrite[]): void {
  assert.deepEqual(
    reader.sections.map(({ hardware, os, application, comments }) => ({
      hardware,
      os,
      application,
      comment: comments[0],
    })),
    sections.map((each) => each.details),
  );
  const written = sections.flatMap((each) => each.interfaces);
  assert.equal(reader.interfaces.length, written.length);
  written.forEach((details, id) => {
    const read = reader.interfaces[id]!;
    for (const name of Object.keys(details) as (keyof typeof details)[]) {
      assert.equal(read[name], details[name], name);
    }
    assert.equal(read.id, id);
    assert.equal(read.timestampResolution, 9);
  });
  let firstId = 0;
  for (const each of sections) {
    each.interfaces.forEach((_, localId) => {
      const last = each.statistics.filter((__, i) => i % each.interfaces.length === localId).at(-1);
      const raw = reader.statistics(firstId + localId)?.raw;
      assert.deepEqual(
        raw && {
          timestampNs: raw.timestampTicks,
          startNs: raw.startTicks,
          endNs: raw.endTicks,
          interfaceReceived: raw.interfaceReceived,
          interfaceDropped: raw.interfaceDropped,
          received: raw.filterAccepted,
          dropped: raw.systemDropped,
          delivered: raw.userDelivered,
          comment: raw.comments[0],
        },
        last,
      );
    });
    firstId += each.interfaces.length;
  }
}

describe('InterfaceClock', () => {
  it('converts as exact arithmetic on bigint does, for all units, offsets and orders', () => {
    const resolution = fc.oneof(fc.nat(20), fc.nat(255));
    const offset = fc.oneof(fc.constant(0n), fc.bigInt(-(2n ** 33n), 2n ** 33n));
    const near = fc.tuple(u64, fc.array(fc.bigInt(-(2n ** 34n), 2n ** 34n), { maxLength: 10 }));
    fc.assert(
      fc.property(resolution, offset, near, (unit, offsetSeconds, [start, steps]) => {
        const clock = new InterfaceClock(unit, offsetSeconds);
        const perSecond = (unit & 0x80) === 0 ? 10n ** BigInt(unit) : 2n ** BigInt(unit & 0x7f);
        for (const step of [0n, ...steps]) {
          const ticks = BigInt.asUintN(64, start + step);
          const expectedSeconds = ticks / perSecond + offsetSeconds;
          const fits = expectedSeconds >= 0n && expectedSeconds < 2n ** 32n;
          const got = clock.convert(Number(ticks >> 32n), Number(ticks & 0xffffffffn));
          assert.equal(got, fits);
          assert.equal(BigInt(clock.seconds), fits ? expectedSeconds : 0n);
          const expectedNs = ((ticks % perSecond) * 1_000_000_000n) / perSecond;
          assert.equal(BigInt(clock.nanoseconds), fits ? expectedNs : 0n);
        }
      }),
      { numRuns: 2000, seed: 17 },
    );
  });
});
