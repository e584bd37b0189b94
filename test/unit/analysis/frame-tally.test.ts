import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FileTally, type FrameTally } from '../../../src/analysis/frame-tally.js';
import fc from '../../support/fixed-check.js';
import { singleFrame } from '../../support/single-frame.js';

function frame(seconds: number, nanoseconds: number, captured = 60, original = captured) {
  return singleFrame({
    data: new Uint8Array(captured),
    originalLength: original,
    seconds,
    nanoseconds,
  });
}

function tally(...frames: ReturnType<typeof frame>[]): FrameTally {
  const file = new FileTally();
  for (const one of frames) file.add(one);
  return file.total();
}

describe('FrameTally', () => {
  it('adds up lengths and finds the earliest and the latest frame in any order', () => {
    const frames = [frame(5, 7, 60), frame(5, 6, 96, 100), frame(9, 1, 64, 1500), frame(5, 999)];
    for (const order of [frames, [...frames].reverse()]) {
      const sum = tally(...order);
      assert.deepEqual([sum.frames, sum.capturedBytes, sum.originalBytes], [4, 280, 1720]);
      assert.deepEqual([sum.shortenedFrames, sum.leastShortened, sum.mostShortened], [2, 64, 96]);
      assert.equal(sum.firstNs, 5_000_000_006n);
      assert.equal(sum.lastNs, 9_000_000_001n);
    }
  });

  it('has no times where no frame has one', () => {
    const sum = tally(Object.assign(frame(0, 0), { hasTimestamp: false }));
    assert.equal(sum.firstNs, undefined);
    assert.equal(sum.lastNs, undefined);
    assert.equal(sum.timelessFrames, 1);
  });

  it('merges to what adding all the frames gives', () => {
    const some = [frame(5, 7), frame(3, 9, 10, 20)];
    const others = [frame(4, 1), frame(8, 0, 5, 6)];
    const merged = tally();
    for (const part of [tally(...some), tally(...others), tally()]) merged.merge(part);
    const whole = tally(...some, ...others);
    const numbers = (sum: FrameTally) => [
      ...[sum.frames, sum.originalBytes, sum.capturedBytes, sum.shortenedFrames],
      ...[sum.leastShortened, sum.mostShortened, sum.firstNs, sum.lastNs],
    ];
    assert.deepEqual(numbers(merged), numbers(whole));
  });
});

describe('FileTally', () => {
  it('counts the frames that are older than the one before, equal times not among them', () => {
    const file = new FileTally();
    const times = [
      [5, 0],
      [5, 0],
      [4, 9],
      [5, 0],
      [5, 1],
      [5, 0],
    ] as const;
    for (const [seconds, nanoseconds] of times) file.add(frame(seconds, nanoseconds));
    assert.equal(file.unorderedFrames, 2);
  });

  it('knows each interface’s own earliest and latest frame, whatever the order', () => {
    const sample = fc.record({
      interfaceId: fc.nat(2),
      seconds: fc.nat(9),
      nanoseconds: fc.nat(3),
      hasTimestamp: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 30 }), (samples) => {
        const file = new FileTally();
        for (const { interfaceId, hasTimestamp, seconds, nanoseconds } of samples) {
          const batch = singleFrame({ interfaceId, seconds, nanoseconds });
          file.add(Object.assign(batch, { hasTimestamp }));
        }
        for (const id of [0, 1, 2]) {
          const own = samples.filter((one) => one.interfaceId === id);
          const times = own
            .filter(({ hasTimestamp }) => hasTimestamp)
            .map(({ seconds, nanoseconds }) => seconds * 1e9 + nanoseconds)
            .sort((a, b) => a - b);
          const found = file.ofInterface(id);
          assert.equal(found.frames, own.length);
          assert.equal(found.timelessFrames, own.length - times.length);
          const epochNs = (ns: bigint | undefined) => (ns === undefined ? undefined : Number(ns));
          assert.equal(epochNs(found.firstNs), times[0]);
          assert.equal(epochNs(found.lastNs), times.at(-1));
        }
        const timed = samples.filter(({ hasTimestamp }) => hasTimestamp);
        const older = timed.filter((one, i) => {
          const before = timed[i - 1];
          if (before === undefined) return false;
          return one.seconds * 1e9 + one.nanoseconds < before.seconds * 1e9 + before.nanoseconds;
        });
        assert.equal(file.unorderedFrames, older.length);
      }),
    );
  });

  it('takes frames that were added up like the same frames one by one', () => {
    const sums = {
      frames: 3,
      capturedBytes: 180,
      originalBytes: 1620,
      shortenedFrames: 1,
      leastShortened: 60,
      mostShortened: 60,
      unorderedFrames: 1,
      earliestNanoseconds: 2,
      latestNanoseconds: 6,
    };
    const added = new FileTally();
    added.add(frame(5, 7));
    added.addSums(sums, frame(5, 6));
    added.add(frame(5, 5));
    const single = new FileTally();
    for (const ns of [7, 2, 4]) single.add(frame(5, ns));
    for (const one of [frame(5, 6, 60, 1500), frame(5, 5)]) single.add(one);
    assert.equal(added.unorderedFrames, single.unorderedFrames);
    const [total, wanted] = [added.total(), single.total()];
    assert.deepEqual({ ...total }, { ...wanted });
    assert.deepEqual([total.firstNs, total.lastNs], [5_000_000_002n, 5_000_000_007n]);
    assert.deepEqual([wanted.firstNs, wanted.lastNs], [5_000_000_002n, 5_000_000_007n]);
  });
});
