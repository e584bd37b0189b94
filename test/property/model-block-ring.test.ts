import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BlockRing, BlockStatus } from '../../src/model/block-ring.js';
import { RingTruth } from '../../src/model/ring-truth.js';
import fc from '../support/fixed-check.js';

/** One event of a schedule; the numbers are reduced to what is possible when it runs. */
type Event =
  | { do: 'arrive'; lengths: number[]; cpu: number; countLate: boolean; holdClose: boolean }
  | { do: 'timer'; holdClose: boolean }
  | { do: 'count'; cpu: number }
  | { do: 'finish' }
  | { do: 'release' }
  | { do: 'begin' }
  | { do: 'end' };

function events(cpus: number): fc.Arbitrary<Event[]> {
  const cpu = fc.nat(cpus - 1);
  const length = fc.constantFrom(60, 700, 1500, 3900, 9000);
  return fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant('arrive' as const),
          lengths: fc.array(length, { minLength: 1, maxLength: 12 }),
          cpu,
          countLate: fc.boolean(),
          holdClose: fc.boolean(),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('timer' as const), holdClose: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('count' as const), cpu }) },
      { weight: 1, arbitrary: fc.constant({ do: 'finish' as const }) },
      { weight: 3, arbitrary: fc.constant({ do: 'release' as const }) },
      { weight: 1, arbitrary: fc.constant({ do: 'begin' as const }) },
      { weight: 1, arbitrary: fc.constant({ do: 'end' as const }) },
    ),
    { maxLength: 120 },
  );
}

/** Runs a schedule and notes each frame's fate, once, as the ring answers and as it reports. */
class Run {
  readonly truth: RingTruth = new RingTruth();
  readonly ring: BlockRing;
  readonly fates = new Map<number, 'accepted' | 'dropped'>();
  readonly counters = { packets: 0, drops: 0, freezes: 0 };
  #reading: 'no' | 'yes';
  #timeNs = 0;

  constructor(blockCount: number, kernel: '6.12' | '6.18') {
    this.#reading = 'no';
    this.ring = new BlockRing({
      blockCount,
      blockSize: 4096,
      retireNs: 100,
      kernel,
      observer: {
        accepted: (frame, block) => {
          this.#settle(frame, 'accepted');
          this.truth.accepted(frame, block);
        },
        dropped: (frame, boundary) => {
          this.#settle(frame, 'dropped');
          this.truth.dropped(frame, boundary);
        },
      },
    });
  }

  play(event: Event): void {
    this.#timeNs += 7;
    const { ring } = this;
    switch (event.do) {
      case 'arrive':
        for (const length of event.lengths) {
          const answer = ring.arrive(this.#timeNs, length, event);
          if (answer !== 'closing') assert.equal(this.fates.get(ring.receivedCount), answer);
        }
        break;
      case 'timer':
        ring.fireTimer(this.#timeNs, event);
        break;
      case 'count':
        ring.countDrop(event.cpu);
        break;
      case 'finish':
        ring.finishClose(this.#timeNs);
        break;
      case 'release':
        if (ring.status(ring.releasedCount % ring.blockCount) !== BlockStatus.Kernel) {
          ring.release();
        }
        break;
      case 'begin':
        if (this.#reading === 'no') ring.beginStatistics();
        this.#reading = 'yes';
        break;
      case 'end':
        this.#endStatistics();
        break;
    }
  }

  /** Ends what is held up, and reads the statistics to the last count. */
  finish(): void {
    this.ring.finishClose(this.#timeNs);
    for (const cpu of [0, 1]) this.ring.countDrop(cpu);
    this.#endStatistics();
    this.play({ do: 'begin' });
    this.#endStatistics();
  }

  /** How many frames had a fate. */
  count(fate: 'accepted' | 'dropped'): number {
    return [...this.fates.values()].filter((each) => each === fate).length;
  }

  #endStatistics(): void {
    if (this.#reading === 'no') return;
    this.#reading = 'no';
    const read = this.ring.endStatistics();
    assert.ok(read.packets >= read.drops);
    this.counters.packets += read.packets;
    this.counters.drops += read.drops;
    this.counters.freezes += read.freezes;
  }

  #settle(frame: number, fate: 'accepted' | 'dropped'): void {
    assert.equal(this.fates.has(frame), false, 'a frame has one fate');
    this.fates.set(frame, fate);
  }
}

const kernels = fc.constantFrom('6.12' as const, '6.18' as const);

describe('BlockRing under any schedule', () => {
  it('conserves frames: counted packets and drops are the frames that arrived', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), kernels, events(2), (count, kernel, schedule) => {
        const run = new Run(count, kernel);
        for (const event of schedule) run.play(event);
        run.finish();
        const { ring, truth, counters } = run;
        assert.equal(counters.packets, ring.receivedCount);
        assert.equal(counters.drops, truth.droppedCount);
        assert.equal(truth.acceptedCount + truth.droppedCount, ring.receivedCount);
        assert.equal(run.count('accepted'), truth.acceptedCount);
        assert.equal(run.count('dropped'), truth.droppedCount);
        let lost = 0;
        for (const atBoundary of truth.losses.values()) lost += atBoundary;
        assert.equal(lost, truth.droppedCount);
      }),
      { numRuns: 500 },
    );
  });

  it('with one receive CPU loses frames only between blocks, as many as numbers are missing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), kernels, events(1), (count, kernel, schedule) => {
        const run = new Run(count, kernel);
        for (const event of schedule) run.play(event);
        run.finish();
        let previous = 0;
        let passed = 0;
        for (let block = 1; block <= run.ring.closedCount + 1; block++) {
          const frames = run.truth.framesIn(block);
          // An empty block (closed for want of room) has a boundary of its own.
          passed += run.truth.lostAt(block - 1);
          if (frames.length === 0) continue;
          assert.equal(frames[0]! - previous - 1, passed);
          frames.forEach((frame, i) => {
            assert.equal(frame, frames[0]! + i, 'no gap inside a block');
          });
          previous = frames.at(-1)!;
          passed = 0;
        }
        assert.equal(run.truth.finalGap, run.ring.receivedCount - previous);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the slots in step: closed blocks are the released ones and a run of USER', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), kernels, events(2), (count, kernel, schedule) => {
        const run = new Run(count, kernel);
        for (const event of schedule) {
          run.play(event);
          const { ring } = run;
          let closed = ring.releasedCount;
          while (
            closed - ring.releasedCount < count &&
            (ring.status(closed % count) & BlockStatus.User) !== 0
          ) {
            closed++;
            assert.equal(ring.sequence((closed - 1) % count), closed);
          }
          assert.equal(closed, ring.closedCount);
          for (let slot = 0; slot < count; slot++) {
            if (ring.status(slot) !== BlockStatus.Kernel || ring.frameCount(slot) === 0) continue;
            assert.equal(ring.sequence(slot), ring.closedCount + 1, 'open and not empty');
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
