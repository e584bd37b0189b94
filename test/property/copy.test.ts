/** Copies: nothing changes where nothing is asked for, and no selection loses a recorded loss. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readFileLoss } from '../../src/analysis/file-loss.js';
import { copyCaptures } from '../../src/edit/copy-captures.js';
import type { CopyResult } from '../../src/edit/copy-options.js';
import { FrameRanges } from '../../src/edit/frame-ranges.js';
import { mergeCaptures } from '../../src/edit/merge-captures.js';
import { type LossJson, toLossJson } from '../../src/report/loss-json.js';
import { openFile } from '../../src/source/file-source.js';
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

/** What may happen in a section, as numbers that are made sense of when it is laid out. */
interface Event {
  readonly kind: 'frame' | 'bounded' | 'old' | 'statistics';
  readonly interfaceId: number;
  readonly lost: number;
  readonly extra: number;
}

interface SectionPlan {
  readonly order: ByteOrder;
  readonly application: string;
  readonly interfaceCount: number;
  readonly events: readonly Event[];
  readonly finalGap: number;
  readonly hasTotals: boolean;
}

const event: fc.Arbitrary<Event> = fc.record({
  kind: fc.constantFrom('frame', 'frame', 'frame', 'bounded', 'old', 'statistics'),
  interfaceId: fc.nat(2),
  lost: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 })),
  extra: fc.nat(20),
});

const sectionPlan: fc.Arbitrary<SectionPlan> = fc.record({
  order: fc.constantFrom<ByteOrder>('little', 'big'),
  application: fc.constantFrom('gapcap 0.1.0', 'some writer'),
  interfaceCount: fc.integer({ min: 1, max: 3 }),
  events: fc.array(event, { maxLength: 25 }),
  finalGap: fc.nat(5),
  hasTotals: fc.boolean(),
});

const filePlan = fc.array(sectionPlan, { minLength: 1, maxLength: 2 });

/** Running counts of one interface, as its writer would have them. */
interface Counts {
  frames: number;
  dropped: number;
}

function countsAsOptions(order: ByteOrder, { frames, dropped }: Counts, extra: number): Uint8Array {
  const osdrop = dropped + extra;
  return concat(
    option(order, 1, 'from the test'),
    option(order, 4, [frames + osdrop + 7, 8]),
    option(order, 6, [frames + osdrop, 8]),
    option(order, 7, [osdrop, 8]),
    option(order, 8, [frames, 8]),
    END_OF_OPTIONS,
  );
}

/** Lays out a section; `clock` is the milliseconds at which it begins. */
function layOut(plan: SectionPlan, clock: number): Uint8Array {
  const { order, application, interfaceCount, events, finalGap, hasTotals } = plan;
  const parts = [sectionHeader(order, option(order, 4, application), END_OF_OPTIONS)];
  for (let id = 0; id < interfaceCount; id++) {
    const options = [option(order, 2, `eth${id}`), option(order, 9, [id === 1 ? 6 : 9, 1])];
    parts.push(interfaceDescription(order, 0, ...options, END_OF_OPTIONS));
  }
  const counts = Array.from({ length: interfaceCount }, () => ({ frames: 0, dropped: 0 }));
  let time = clock;
  let group = 0;
  const ticks = (id: number): bigint => BigInt(time) * (id === 1 ? 1000n : 1_000_000n);
  for (const { kind, interfaceId, lost, extra } of events) {
    const id = interfaceId % interfaceCount;
    const own = counts[id]!;
    time++;
    if (kind === 'statistics') {
      const at = [[ticks(id) >> 32n, 4] as const, [ticks(id) & 0xffffffffn, 4] as const];
      parts.push(block(order, 5, [id, 4], ...at, countsAsOptions(order, own, 0)));
      continue;
    }
    own.frames++;
    own.dropped += lost;
    const data = Uint8Array.from({ length: 20 + extra }, (_, i) => (i * 7 + time) & 0xff);
    const options: Uint8Array[] = [];
    if (kind === 'old') {
      const at = [[ticks(id) >> 32n, 4] as const, [ticks(id) & 0xffffffffn, 4] as const];
      const padding = new Uint8Array((4 - (data.length % 4)) % 4);
      const lengths = [[data.length, 4] as const, [data.length, 4] as const];
      parts.push(block(order, 2, [id, 2], [lost, 2], ...at, ...lengths, data, padding));
      continue;
    }
    if (lost > 0) options.push(option(order, 4, [lost, 8]));
    if (kind === 'bounded') {
      if (extra % 2 === 0) group++;
      const bounds = `at least ${Math.max(0, lost - extra)} and at most ${lost + extra}`;
      const text = `gapcap: bounded, ${bounds} frames lost here; the sum over group ${group + 1} is exact`;
      options.push(option(order, 1, text));
    }
    // A packet identifier, a hash and a remark: nothing of gapcap's, but to be kept.
    if (extra % 3 === 0)
      options.push(option(order, 5, [time, 8]), option(order, 3, [2, 1], 'crc!'));
    if (extra % 5 === 0)
      options.push(option(order, 1, `remark ${extra}`), option(order, 6, [extra, 4]));
    if (options.length > 0) options.push(END_OF_OPTIONS);
    parts.push(enhancedPacket(order, id, ticks(id), data, ...options));
  }
  time++;
  for (const [id, own] of counts.entries()) {
    if (!hasTotals) continue;
    const at = [[ticks(id) >> 32n, 4] as const, [ticks(id) & 0xffffffffn, 4] as const];
    parts.push(block(order, 5, [id, 4], ...at, countsAsOptions(order, own, finalGap)));
  }
  return concat(...parts);
}

function layOutFile(plans: readonly SectionPlan[]): Uint8Array {
  return concat(...plans.map((plan, i) => layOut(plan, 1_795_336_260_000 + i * 1000)));
}

describe('a copy', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-copy-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);

  /** Everything about loss, and everything about frames. */
  function factsOf(name: string): { loss: LossJson; frames: unknown[] } {
    const frames: unknown[] = [];
    using source = openFile(path(name));
    const loss = toLossJson(
      readFileLoss(source, {
        onFrame: (batch) => {
          const { bytes, byteOffset, capturedLength } = batch;
          const file = batch as ReturnType<typeof source.read>;
          frames.push([
            Buffer.from(bytes.subarray(byteOffset, byteOffset + capturedLength)).toString('hex'),
            [batch.originalLength, batch.seconds, batch.nanoseconds, batch.flags],
            [batch.interfaceId, file.queue, [...file.comments()].sort(byCodeUnits)],
            Buffer.from(file.otherOptions() ?? []).toString('hex'),
          ]);
        },
      }),
    );
    loss.file = null;
    return { loss, frames };
  }

  const copy = (
    from: string,
    to: string,
    selection?: Parameters<typeof copyCaptures>[1]['selection'],
  ): Promise<CopyResult> => copyCaptures([path(from)], { output: path(to), selection });

  it('with nothing asked for says the same', async () => {
    await fc.assert(
      fc.asyncProperty(filePlan, async (plans) => {
        writeFileSync(path('in'), layOutFile(plans));
        await copy('in', 'out');
        assert.deepEqual(factsOf('out'), factsOf('in'));
      }),
      { numRuns: 100, seed: 20091002 },
    );
  });

  it('of a copy is the copy, byte by byte', async () => {
    await fc.assert(
      fc.asyncProperty(filePlan, async (plans) => {
        writeFileSync(path('in'), layOutFile(plans));
        await copy('in', 'once');
        await copy('once', 'twice');
        assert.ok(readFileSync(path('once')).equals(readFileSync(path('twice'))));
      }),
      { numRuns: 50, seed: 977750076 },
    );
  });

  it('has the same sum of losses whatever is selected, and counts what was left out', async () => {
    const ranges = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        filePlan,
        ranges,
        fc.integer({ min: 1, max: 3 }),
        async (plans, list, every) => {
          writeFileSync(path('in'), layOutFile(plans));
          const frames = FrameRanges.parse(list.join());
          const result = await copy('in', 'out', { frames, every });
          const [original, copied] = [factsOf('in').loss, factsOf('out').loss];
          assert.equal(copied.frames, result.framesWritten);
          assert.equal(copied.mismatches, undefined);
          assert.equal(copied.lost, original.lost);
          for (const [id, one] of copied.interfaces.entries()) {
            const before = original.interfaces[id]!;
            assert.equal(one.lost, before.lost);
            if (one.received === null) continue;
            assert.equal(one.received, before.received);
            assert.equal(one.received, one.frames + (one.leftOut ?? 0) + one.lost!);
          }
        },
      ),
      { numRuns: 120, seed: 20091003 },
    );
  });

  it('has each kept frame bear what was lost since the kept frame before it', async () => {
    const ranges = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(filePlan, ranges, async (plans, list) => {
        writeFileSync(path('in'), layOutFile(plans));
        await copy('in', 'out', { frames: FrameRanges.parse(list.join()) });
        // A frame that names its ring bears the losses of that ring.
        const pending = new Map<string, number>();
        const expected: number[] = [];
        for (const { interfaceId, queue, lost, number } of lossesOf(path('in'))) {
          const lane = `${interfaceId} ${queue}`;
          pending.set(lane, (pending.get(lane) ?? 0) + lost);
          if (!list.includes(number)) continue;
          expected.push(pending.get(lane)!);
          pending.set(lane, 0);
        }
        assert.deepEqual(
          lossesOf(path('out')).map(({ lost }) => lost),
          expected,
        );
      }),
      { numRuns: 75, seed: 20091004 },
    );
  });

  it('of several files merged has all frames in order of time and all losses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(filePlan, { minLength: 1, maxLength: 4 }), async (files) => {
        const names = files.map((_, i) => `in${i}`);
        for (const [i, plans] of files.entries()) writeFileSync(path(names[i]!), layOutFile(plans));
        await mergeCaptures(names.map(path), { output: path('out') });
        const merged = factsOf('out').loss;
        const parts = names.map((name) => factsOf(name).loss);
        assert.equal(merged.mismatches, undefined);
        assert.equal(
          merged.frames,
          parts.reduce((sum, { frames }) => sum + frames, 0),
        );
        assert.equal(
          merged.lost ?? 0,
          parts.reduce((sum, { lost }) => sum + (lost ?? 0), 0),
        );
        const times = lossesOf(path('out')).map(({ time }) => time);
        assert.deepEqual(times, [...times].sort(byCodeUnits));
      }),
      { numRuns: 50, seed: 20091005 },
    );
  });
});

/** The order that `sort` has of itself. */
function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

interface FrameLoss {
  readonly interfaceId: number;
  readonly queue: number | undefined;
  readonly lost: number;
  readonly number: number;
  readonly time: string;
}

function lossesOf(path: string): FrameLoss[] {
  using source = openFile(path);
  const losses: FrameLoss[] = [];
  while (!source.ended) {
    const batch = source.read();
    while (batch.next()) {
      const { interfaceId, queue, frameNumber: number, seconds, nanoseconds } = batch;
      const time = `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
      losses.push({ interfaceId, queue, lost: batch.lostBefore?.lost ?? 0, number, time });
    }
  }
  return losses;
}
