/**
 * A ring under overload and everything that is seen of it meanwhile: frames, blocks, readings of the
 * counters. What capturing with a ring assumes of the kernel is looked for in it.
 */

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { Cable } from './cable.js';
import { startFlood } from './flood.js';
import { ProbeRing } from './probe-ring.js';

const FRAME_COUNT = 300_000;
const RETIRE_MS = 40;
/** A reader that reads no counters for a while, and is slow now and then, sees at least so many gaps. */
const FEW_GAPS = 10;

/** One reading of the counters and what the ring looked like around it. */
interface Reading {
  /** tp_packets less tp_drops, of this and all readings before. */
  readonly accepted: number;
  readonly dropped: number;
  readonly freezes: number;
  /** Blocks that were closed before the counters were read. */
  readonly closedBefore: number;
  /** Blocks that were closed afterwards. */
  readonly closedAfter: number;
  /** Frames in the blocks that were closed before the counters were read. */
  readonly framesBefore: number;
  /** The same afterwards, and the frames in the open block. */
  readonly framesAfter: number;
}

/** The closed blocks of a ring, counted as they are seen. */
class BlockWatch {
  closed = 0;
  frames = 0;
  released = 0;
  readonly losing: boolean[] = [];
  readonly #ring: ProbeRing;

  constructor(ring: ProbeRing) {
    this.#ring = ring;
  }

  /** Slot of the block that closes next. */
  get slot(): number {
    return this.closed % this.#ring.blockCount;
  }

  look(): void {
    while (this.closed - this.released < this.#ring.blockCount && this.#ring.isClosed(this.slot)) {
      this.frames += this.#ring.frameCount(this.slot);
      this.losing.push(this.#ring.isLosing(this.slot));
      this.closed++;
    }
  }

  /** Frames in the block that the kernel is filling. */
  framesInOpenBlock(): number {
    return this.closed - this.released < this.#ring.blockCount
      ? this.#ring.frameCount(this.slot)
      : 0;
  }
}

/** Everything one flood left behind; the `assert…` methods throw where it isn't as said. */
export class Overload {
  readonly readings: Reading[] = [];
  /** Numbers of the frames of each block. */
  readonly blocks: number[][] = [];
  losing: readonly boolean[] = [];

  /**
   * Floods a ring, some seconds long. Needs a network namespace of one's own.
   *
   * @param cpu the processor that sends: all frames must come from one
   */
  static async run(cpu: number): Promise<Overload> {
    using cable = new Cable('overload');
    using ring = new ProbeRing(cable.far.index, {
      blockCount: 8,
      blockSizeBytes: 16_384,
      retireMs: RETIRE_MS,
    });
    const flood = await startFlood({
      interfaceName: cable.near.name,
      frameCount: FRAME_COUNT,
      cpu,
    });
    const overload = new Overload();
    const watch = new BlockWatch(ring);
    for (let quietSinceMs = performance.now(); ; ) {
      // Nothing is read for a while after every second stall, so that drops stay uncollected.
      if (overload.blocks.length % 80 < 20 && !flood.ended) watch.look();
      else overload.#read(ring, watch);
      if (watch.closed > watch.released) {
        overload.#takeBlock(ring, watch);
        quietSinceMs = performance.now();
      } else if (flood.ended && performance.now() - quietSinceMs > 5 * RETIRE_MS) break;
    }
    overload.losing = watch.losing;
    await flood.finished;
    return overload;
  }

  /** Numbers of all frames that came through. */
  get delivered(): number[] {
    return this.blocks.flat();
  }

  #read(ring: ProbeRing, watch: BlockWatch): void {
    watch.look();
    const framesBefore = watch.frames;
    const closedBefore = watch.closed;
    const { packets, drops, freezes } = ring.readStatistics();
    // In this order: were the open block counted first, it could close in between.
    watch.look();
    let framesAfter = watch.frames + watch.framesInOpenBlock();
    const closed = watch.closed;
    watch.look();
    if (watch.closed !== closed) framesAfter = watch.frames + watch.framesInOpenBlock();
    const last = this.readings.at(-1);
    this.readings.push({
      accepted: (last?.accepted ?? 0) + packets - drops,
      dropped: (last?.dropped ?? 0) + drops,
      freezes: (last?.freezes ?? 0) + freezes,
      closedBefore,
      closedAfter: watch.closed,
      framesBefore,
      framesAfter,
    });
  }

  #takeBlock(ring: ProbeRing, watch: BlockWatch): void {
    const slot = watch.released % ring.blockCount;
    this.blocks.push(ring.sequences(slot));
    // Slow now and then, for longer than the ring can bear.
    if (this.blocks.length % 40 === 0) {
      const until = performance.now() + 4;
      while (performance.now() < until);
    }
    ring.release(slot);
    watch.released++;
  }

  /** A ring loses frames only at the boundary between two blocks. */
  assertLossAtBoundaries(): void {
    let gapCount = 0;
    let last = 0;
    for (const [index, block] of this.blocks.entries()) {
      if (block[0] !== last + 1) gapCount++;
      for (const [i, sequence] of block.entries()) {
        assert.equal(sequence, block[0]! + i, `a gap inside block ${index + 1}`);
      }
      last = block.at(-1)!;
    }
    assert.ok(gapCount > FEW_GAPS, `only ${gapCount} gaps: no overload`);
  }

  /** Tp_packets less tp_drops is the number of frames in the ring, at every reading. */
  assertAcceptedInRing(): void {
    assert.ok(this.readings.length > 1000);
    for (const { accepted, framesBefore, framesAfter } of this.readings) {
      assert.ok(accepted >= framesBefore, `${accepted} accepted, ${framesBefore} in blocks`);
      assert.ok(accepted <= framesAfter, `${accepted} accepted, ${framesAfter} in blocks`);
    }
    assert.equal(this.readings.at(-1)!.accepted, this.delivered.length);
  }

  /** A drop is counted before the same processor puts the next frame into the ring. */
  assertDropsCountedInTime(): void {
    const { delivered } = this;
    for (const { accepted, dropped } of this.readings) {
      if (accepted === 0) continue;
      const lostBefore = delivered[accepted - 1]! - accepted;
      assert.ok(dropped >= lostBefore, `${dropped} counted, ${lostBefore} lost before`);
    }
  }

  /** No reading counts a drop that has not happened. */
  assertNoDropTooEarly(): void {
    const { delivered, readings } = this;
    for (const { dropped, framesAfter } of readings) {
      const next = delivered[framesAfter] ?? FRAME_COUNT + 1;
      assert.ok(dropped <= next - 1 - framesAfter, `${dropped} at frame ${framesAfter}`);
    }
  }

  /** The last reading accounts for every frame sent. */
  assertAllAccounted(): void {
    const { accepted, dropped } = this.readings.at(-1)!;
    assert.equal(accepted + dropped, FRAME_COUNT);
    assert.ok(dropped > 0);
  }

  /** TP_STATUS_LOSING is on the blocks before whose last frame a drop was not collected, on no other. */
  assertLosingBlocks(): void {
    let frames = 0;
    const lostThrough = this.blocks.map((block) => {
      frames += block.length;
      return block.at(-1)! - frames;
    });
    const seen = { losing: 0, clean: 0 };
    for (const [i, reading] of this.readings.entries()) {
      const { closedAfter, dropped } = this.readings[i - 1] ?? { closedAfter: 0, dropped: 0 };
      // These closed after the one reading and before the other.
      for (let block = closedAfter + 1; block <= reading.closedBefore; block++) {
        const losing = this.losing[block - 1]!;
        assert.equal(losing, lostThrough[block - 1]! > dropped, `block ${block}`);
        seen[losing ? 'losing' : 'clean']++;
      }
    }
    assert.ok(seen.losing > 3 && seen.clean > 3, JSON.stringify(seen));
  }

  /** Tp_freeze_q_cnt goes up where a block closes and the next slot is still taken. */
  assertFreezesCounted(): void {
    const gaps = this.blocks.filter(
      (block, i) => i > 0 && block[0] !== this.blocks[i - 1]!.at(-1)! + 1,
    );
    assert.ok(this.readings.at(-1)!.freezes >= gaps.length);
  }
}
