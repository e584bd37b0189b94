/** Frames that a loop adds up: the same file, read with the loop and without it. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type FileFacts, readFileFacts } from '../../src/analysis/file-facts.js';
import { readFileLoss } from '../../src/analysis/file-loss.js';
import { FileTally, type FrameTally } from '../../src/analysis/frame-tally.js';
import { FormatError } from '../../src/core/errors.js';
import type { FrameCursor } from '../../src/pcapng/frame-cursor.js';
import { PcapngReader } from '../../src/pcapng/pcapng-reader.js';
import type { SummingLoop } from '../../src/pcapng/summing-loop.js';
import { openFile } from '../../src/source/file-source.js';
import { SumLoop } from '../../src/source/sum-loop.js';
import {
  type ByteOrder,
  block,
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  type Field,
  fields,
  interfaceDescription,
  option,
  sectionHeader,
} from '../support/block-bytes.js';
import { oftenDamaged } from '../support/damaged-file.js';
import fc from '../support/fixed-check.js';
import { MemoryInput } from '../support/memory-input.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-frame-sums-'));
after(() => rmSync(folder, { recursive: true }));

/** A longer block is taken for damage, unless a test says otherwise. */
const DEFAULT_MOST_BYTES = 16 * 1024 * 1024;
const BOUNDS =
  'gapcap: bounded, at least 1 and at most 52 frames lost here; the sum over group 3 is exact';
const POSSIBLE =
  'gapcap: bounded, at least 0 and at most 12 frames lost here; the sum over group 3 is exact';
/** 2026-11-22 12:00:00 UTC, and another second. */
const SECOND = 1_795_348_800n;

/** One made-up block; what it doesn't need is left aside. */
interface MadeUpBlock {
  readonly kind:
    | 'frame'
    | 'short-trailer'
    | 'statistics'
    | 'names'
    | 'simple'
    | 'obsolete'
    | 'interface';
  readonly interfaceId: number;
  /** Nanoseconds behind the frame before. */
  readonly step: bigint;
  readonly length: number;
  readonly longer: number;
  /** Frames like this one, each a step and some behind the one before. */
  readonly frames: number;
  readonly options: (order: ByteOrder) => readonly Field[];
}

/** Options of a frame, among them such as a frame without loss may have and such as it may not. */
const frameOptions: fc.Arbitrary<MadeUpBlock['options']> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(() => []) },
  { weight: 4, arbitrary: fc.constant((o: ByteOrder) => [option(o, 2, [5, 4]), END_OF_OPTIONS]) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<MadeUpBlock['options']>(
      (o) => [option(o, 6, [1, 4]), END_OF_OPTIONS],
      (o) => [option(o, 6, [1, 4]), END_OF_OPTIONS],
      (o) => [option(o, 2, [5, 4]), option(o, 6, [1, 4]), END_OF_OPTIONS],
      (o) => [option(o, 6, [0xffff_ffff, 4]), END_OF_OPTIONS],
      (o) => [option(o, 6, [2, 4]), option(o, 6, [1, 4])],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<MadeUpBlock['options']>(
      (o) => [option(o, 4, [40, 8]), END_OF_OPTIONS],
      (o) => [option(o, 4, [0, 8]), END_OF_OPTIONS],
      (o) => [option(o, 1, 'a comment'), END_OF_OPTIONS],
      (o) => [option(o, 4, [40, 8]), option(o, 1, BOUNDS), END_OF_OPTIONS],
      (o) => [option(o, 1, BOUNDS)],
      (o) => [option(o, 1, POSSIBLE), END_OF_OPTIONS],
      (o) => [option(o, 5, [7, 8]), option(o, 3, [2, 1], [7, 4]), END_OF_OPTIONS],
      (o) => [option(o, 2988, [32_473, 4], 'abc'), END_OF_OPTIONS],
      () => [END_OF_OPTIONS],
      (o) => [END_OF_OPTIONS, option(o, 4, [40, 8])],
      (o) => [fields(o, [2, 2], [4, 2])],
      (o) => [option(o, 2, [5, 2])],
      (o) => [fields(o, [9, 2], [8, 2], [0, 4])],
      (o) => [fields(o, [9, 2], [5, 2], [0, 4], [4, 2], [8, 2])],
    ),
  },
);

const madeUpBlock: fc.Arbitrary<MadeUpBlock> = fc.record({
  kind: fc.oneof(
    { weight: 20, arbitrary: fc.constant<'frame'>('frame') },
    {
      weight: 1,
      arbitrary: fc.constantFrom<MadeUpBlock['kind']>(
        'statistics',
        'names',
        'simple',
        'obsolete',
        'interface',
      ),
    },
  ),
  interfaceId: fc.oneof(
    { weight: 40, arbitrary: fc.constant(0) },
    { weight: 6, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.constantFrom(2, 3, 2 ** 31, 2 ** 32 - 1) },
  ),
  step: fc.oneof(
    { weight: 9, arbitrary: fc.bigInt({ min: 0n, max: 30_000_000n }) },
    { weight: 2, arbitrary: fc.bigInt({ min: -3_000_000n, max: 0n }) },
    { weight: 1, arbitrary: fc.bigInt({ min: 100_000_000n, max: 9_000_000_000n }) },
    { weight: 1, arbitrary: fc.constantFrom(-4_000_000_000n, -(2n ** 60n), 2n ** 62n) },
  ),
  length: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 70 }) },
    { weight: 1, arbitrary: fc.integer({ min: 70, max: 900 }) },
  ),
  longer: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(1, 1440, 2 ** 32 - 1000) },
  ),
  frames: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 40 })),
  options: frameOptions,
});

/** Interfaces of every kind of clock: if_tsresol, and seconds to add. */
const clock = fc.tuple(
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(9, 6) },
    { weight: 1, arbitrary: fc.constantFrom(0, 3, 12, 0x80, 0x80 + 10, 0x80 + 30) },
  ),
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(0n) },
    { weight: 1, arbitrary: fc.constantFrom(-3600n, 3600n, -SECOND - 1n, 2n ** 32n - SECOND - 2n) },
  ),
);

const section = fc.record({
  order: fc.oneof<fc.WeightedArbitrary<ByteOrder>[]>(
    { weight: 5, arbitrary: fc.constant('little') },
    { weight: 1, arbitrary: fc.constant('big') },
  ),
  clocks: fc.tuple(clock, clock),
  blocks: fc.array(madeUpBlock, { minLength: 1, maxLength: 25 }),
});

type Section = typeof section extends fc.Arbitrary<infer T> ? T : never;

function sectionBytes({ order, clocks, blocks }: Section): Uint8Array {
  const units = clocks.map(([resolution]) =>
    (resolution & 0x80) === 0 ? 10n ** BigInt(resolution) : 2n ** BigInt(resolution & 0x7f),
  );
  let timeNs = SECOND * 1_000_000_000n;
  const parts = blocks.map((one) => {
    timeNs = BigInt.asUintN(63, timeNs + one.step);
    const unit = units[one.interfaceId & 1]!;
    const ticks = BigInt.asUintN(64, (timeNs * unit) / 1_000_000_000n);
    const data = new Uint8Array(one.length).fill(0x5a);
    const { options } = one;
    switch (one.kind) {
      case 'statistics':
        return block(
          order,
          5,
          [one.interfaceId & 1, 4],
          [ticks >> 32n, 4],
          [ticks, 4],
          option(order, 4, [one.length, 8]),
          option(order, 5, [one.length >> 3, 8]),
        );
      case 'names':
        return block(order, 4, [0, 4], data);
      case 'simple':
        return block(order, 3, [one.length, 4], data);
      case 'obsolete':
        return block(
          order,
          2,
          [one.interfaceId & 1, 2],
          [one.length & 7, 2],
          [ticks >> 32n, 4],
          [ticks, 4],
          [one.length, 4],
          [one.length, 4],
          data,
        );
      case 'interface':
        return interfaceDescription(order, 96, option(order, 9, [9, 1]));
      default: {
        const frames = Array.from({ length: one.frames }, (_, i) => {
          if (i > 0) timeNs = BigInt.asUintN(63, timeNs + ((i & 7) === 7 ? -1n : 1n) * one.step);
          const now = BigInt.asUintN(64, (timeNs * unit) / 1_000_000_000n);
          // Lengths of neighbours differ.
          const bytes = data.subarray(0, Math.max(data.length - (i % 5), 0));
          const frame = enhancedPacket(order, one.interfaceId, now, bytes, ...options(order));
          const longer = bytes.length + one.longer;
          new DataView(frame.buffer).setUint32(24, longer, order === 'little');
          return frame;
        });
        return concat(...frames);
      }
    }
  });
  const interfaces = clocks.map(([resolution, offset]) =>
    interfaceDescription(
      order,
      0,
      option(order, 9, [resolution, 1]),
      option(order, 14, [offset, 8]),
    ),
  );
  return concat(sectionHeader(order), ...interfaces, ...parts);
}

const file = oftenDamaged(
  fc
    .array(section, { minLength: 1, maxLength: 3 })
    .map((sections) => concat(...sections.map(sectionBytes))),
);

const chunkBytes = fc.constantFrom(64, 1024, 2048, 4096);

/** All that a cursor says of a frame. */
function frameOf(batch: FrameCursor) {
  const { frameNumber, interfaceId, queue, lostBefore, hasTimestamp } = batch;
  const { seconds, nanoseconds, capturedLength, originalLength, flags } = batch;
  const lost = lostBefore === undefined ? undefined : { ...lostBefore };
  const lengths = { capturedLength, originalLength, flags };
  return { frameNumber, interfaceId, queue, lost, hasTimestamp, seconds, nanoseconds, ...lengths };
}

type ReadFrame = ReturnType<typeof frameOf>;

function readAll(
  bytes: Uint8Array,
  chunk: number,
  maxBlockBytes = DEFAULT_MOST_BYTES,
): { frames: ReadFrame[]; ending: unknown } {
  const reader = new PcapngReader(new MemoryInput(bytes), { chunkBytes: chunk, maxBlockBytes });
  const frames: ReadFrame[] = [];
  try {
    while (!reader.ended) {
      const batch = reader.read();
      while (batch.next()) frames.push(frameOf(batch));
    }
  } catch (error) {
    return { frames, ending: endingOf(error) };
  }
  return { frames, ending: reader.end };
}

function endingOf(error: unknown): unknown {
  if (!(error instanceof FormatError)) throw error;
  const { code, message, offset, section: number } = error;
  return { code, message, offset, number };
}

/** A loop for every file: V8 reserves 10 GiB of addresses for the memory of each. */
const loop = SumLoop.take();
assert.ok(loop !== undefined, 'no loop in this runtime');

/** The loop with less room, so that long blocks leave it. */
function loopWithRoom(roomBytes: number): SummingLoop {
  assert.ok(loop !== undefined);
  const { sums } = loop;
  return {
    room: loop.room.subarray(0, roomBytes),
    sums,
    isFull: false,
    get endAfter() {
      return loop!.endAfter;
    },
    get lastNanoseconds() {
      return loop!.lastNanoseconds;
    },
    sum: (at, end, plan) => loop!.sum(at, end, plan),
    release: () => {},
  };
}

/** What frames come to, by the frames one by one. */
function sumsOf(before: ReadFrame, frames: readonly ReadFrame[]) {
  const shortened = frames.filter((one) => one.capturedLength < one.originalLength);
  const cut = shortened.map(({ capturedLength }) => capturedLength);
  const times = [before, ...frames].map(({ nanoseconds }) => nanoseconds);
  return {
    frames: frames.length,
    capturedBytes: frames.reduce((sum, { capturedLength }) => sum + capturedLength, 0),
    originalBytes: frames.reduce((sum, { originalLength }) => sum + originalLength, 0),
    shortenedFrames: cut.length,
    ...(cut.length === 0 ? {} : { leastShortened: Math.min(...cut) }),
    ...(cut.length === 0 ? {} : { mostShortened: Math.max(...cut) }),
    unorderedFrames: times.filter((time, i) => i > 0 && time < times[i - 1]!).length,
    earliestNanoseconds: Math.min(...times.slice(1)),
    latestNanoseconds: Math.max(...times.slice(1)),
  };
}

/** A tally as plain numbers. */
function numbersOf(tally: FrameTally) {
  return { ...tally, firstNs: tally.firstNs, lastNs: tally.lastNs };
}

/** The same facts, from frames that are given one by one. */
function factsOneByOne(path: string, chunk: number) {
  using source = openFile(path, { chunkBytes: chunk });
  const tally = new FileTally();
  const loss = readFileLoss(source, { keepsDamaged: true, onFrame: (frame) => tally.add(frame) });
  return {
    loss,
    tally: numbersOf(tally.total()),
    interfaces: source.interfaces.map(({ id }) => numbersOf(tally.ofInterface(id))),
    unorderedFrames: tally.unorderedFrames,
    end: source.end,
  };
}

function plainFacts(facts: FileFacts) {
  return {
    loss: facts.loss,
    tally: numbersOf(facts.tally),
    interfaces: facts.interfaces.map(({ tally }) => numbersOf(tally)),
    unorderedFrames: facts.unorderedFrames,
  };
}

function orEnding<T>(read: () => T): T | unknown {
  try {
    return read();
  } catch (error) {
    return endingOf(error);
  }
}

/**
 * Reads a file with the loop, and holds all that is said of it against the frames one by one.
 *
 * @returns frames that were added up
 */
function addedLikeOneByOne(
  bytes: Uint8Array,
  chunk: number,
  roomBytes: number,
  maxBlockBytes = DEFAULT_MOST_BYTES,
): number {
  const expected = readAll(bytes, chunk, maxBlockBytes);
  const makeLoop = () => loopWithRoom(roomBytes);
  const options = { chunkBytes: chunk, maxBlockBytes, makeLoop };
  const reader = new PcapngReader(new MemoryInput(bytes), options);
  let number = 0;
  let added = 0;
  let ending: unknown;
  try {
    while (!reader.ended) {
      const batch = reader.read();
      while (batch.next()) {
        const before = expected.frames[number++];
        assert.deepEqual(frameOf(batch), before);
        const sums = batch.addUp();
        if (sums === undefined) {
          assert.deepEqual(frameOf(batch), before);
          continue;
        }
        const these = expected.frames.slice(number, number + sums.frames);
        number += sums.frames;
        added += sums.frames;
        assert.deepEqual({ ...sums, ...sumsOf(before!, these) }, { ...sums });
        for (const { interfaceId, queue, seconds, lost } of these) {
          assert.deepEqual(
            [interfaceId, queue, seconds, lost],
            [batch.interfaceId, batch.queue, batch.seconds, undefined],
          );
        }
        assert.equal(batch.frameNumber, number);
        assert.equal(batch.nanoseconds, these.at(-1)!.nanoseconds);
      }
    }
    ending = reader.end;
  } catch (error) {
    ending = endingOf(error);
  }
  assert.equal(number, expected.frames.length);
  assert.deepEqual(ending, expected.ending);
  return added;
}

const ALIKE_OPTIONS = [option('little', 2, [5, 4]), option('little', 6, [1, 4]), END_OF_OPTIONS];

/** Frames that a loop adds up, in several pieces, and where the last but five begins. */
function alikeFrames(): { bytes: Uint8Array; blockAt: number; blockBytes: number } {
  const order = 'little';
  const frames = Array.from({ length: 60 }, (_, i) =>
    enhancedPacket(order, 0, BigInt(i), new Uint8Array(9), ...ALIKE_OPTIONS),
  );
  const bytes = concat(sectionHeader(order), interfaceDescription(order), ...frames);
  const blockBytes = frames[0]!.length;
  return { bytes, blockAt: bytes.length - 5 * blockBytes, blockBytes };
}

describe('frames added up by a loop', () => {
  it('come to what they are one by one, and the frames between them are the same', () => {
    let added = 0;
    let files = 0;
    const roomBytes = fc.constantFrom(256, 4096, loop.room.length);
    fc.assert(
      fc.property(file, chunkBytes, roomBytes, (bytes, chunk, room) => {
        added += addedLikeOneByOne(bytes, chunk, room);
        files++;
      }),
      { numRuns: 1500 },
    );
    assert.ok(added > 5 * files, `only ${added} frames of ${files} files were added up`);
  });

  it('end at whatever is wrong or different in any word of a block', () => {
    const { bytes, blockAt, blockBytes } = alikeFrames();
    assert.ok(addedLikeOneByOne(bytes, 1024, loop.room.length) > 40);
    const extremes = [0, 1, 2, 3, 4, 5, 8, 31, 32, 33, 0x7fffffff, 0x80000000, 0xfffffffc];
    for (let at = blockAt; at < blockAt + blockBytes; at += 4) {
      const word = new DataView(bytes.buffer).getUint32(at, true);
      const flipped = Array.from({ length: 32 }, (_, bit) => word ^ (1 << bit));
      for (const value of [...extremes, ...flipped, word + 4, word - 4]) {
        const changed = bytes.slice();
        new DataView(changed.buffer).setUint32(at, value, true);
        addedLikeOneByOne(changed, 1024, loop.room.length);
      }
    }
  });

  it('end at a length that no block has, though both say it', () => {
    const { bytes, blockAt, blockBytes } = alikeFrames();
    for (let length = 12; length < blockBytes + 64; length++) {
      const changed = bytes.slice();
      const view = new DataView(changed.buffer);
      view.setUint32(blockAt + 4, length, true);
      view.setUint32(blockAt + length - 4, length, true);
      addedLikeOneByOne(changed, 1024, loop.room.length);
    }
  });

  it('end where the file ends, whatever lies behind it in memory', () => {
    const { bytes, blockAt } = alikeFrames();
    for (let length = blockAt; length < bytes.length; length++) {
      addedLikeOneByOne(bytes.slice(0, length), 1024, loop.room.length);
    }
  });

  it('end at a block that is longer than is believed', () => {
    const { bytes, blockAt, blockBytes } = alikeFrames();
    const data = new Uint8Array(blockBytes);
    const long = enhancedPacket('little', 0, 60n, data, ...ALIKE_OPTIONS);
    const changed = concat(bytes.subarray(0, blockAt), long, bytes.subarray(blockAt));
    addedLikeOneByOne(changed, 1024, loop.room.length, blockBytes);
    assert.equal(readAll(changed, 1024, blockBytes).frames.length, 55);
  });

  it('change nothing that is told of a file', () => {
    const path = join(folder, 'file');
    fc.assert(
      fc.property(file, chunkBytes, (bytes, chunk) => {
        writeFileSync(path, bytes);
        const expected = orEnding(() => factsOneByOne(path, chunk));
        const found = orEnding(() =>
          plainFacts(readFileFacts(path, { keepsDamaged: true, chunkBytes: chunk })),
        );
        const { end: _, ...told } = expected as { end: unknown };
        assert.deepEqual(found, told);
        const loss = orEnding(() => {
          using source = openFile(path, { chunkBytes: chunk });
          return readFileLoss(source, { keepsDamaged: true });
        });
        assert.deepEqual(loss, (told as { loss?: unknown }).loss ?? told);
      }),
      { numRuns: 700 },
    );
  });
});
