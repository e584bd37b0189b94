import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemCallError } from '../../../src/core/errors.js';
import type { CaptureInterface, FrameBatch } from '../../../src/core/frame.js';
import { exactLoss, type Loss } from '../../../src/core/loss.js';
import { type MergeableSource, MergedSource } from '../../../src/source/merged-source.js';
import fc from '../../support/fixed-check.js';

const LAG_MS = 50;

interface FakeFrame {
  readonly timeMs: number;
  readonly id: number;
  readonly lost: number;
}

/** A source whose frames become readable at given moments of a clock that the test moves. */
class ScriptedSource implements MergeableSource {
  readonly interfaces: readonly CaptureInterface[];
  readonly lagMs = LAG_MS;
  readonly fd = 0;
  fill: number | undefined = undefined;
  readonly #blocks: { readonly readyMs: number; readonly frames: readonly FakeFrame[] }[];
  readonly #nowMs: () => number;
  #stopped: boolean;
  /** The code of the error that the next reading throws. */
  failure: 'ENETDOWN' | 'ENODEV' | undefined;
  closed: boolean;

  constructor(
    name: string,
    blocks: { readyMs: number; frames: readonly FakeFrame[] }[],
    nowMs: () => number,
  ) {
    const described = { linkType: 1, snapshotLength: 0, description: undefined };
    const unknown = { filter: undefined, speedBps: undefined, macAddress: undefined };
    this.interfaces = [{ id: 0, name, ...described, ...unknown }];
    this.#blocks = [...blocks];
    this.#nowMs = nowMs;
    this.#stopped = false;
    this.failure = undefined;
    this.closed = false;
  }

  get ended(): boolean {
    return this.#stopped && this.#blocks.length === 0;
  }

  counters() {
    return { received: this.#blocks.length, dropped: 0 };
  }

  read(): FrameBatch {
    const { failure } = this;
    if (failure !== undefined) {
      this.failure = undefined;
      throw new SystemCallError(failure, 'not up', { syscall: 'poll', errno: 100 });
    }
    const [first] = this.#blocks;
    if (first === undefined || first.readyMs > this.#nowMs()) return new ScriptedBatch([]);
    this.#blocks.shift();
    return new ScriptedBatch(first.frames);
  }

  stop(): void {
    this.#stopped = true;
  }

  close(): void {
    this.closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class ScriptedBatch implements FrameBatch {
  readonly bytes = new Uint8Array(4);
  readonly words = new Int32Array(1);
  readonly byteOffset = 0;
  readonly capturedLength = 0;
  readonly interfaceId = 0;
  readonly flags = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  lostBefore: Loss | undefined = undefined;
  readonly #frames: readonly FakeFrame[];
  #at = 0;

  constructor(frames: readonly FakeFrame[]) {
    this.#frames = frames;
  }

  next(): boolean {
    const frame = this.#frames[this.#at++];
    if (frame === undefined) return false;
    this.seconds = Math.floor(frame.timeMs / 1000);
    this.nanoseconds = Math.round((frame.timeMs % 1000) * 1e6);
    this.originalLength = frame.id;
    this.lostBefore = frame.lost > 0 ? exactLoss(frame.lost) : undefined;
    return true;
  }
}

interface Given {
  readonly interfaceId: number;
  readonly timeMs: number;
  readonly id: number;
  readonly lost: number;
}

/** Reads until nothing comes any more, moving the clock on whenever nothing is at hand. */
function readAll(source: MergedSource, clock: { nowMs: number }, untilMs: number): Given[] {
  const given: Given[] = [];
  while (clock.nowMs < untilMs) {
    const batch = source.read(0);
    let count = 0;
    while (batch.next()) {
      count++;
      given.push({
        interfaceId: batch.interfaceId,
        timeMs: batch.seconds * 1000 + batch.nanoseconds / 1e6,
        id: batch.originalLength,
        lost: batch.lostBefore?.lost ?? 0,
      });
    }
    if (count === 0) clock.nowMs += 7;
  }
  return given;
}

const waiter = { wait: () => false };

/** Frames of one source in blocks that come up to LAG_MS late. */
const blocksOfOne = fc
  .array(
    fc.record({
      gapMs: fc.integer({ min: 0, max: 200 }),
      spacings: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 }),
      lost: fc.nat(3),
    }),
    { maxLength: 12 },
  )
  .map((blocks) => {
    let timeMs = 10_000;
    let id = 0;
    return blocks.map(({ gapMs, spacings, lost }) => {
      timeMs += gapMs;
      const frames = spacings.map((spacing, index) => {
        timeMs += spacing;
        return { timeMs, id: ++id, lost: index === 0 ? lost : 0 };
      });
      const readyMs = Math.max(timeMs, frames[0]!.timeMs + LAG_MS);
      return { readyMs, frames };
    });
  })
  // A block that took longer than the lag would have been handed over before.
  .filter((blocks) => blocks.every(({ readyMs, frames }) => readyMs - frames[0]!.timeMs <= LAG_MS));

describe('MergedSource', () => {
  it('gives every frame once, in order of time, with its gap, however the sources are late', () => {
    fc.assert(
      fc.property(fc.array(blocksOfOne, { minLength: 2, maxLength: 4 }), (lanes) => {
        const clock = { nowMs: 10_000 };
        const sources = lanes.map(
          (blocks, i) => new ScriptedSource(`eth${i}`, blocks, () => clock.nowMs),
        );
        const merged = new MergedSource(
          sources,
          waiter,
          () => {},
          () => clock.nowMs,
        );
        const given = readAll(merged, clock, 14_500);
        const times = given.map(({ timeMs }) => timeMs);
        assert.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
        );
        for (const [i, blocks] of lanes.entries()) {
          const expected = blocks.flatMap(({ frames }) =>
            frames.map((frame) => ({ interfaceId: i, ...frame })),
          );
          const own = given.filter(({ interfaceId }) => interfaceId === i);
          assert.deepEqual(
            own.map(({ id, lost }) => [id, lost]),
            expected.map(({ id, lost }) => [id, lost]),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('holds a frame back only until the silent source can have no earlier one', () => {
    const clock = { nowMs: 10_000 };
    const busy = [{ readyMs: 10_000, frames: [{ timeMs: 9_990, id: 1, lost: 0 }] }];
    const sources = [
      new ScriptedSource('eth0', busy, () => clock.nowMs),
      new ScriptedSource('eth1', [], () => clock.nowMs),
    ];
    const merged = new MergedSource(
      sources,
      waiter,
      () => {},
      () => clock.nowMs,
    );
    assert.equal(merged.read(0).next(), false);
    clock.nowMs = 9_990 + LAG_MS;
    assert.equal(merged.read(0).next(), true);
  });

  it('gives frames from before the clock was set back at once', () => {
    const clock = { nowMs: 10_000 };
    const old = [{ readyMs: 0, frames: [{ timeMs: 99_000, id: 1, lost: 0 }] }];
    const sources = [
      new ScriptedSource('eth0', old, () => clock.nowMs),
      new ScriptedSource('eth1', [], () => clock.nowMs),
    ];
    const merged = new MergedSource(
      sources,
      waiter,
      () => {},
      () => clock.nowMs,
    );
    assert.equal(merged.read(0).next(), true);
  });

  for (const failure of ['ENETDOWN', 'ENODEV'] as const) {
    it(`goes on with the others where one interface says ${failure}`, () => {
      const clock = { nowMs: 20_000 };
      const frames = [{ readyMs: 0, frames: [{ timeMs: 10_000, id: 1, lost: 2 }] }];
      const sources = [
        new ScriptedSource('eth0', frames, () => clock.nowMs),
        new ScriptedSource('eth1', [], () => clock.nowMs),
      ];
      sources[1]!.failure = failure;
      const told: string[] = [];
      const merged = new MergedSource(
        sources,
        waiter,
        ({ code }) => told.push(code),
        () => clock.nowMs,
      );
      const batch = merged.read(0);
      assert.equal(batch.next(), true);
      assert.equal(batch.lostBefore?.lost, 2);
      assert.equal(sources[1]!.ended, failure === 'ENODEV');
      assert.deepEqual(told, failure === 'ENODEV' ? ['ENODEV'] : []);
      assert.equal(merged.ended, false);
    });
  }

  it('says so itself when the last interface is gone', () => {
    const sources = ['eth0', 'eth1'].map((name) => new ScriptedSource(name, [], () => 0));
    const told: string[] = [];
    const merged = new MergedSource(sources, waiter, ({ code }) => told.push(code));
    sources[0]!.failure = 'ENODEV';
    merged.read(0);
    sources[1]!.failure = 'ENODEV';
    assert.throws(
      () => merged.read(0),
      (error) => error instanceof SystemCallError && error.code === 'ENODEV',
    );
    assert.deepEqual(told, ['ENODEV']);
    assert.equal(merged.ended, true);
  });

  it('numbers interfaces over all sources, and stops and closes all of them', () => {
    const sources = ['eth0', 'eth1'].map((name) => new ScriptedSource(name, [], () => 0));
    const merged = new MergedSource(sources, waiter, () => {});
    assert.deepEqual(
      merged.interfaces.map(({ id, name }) => [id, name]),
      [
        [0, 'eth0'],
        [1, 'eth1'],
      ],
    );
    assert.deepEqual(merged.counters(1), { received: 0, dropped: 0 });
    sources[1]!.fill = 0.75;
    assert.equal(merged.fill, 0.75);
    assert.deepEqual([merged.fillOf(0), merged.fillOf(1)], [undefined, 0.75]);
    merged.stop();
    assert.equal(merged.ended, true);
    merged.close();
    assert.ok(sources.every(({ closed }) => closed));
  });
});
