import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactLoss } from '../../../src/core/loss.js';
import { BlockReader, type BlockRingView } from '../../../src/source/block-reader.js';

interface FakeBlock {
  readonly frames: number;
  readonly disordered?: boolean;
  readonly losing?: boolean;
}

/** A ring that is told what happens, and notes what its reader does. */
class FakeRing implements BlockRingView {
  readonly blockCount: number;
  received = 0;
  dropped = 0;
  freezes = 0;
  /** What the reader did: `read`, `release`. */
  log: string[] = [];
  /** What the next reading is to show. */
  next = { frames: 0, dropped: 0, freezes: 0 };
  /** What happens while the counters are being read. */
  duringReading: (() => void) | undefined;
  /** What happens right before a block is given back. */
  duringRelease: (() => void) | undefined;
  readonly #slots: (FakeBlock | undefined)[];
  #filled = 0;

  constructor(blockCount: number) {
    this.blockCount = blockCount;
    this.#slots = new Array<FakeBlock | undefined>(blockCount).fill(undefined);
  }

  /** The kernel closes the next block; its frames show in the next reading. */
  close(block: FakeBlock): void {
    const slot = this.#filled++ % this.blockCount;
    assert.equal(this.#slots[slot], undefined, 'the ring is full');
    this.#slots[slot] = block;
    this.next.frames += block.frames;
  }

  isClosed(slot: number): boolean {
    return this.#slots[slot] !== undefined;
  }

  isLosing(slot: number): boolean {
    return this.#slots[slot]?.losing === true;
  }

  isDisordered(slot: number): boolean {
    this.log.push('walk');
    return this.#slots[slot]?.disordered === true;
  }

  frameCount(slot: number): number {
    return this.#slots[slot]!.frames;
  }

  release(slot: number): void {
    this.log.push('release');
    this.duringRelease?.();
    this.#slots[slot] = undefined;
  }

  readCounters(): void {
    this.log.push('read');
    const { frames, dropped, freezes } = this.next;
    this.next = { frames: 0, dropped: 0, freezes: 0 };
    this.received = frames + dropped;
    this.dropped = dropped;
    this.freezes = freezes;
    this.duringReading?.();
    this.duringReading = undefined;
  }

  /** What was done since this was asked last. */
  takeLog(): string[] {
    const { log } = this;
    this.log = [];
    return log;
  }
}

describe('when BlockReader looks at the counters', () => {
  it('looks once when a block is taken up, and not after it was given back to a ring with room', () => {
    const ring = new FakeRing(4);
    const reader = new BlockReader(ring);
    ring.close({ frames: 10 });
    assert.equal(reader.take(), true);
    assert.deepEqual(ring.takeLog(), ['read']);
    reader.release();
    assert.deepEqual(ring.takeLog(), ['release']);
  });

  it('looks after a block was given back to a ring that became full just before', () => {
    const ring = new FakeRing(4);
    const reader = new BlockReader(ring);
    for (let i = 0; i < 3; i++) ring.close({ frames: 10 });
    reader.take();
    ring.takeLog();
    ring.duringRelease = () => ring.close({ frames: 10 });
    reader.release();
    assert.deepEqual(ring.takeLog(), ['release', 'read']);
  });

  it('looks after each block given back from a loss on until a reading behind it shows no more', () => {
    const ring = new FakeRing(6);
    const reader = new BlockReader(ring);
    const readingsAfterRelease = (): number => {
      ring.takeLog();
      reader.release();
      return ring.takeLog().filter((what) => what === 'read').length;
    };
    ring.close({ frames: 10 });
    ring.close({ frames: 10 });
    ring.next.dropped = 3;
    reader.take();
    assert.equal(readingsAfterRelease(), 1, 'the reading before showed the loss');
    reader.take();
    assert.equal(readingsAfterRelease(), 1, 'no frame was behind its boundary yet');
    ring.close({ frames: 10 });
    ring.next.frames += 2;
    reader.take();
    assert.equal(readingsAfterRelease(), 0);
  });

  it('looks no further where no block is closed', () => {
    const ring = new FakeRing(4);
    const reader = new BlockReader(ring);
    assert.equal(reader.take(), false);
    assert.deepEqual(ring.takeLog(), []);
  });

  it('does not look again for a block that was closed at the reading before', () => {
    const ring = new FakeRing(4);
    const reader = new BlockReader(ring);
    ring.close({ frames: 10 });
    ring.close({ frames: 10 });
    reader.take();
    reader.release();
    ring.takeLog();
    assert.equal(reader.take(), true);
    assert.deepEqual(ring.takeLog(), []);
  });

  it('looks again for a block that closed while the counters were read', () => {
    const ring = new FakeRing(4);
    const reader = new BlockReader(ring);
    ring.close({ frames: 10 });
    ring.duringReading = () => ring.close({ frames: 10 });
    reader.take();
    reader.release();
    ring.takeLog();
    assert.equal(reader.take(), true);
    assert.deepEqual(ring.takeLog(), ['read']);
  });

  it('takes up several blocks after one look, and gives them back together', () => {
    const ring = new FakeRing(20);
    const reader = new BlockReader(ring);
    for (const frames of [10, 11, 12, 0, 13]) ring.close({ frames });
    assert.equal(reader.take(8), true);
    assert.deepEqual([reader.slot, reader.blocksTaken, reader.frameCount], [0, 3, 33]);
    assert.equal(reader.delivered, 33);
    reader.release();
    assert.deepEqual(ring.takeLog(), ['read', 'release', 'release', 'release']);
    reader.take(8);
    assert.deepEqual([reader.slot, reader.blocksTaken, reader.frameCount], [3, 1, 0]);
    reader.release();
    reader.take(8);
    assert.deepEqual([reader.slot, reader.frameCount], [4, 13]);
  });

  it('takes up no more together than asked, and not what closed after the last look', () => {
    const ring = new FakeRing(20);
    const reader = new BlockReader(ring);
    for (let i = 0; i < 4; i++) ring.close({ frames: 10 });
    reader.take(3);
    assert.equal(reader.blocksTaken, 3);
    ring.close({ frames: 10 });
    reader.release();
    reader.take(3);
    assert.equal(reader.blocksTaken, 1);
  });

  it('takes up one at a time in a ring that is half full, and from a loss on', () => {
    const ring = new FakeRing(8);
    const reader = new BlockReader(ring);
    for (let i = 0; i < 4; i++) ring.close({ frames: 10 });
    reader.take(3);
    assert.equal(reader.blocksTaken, 1);
    reader.release();
    ring.next.dropped = 2;
    ring.close({ frames: 10 });
    reader.read();
    reader.take(3);
    assert.equal(reader.blocksTaken, 1);
  });

  it('looks after blocks were given back together where the ring became full before all were', () => {
    const ring = new FakeRing(6);
    const reader = new BlockReader(ring);
    ring.close({ frames: 10 });
    ring.close({ frames: 10 });
    reader.take(2);
    assert.equal(reader.blocksTaken, 2);
    ring.takeLog();
    ring.duringRelease = () => {
      for (let i = 0; i < 4; i++) ring.close({ frames: 10 });
      ring.duringRelease = undefined;
    };
    reader.release();
    assert.deepEqual(ring.takeLog(), ['release', 'release', 'read']);
  });

  it('looks on both sides of a release where the ring is full, and only there', () => {
    const ring = new FakeRing(2);
    const reader = new BlockReader(ring);
    ring.close({ frames: 10 });
    ring.close({ frames: 10 });
    reader.take();
    ring.takeLog();
    reader.release();
    assert.deepEqual(ring.takeLog(), ['read', 'release', 'read']);
    reader.take();
    ring.takeLog();
    reader.release();
    assert.deepEqual(ring.takeLog(), ['release', 'read']);
  });

  it('settles nothing where no frame was dropped and the ring was not full', () => {
    const ring = new FakeRing(4);
    const reader = new BlockReader(ring);
    ring.close({ frames: 10 });
    reader.take();
    ring.takeLog();
    assert.equal(reader.settle(), false);
    assert.deepEqual(ring.takeLog(), []);
  });

  for (const seen of [{ dropped: 5 }, { freezes: 1 }]) {
    it(`settles after ${Object.keys(seen)[0]} until a frame behind the boundary is there`, () => {
      const ring = new FakeRing(4);
      const reader = new BlockReader(ring);
      ring.close({ frames: 10 });
      ring.next = { ...ring.next, ...seen };
      reader.take();
      ring.takeLog();
      ring.next = { ...ring.next, ...seen };
      assert.equal(reader.settle(), true, 'still at the same boundary');
      assert.deepEqual(ring.takeLog(), ['read']);
      ring.next = { ...ring.next, ...seen, frames: 1 };
      assert.equal(reader.settle(), false, 'a frame is behind it');
      assert.deepEqual(ring.takeLog(), ['read']);
      assert.equal(reader.settle(), false);
      assert.deepEqual(ring.takeLog(), []);
    });
  }
});

describe('what BlockReader makes of what it sees', () => {
  it('tells blocks that closed before a reading from those that closed during it', () => {
    const ring = new FakeRing(4);
    const reader = new BlockReader(ring);
    // Not marked, so the drops came after it; known only because it is looked at before the reading.
    ring.close({ frames: 10 });
    ring.next.dropped = 5;
    reader.read();
    assert.equal(reader.take(), true);
    assert.equal(reader.lossBefore, undefined);
    reader.release();
    assert.deepEqual(reader.finalLoss(), exactLoss(5));
  });

  it('leaves open what closed during a reading', () => {
    const ring = new FakeRing(4);
    const reader = new BlockReader(ring);
    ring.next.dropped = 5;
    ring.duringReading = () => ring.close({ frames: 10 });
    reader.read();
    assert.equal(reader.take(), true);
    assert.deepEqual([reader.lossBefore?.certainty, reader.lossBefore?.atMost], ['bounded', 5]);
  });

  it('sees an empty block as no boundary, and goes round the ring', () => {
    const ring = new FakeRing(2);
    const reader = new BlockReader(ring);
    const slots: number[] = [];
    for (const frames of [3, 0, 4, 0, 0, 5]) {
      ring.close({ frames });
      assert.equal(reader.take(), true);
      assert.equal(reader.frameCount, frames);
      assert.equal(reader.lossBefore, undefined);
      slots.push(reader.slot);
      reader.release();
    }
    assert.deepEqual(slots, [0, 1, 0, 1, 0, 1]);
    assert.deepEqual([reader.delivered, reader.accepted], [12, 12]);
  });

  it('counts no more closed blocks than the ring has', () => {
    const ring = new FakeRing(2);
    const reader = new BlockReader(ring);
    ring.close({ frames: 1 });
    ring.close({ frames: 1 });
    assert.equal(reader.closedCount, 2);
    reader.take();
    assert.equal(reader.closedCount, 2);
    reader.release();
    assert.equal(reader.closedCount, 1);
  });
});

describe('what BlockReader says where several processors may feed the ring', () => {
  /** Two blocks of ten frames, of the first of which `dropped` frames were lost behind. */
  function lossBetween(
    dropped: number,
    second: { disordered: boolean },
    feeding: { processors: number; groups?: { first: number; step: number } },
  ): { ring: FakeRing; reader: BlockReader } {
    const ring = new FakeRing(2);
    const reader = new BlockReader(ring, feeding);
    ring.close({ frames: 10 });
    reader.take();
    ring.next.dropped = dropped;
    reader.read();
    ring.close({ frames: 10, ...second });
    reader.release();
    ring.takeLog();
    reader.take();
    return { ring, reader };
  }

  it('is exact where the frames behind a loss are in order of time', () => {
    const { reader, ring } = lossBetween(7, { disordered: false }, { processors: 2 });
    assert.deepEqual(reader.lossBefore, exactLoss(7));
    assert.deepEqual(ring.takeLog(), ['walk']);
  });

  it('is bounded by a frame for each other processor where they are not', () => {
    const { reader } = lossBetween(7, { disordered: true }, { processors: 4 });
    const bounds = { lost: 7, atLeast: 4, atMost: 10 };
    assert.deepEqual(reader.lossBefore, { ...bounds, certainty: 'bounded', group: 1 });
  });

  it('is never less than nothing, and has the numbers of groups that it is given', () => {
    const groups = { first: 2, step: 3 };
    const { reader, ring } = lossBetween(1, { disordered: true }, { processors: 4, groups });
    const bounds = { lost: 1, atLeast: 0, atMost: 4 };
    assert.deepEqual(reader.lossBefore, { ...bounds, certainty: 'bounded', group: 2 });
    ring.next.dropped = 3;
    reader.read();
    ring.close({ frames: 10, disordered: true });
    reader.release();
    reader.take();
    assert.equal(reader.lossBefore?.group, 2, 'all that is blurred is one group');
    ring.next.dropped = 1;
    reader.release();
    reader.read();
    assert.deepEqual(reader.finalLoss(), { ...bounds, certainty: 'bounded', group: 2 });
  });

  it('looks through no block before which nothing was lost, or that one processor fills', () => {
    const quiet = lossBetween(0, { disordered: true }, { processors: 2 });
    assert.equal(quiet.reader.lossBefore, undefined);
    assert.deepEqual(quiet.ring.takeLog(), []);
    const alone = lossBetween(7, { disordered: true }, { processors: 1 });
    assert.deepEqual(alone.reader.lossBefore, exactLoss(7));
    assert.deepEqual(alone.ring.takeLog(), []);
  });

  it('takes sums over several boundaries into the same group from then on', () => {
    const ring = new FakeRing(4);
    const reader = new BlockReader(ring, { processors: 2 });
    ring.close({ frames: 10 });
    reader.take();
    ring.next.dropped = 5;
    reader.read();
    ring.close({ frames: 10, disordered: true });
    reader.release();
    reader.take();
    assert.deepEqual([reader.lossBefore?.group, reader.lossBefore?.lost], [1, 5]);
    // Nobody looked for a while: two boundaries may have lost these.
    ring.close({ frames: 10 });
    ring.close({ frames: 10 });
    ring.next.dropped = 6;
    reader.release();
    const groups: (number | undefined)[] = [];
    let lost = 0;
    while (reader.take()) {
      groups.push(reader.lossBefore?.group);
      lost += reader.lossBefore?.lost ?? 0;
      reader.release();
    }
    assert.equal(lost + (reader.finalLoss()?.lost ?? 0), 6);
    assert.ok(groups.every((group) => group === undefined || group === 1));
  });
});
