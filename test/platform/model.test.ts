/** What the model of the kernel's buffers says, against those buffers. One probe a sentence. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { BlockRing } from '../../src/model/block-ring.js';
import { ReceiveQueue } from '../../src/model/receive-queue.js';
import { linearTruesize } from '../../src/model/truesize.js';
import { acceptAll } from '../../src/sys/filter-program.js';
import { FrameSender } from '../../src/sys/frame-sender.js';
import { TpacketBlockDesc } from '../../src/sys/layouts.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { ProbeQueue } from './probe-queue.js';
import { ProbeRing } from './probe-ring.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

const MTU = 9000;
const BLOCK_BYTES = 4096;
const PATIENCE_MS = 1000;

/** A cable for long frames, with a sender of its own. */
class LongCable implements Disposable {
  readonly #cable: Cable;
  readonly #sender: FrameSender;

  constructor(name: string) {
    this.#cable = new Cable(name);
    for (const end of [this.#cable.near, this.#cable.far]) {
      const { status } = spawnSync('ip', ['link', 'set', end.name, 'mtu', `${MTU}`]);
      assert.equal(status, 0);
    }
    this.#sender = new FrameSender({
      interfaceIndex: this.#cable.near.index,
      slotCount: 1,
      slotLength: MTU + 14,
      bypassQdisc: true,
    });
    this.#sender.frames.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]);
  }

  get farIndex(): number {
    return this.#cable.far.index;
  }

  send(length: number, count = 1): void {
    this.#sender.setLength(0, length);
    for (let i = 0; i < count; i++) assert.equal(this.#sender.send(0, 1), 1);
  }

  [Symbol.dispose](): void {
    this.#sender.close();
    this.#cable[Symbol.dispose]();
  }
}

/** Waits until a number is what it should be, or no longer. */
async function waitFor(read: () => number, expected: number): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  while (read() !== expected && performance.now() < deadline) await setTimeout(1);
  return read();
}

/** Lengths around every change of the charge that was ever seen, and a spread between. */
const LENGTHS = [
  ...[60, 239, 240, 241, 242, 687, 688, 689, 690, 1514, 1711, 1712, 1713, 3735, 3736, 3737],
  ...[4078, 4079, 4080, 4081, 4110, 4111, 8206, 8207, 9014],
  ...Array.from({ length: 60 }, (_, i) => 61 + i * 149),
];

describe("the model's queue", { skip }, () => {
  it('a frame is charged the truesize that the model computes from its length', async () => {
    using cable = new LongCable('charge');
    using queue = new ProbeQueue(cable.farIndex, { bufferBytes: 1 << 20 });
    const truesize = linearTruesize();
    const charged: [number, number][] = [];
    for (const length of LENGTHS) {
      cable.send(length);
      const bytes = await waitFor(() => queue.socket.readQueuedBytes(), truesize(length));
      charged.push([length, bytes]);
      queue.receiveAll();
    }
    assert.deepEqual(
      charged,
      LENGTHS.map((length) => [length, truesize(length)]),
    );
  });

  it('a frame in pages is charged for its head alone where the snapshot length cuts it to what has room there', async () => {
    using cable = new LongCable('cut');
    const truesize = linearTruesize();
    for (const snapshotLength of [1, 96, 254, 255, 4000, 9013]) {
      // The cable's own socket holds each frame, too, as the IP stack does.
      const filter = acceptAll(snapshotLength);
      using queue = new ProbeQueue(cable.farIndex, { bufferBytes: 1 << 20, filter });
      for (const length of [60, 300, 1514, 4079, 4080, 4111, 9014]) {
        const expected = truesize(length, snapshotLength);
        cable.send(length);
        const bytes = await waitFor(() => queue.socket.readQueuedBytes(), expected);
        assert.equal(bytes, expected, `${snapshotLength} of ${length} bytes`);
        queue.receiveAll();
      }
    }
  });

  it('a queue takes as many frames as the model: while the charges before are below its limit', async () => {
    using cable = new LongCable('fit');
    for (const bufferBytes of [1, 4096, 10_000, 100_000]) {
      for (const length of [60, 300, 1000, 1514, 4500]) {
        using queue = new ProbeQueue(cable.farIndex, { bufferBytes });
        const receiveBufferBytes = queue.socket.setReceiveBuffer(bufferBytes);
        const model = new ReceiveQueue({ receiveBufferBytes });
        cable.send(length, 300);
        for (let i = 0; i < 300; i++) model.arrive(i, length);
        let packets = 0;
        let drops = 0;
        await waitFor(() => {
          const statistics = queue.readStatistics();
          drops += statistics.drops;
          packets += statistics.packets;
          return packets;
        }, 300);
        const expected = model.getStatistics();
        assert.deepEqual(
          { packets, drops, queued: queue.socket.readQueuedBytes() },
          { packets: 300, drops: expected.drops, queued: model.chargedBytes },
          `${length} bytes, buffer of ${receiveBufferBytes}`,
        );
      }
    }
  });
});

/** What happens to a ring: frames of these lengths, a release of the oldest block, a reading. */
type Step = readonly number[] | 'release' | 'statistics';

const SCENARIOS: readonly { name: string; blocks: number; steps: readonly Step[] }[] = [
  { name: 'a block and a frame', blocks: 3, steps: [new Array(29).fill(60)] },
  { name: 'frames that fill a block to its last byte', blocks: 3, steps: [[1934, 1950]] },
  { name: 'frames that fill it but for eight', blocks: 3, steps: [[1934, 1942]] },
  { name: 'a frame longer than a block', blocks: 3, steps: [[8000]] },
  { name: 'three of them', blocks: 4, steps: [[8000, 8000, 8000]] },
  { name: 'eight frames in three blocks', blocks: 3, steps: [new Array(8).fill(3900)] },
  {
    name: 'a freeze and a thaw',
    blocks: 3,
    steps: [new Array(100).fill(60), 'statistics', 'release', new Array(40).fill(60), 'release'],
  },
  {
    name: 'losing, and its end by a reading',
    blocks: 2,
    steps: [
      [...new Array(60).fill(100), 1500, 9000, 60],
      'release',
      new Array(30).fill(60),
      'statistics',
      'release',
      [60, 700, 1500, 60, 60, 3000, 200, 2000],
      'release',
      [60],
      'statistics',
    ],
  },
  {
    name: 'mixed lengths',
    blocks: 5,
    steps: [
      Array.from({ length: 50 }, (_, i) => 60 + ((i * 397) % 1400)),
      'release',
      'release',
      Array.from({ length: 30 }, (_, i) => 60 + ((i * 911) % 5000)),
      'statistics',
    ],
  },
];

describe("the model's ring", { skip }, () => {
  it('blocks, statuses, frame counts, lengths and counters are those of the model', async () => {
    using cable = new LongCable('blocks');
    for (const { name, blocks, steps } of SCENARIOS) {
      using kernel = new ProbeRing(cable.farIndex, { blockCount: blocks, retireMs: 60_000 });
      const model = new BlockRing({
        blockCount: blocks,
        blockSize: BLOCK_BYTES,
        retireNs: 60_000_000_000,
        reserveBytes: 2,
        kernel: '6.18',
      });
      const view = new DataView(kernel.memory.buffer);
      const stateOf = (slot: number) => ({
        status: kernel.status(slot),
        frames: kernel.frameCount(slot),
        length: view.getUint32(slot * BLOCK_BYTES + TpacketBlockDesc.blkLen, true),
        number: kernel.blockNumber(slot),
      });
      const modelled = (slot: number) => ({
        status: model.status(slot),
        frames: model.frameCount(slot),
        length: model.usedBytes(slot),
        number: model.sequence(slot),
      });
      const slots = Array.from({ length: blocks }, (_, slot) => slot);
      for (const [at, step] of [...steps, 'statistics' as const].entries()) {
        const where = `${name}, step ${at + 1}`;
        if (step === 'release') {
          kernel.release(model.releasedCount % blocks);
          model.release();
        } else if (step === 'statistics') {
          assert.deepEqual(kernel.readStatistics(), model.getStatistics(), where);
        } else {
          for (const length of step) {
            cable.send(length);
            model.arrive(model.nowNs + 1, length);
          }
          // The cable delivers in the sending thread; a busy machine may put it off.
          await waitFor(
            () => Number(slots.every((s) => stateOf(s).frames === model.frameCount(s))),
            1,
          );
        }
        assert.deepEqual(slots.map(stateOf), slots.map(modelled), where);
      }
    }
  });
});
