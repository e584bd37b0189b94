import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SimulatedGap } from '../../../src/model/gap-tally.js';
import {
  type BufferOptions,
  type SimulationOptions,
  simulate,
  startSimulation,
} from '../../../src/model/simulation.js';
import { flowTraffic, replayTraffic, type Traffic } from '../../../src/model/traffic.js';
import { fixedTruesize } from '../../../src/model/truesize.js';

const US = 1000;
const MS = 1_000_000;

/** Frames of 60 bytes, one each microsecond. */
function everyMicrosecond(frames: number, length = 60): Traffic {
  const shape = { kind: 'constant', ratePps: 1_000_000 } as const;
  return flowTraffic({ shape, sizes: { kind: 'fixed', length }, frames }, 1);
}

/** A socket with room for so many frames. */
function socketOf(frames: number): BufferOptions & { kind: 'socket' } {
  return { kind: 'socket', receiveBufferBytes: frames * 100, truesize: fixedTruesize(100) };
}

const ring: BufferOptions & { kind: 'ring' } = {
  kind: 'ring',
  blockCount: 4,
  blockSize: 4096,
  retireNs: MS,
};

function gapsOf(options: Omit<SimulationOptions, 'listener'>): SimulatedGap[] {
  const gaps: SimulatedGap[] = [];
  simulate({ ...options, listener: { gap: (gap) => gaps.push(gap) } });
  return gaps;
}

describe('simulate: a socket', () => {
  it('loses nothing to a reader that keeps up', () => {
    const result = simulate({ traffic: everyMicrosecond(1000), buffer: socketOf(1) });
    assert.equal(result.received, 1000);
    assert.equal(result.delivered, 1000);
    assert.equal(result.gapCount, 0);
    assert.deepEqual(result.worstBacklog, { frames: 1, bytes: 100, atNs: 0 });
  });

  it('says where the frames are missing that a stall cost', () => {
    // The stall lasts from 100 µs to 160 µs. Frame 101 comes at 100 µs: 10 of the 60 frames fit.
    const stalls = { kind: 'list', stalls: [{ atNs: 100 * US, lengthNs: 60 * US }] } as const;
    const gaps = gapsOf({
      traffic: everyMicrosecond(1000),
      buffer: socketOf(10),
      reader: { stalls },
    });
    assert.deepEqual(gaps, [
      { lost: 50, after: 110, before: 111, startNs: 109 * US, endNs: 160 * US },
    ]);
  });

  it('tells the final gap at the end', () => {
    const stalls = { kind: 'list', stalls: [{ atNs: 900 * US, lengthNs: 500 * US }] } as const;
    const gaps = gapsOf({
      traffic: everyMicrosecond(1000),
      buffer: socketOf(30),
      reader: { stalls },
    });
    assert.deepEqual(gaps, [
      { lost: 70, after: 930, before: undefined, startNs: 929 * US, endNs: undefined },
    ]);
  });

  it('takes a batch out at once, and works on it afterwards', () => {
    // Work of 4 µs a frame. In single calls the tenth frame finds 7 in the queue, in batches less.
    const reader = { framesPerSecond: 250_000 };
    const single = simulate({ traffic: everyMicrosecond(10), buffer: socketOf(100), reader });
    const batched = simulate({
      traffic: everyMicrosecond(10),
      buffer: socketOf(100),
      reader: { ...reader, batch: 100 },
    });
    // Calls at 0, 4 and 8 µs take 1 each before frames 1, 5 and 9 arrive: 9 µs: 10 − 3 remain.
    assert.deepEqual(single.worstBacklog, { frames: 7, bytes: 700, atNs: 9 * US });
    // Calls at 0 (1 frame), 4 µs (3 frames: those of 1, 2, 3 µs), then 16 µs: 10 − 4 remain.
    assert.deepEqual(batched.worstBacklog, { frames: 6, bytes: 600, atNs: 9 * US });
    // Ten frames are 40 µs of work, and the reader never has to wait.
    assert.equal(single.endNs, 40 * US);
    assert.equal(batched.endNs, 40 * US);
  });

  it('lets frames pile up while the reader wakes up', () => {
    const result = simulate({
      traffic: everyMicrosecond(100),
      buffer: socketOf(1000),
      reader: { wakeUpNs: 20 * US, batch: 100 },
    });
    // The wake-up is done at 20 µs, before the frame of 20 µs: frames of 0 … 19 µs.
    assert.deepEqual(result.worstBacklog, { frames: 20, bytes: 2000, atNs: 19 * US });
  });

  it('counts captured bytes, not those cut off, as the reader’s work', () => {
    const options = { reader: { bytesPerSecond: 1e9 } };
    const buffer = socketOf(1000);
    const whole = simulate({ traffic: everyMicrosecond(10, 9000), buffer, ...options });
    const cut = simulate({
      traffic: everyMicrosecond(10, 9000),
      buffer: { ...buffer, snapshotLength: 100 },
      ...options,
    });
    assert.equal(whole.endNs, 10 * 9 * US);
    assert.equal(cut.endNs, 9 * US + 100);
  });

  it('leaves frames unread where it does not drain', () => {
    const result = simulate({
      traffic: everyMicrosecond(100),
      buffer: socketOf(50),
      reader: { stalls: { kind: 'list', stalls: [{ atNs: 10 * US, lengthNs: MS }] } },
      drain: false,
    });
    assert.equal(result.delivered, 10);
    assert.equal(result.unread, 50);
    assert.equal(result.dropped, 40);
    assert.equal(result.finalGap, 40);
  });

  it('refuses a buffer that holds no frame', () => {
    const buffer: BufferOptions = { kind: 'socket', receiveBufferBytes: 800 };
    assert.throws(() => simulate({ traffic: everyMicrosecond(1), buffer }), {
      code: 'BUFFER_TOO_SMALL',
      message: /800 bytes holds no frame.*832/,
    });
  });

  it('of no traffic at all has nothing to say', () => {
    const result = simulate({ traffic: replayTraffic([]), buffer: socketOf(1) });
    assert.deepEqual(result, {
      received: 0,
      delivered: 0,
      dropped: 0,
      unread: 0,
      gapCount: 0,
      finalGap: 0,
      worstBacklog: undefined,
      need: undefined,
      lastArrivalNs: 0,
      endNs: 0,
    });
  });
});

describe('simulate: a ring', () => {
  it('says where a ring lost frames, which the patch of 2009 did not', () => {
    // 28 frames a block. The reader takes up block 1 at 28 µs and is stopped; blocks 2, 3 and 4 are
    // full at 112 µs, so frame 113 freezes the queue. At 1,000 µs the reader gives block 1 back.
    const stalls = { kind: 'list', stalls: [{ atNs: 28 * US, lengthNs: 972 * US }] } as const;
    const gaps = gapsOf({
      traffic: everyMicrosecond(3000),
      buffer: { ...ring, retireNs: 100 * MS },
      reader: { stalls },
    });
    assert.deepEqual(gaps, [
      { lost: 888, after: 112, before: 113, startNs: 111 * US, endNs: 1000 * US },
    ]);
  });

  it('delivers the open block when the timer closes it', () => {
    const result = simulate({ traffic: everyMicrosecond(5), buffer: ring });
    assert.equal(result.delivered, 5);
    assert.equal(result.endNs, MS);
  });

  it('leaves the open block unread where it does not drain', () => {
    const result = simulate({ traffic: everyMicrosecond(30), buffer: ring, drain: false });
    // Frame 29 closed the first block; the reader had it before frame 30.
    assert.equal(result.delivered, 28);
    assert.equal(result.unread, 2);
  });

  it('tells the final gap', () => {
    const stalls = { kind: 'list', stalls: [{ atNs: 0, lengthNs: 900 * US }] } as const;
    const gaps = gapsOf({ traffic: everyMicrosecond(200), buffer: ring, reader: { stalls } });
    assert.deepEqual(gaps, [
      { lost: 88, after: 112, before: undefined, startNs: 111 * US, endNs: undefined },
    ]);
  });

  it('works with blocks of one big frame each', () => {
    const result = simulate({ traffic: everyMicrosecond(50, 64_000), buffer: ring });
    assert.equal(result.received, 50);
    assert.equal(result.delivered + result.dropped, 50);
    assert.ok(result.delivered > 0);
  });

  it('takes no time for the bytes of a block that was closed without a frame', () => {
    // The frames of 8,000 bytes close the empty blocks 2 and 5; block 5 lies where block 3 lay. Each
    // keeps 4,048 − 82 bytes, 250 ns each, and the last one's block is closed at 4 ms.
    const times = [
      [0, 60],
      [1.5, 8000],
      [2.5, 60],
      [3.5, 8000],
    ] as const;
    const result = simulate({
      traffic: replayTraffic(times.map(([ms, length]) => ({ timeNs: ms * MS, length }))),
      buffer: { ...ring, blockCount: 2, kernel: '6.18' },
      reader: { bytesPerSecond: 4_000_000 },
    });
    assert.equal(result.delivered, 4);
    assert.equal(result.endNs, 4 * MS + 3966 * 250);
  });

  it('needs blocks by the timer too, where the retire time is short', () => {
    const traffic = (): Traffic => everyMicrosecond(100);
    const reader = { stalls: { kind: 'list', stalls: [{ atNs: 0, lengthNs: MS }] } } as const;
    const long = simulate({ traffic: traffic(), buffer: { ...ring, blockCount: 99 }, reader });
    const short = simulate({
      traffic: traffic(),
      buffer: { ...ring, blockCount: 99, retireNs: 10 * US, kernel: '6.18' },
      reader,
    });
    // 100 frames are four blocks, three of them closed by the frame that doesn't fit.
    assert.equal(long.need?.size, 4);
    // Every 10 µs a block with 10 frames, and a free one after the last of them.
    assert.equal(short.need?.size, 11);
  });
});

describe('startSimulation', () => {
  it('comes to the same in slices', () => {
    for (const buffer of [socketOf(20), ring]) {
      const reader = {
        framesPerSecond: 900_000,
        stalls: { kind: 'random', everyNs: MS, lengthNs: MS / 10, seed: 3 },
      } as const;
      const atOnce = simulate({ traffic: everyMicrosecond(10_000), buffer, reader });
      const sliced = startSimulation({ traffic: everyMicrosecond(10_000), buffer, reader });
      while (sliced.step(7));
      assert.equal(sliced.received, 10_000);
      assert.deepEqual(sliced.finish(), atOnce);
      assert.ok(atOnce.dropped > 0);
    }
  });

  it('tells every delivered frame, with what was lost before it', () => {
    for (const buffer of [socketOf(20), ring]) {
      let frames = 0;
      let lost = 0;
      const result = simulate({
        traffic: everyMicrosecond(10_000),
        buffer,
        reader: { framesPerSecond: 700_000 },
        listener: {
          frame: (timeNs, length, lostBefore) => {
            frames++;
            lost += lostBefore;
            assert.equal(length, 60);
            assert.equal(timeNs / US + 1, frames + lost);
          },
        },
      });
      assert.equal(frames, result.delivered);
      assert.equal(lost + result.finalGap, result.dropped);
      assert.ok(lost > 0);
    }
  });
});
