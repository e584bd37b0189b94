/**
 * How many simulated frames a second: by the simulation itself, and through `ModelSource`, which gives each frame
 * its bytes. `node` runs it from the test build's folder; with `--json FILE` it only writes what docs/simulation.md has.
 */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bench, run } from 'mitata';
import type { ReaderOptions } from '../../../src/model/reader.js';
import type { BufferOptions, SimulationResult } from '../../../src/model/simulation.js';
import { simulate } from '../../../src/model/simulation.js';
import { type FlowShape, flowTraffic, type Traffic } from '../../../src/model/traffic.js';
import { ModelSource } from '../../../src/source/model-source.js';
import { machineFacts } from '../../live/machine-facts.js';

const FRAMES = 1_000_000;
const ROUNDS = 5;
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

const READER: ReaderOptions = {
  framesPerSecond: 1_200_000,
  batch: 64,
  wakeUpNs: 20_000,
  stalls: { kind: 'periodic', everyNs: 50 * MS, lengthNs: 10 * MS },
};

function trafficOf(shape: FlowShape): Traffic {
  return flowTraffic({ shape, sizes: { kind: 'fixed', length: 60 }, frames: FRAMES }, 1);
}

function once(buffer: BufferOptions, shape: FlowShape): SimulationResult {
  return simulate({ traffic: trafficOf(shape), buffer, reader: READER });
}

/** Reads a simulation as a source of frames; returns how many it gave. */
function throughSource(buffer: BufferOptions, shape: FlowShape): number {
  const source = new ModelSource({ traffic: trafficOf(shape), buffer, reader: READER });
  let frames = 0;
  while (!source.ended) for (const batch = source.read(0); batch.next(); ) frames++;
  source.close();
  return frames;
}

/** What each must come to, so that a broken model can't look fast. */
function check(buffer: BufferOptions, shape: FlowShape): void {
  const result = once(buffer, shape);
  assert.equal(result.received, FRAMES);
  assert.equal(result.delivered + result.dropped, FRAMES);
  // One stall of 10 ms in each 50: at most 19 in the second that the traffic lasts.
  const gaps = result.gapCount + (result.finalGap > 0 ? 1 : 0);
  assert.ok(result.dropped > 0 && gaps >= 10, `${gaps} gaps`);
  assert.equal(throughSource(buffer, shape), result.delivered);
}

/** Million frames a second in each of so many rounds. */
function ratesOf(task: () => unknown): number[] {
  return Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    task();
    return FRAMES / (performance.now() - started) / 1000;
  });
}

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const machine = machineFacts();
const results = [];
for (const buffer of [socket, ring]) {
  for (const shape of [constant, poisson]) {
    check(buffer, shape);
    const simulated = ratesOf(() => once(buffer, shape));
    const asSource = ratesOf(() => throughSource(buffer, shape));
    results.push({ buffer: buffer.kind, shape: shape.kind, simulated, asSource });
    const [first, second] = [simulated, asSource].map((rates) => median(rates).toFixed(1));
    console.log(
      `${buffer.kind}, ${shape.kind}: ${first} million frames a second, as a source ${second}`,
    );
    bench(`${buffer.kind}, ${shape.kind}: ${FRAMES} frames`, () => once(buffer, shape)).gc('once');
  }
}

if (values.json === undefined) await run();
else {
  const facts = { date: new Date().toISOString(), machine, frames: FRAMES, unit: '10^6 frames/s' };
  writeFileSync(values.json, `${JSON.stringify({ ...facts, results })}\n`);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}
