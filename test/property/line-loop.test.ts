/** Lines that a loop writes: the same file, shown with the loop and without it. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readFileLoss } from '../../src/analysis/file-loss.js';
import { FormatError } from '../../src/core/errors.js';
import type { FrameSums } from '../../src/core/frame-sums.js';
import { FrameLine } from '../../src/report/frame-line.js';
import { FrameListing, type FrameListingOptions } from '../../src/report/frame-listing.js';
import type { FrameTimeFormat } from '../../src/report/frame-time.js';
import { type FileSource, openFile } from '../../src/source/file-source.js';
import {
  type ByteOrder,
  block,
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  type Field,
  interfaceDescription,
  option,
  sectionHeader,
} from '../support/block-bytes.js';
import { oftenDamaged } from '../support/damaged-file.js';
import fc from '../support/fixed-check.js';
import { packetChange, plainPackets, samplePackets } from '../support/sample-packets.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-line-loop-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'file');

const SECOND = 1_795_348_800n;

const options: fc.Arbitrary<(order: ByteOrder) => readonly Field[]> = fc.oneof(
  { weight: 8, arbitrary: fc.constant(() => []) },
  { weight: 8, arbitrary: fc.constant((o: ByteOrder) => [option(o, 2, [5, 4]), END_OF_OPTIONS]) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<((order: ByteOrder) => readonly Field[])[]>(
      (o) => [option(o, 4, [40, 8]), END_OF_OPTIONS],
      (o) => [option(o, 6, [1, 4]), END_OF_OPTIONS],
      (o) => [option(o, 1, 'a comment'), END_OF_OPTIONS],
      (o) => [option(o, 5, [7, 8]), option(o, 3, [2, 1], [7, 4]), END_OF_OPTIONS],
      () => [END_OF_OPTIONS],
    ),
  },
);

/** Frames of one kind that follow each other, with what may differ between them. */
const frames = fc.record({
  packet: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...samplePackets) },
    { weight: 3, arbitrary: fc.constantFrom(...plainPackets) },
  ),
  changes: fc.oneof(
    { weight: 6, arbitrary: fc.constant<{ at: number; value: number }[]>([]) },
    { weight: 2, arbitrary: fc.array(packetChange, { maxLength: 2 }) },
  ),
  /** Bytes at the end that weren't captured, and bytes behind the packet. */
  cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 60 })),
  padding: fc.constantFrom(0, 0, 6),
  longer: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(-1, 1, 9000, 99_900, 2 ** 32 - 3000) },
  ),
  count: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 40 })),
  stepNs: fc.oneof(
    { weight: 9, arbitrary: fc.bigInt({ min: 0n, max: 30_000_000n }) },
    { weight: 2, arbitrary: fc.bigInt({ min: -30_000_000n, max: 0n }) },
    { weight: 1, arbitrary: fc.constantFrom(700_000_000n, -700_000_000n, 90_000_000_000n) },
    { weight: 1, arbitrary: fc.constantFrom(-4_000_000_000n, -(2n ** 60n), 2n ** 62n) },
  ),
  interfaceId: fc.oneof(
    { weight: 20, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constant(1) },
  ),
  kind: fc.oneof(
    { weight: 20, arbitrary: fc.constant(6) },
    { weight: 1, arbitrary: fc.constantFrom(3, 4) },
  ),
  options,
});

const section = fc.record({
  order: fc.oneof<fc.WeightedArbitrary<ByteOrder>[]>(
    { weight: 7, arbitrary: fc.constant('little') },
    { weight: 1, arbitrary: fc.constant('big') },
  ),
  linkTypes: fc.tuple(
    fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.constantFrom(101, 113)),
    fc.constantFrom(1, 1, 101),
  ),
  resolution: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(9, 6) },
    { weight: 2, arbitrary: fc.constantFrom(0, 3, 8, 12, 0x80, 0x80 + 10, 0x80 + 30) },
  ),
  runs: fc.array(frames, { minLength: 1, maxLength: 12 }),
});

type Section = typeof section extends fc.Arbitrary<infer T> ? T : never;

function sectionBytes({ order, linkTypes, resolution, runs }: Section): Uint8Array {
  const exponent = BigInt(resolution & 0x7f);
  const unit = (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent;
  let timeNs = SECOND * 1_000_000_000n + 999_000_000n;
  const blocks = runs.flatMap((run) =>
    Array.from({ length: run.count }, () => {
      timeNs = BigInt.asUintN(63, timeNs + run.stepNs);
      const ticks = BigInt.asUintN(64, (timeNs * unit) / 1_000_000_000n);
      const whole = new Uint8Array(run.packet.length + run.padding);
      whole.set(run.packet);
      for (const { at, value } of run.changes) if (at < whole.length) whole[at] = value;
      const data = whole.subarray(0, Math.max(0, whole.length - run.cut));
      if (run.kind === 4) return block(order, 4, [0, 4], data);
      if (run.kind === 3) return block(order, 3, [data.length, 4], data);
      const frame = enhancedPacket(order, run.interfaceId, ticks, data, ...run.options(order));
      const onWire = Math.max(0, whole.length + run.longer);
      new DataView(frame.buffer).setUint32(24, onWire, order === 'little');
      return frame;
    }),
  );
  const interfaces = linkTypes.map((linkType) =>
    interfaceDescription(order, linkType, option(order, 9, [resolution, 1])),
  );
  return concat(sectionHeader(order), ...interfaces, ...blocks);
}

const file = oftenDamaged(
  fc
    .array(section, { minLength: 1, maxLength: 2 })
    .map((sections) => concat(...sections.map(sectionBytes))),
);

interface Shown {
  readonly text: string;
  /** What was told of loss, or of the damage. */
  readonly end: unknown;
  /** Frames that a loop took. */
  readonly taken: number;
  readonly sums: readonly FrameSums[];
}

/** How a file is shown. */
interface Manner extends FrameListingOptions {
  readonly time?: FrameTimeFormat;
  readonly placed?: boolean;
}

function show(chunkBytes: number, useLoop: boolean, manner: Manner = {}): Shown {
  const { time = 'local', placed = false } = manner;
  let text = '';
  let taken = 0;
  const sums: FrameSums[] = [];
  const listing = new FrameListing(
    new FrameLine({ time }),
    (id) => ({
      linkType: source!.interfaces[id]!.linkType,
      gapName: source!.interfaces.length > 1 ? `interface ${id}` : undefined,
      placed,
    }),
    (bytes) => (text += Buffer.from(bytes).toString('utf8')),
    { ...manner, placeOf: ({ interfaceId }) => `[${interfaceId}] ` },
  );
  let source: FileSource | undefined;
  let end: unknown;
  try {
    source = openFile(path, { chunkBytes, makeLoop: () => listing.makeLoop() });
    end = readFileLoss(source, {
      onFrame: (batch, number) => listing.frame(batch, number),
      ...(useLoop
        ? {
            onSums: (these: FrameSums, last: { seconds: number; nanoseconds: number }) => {
              taken += these.frames;
              sums.push({ ...these });
              listing.taken(these.frames, last);
            },
          }
        : {}),
      beforeRead: () => listing.flush(),
    });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    end = error.message;
  } finally {
    source?.close();
  }
  listing.end();
  return { text, end, taken, sums };
}

function numbered(text: string): string[] {
  return text.split('\n');
}

describe('lines that a loop writes', () => {
  for (const time of ['local', 'relative', 'epoch'] as const) {
    it(`are the same as without it, times written ${time}`, () => {
      let taken = 0;
      let shown = 0;
      fc.assert(
        fc.property(file, fc.constantFrom(64, 2048, 4096, 8192), (bytes, chunkBytes) => {
          writeFileSync(path, bytes);
          const expected = show(chunkBytes, false, { time });
          const found = show(chunkBytes, true, { time });
          assert.deepEqual(numbered(found.text), numbered(expected.text));
          assert.deepEqual(found.end, expected.end);
          assert.equal(expected.taken, 0);
          taken += found.taken;
          shown += numbered(expected.text).length;
        }),
        { numRuns: 500 },
      );
      assert.ok(taken > shown / 20, `the loop took only ${taken} of ${shown} lines`);
    });
  }

  /** Frames of these kinds in turns, a microsecond apart. */
  function plainFile(frameCount: number): Uint8Array {
    const blocks = Array.from({ length: frameCount }, (_, i) =>
      enhancedPacket(
        'little',
        0,
        SECOND * 1_000_000n + BigInt(i),
        plainPackets[i % plainPackets.length]!,
      ),
    );
    return concat(
      sectionHeader('little'),
      interfaceDescription('little', 1, option('little', 9, [6, 1])),
      Buffer.concat(blocks),
    );
  }

  it('are all lines of a file of plain frames, but a few', () => {
    writeFileSync(path, plainFile(120_000));
    const expected = show(512 * 1024, false);
    const found = show(512 * 1024, true);
    assert.equal(found.text, expected.text);
    assert.deepEqual(found.end, expected.end);
    assert.ok(found.taken > 118_000, `${found.taken}`);
  });

  it('come with what the frames add up to', () => {
    writeFileSync(path, plainFile(20_000));
    const { sums } = show(64 * 1024, true);
    const lengths = plainPackets.map(({ length }) => length);
    const total = (name: 'frames' | 'capturedBytes' | 'shortenedFrames'): number =>
      sums.reduce((sum, these) => sum + these[name], 0);
    const frameCount = total('frames');
    assert.ok(frameCount > 15_000);
    // Nearly all of the frames, all of which are said to be longer than what was captured.
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    assert.ok(Math.abs(total('capturedBytes') / frameCount - mean) < 1);
    assert.equal(total('shortenedFrames'), frameCount);
    for (const these of sums) {
      assert.equal(these.originalBytes, these.capturedBytes + 0x100 * these.frames);
      assert.equal(these.unorderedFrames, 0);
      const span = (these.latestNanoseconds - these.earliestNanoseconds) / 1000;
      assert.equal(span, these.frames - 1);
      assert.ok(lengths.includes(these.leastShortened) && lengths.includes(these.mostShortened));
    }
  });

  it('are left to the general way where lines begin with a place, or only some are shown', () => {
    writeFileSync(path, plainFile(3000));
    for (const manner of [{ placed: true }, { aroundGaps: 2 }, { json: true }]) {
      const found = show(4096, true, manner);
      assert.equal(found.taken, 0);
      assert.equal(found.text, show(4096, false, manner).text);
    }
  });
});
