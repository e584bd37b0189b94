import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryReadSequence } from '../../src/core/numbered-frame.js';
import { startFlood } from '../../src/lab/flood.js';
import { type Engine, openLiveAll } from '../../src/source/live-source.js';
import { createVethPair, deleteLink, setLinkUp } from '../../src/sys/rtnetlink.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

const stallClock = new Int32Array(new SharedArrayBuffer(4));

interface Lane {
  frames: number;
  lost: number;
  lastSequence: number;
}

describe('openLiveAll on two interfaces', { skip }, () => {
  for (const engine of ['ring', 'socket'] as const satisfies readonly Engine[]) {
    it(`gives frames of a fast and a slow one in order of time, each with its gaps (${engine})`, async () => {
      for (const pair of ['a', 'b']) {
        createVethPair(`tx${pair}`, `rx${pair}`);
        setLinkUp(`rx${pair}`);
        setLinkUp(`tx${pair}`);
      }
      try {
        // A ring must hold what comes while the other interface's block is waited for.
        const small = { engine, bufferSizeBytes: 8 * 2 ** 20, blockSizeBytes: 65_536, retireMs: 5 };
        using source = openLiveAll([
          { interfaceName: 'rxa', ...small },
          { interfaceName: 'rxb', ...small },
        ]);
        using fast = await startFlood({ interfaceName: 'txa', durationMs: 1500, streamId: 1 });
        using slow = await startFlood({
          interfaceName: 'txb',
          durationMs: 1500,
          ratePps: 2000,
          streamId: 2,
        });
        const lanes: Lane[] = [0, 1].map(() => ({ frames: 0, lost: 0, lastSequence: 0 }));
        let earlier = 0;
        let lastNs = 0n;
        let stalls = 0;
        const take = (): number => {
          const batch = source.read(20);
          let count = 0;
          while (batch.next()) {
            count++;
            const lane = lanes[batch.interfaceId]!;
            const { buffer, byteOffset } = batch.bytes;
            const view = new DataView(buffer, byteOffset + batch.byteOffset, batch.capturedLength);
            const sequence = tryReadSequence(view, 0, batch.capturedLength)!;
            const lost = batch.lostBefore?.lost ?? 0;
            if (batch.lostBefore?.certainty !== 'bounded') {
              assert.equal(sequence - lane.lastSequence - 1, lost);
            }
            lane.frames++;
            lane.lost += lost;
            lane.lastSequence = sequence;
            const timeNs = BigInt(batch.seconds) * 1_000_000_000n + BigInt(batch.nanoseconds);
            if (timeNs < lastNs) earlier++;
            lastNs = timeNs;
          }
          return count;
        };
        let turns = 0;
        while (!fast.ended || !slow.ended) {
          take();
          turns++;
          if (turns % 100 === 0) {
            stalls++;
            Atomics.wait(stallClock, 0, 0, 90);
          }
          if (turns % 50 === 0) await sleep(0);
        }
        await sleep(50);
        source.stop();
        while (!source.ended) take();
        const sent = [(await fast.finished).sent, (await slow.finished).sent];
        for (const [id, lane] of lanes.entries()) {
          const counters = source.counters(id)!;
          assert.equal(counters.received, sent[id]);
          assert.equal(counters.received, lane.frames + counters.dropped);
          assert.ok(lane.lost <= counters.dropped);
        }
        assert.ok(lanes[0]!.frames > 100_000, `only ${lanes[0]!.frames} frames`);
        assert.ok(lanes[1]!.frames > 1000, `only ${lanes[1]!.frames} frames`);
        assert.equal(earlier, 0, `${earlier} frames out of order, ${stalls} stalls`);
      } finally {
        for (const pair of ['a', 'b']) deleteLink(`tx${pair}`);
      }
    });
  }
});
