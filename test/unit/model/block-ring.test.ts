import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BlockRing, type BlockRingOptions, BlockStatus } from '../../../src/model/block-ring.js';
import { RingTruth } from '../../../src/model/ring-truth.js';

const MS = 1_000_000;
/** A frame of which two fit in a block of 4096 bytes. */
const HALF = 1500;
/** A frame of which one fits. */
const WHOLE = 3900;

function ringOf(options: Partial<BlockRingOptions> = {}): { ring: BlockRing; truth: RingTruth } {
  const truth = new RingTruth();
  const ring = new BlockRing({
    blockCount: 3,
    blockSize: 4096,
    retireNs: 8 * MS,
    observer: truth,
    ...options,
  });
  return { ring, truth };
}

function fillBlocks(ring: BlockRing, count: number): void {
  for (let i = 0; i < count; i++) ring.arrive(ring.nowNs, WHOLE);
}

// The first three cases, run on Linux 6.18.44 over a veth pair, left the same blocks.
describe('BlockRing: filling', () => {
  it('takes 28 frames of 60 bytes into a block of 4096, as (4096 − 48) / 144 allows', () => {
    const { ring } = ringOf();
    for (let i = 0; i < 28; i++) ring.arrive(0, 60);
    assert.equal(ring.status(0), BlockStatus.Kernel);
    assert.equal(ring.frameCount(0), 28);
    assert.equal(ring.usedBytes(0), 48 + 28 * 144);
    assert.equal(ring.arrive(5, 60), 'accepted');
    assert.equal(ring.status(0), BlockStatus.User);
    assert.equal(ring.frameCount(1), 1);
    assert.equal(ring.sequence(1), 2);
    assert.equal(ring.firstNs(1), 5);
  });

  it('leaves out a frame that would end exactly at the end of the block', () => {
    // 4048 bytes for frames; 82 + 1934 = 2016 and 82 + 1950 = 2032: together 4048, not below it.
    const { ring } = ringOf();
    ring.arrive(0, 1934);
    ring.arrive(0, 1950);
    assert.equal(ring.frameCount(0), 1);
    const below = ringOf().ring;
    below.arrive(0, 1934);
    below.arrive(0, 1942);
    assert.equal(below.frameCount(0), 2);
  });

  it('clamps a frame that is longer than a block, and gives it a block of its own', () => {
    const { ring } = ringOf();
    assert.equal(ring.arrive(0, 60_000), 'accepted');
    // The kernel closes the empty block first: a full slot is never below the end of a block.
    assert.equal(ring.status(0), BlockStatus.User);
    assert.equal(ring.frameCount(0), 0);
    assert.equal(ring.usedBytes(1), 4096);
    assert.equal(ring.frameCount(1), 1);
  });

  it('counts the reserve and the private area in', () => {
    const { ring } = ringOf({ reserveBytes: 16, privateBytes: 20 });
    assert.equal(ring.usedBytes(0), 48 + 24);
    ring.arrive(0, 60);
    assert.equal(ring.usedBytes(0), 48 + 24 + 160);
  });

  it('keeps no more of a frame than the filter lets through', () => {
    const { ring } = ringOf({ snapshotLength: 96 });
    ring.arrive(0, 9000);
    assert.equal(ring.usedBytes(0), 48 + 184);
  });

  it('refuses a set-up that the kernel refuses', () => {
    assert.throws(() => ringOf({ blockSize: 5000 }), { code: 'BAD_BLOCK_SIZE' });
    assert.throws(() => ringOf({ privateBytes: 4090 }), { code: 'BAD_BLOCK_SIZE' });
    assert.throws(() => ringOf({ blockCount: 0 }), { code: 'BAD_BLOCK_COUNT' });
    assert.throws(() => ringOf({ retireNs: 0 }), { code: 'BAD_RETIRE_TIME' });
    assert.throws(() => ringOf({ reserveBytes: 65_500 }), { code: 'BAD_RESERVE' });
  });
});

describe('BlockRing: freezing', () => {
  it('drops between the last full block and the first released one, at one boundary', () => {
    const { ring, truth } = ringOf();
    fillBlocks(ring, 3);
    for (let i = 0; i < 7; i++) assert.equal(ring.arrive(1, WHOLE), 'dropped');
    assert.equal(ring.frozen, true);
    ring.release();
    assert.equal(ring.frozen, true, 'the release alone thaws nothing');
    assert.equal(ring.arrive(2, WHOLE), 'accepted');
    assert.deepEqual([...truth.losses], [[3, 7]]);
    assert.deepEqual(truth.framesIn(4), [11]);
    assert.deepEqual(ring.getStatistics(), { packets: 11, drops: 7, freezes: 1 });
    assert.deepEqual(ring.getStatistics(), { packets: 0, drops: 0, freezes: 0 });
  });

  it('marks the block after the drops as losing, and none closed after the statistics read', () => {
    const { ring } = ringOf();
    fillBlocks(ring, 3);
    ring.arrive(1, WHOLE);
    for (let i = 0; i < 3; i++) ring.release();
    ring.arrive(2, HALF);
    ring.advanceTo(20 * MS);
    assert.equal(ring.status(0), BlockStatus.User | BlockStatus.Losing | BlockStatus.TimedOut);
    ring.getStatistics();
    ring.arrive(21 * MS, WHOLE);
    ring.arrive(21 * MS, WHOLE);
    assert.equal(ring.status(1), BlockStatus.User);
  });

  it('freezes by the timer without losing a frame', () => {
    const { ring } = ringOf();
    for (let block = 1; block <= 3; block++) {
      ring.arrive(ring.nowNs, 60);
      ring.advanceTo(ring.nowNs + 8 * MS);
    }
    assert.equal(ring.closedCount, 3);
    assert.deepEqual(ring.getStatistics(), { packets: 3, drops: 0, freezes: 1 });
  });

  it('counts modulo 2^32', () => {
    const { ring } = ringOf({
      startCounters32: { packets: 0xffff_fffe, drops: 0xffff_ffff, freezes: 0xffff_ffff },
    });
    fillBlocks(ring, 4);
    assert.deepEqual(ring.getStatistics(), { packets: 1, drops: 0, freezes: 0 });
  });

  it('tells the final gap', () => {
    const { ring, truth } = ringOf();
    fillBlocks(ring, 5);
    assert.equal(truth.finalGap, 2);
    assert.equal(truth.lastBlock, 3);
    assert.equal(ring.unreadCount, 3);
  });
});

describe('BlockRing: the retire timer', () => {
  it('of 6.12 is armed when a block is opened', () => {
    const { ring } = ringOf();
    ring.arrive(7 * MS, WHOLE);
    ring.arrive(7.5 * MS, WHOLE);
    assert.equal(ring.nextTimerNs, 15.5 * MS);
  });

  it('of 6.12 goes off on a tick', () => {
    const { ring } = ringOf({ jiffyNs: 4 * MS });
    ring.arrive(7 * MS, WHOLE);
    ring.arrive(7 * MS, WHOLE);
    assert.equal(ring.nextTimerNs, 12 * MS);
  });

  it('of 6.12 needs two expiries to open a block after a frame froze the queue', () => {
    const { ring } = ringOf();
    fillBlocks(ring, 4);
    ring.release();
    assert.equal(ring.fireTimer(8 * MS), 'nothing');
    assert.equal(ring.fireTimer(16 * MS), 'opened');
    assert.equal(ring.sequence(0), 4);
    assert.equal(ring.frozen, false);
  });

  it('of 6.12 needs one expiry where the timer itself froze the queue', () => {
    const { ring } = ringOf({ blockCount: 1 });
    ring.arrive(0, 60);
    assert.equal(ring.fireTimer(8 * MS), 'closed');
    assert.equal(ring.frozen, true);
    assert.equal(ring.nextTimerNs, 16 * MS);
    ring.release();
    assert.equal(ring.fireTimer(16 * MS), 'opened');
  });

  it('of 6.18 runs freely and opens a released block at once', () => {
    const { ring } = ringOf({ kernel: '6.18' });
    fillBlocks(ring, 4);
    ring.release();
    assert.equal(ring.nextTimerNs, 8 * MS);
    assert.equal(ring.fireTimer(8 * MS), 'opened');
    ring.arrive(15 * MS, 60);
    assert.equal(ring.nextTimerNs, 16 * MS, 'one ms after the frame');
    ring.advanceTo(16 * MS);
    assert.equal(ring.status(0) & BlockStatus.TimedOut, BlockStatus.TimedOut);
  });

  it('of 6.18 keeps its phase when it is late', () => {
    const { ring } = ringOf({ kernel: '6.18' });
    ring.fireTimer(27 * MS);
    assert.equal(ring.nextTimerNs, 32 * MS);
  });

  it('never closes an empty block', () => {
    for (const kernel of ['6.12', '6.18'] as const) {
      const { ring } = ringOf({ kernel });
      ring.advanceTo(100 * MS);
      assert.equal(ring.closedCount, 0);
    }
  });
});

describe('BlockRing: events taken apart', () => {
  it('counts a drop late, but before the next frame of its CPU', () => {
    const { ring } = ringOf();
    fillBlocks(ring, 3);
    ring.arrive(1, WHOLE, { countLate: true });
    assert.deepEqual(ring.getStatistics(), { packets: 3, drops: 0, freezes: 1 });
    ring.release();
    assert.equal(ring.arrive(2, WHOLE), 'accepted');
    assert.deepEqual(ring.getStatistics(), { packets: 2, drops: 1, freezes: 0 });
  });

  it('counts a drop before the timer goes off on the CPU that dropped', () => {
    for (const timerCpu of [undefined, 0]) {
      const { ring } = ringOf(timerCpu === undefined ? {} : { timerCpu });
      fillBlocks(ring, 3);
      ring.arrive(1, WHOLE, { countLate: true });
      ring.fireTimer(8 * MS);
      assert.equal(ring.uncountedCount, timerCpu === undefined ? 1 : 0);
    }
  });

  it('lets another CPU place a frame before a late count', () => {
    const { ring, truth } = ringOf();
    fillBlocks(ring, 3);
    ring.arrive(1, WHOLE, { cpu: 0, countLate: true });
    ring.release();
    ring.arrive(2, WHOLE, { cpu: 1 });
    assert.deepEqual(ring.getStatistics(), { packets: 4, drops: 0, freezes: 1 });
    assert.equal(ring.countDrop(0), true);
    assert.equal(ring.countDrop(0), false);
    assert.deepEqual(ring.getStatistics(), { packets: 1, drops: 1, freezes: 0 });
    assert.equal(truth.lostAt(3), 1);
  });

  it('drops in the window of a close though the next slot is free, and freezes nothing', () => {
    const { ring, truth } = ringOf({ kernel: '6.18' });
    ring.arrive(1, 60);
    assert.equal(ring.fireTimer(8 * MS, { holdClose: true }), 'closing');
    assert.equal(ring.status(0), BlockStatus.User | BlockStatus.TimedOut);
    assert.equal(ring.arrive(8 * MS, 60), 'dropped');
    assert.equal(ring.arrive(8 * MS, 60), 'dropped');
    ring.finishClose(8 * MS + 1);
    assert.equal(ring.arrive(9 * MS, 60), 'accepted');
    assert.equal(truth.lostAt(1), 2);
    assert.deepEqual(ring.getStatistics(), { packets: 4, drops: 2, freezes: 0 });
  });

  it('holds the frame that closes a block until the close is finished', () => {
    const { ring, truth } = ringOf();
    ring.arrive(0, WHOLE);
    assert.equal(ring.arrive(1, WHOLE, { cpu: 0, holdClose: true }), 'closing');
    assert.equal(ring.arrive(2, 60, { cpu: 1 }), 'dropped');
    assert.equal(ring.finishClose(3), 'accepted');
    assert.deepEqual(truth.framesIn(2), [2]);
    assert.equal(truth.lostAt(1), 1);
  });

  it('makes whoever needs the lock wait for a held close', () => {
    const { ring } = ringOf();
    ring.arrive(0, 60);
    ring.fireTimer(8 * MS, { holdClose: true });
    ring.beginStatistics();
    assert.equal(ring.closeHeld, false);
    ring.endStatistics();
  });

  it('lets a frame in after a reader that released inside the window', () => {
    const { ring } = ringOf();
    ring.arrive(0, 60);
    ring.fireTimer(8 * MS, { holdClose: true });
    ring.release();
    assert.equal(ring.arrive(8 * MS, 60), 'accepted');
    assert.equal(ring.frameCount(1), 1);
  });

  it('lets frames slip between the two halves of a statistics read', () => {
    const { ring } = ringOf();
    fillBlocks(ring, 3);
    ring.beginStatistics();
    ring.arrive(1, WHOLE);
    ring.release();
    ring.arrive(2, WHOLE);
    assert.deepEqual(ring.endStatistics(), { packets: 4, drops: 1, freezes: 0 });
    assert.deepEqual(ring.getStatistics(), { packets: 1, drops: 0, freezes: 1 });
  });

  it('refuses what no reader and no clock can do', () => {
    const { ring } = ringOf();
    assert.throws(() => ring.release(), { code: 'BLOCK_NOT_CLOSED' });
    assert.throws(() => ring.endStatistics(), { code: 'STATISTICS_NOT_BEGUN' });
    ring.beginStatistics();
    assert.throws(() => ring.beginStatistics(), { code: 'STATISTICS_BEGUN' });
    ring.arrive(10, 60);
    assert.throws(() => ring.arrive(9, 60), { code: 'TIME_WENT_BACK' });
  });
});
