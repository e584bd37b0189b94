/** How many simulated frames a second; `node` runs it from the test build's folder. */

import assert from 'node:assert/strict';
import { bench, run } from 'mitata';
import type { BufferOptions, SimulationResult } from '../../../src/model/simulation.js';
import { simulate } from '../../../src/model/simulation.js';
import { type FlowShape, flowTraffic } from '../../../src/model/traffic.js';

const FRAMES = 1_000_000;
const MS = 1_000_000;

const socket: BufferOptions = { kind: 'socket', receiveBufferBytes: 425_984 };
const ring: BufferOptions = {
  kind: 'ring',
  blockCount: 8,
  blockSize: 1 << 17,
  retireNs: 8 * MS,
};
const constant: FlowShape = { kind: 'constant', ratePps: 1_000_000 };
const poisson: FlowShape = { kind: 'poisson', ratePps: 1_000_000 };

function once(buffer: BufferOptions, shape: FlowShape): SimulationResult {
  return simulate({
    traffic: flowTraffic({ shape, sizes: { kind: 'fixed', length: 60 }, frames: FRAMES }, 1),
    buffer,
    reader: {
      framesPerSecond: 1_200_000,
      batch: 64,
      wakeUpNs: 20_000,
      stalls: { kind: 'periodic', everyNs: 50 * MS, lengthNs: 10 * MS },
    },
  });
}

/** What each must come to, so that a broken model can't look fast. */
function check(buffer: BufferOptions, shape: FlowShape): void {
  const result = once(buffer, shape);
  assert.equal(result.received, FRAMES);
  assert.equal(result.delivered + result.dropped, FRAMES);
  // One stall of 10 ms in each 50: at most 19 in the second that the traffic lasts.
  const gaps = result.gapCount + (result.finalGap > 0 ? 1 : 0);
  assert.ok(result.dropped > 0 && gaps >= 10, `${gaps} gaps`);
  const started = performance.now();
  for (let i = 0; i < 5; i++) once(buffer, shape);
  const perSecond = (5 * FRAMES) / ((performance.now() - started) / 1000);
  console.log(
    `${buffer.kind}, ${shape.kind}: ${(perSecond / 1e6).toFixed(1)} million frames a second`,
  );
}

for (const buffer of [socket, ring]) {
  for (const shape of [constant, poisson]) {
    check(buffer, shape);
    bench(`${buffer.kind}, ${shape.kind}: ${FRAMES} frames`, () => once(buffer, shape)).gc('once');
  }
}

await run();
