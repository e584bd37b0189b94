/** Frames that a loop recognises: the same file, read with the loop and without it. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FormatError } from '../../src/core/errors.js';
import { ContentKeys } from '../../src/heal/content-keys.js';
import { FrameKeeper } from '../../src/heal/held-frame.js';
import { RecognisedRun } from '../../src/heal/recognised-run.js';
import { openFile } from '../../src/source/file-source.js';
import type { FileBatch } from '../../src/source/format-reader.js';
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
import { counting, ethernet, hex, ipv4, ipv6, udp } from '../support/packet-bytes.js';
import { packetChange, samplePackets } from '../support/sample-packets.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-recognised-run-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'file');

const SECOND = 1_795_348_800;

/** A packet of UDP that isn't its first fragment. */
function fragment(offset: number): Uint8Array {
  const packet = ipv4(17, udp([1, 2], counting(20)));
  new DataView(packet.buffer, packet.byteOffset).setUint16(6, offset);
  return packet;
}

/** Protocols and headers that only recognition looks into. */
const recognisedPackets = [
  ethernet(0x0800, ipv4(132, counting(24))),
  ethernet(0x86dd, ipv6(58, hex`8000 abcd 0001 0002 6162 6364`)),
  ethernet(0x86dd, ipv6(0, concat(hex`2b00 0000 0000 0000 1101 0000 0000 0000`, counting(30)))),
  ethernet(0x86dd, ipv6(44, concat(hex`1100 0001 0000 0007`, udp([1, 2], counting(12))))),
  ethernet(0x86dd, ipv6(44, concat(hex`1100 0008 0000 0007`, udp([1, 2], counting(12))))),
  ethernet(0x86dd, ipv6(60, concat(hex`11ff 0000 0000 0000`, udp([1, 2], counting(40))))),
  ethernet(0x86dd, ipv6(17, udp([1, 2], counting(40)), 0)),
  ethernet(0x0800, fragment(0x1000)),
  ethernet(0x0026, counting(60)),
  ethernet(0x05f0, counting(60)),
  ethernet(0x88cc, counting(90)),
  hex`45`,
  new Uint8Array(0),
];

/** Packets that begin with another link header than Ethernet's, by their link types. */
function withLink(linkType: number, packet: Uint8Array): Uint8Array {
  const type = packet.subarray(12, 14);
  const rest = packet.subarray(14);
  if (linkType === 113) return concat(new Uint8Array(14), type, rest);
  if (linkType === 276) return concat(type, new Uint8Array(18), rest);
  if (linkType === 0) return concat(hex`02000000`, rest);
  return linkType === 101 || linkType === 228 || linkType === 229 ? rest : packet;
}

const options = fc.constantFrom<((order: ByteOrder) => readonly Field[])[]>(
  () => [],
  () => [],
  (o) => [option(o, 2, [5, 4]), END_OF_OPTIONS],
  (o) => [option(o, 2, [0x0102, 4]), END_OF_OPTIONS],
  (o) => [option(o, 5, [9, 8]), END_OF_OPTIONS],
  (o) => [option(o, 5, [9, 8]), option(o, 2, [6, 4]), option(o, 2988, 'x'), END_OF_OPTIONS],
  (o) => [option(o, 6, [1, 4]), END_OF_OPTIONS],
  (o) => [option(o, 6, [1, 4]), option(o, 2, [5, 4])],
  (o) => [option(o, 4, [40, 8]), END_OF_OPTIONS],
  (o) => [option(o, 1, 'a comment'), option(o, 2, [5, 4]), END_OF_OPTIONS],
  () => [END_OF_OPTIONS],
);

const frames = fc.record({
  packet: fc.constantFrom(...samplePackets, ...recognisedPackets),
  changes: fc.oneof(
    { weight: 3, arbitrary: fc.constant<{ at: number; value: number }[]>([]) },
    { weight: 2, arbitrary: fc.array(packetChange, { maxLength: 3 }) },
  ),
  cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 90 })),
  padding: fc.constantFrom(0, 0, 6),
  longer: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(-20, 1, 9000, 2 ** 31, 2 ** 32 - 3000) },
  ),
  count: fc.integer({ min: 1, max: 40 }),
  stepNs: fc.constantFrom(0n, 1000n, 1_000_000n, -3_000_000n, 700_000_000n),
  interfaceId: fc.constantFrom(0, 0, 0, 0, 0, 0, 1),
  kind: fc.constantFrom(6, 6, 6, 6, 6, 6, 6, 6, 3, 4),
  options,
});

const section = fc.record({
  order: fc.constantFrom<ByteOrder[]>('little', 'little', 'little', 'little', 'big'),
  linkTypes: fc.tuple(
    fc.constantFrom(1, 1, 1, 113, 276, 0, 101, 228, 229, 147),
    fc.constantFrom(1, 101),
  ),
  resolution: fc.constantFrom(9, 9, 6, 3, 0, 0x80 + 20),
  runs: fc.array(frames, { minLength: 1, maxLength: 12 }),
});

type Section = typeof section extends fc.Arbitrary<infer T> ? T : never;

function sectionBytes({ order, linkTypes, resolution, runs }: Section): Uint8Array {
  const exponent = BigInt(resolution & 0x7f);
  const unit = (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent;
  let timeNs = BigInt(SECOND) * 1_000_000_000n + 999_000_000n;
  const blocks = runs.flatMap((run) =>
    Array.from({ length: run.count }, (_, i) => {
      timeNs += run.stepNs;
      const packet = withLink(linkTypes[run.interfaceId]!, run.packet);
      const whole = new Uint8Array(packet.length + run.padding);
      whole.set(packet);
      for (const { at, value } of run.changes) if (at < whole.length) whole[at] = value;
      // No two are quite the same.
      if (whole.length > 0) whole[whole.length - 1] = i;
      const data = whole.subarray(0, Math.max(0, whole.length - run.cut));
      if (run.kind === 4) return block(order, 4, [0, 4], data);
      if (run.kind === 3) return block(order, 3, [data.length, 4], data);
      const ticks = (timeNs * unit) / 1_000_000_000n;
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

/** How a file is read. */
interface Manner {
  readonly chunkBytes: number;
  readonly exact: boolean;
  readonly limit: number;
}

interface Read {
  readonly frames: unknown[];
  readonly error: string | undefined;
  /** Frames that the loop took. */
  readonly taken: number;
}

/** All that healing may ask of a frame. */
function factsOf(batch: FileBatch): unknown {
  const { bytes, byteOffset, capturedLength, frameNumber, interfaceId } = batch;
  const { seconds, nanoseconds, originalLength, flags, queue, lostBefore } = batch;
  return {
    ...{ frameNumber, interfaceId, seconds, nanoseconds, capturedLength, originalLength },
    ...{ flags, queue, lostBefore, hasTimestamp: batch.hasTimestamp },
    ...{ ticksHigh: batch.ticksHigh, ticksLow: batch.ticksLow },
    data: bytes.slice(byteOffset, byteOffset + capturedLength),
    block: { ...batch.rawBlock(), bytes: batch.rawBlock()?.bytes.slice() },
    comments: batch.comments(),
    options: batch.otherOptions(),
  };
}

function read(useRun: boolean, { chunkBytes, exact, limit }: Manner): Read {
  const keys = new ContentKeys({ exact, limit });
  const keeper = new FrameKeeper(SECOND, keys);
  const run = new RecognisedRun(SECOND, keys.brief);
  const frames: unknown[] = [];
  let taken = 0;
  let error: string | undefined;
  try {
    using source = openFile(path, { chunkBytes, makeLoop: () => run.makeLoop() });
    while (!source.ended) {
      const batch = source.read();
      while (batch.next()) {
        const { linkType } = source.interfaces[batch.interfaceId]!;
        const key = keys.briefOf(batch, linkType);
        const time = keeper.timeOf(batch);
        frames.push({ key, time, facts: factsOf(batch) });
        if (!useRun || !run.load(batch, linkType)) continue;
        for (let i = 0; run.next(); i++) {
          taken++;
          assert.equal(run.keys![i], run.key);
          assert.equal(run.timeAt(i), run.time);
          frames.push({ key: run.key, time: run.time, facts: factsOf(run) });
          keeper.noteTime(run.time);
        }
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown;
    error = thrown.message;
  }
  return { frames, error, taken };
}

const manner: fc.Arbitrary<Manner> = fc.record({
  chunkBytes: fc.constantFrom(64, 2048, 4096, 8192),
  exact: fc.boolean(),
  limit: fc.constantFrom(Number.MAX_SAFE_INTEGER, 64, 50, 20, 41),
});

describe('frames that a loop recognises', () => {
  it('are the same as without it, with the same keys', () => {
    let taken = 0;
    let all = 0;
    fc.assert(
      fc.property(file, manner, (bytes, how) => {
        writeFileSync(path, bytes);
        const expected = read(false, how);
        const found = read(true, how);
        assert.deepEqual(found.frames, expected.frames);
        assert.equal(found.error, expected.error);
        taken += found.taken;
        all += expected.frames.length;
      }),
      { numRuns: 300 },
    );
    assert.ok(taken > all / 10, `the loop took only ${taken} of ${all} frames`);
  });

  it('are all of a plain flood but for the first of each piece and second, however many', () => {
    const frameCount = 20_000;
    const blocks = Array.from({ length: frameCount }, (_, i) => {
      const data = ethernet(0x0800, ipv4(17, udp([9, 9], counting(20 + (i % 7)))));
      new DataView(data.buffer, data.byteOffset).setUint32(42, i);
      const ticks = BigInt(SECOND) * 1_000_000n + BigInt(i * 100);
      return enhancedPacket('little', 0, ticks, data, option('little', 2, [1, 4]), END_OF_OPTIONS);
    });
    writeFileSync(
      path,
      concat(sectionHeader('little'), interfaceDescription('little', 1), ...blocks),
    );
    const how = { chunkBytes: 512 * 1024, exact: false, limit: Number.MAX_SAFE_INTEGER };
    const found = read(true, how);
    assert.deepEqual(found.frames, read(false, how).frames);
    assert.equal(found.frames.length, frameCount);
    assert.ok(found.taken > frameCount * 0.9, `the loop took only ${found.taken}`);
  });
});
