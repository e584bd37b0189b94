import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactLoss, type Loss } from '../../../src/core/loss.js';
import { BlockEncoder } from '../../../src/pcapng/block-encoder.js';
import { RingLane } from '../../../src/source/ring-lane.js';
import { LaneClock, LaneReader, RingsBatch } from '../../../src/source/rings-batch.js';
import fc from '../../support/fixed-check.js';
import { singleFrame } from '../../support/single-frame.js';

const START_SECONDS = 1_795_336_260;

/** Frames of one ring as slots: times in nanoseconds, several slots of some frames each. */
function fill(lane: RingLane, slots: readonly (readonly number[])[], loss?: Loss): void {
  for (const [number, times] of slots.entries()) {
    const parts: Uint8Array[] = [];
    const encoder = new BlockEncoder({ write: (bytes) => parts.push(bytes.slice()) });
    encoder.sectionHeader();
    encoder.interfaceDescription({
      id: 0,
      name: 'x',
      linkType: 1,
      snapshotLength: 0,
      description: undefined,
      filter: undefined,
      speedBps: undefined,
      macAddress: undefined,
    });
    encoder.flush();
    parts.length = 0;
    for (const time of times) {
      const seconds = START_SECONDS + Math.floor(time / 1e9);
      encoder.frame(
        singleFrame({
          data: Uint8Array.of(time & 0xff, 1, 2, 3, 4),
          seconds,
          nanoseconds: time % 1e9,
        }),
      );
    }
    encoder.flush();
    assert.ok(lane.waitForRoom());
    lane.give(Buffer.concat(parts), number === 0 ? loss : undefined);
  }
}

/** Takes everything, as a source does. */
function takeAll(readers: readonly LaneReader[], clock: LaneClock, runs: boolean) {
  const batch = new RingsBatch(readers, clock);
  const taken: { time: number; queue: number; count: number; loss: Loss | undefined }[] = [];
  for (;;) {
    for (const reader of readers) reader.look();
    if (readers.every((reader) => reader.isEmpty)) return taken;
    batch.reset(Number.POSITIVE_INFINITY);
    while (batch.next()) {
      const { queue, lostBefore } = batch;
      const begin = batch.start;
      const more = runs ? batch.extend(1000) : 0;
      let blocks = 0;
      for (let at = begin; at < batch.end; at += batch.words[at + 1]! >>> 2) blocks++;
      assert.equal(blocks, 1 + more, 'the blocks are those of the frames');
      const time = (batch.seconds - START_SECONDS) * 1e9 + batch.nanoseconds;
      assert.equal(batch.bytes[batch.byteOffset], time & 0xff, 'the bytes are those of the time');
      taken.push({ time, queue, count: 1 + more, loss: lostBefore });
    }
  }
}

const slots = fc
  .array(fc.array(fc.nat(5_000_000_000), { minLength: 1, maxLength: 8 }), { maxLength: 5 })
  .map((list) => {
    const sorted = list.flat().sort((a, b) => a - b);
    return list.map(({ length }) => sorted.splice(0, length));
  });

describe('RingsBatch', () => {
  for (const runs of [false, true]) {
    it(`gives every frame of every ring once, in order of time${runs ? ', in runs' : ''}`, () => {
      fc.assert(
        fc.property(fc.array(slots, { minLength: 1, maxLength: 4 }), (rings) => {
          const clock = new LaneClock();
          const readers = rings.map((ring, queue) => {
            const lane = RingLane.create(65_536);
            fill(lane, ring);
            return new LaneReader(lane, queue, clock);
          });
          const taken = takeAll(readers, clock, runs);
          const times = taken.map(({ time }) => time);
          assert.deepEqual(
            times,
            [...times].sort((a, b) => a - b),
          );
          for (const [queue, ring] of rings.entries()) {
            const frames = taken
              .filter((one) => one.queue === queue)
              .reduce((sum, { count }) => sum + count, 0);
            assert.equal(frames, ring.flat().length);
          }
          for (const { lane } of readers) assert.ok(lane.waitForRoom());
        }),
        { numRuns: 100, seed: 20091114 },
      );
    });
  }

  it('says a loss once, before the first frame of its slot', () => {
    const clock = new LaneClock();
    const lane = RingLane.create(65_536);
    const loss: Loss = { lost: 3, certainty: 'bounded', atLeast: 1, atMost: 4, group: 2 };
    fill(lane, [[1, 2], [3]], loss);
    const taken = takeAll([new LaneReader(lane, 0, clock)], clock, false);
    assert.deepEqual(
      taken.map((one) => one.loss),
      [loss, undefined, undefined],
    );
  });

  it('gives nothing beyond its limit, and goes on where it is raised', () => {
    const clock = new LaneClock();
    const lanes = [RingLane.create(65_536), RingLane.create(65_536)];
    fill(lanes[0]!, [[10, 30]], exactLoss(1));
    fill(lanes[1]!, [[20]]);
    const readers = lanes.map((lane, queue) => new LaneReader(lane, queue, clock));
    for (const reader of readers) reader.look();
    const batch = new RingsBatch(readers, clock);
    batch.reset(readers[1]!.head);
    const queues: number[] = [];
    while (batch.next()) queues.push(batch.queue);
    assert.deepEqual(queues, [0, 1]);
    batch.reset(Number.POSITIVE_INFINITY);
    assert.ok(batch.next());
    assert.equal(batch.nanoseconds, 30);
  });

  it('keeps whole nanoseconds over months', () => {
    const clock = new LaneClock();
    const lane = RingLane.create(65_536);
    const late = 90 * 86_400e9 + 7;
    fill(lane, [[3, late]]);
    const taken = takeAll([new LaneReader(lane, 0, clock)], clock, false);
    assert.deepEqual(
      taken.map(({ time }) => time),
      [3, late],
    );
  });
});
