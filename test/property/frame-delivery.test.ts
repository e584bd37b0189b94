/** Batches with runs, of which some frames aren't plain, into files with limits and writes that fail. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CaptureWriter } from '../../src/capture/capture-writer.js';
import { FrameDelivery } from '../../src/capture/frame-delivery.js';
import type { InterfaceTotals } from '../../src/capture/interface-totals.js';
import { RotationClock } from '../../src/capture/rotation.js';
import type { FrameBatch } from '../../src/core/frame.js';
import { exactLoss } from '../../src/core/loss.js';
import { Ledger } from '../../src/gaps/ledger.js';
import type { RunLimits } from '../../src/pcapng/frame-extras.js';
import fc from '../support/fixed-check.js';

/** Bytes that each frame takes in a file. */
const FRAME_BYTES = 10;

/** One frame: its number from 1 is its content. */
interface MadeUpFrame {
  readonly number: number;
  readonly seconds: number;
  readonly lost: number;
  readonly isPlain: boolean;
}

/** Some frames of a source, given one by one or by `takeRun`. */
class Batch {
  readonly #frames: readonly MadeUpFrame[];
  #next = 0;
  readonly interfaceId = 0;
  readonly nanoseconds = 0;
  number = 0;
  seconds = 0;
  lostBefore: ReturnType<typeof exactLoss> | undefined;

  constructor(frames: readonly MadeUpFrame[]) {
    this.#frames = frames;
  }

  get left(): number {
    return this.#frames.length - this.#next;
  }

  /** As the ring: none while a loss is to be told first. */
  get run(): this | undefined {
    return (this.#frames[this.#next]?.lost ?? 0) > 0 ? undefined : this;
  }

  next(): boolean {
    const frame = this.#frames[this.#next];
    if (frame === undefined) return false;
    this.#next++;
    this.#standOn(frame);
    return true;
  }

  takeRun(most: number, { firstSecond, lastSecond }: RunLimits): number[] {
    const taken: number[] = [];
    for (let frame = this.#frames[this.#next]; frame !== undefined && taken.length < most; ) {
      const { seconds, isPlain, lost } = frame;
      if (!isPlain || lost > 0 || seconds < firstSecond || seconds > lastSecond) break;
      this.#standOn(frame);
      taken.push(frame.number);
      frame = this.#frames[++this.#next];
    }
    return taken;
  }

  #standOn({ number, seconds, lost }: MadeUpFrame): void {
    this.number = number;
    this.seconds = seconds;
    this.lostBefore = lost > 0 ? exactLoss(lost) : undefined;
  }
}

/** Files of frame numbers; each write after so many fails. */
class Writer {
  readonly files: number[][] = [[]];
  readonly takesBlocks = true;
  #pending: number[] = [];
  #writes = 0;
  readonly #room: number;
  readonly #goodWrites: number;

  constructor(room: number, goodWrites: number) {
    this.#room = room;
    this.#goodWrites = goodWrites;
  }

  get fileBytes(): number {
    return (this.files.at(-1)!.length + this.#pending.length) * FRAME_BYTES;
  }

  get pending(): number {
    return this.#pending.length;
  }

  get isNearlyFull(): boolean {
    return this.#pending.length > this.#room * 0.75;
  }

  run(run: Batch, limits: RunLimits): number {
    const free = Math.min(
      this.#room - this.#pending.length,
      Math.floor(limits.mostBytes / FRAME_BYTES),
    );
    const taken = run.takeRun(Math.min(limits.most, free), limits);
    this.#pending.push(...taken);
    return taken.length;
  }

  frame({ number }: Batch): void {
    if (this.#pending.length >= this.#room) this.flush();
    this.#pending.push(number);
  }

  flush(): void {
    if (this.#writes++ >= this.#goodWrites) throw new Error('no space');
    this.files.at(-1)!.push(...this.#pending);
    this.#pending = [];
  }

  nextFile(): void {
    this.flush();
    this.files.push([]);
  }
}

const frame = fc.record({
  step: fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.constantFrom(7, -1, -30) },
  ),
  lost: fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constant(3) },
  ),
  isPlain: fc.oneof(
    { weight: 8, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
});

const never = fc.constant(Number.POSITIVE_INFINITY);
const settings = fc.record({
  batches: fc.array(fc.array(frame, { maxLength: 30 }), { maxLength: 8 }),
  room: fc.integer({ min: 1, max: 40 }),
  goodWrites: fc.oneof(
    { weight: 1, arbitrary: never },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 5 }) },
  ),
  /** Of the whole capture, and of each file. */
  maxFrames: fc.oneof(never, fc.integer({ min: 1, max: 100 })),
  packets: fc.oneof(never, fc.integer({ min: 1, max: 30 })),
  fileSizeBytes: fc.oneof(never, fc.integer({ min: 1, max: 300 })),
  intervalSeconds: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
});

type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

/** Delivers all batches, and says where every frame went. */
function deliverAll(given: Settings) {
  const { maxFrames, packets, fileSizeBytes, intervalSeconds } = given;
  let number = 0;
  let seconds = 1_000;
  const batches = given.batches.map((steps) =>
    steps.map(({ step, lost, isPlain }): MadeUpFrame => {
      seconds += step;
      return { number: ++number, seconds, lost, isPlain };
    }),
  );
  const clock = intervalSeconds === undefined ? undefined : new RotationClock({ intervalSeconds });
  clock?.begin(0, seconds);
  let lost = 0;
  const ledger = new Ledger({
    onGap: (gap) => {
      lost += gap.lost;
    },
  });
  ledger.addInterface(0, 'made up');
  const writer = new Writer(given.room, given.goodWrites);
  let present = new Batch([]);
  let unread = 0;
  let inHand = 0;
  const fail = (framesInHand: number): void => {
    inHand = framesInHand;
    delivery.full = true;
  };
  const setLimits = (): void => {
    const before = ledger.runFrameCount - ledger.frameCount;
    delivery.limits = { packets: Math.min(maxFrames - before, packets), fileSizeBytes };
  };
  const rotate = (second: number): void => {
    ledger.startFile();
    try {
      writer.nextFile();
    } catch {
      fail(0);
    }
    clock?.begin(0, second);
    setLimits();
  };
  const delivery: FrameDelivery = new FrameDelivery({
    ledger,
    totals: {
      addUnread: () => void unread++,
      endWithFrameOf: () => {},
    } as unknown as InterfaceTotals,
    writer: writer as unknown as CaptureWriter,
    sink: undefined,
    clock,
    onNextInterval: rotate,
    onLimit: () => {
      if (ledger.runFrameCount >= maxFrames) delivery.full = true;
      else rotate(present.seconds);
    },
    onWriteError: (_, framesInHand) => fail(framesInHand),
  });
  setLimits();
  for (const frames of batches) {
    present = new Batch(frames);
    assert.equal(delivery.deliver(present as unknown as FrameBatch), frames.length);
    assert.equal(present.left, 0);
  }
  return { writer, ledger, unread, inHand, lost, frames: batches.flat() };
}

describe('FrameDelivery', () => {
  it('writes, holds or counts every frame exactly once, in order, whatever ends a run', () => {
    let inRun = 0;
    let inFrame = 0;
    fc.assert(
      fc.property(settings, (given) => {
        const { writer, ledger, unread, inHand, lost, frames } = deliverAll(given);
        const written = writer.files.flat();
        const booked = written.length + writer.pending + inHand;
        if (inHand > 0) inFrame++;
        else if (writer.pending > 0 && unread > 0) inRun++;
        assert.deepEqual(
          written,
          frames.slice(0, written.length).map(({ number }) => number),
        );
        assert.equal(ledger.runFrameCount, booked);
        assert.equal(booked + unread, frames.length);
        const lostBefore = frames.slice(0, booked).map((one) => one.lost);
        assert.equal(
          lost,
          lostBefore.reduce((sum, one) => sum + one, 0),
        );
      }),
      { numRuns: 3000 },
    );
    assert.ok(inFrame > 50, `only ${inFrame} writes failed with a frame in hand`);
    assert.ok(inRun > 50, `only ${inRun} writes failed behind a run`);
  });

  it('puts no more into a file than its limits, and no frame into the file of another interval', () => {
    fc.assert(
      fc.property(settings, (given) => {
        const { writer, frames } = deliverAll({ ...given, goodWrites: Number.POSITIVE_INFINITY });
        const { packets, fileSizeBytes, maxFrames, intervalSeconds } = given;
        writer.flush();
        assert.equal(writer.files.flat().length, Math.min(frames.length, maxFrames));
        for (const file of writer.files) {
          assert.ok(file.length <= packets, `${file.length} frames in a file of ${packets}`);
          // The frame that reaches the size is the last one.
          assert.ok((file.length - 1) * FRAME_BYTES < fileSizeBytes);
          if (intervalSeconds === undefined || file.length === 0) continue;
          const seconds = file.map((number) => frames[number - 1]!.seconds);
          const last = Math.floor(Math.max(...seconds) / intervalSeconds);
          const first = Math.floor(Math.min(...seconds) / intervalSeconds);
          assert.ok(last - first <= 1, `a file has frames of seconds ${seconds.join(', ')}`);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
