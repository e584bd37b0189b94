import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Loss } from '../../src/core/loss.js';
import { BlockRing, BlockStatus } from '../../src/model/block-ring.js';
import { RingTruth } from '../../src/model/ring-truth.js';
import { BlockReader, type BlockRingView } from '../../src/source/block-reader.js';
import fc from '../support/fixed-check.js';

/** What the kernel does while the reader is between two of its steps. */
interface KernelEvent {
  /** Frames that arrive in a row. */
  readonly frames: number;
  readonly length: number;
  readonly cpu: number;
  readonly countLate: boolean;
  /** The retire timer goes off before these frames. */
  readonly timer: boolean;
  /** A close stops halfway, until somebody needs the lock or the same CPU goes on. */
  readonly holdClose: boolean;
  readonly finishClose: boolean;
}

/** What happens between two steps of the reader. */
interface Moment {
  readonly events: readonly KernelEvent[];
  /** The counters are read for somebody else, blocks held or not, as a progress timer does. */
  readonly progress: boolean;
}

/** More where somebody wants to look longer. */
const RUNS = Number(process.env['GAPCAP_PROPERTY_RUNS'] ?? 5000);

function kernelEvents(cpus: number): fc.Arbitrary<Moment[]> {
  const event = fc.record({
    frames: fc.oneof(fc.nat(4), fc.nat(4), fc.nat(200)),
    // 9000 is longer than a block, which then is closed empty.
    length: fc.constantFrom(60, 60, 700, 1500, 9000),
    cpu: fc.nat(cpus - 1),
    countLate: fc.boolean(),
    timer: fc.oneof(fc.constant(false), fc.constant(false), fc.boolean()),
    holdClose: fc.boolean(),
    finishClose: fc.boolean(),
  });
  const events = fc.oneof(fc.constant<KernelEvent[]>([]), fc.array(event, { maxLength: 3 }));
  const progress = fc.oneof(fc.constant(false), fc.constant(false), fc.boolean());
  const moment = fc.record({ events, progress });
  return fc.oneof(
    fc.array(moment, { minLength: 10, maxLength: 30 }),
    // Without a size it would hardly ever be longer than that: two or three blocks.
    fc.array(moment, { minLength: 10, maxLength: 400, size: 'max' }),
  );
}

/** The model's ring behind the reader's view; the schedule goes on at every step of the reader. */
class ScheduledRing implements BlockRingView {
  readonly truth: RingTruth = new RingTruth();
  readonly ring: BlockRing;
  readonly blockCount: number;
  received = 0;
  dropped = 0;
  freezes = 0;
  readonly #schedule: readonly Moment[];
  #moment = 0;
  #timeNs = 0;

  constructor(blockCount: number, kernel: '6.12' | '6.18', schedule: readonly Moment[]) {
    this.blockCount = blockCount;
    this.#schedule = schedule;
    this.ring = new BlockRing({
      blockCount,
      blockSize: 4096,
      retireNs: 1000,
      kernel,
      observer: this.truth,
    });
  }

  /** Whether the counters are read for progress at this moment. */
  get isProgressDue(): boolean {
    return this.#schedule[this.#moment]?.progress ?? false;
  }

  get scheduleLeft(): boolean {
    return this.#moment < this.#schedule.length;
  }

  isClosed(slot: number): boolean {
    this.goOn();
    return (this.ring.status(slot) & BlockStatus.User) !== 0;
  }

  isLosing(slot: number): boolean {
    return (this.ring.status(slot) & BlockStatus.Losing) !== 0;
  }

  isDisordered(): boolean {
    return false;
  }

  frameCount(slot: number): number {
    return this.ring.frameCount(slot);
  }

  release(): void {
    this.goOn();
    this.ring.release();
    this.goOn();
  }

  readCounters(): void {
    this.goOn();
    this.ring.beginStatistics();
    this.goOn();
    const statistics = this.ring.endStatistics();
    this.received = statistics.packets;
    this.dropped = statistics.drops;
    this.freezes = statistics.freezes;
    this.goOn();
  }

  /** Lets the next moment of the schedule happen. */
  goOn(): void {
    for (const event of this.#schedule[this.#moment++]?.events ?? []) {
      this.#timeNs += 13;
      if (event.timer) this.ring.fireTimer(this.#timeNs, event);
      for (let i = 0; i < event.frames; i++) this.ring.arrive(this.#timeNs, event.length, event);
      if (event.finishClose) this.ring.finishClose(this.#timeNs);
    }
  }

  /** No frame comes any more: what is under way ends, and the timer hands over the open block. */
  end(): void {
    this.ring.finishClose(this.#timeNs);
    for (const cpu of [0, 1]) this.ring.countDrop(cpu);
    for (let i = 0; i < 2; i++) {
      this.#timeNs += 1000;
      this.ring.fireTimer(this.#timeNs);
    }
  }
}

/** A place where frames may be missing: before a frame's block, or at the very end. */
interface Place {
  /** What the reader says was lost there. */
  readonly loss: Loss | undefined;
  /** What was lost there. */
  readonly actual: number;
}

/** Reads the ring to its end as the ring source does, and compares what it says with the truth. */
function readToTheEnd(
  view: ScheduledRing,
  mostBlocks: number,
): { places: Place[]; reader: BlockReader; blocksBehind: number; progressReadings: number } {
  const reader = new BlockReader(view);
  const places: Place[] = [];
  let block = 0;
  let blocksBehind = 0;
  let progressReadings = 0;
  let lastWithFrames = 0;
  const note = (loss: Loss | undefined, before: number): void => {
    let actual = 0;
    for (let k = lastWithFrames; k < before; k++) actual += view.truth.lostAt(k);
    places.push({ loss, actual });
    lastWithFrames = before;
  };
  const tellProgress = (): void => {
    if (!view.isProgressDue) return;
    reader.read();
    progressReadings++;
  };
  const readBlock = (): void => {
    block++;
    if (reader.frameCount > 0) note(reader.lossBefore, block);
    else assert.equal(reader.lossBefore, undefined);
    assert.ok(reader.blocksTaken <= mostBlocks);
    blocksBehind += reader.blocksTaken - 1;
    for (let i = 1; i < reader.blocksTaken; i++) note(undefined, ++block);
    tellProgress();
    for (let slice = 0; slice < 3 && reader.settle(); slice++) {
      view.goOn();
      tellProgress();
    }
    view.goOn();
    tellProgress();
    reader.release();
  };
  while (view.scheduleLeft) {
    if (reader.take(mostBlocks)) {
      readBlock();
    } else {
      view.goOn();
      tellProgress();
    }
  }
  view.end();
  for (let patience = 0; patience < view.blockCount + 3; patience++) {
    while (reader.take(mostBlocks)) readBlock();
    view.end();
  }
  reader.read();
  note(reader.finalLoss(), Math.max(block, ...view.truth.losses.keys()) + 1);
  return { places, reader, blocksBehind, progressReadings };
}

/** Sums over the groups of bounded losses: what was counted there and what is true. */
function groupSums(places: readonly Place[]): Map<number, { counted: number; actual: number }> {
  const sums = new Map<number, { counted: number; actual: number }>();
  for (const { loss, actual } of places) {
    if (loss?.group === undefined) continue;
    const sum = sums.get(loss.group) ?? { counted: 0, actual: 0 };
    sums.set(loss.group, sum);
    sum.counted += loss.lost;
    sum.actual += actual;
  }
  return sums;
}

function total(places: readonly Place[]): number {
  return places.reduce((sum, { loss }) => sum + (loss?.lost ?? 0), 0);
}

const kernels = fc.constantFrom('6.12' as const, '6.18' as const);
/** Blocks of a ring, and how many of them are taken up together at most. */
const sizes = fc.tuple(
  // Hardly any schedule fills the large ones, in which blocks are taken up together.
  fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 1, arbitrary: fc.integer({ min: 6, max: 14 }) },
    { weight: 1, arbitrary: fc.integer({ min: 15, max: 40 }) },
  ),
  fc.integer({ min: 1, max: 6 }),
);

describe('BlockReader and LossPlacement on the modelled ring', () => {
  it('is exact where it says so and right in sum elsewhere, for any schedule of one receive CPU', () => {
    let exact = 0;
    let bounded = 0;
    let takenTogether = 0;
    let progressReadings = 0;
    fc.assert(
      fc.property(sizes, kernels, kernelEvents(1), ([n, together], kernel, events) => {
        const view = new ScheduledRing(n, kernel, events);
        const { places, reader, ...counts } = readToTheEnd(view, together);
        takenTogether += counts.blocksBehind;
        progressReadings += counts.progressReadings;
        assert.equal(reader.delivered, view.truth.acceptedCount);
        assert.equal(reader.accepted, view.truth.acceptedCount);
        for (const [index, { loss, actual }] of places.entries()) {
          if (loss?.certainty === 'bounded') {
            assert.ok(loss.atLeast <= actual && actual <= loss.atMost, `place ${index}`);
            bounded++;
          } else {
            assert.equal(loss?.lost ?? 0, actual, `place ${index}`);
            if (loss !== undefined) exact++;
          }
        }
        for (const { counted, actual } of groupSums(places).values()) {
          assert.equal(counted, actual);
        }
        assert.equal(total(places), view.truth.droppedCount);
      }),
      { numRuns: RUNS },
    );
    // The schedules are meant to be hostile; if nothing were ever uncertain, they wouldn't be.
    assert.ok(exact > 1000, `only ${exact} exact losses were seen`);
    assert.ok(bounded > 100, `only ${bounded} bounded losses were seen`);
    // 9.0 % of them; 7.1 without the reading before a block is given back to a full ring, 8.8 without the one after.
    assert.ok(exact / (exact + bounded) > 0.0885, `${exact} exact and ${bounded} bounded losses`);
    assert.ok(takenTogether > 100, `only ${takenTogether} blocks were taken up with others`);
    assert.ok(progressReadings > 1000, `only ${progressReadings} readings were for progress`);
  });

  it('keeps the sum right with two receive CPUs, where the place may be off', () => {
    fc.assert(
      fc.property(sizes, kernels, kernelEvents(2), ([n, together], kernel, events) => {
        const view = new ScheduledRing(n, kernel, events);
        const { places, reader } = readToTheEnd(view, together);
        assert.equal(reader.delivered, view.truth.acceptedCount);
        assert.equal(total(places), view.truth.droppedCount);
      }),
      { numRuns: 1000 },
    );
  });
});
