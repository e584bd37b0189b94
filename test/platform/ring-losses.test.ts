/**
 * Where a ring under overload loses frames, and what its counters say meanwhile. One probe a
 * sentence. All look at one flood of numbered frames, sent by one processor and read too slowly.
 */

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { before, describe, it } from 'node:test';
import { startFlood } from '../../src/lab/flood.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { ProbeRing } from './probe-ring.js';
import { lastCpu } from './processors.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

const FRAME_COUNT = 300_000;
const RETIRE_MS = 40;

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

/** Everything one flood left behind. */
class Overload {
  readonly readings: Reading[] = [];
  /** Numbers of the frames of each block. */
  readonly blocks: number[][] = [];
  losing: readonly boolean[] = [];

  static async run(): Promise<Overload> {
    using cable = new Cable('overload');
    using ring = new ProbeRing(cable.far.index, {
      blockCount: 8,
      blockSizeBytes: 16_384,
      retireMs: RETIRE_MS,
    });
    const flood = await startFlood({
      interfaceName: cable.near.name,
      frameCount: FRAME_COUNT,
      cpu: lastCpu(),
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
}

describe('a ring under overload', { skip }, () => {
  let overload: Overload;

  before(async () => {
    overload = await Overload.run();
  });

  it('a ring loses frames only at the boundary between two blocks', () => {
    let gapCount = 0;
    let last = 0;
    for (const [index, block] of overload.blocks.entries()) {
      if (block[0] !== last + 1) gapCount++;
      for (const [i, sequence] of block.entries()) {
        assert.equal(sequence, block[0]! + i, `a gap inside block ${index + 1}`);
      }
      last = block.at(-1)!;
    }
    assert.ok(gapCount > 10, `only ${gapCount} gaps: no overload`);
  });

  it('tp_packets less tp_drops is the number of frames in the ring, at every reading', () => {
    assert.ok(overload.readings.length > 1000);
    for (const { accepted, framesBefore, framesAfter } of overload.readings) {
      assert.ok(accepted >= framesBefore, `${accepted} accepted, ${framesBefore} in blocks`);
      assert.ok(accepted <= framesAfter, `${accepted} accepted, ${framesAfter} in blocks`);
    }
    assert.equal(overload.readings.at(-1)!.accepted, overload.delivered.length);
  });

  it('a drop is counted before the same processor puts the next frame into the ring', () => {
    const { delivered } = overload;
    for (const { accepted, dropped } of overload.readings) {
      if (accepted === 0) continue;
      const lostBefore = delivered[accepted - 1]! - accepted;
      assert.ok(dropped >= lostBefore, `${dropped} counted, ${lostBefore} lost before`);
    }
  });

  it('no reading counts a drop that has not happened', () => {
    const { delivered, readings } = overload;
    for (const { dropped, framesAfter } of readings) {
      const next = delivered[framesAfter] ?? FRAME_COUNT + 1;
      assert.ok(dropped <= next - 1 - framesAfter, `${dropped} at frame ${framesAfter}`);
    }
  });

  it('the last reading accounts for every frame sent', () => {
    const { accepted, dropped } = overload.readings.at(-1)!;
    assert.equal(accepted + dropped, FRAME_COUNT);
    assert.ok(dropped > 0);
  });

  it('TP_STATUS_LOSING is on the blocks before whose last frame a drop was not collected, on no other', () => {
    let frames = 0;
    const lostThrough = overload.blocks.map((block) => {
      frames += block.length;
      return block.at(-1)! - frames;
    });
    const seen = { losing: 0, clean: 0 };
    for (const [i, reading] of overload.readings.entries()) {
      const { closedAfter, dropped } = overload.readings[i - 1] ?? { closedAfter: 0, dropped: 0 };
      // These closed after the one reading and before the other.
      for (let block = closedAfter + 1; block <= reading.closedBefore; block++) {
        const losing = overload.losing[block - 1]!;
        assert.equal(losing, lostThrough[block - 1]! > dropped, `block ${block}`);
        seen[losing ? 'losing' : 'clean']++;
      }
    }
    assert.ok(seen.losing > 3 && seen.clean > 3, JSON.stringify(seen));
  });

  it('tp_freeze_q_cnt goes up where a block closes and the next slot is still taken', () => {
    const gaps = overload.blocks.filter(
      (block, i) => i > 0 && block[0] !== overload.blocks[i - 1]!.at(-1)! + 1,
    );
    assert.ok(overload.readings.at(-1)!.freezes >= gaps.length);
  });
});
