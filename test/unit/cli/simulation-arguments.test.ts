import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultBuffer, parseBuffer } from '../../../src/cli/model-words.js';
import { type SimulateArguments, toSimulationPlan } from '../../../src/cli/simulation-arguments.js';
import { UsageError } from '../../../src/cli/usage-error.js';

const RATE: SimulateArguments = { rate: [1000] };

describe('toSimulationPlan', () => {
  it('lasts ten seconds unless told otherwise', () => {
    assert.deepEqual(toSimulationPlan(RATE).limits, { endNs: 10e9 });
    assert.deepEqual(toSimulationPlan({ ...RATE, seconds: 0.5 }).limits, { endNs: 5e8 });
    assert.deepEqual(toSimulationPlan({ ...RATE, frames: 7 }).limits, { frames: 7 });
    assert.deepEqual(toSimulationPlan({ from: 'x' }).limits, {});
  });

  it('simulates the buffer of gapcap capture unless told otherwise', () => {
    assert.deepEqual(toSimulationPlan(RATE).buffers, [defaultBuffer]);
    const [largest] = toSimulationPlan({ ...RATE, findBuffer: true }).buffers;
    assert.deepEqual(largest, { ...defaultBuffer, sizeBytes: 2 ** 30 });
  });

  it('sweeps around a single rate and a single buffer', () => {
    const plan = toSimulationPlan({ ...RATE, sweep: true, buffer: [parseBuffer('socket:256M')] });
    assert.deepEqual(
      plan.traffic.kind === 'made' && plan.traffic.rates,
      [250, 500, 1000, 2000, 4000],
    );
    assert.deepEqual(
      plan.buffers.map(({ sizeBytes }) => sizeBytes / 2 ** 20),
      [16, 64, 256],
      'the kernel gives no queue of 1 GiB',
    );
  });

  it('sweeps over the lists that it is given', () => {
    const buffer = [parseBuffer('ring:1M'), parseBuffer('ring:2M')];
    const plan = toSimulationPlan({ rate: [1, 5], sweep: true, buffer });
    assert.deepEqual(plan.traffic.kind === 'made' && plan.traffic.rates, [1, 5]);
    assert.deepEqual(plan.buffers, buffer);
  });

  it('gives random stalls another seed than the traffic', () => {
    const stall = { kind: 'random', everyNs: 5, lengthNs: 1 } as const;
    const plan = toSimulationPlan({ ...RATE, stall, seed: 8 });
    assert.deepEqual(plan.reader.stalls, { ...stall, seed: 9 });
    assert.equal(plan.traffic.kind === 'made' && plan.traffic.seed, 8);
  });

  const ring = [parseBuffer('ring:1M')];
  const socket = [parseBuffer('socket:1M')];
  const contradictions: [SimulateArguments, RegExp][] = [
    [{}, /needs traffic/],
    [{ ...RATE, from: 'x' }, /--rate contradicts --from/],
    [{ from: 'x', size: { kind: 'imix' } }, /--size contradicts --from/],
    [{ from: 'x', flows: 2 }, /--flows contradicts --from/],
    [{ from: 'x', traffic: { kind: 'poisson' } }, /--traffic contradicts --from/],
    [{ ...RATE, speed: [2] }, /--speed goes with --from/],
    [{ ...RATE, sweep: true, findBuffer: true }, /two questions/],
    [{ ...RATE, sweep: true, write: 'x' }, /--sweep writes no file/],
    [{ ...RATE, findBuffer: true, write: 'x' }, /--find-buffer writes no file/],
    [{ ...RATE, sweep: true, failOnLoss: true }, /--sweep makes several/],
    [{ ...RATE, findBuffer: true, failOnLoss: true }, /--find-buffer makes several/],
    [{ from: '-', findBuffer: true }, /not from standard input/],
    [{ rate: [1, 2] }, /more than one --rate/],
    [{ from: 'x', speed: [1, 2] }, /more than one --speed/],
    [{ ...RATE, buffer: [...ring, ...socket] }, /more than one --buffer/],
    [{ ...RATE, batch: 5 }, /--batch is for sockets/],
    [{ ...RATE, truesize: 500, buffer: ring }, /--truesize is for sockets/],
    [{ ...RATE, kernel: '6.18', buffer: socket }, /--kernel is for rings/],
  ];
  for (const [given, sentence] of contradictions) {
    it(`refuses ${sentence.source}`, () => {
      assert.throws(
        () => toSimulationPlan(given),
        (error) => error instanceof UsageError && sentence.test(error.message),
      );
    });
  }
});
