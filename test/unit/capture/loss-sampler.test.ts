import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InterfaceTotals } from '../../../src/capture/interface-totals.js';
import { LossSampler } from '../../../src/capture/loss-sampler.js';
import type { ReceiveCounters } from '../../../src/core/frame.js';
import { Ledger } from '../../../src/gaps/ledger.js';
import type { StatisticsToWrite } from '../../../src/pcapng/description-blocks.js';
import { FakeSource, fakeInterface } from '../../support/fake-source.js';

const second = 1_000_000_000n;

/** A capture of one interface whose card loses what the test says, as time goes by. */
class Sampled {
  readonly #counters: { received: number; dropped: number; interfaceDropped: number } = {
    received: 0,
    dropped: 0,
    interfaceDropped: 0,
  };
  readonly written: StatisticsToWrite[] = [];
  readonly sampler: LossSampler;

  constructor() {
    const interfaces = [fakeInterface(0)];
    const counters: ReceiveCounters[] = [this.#counters];
    const source = new FakeSource({ frames: [], interfaces, counters });
    const ledger = new Ledger();
    ledger.addInterface(0, 'eth0', 1);
    const totals = new InterfaceTotals(source, ledger);
    this.sampler = new LossSampler(interfaces, totals, undefined, { ns: 0n, ms: 0 });
  }

  at(seconds: number, interfaceDropped: number, last = false): void {
    this.#counters.interfaceDropped = interfaceDropped;
    const writer = {
      statistics: (_: number, statistics: StatisticsToWrite) => this.written.push(statistics),
    };
    const now = { ns: BigInt(seconds) * second, ms: seconds * 1000 };
    this.sampler.sample(writer, 0n, now, last);
  }

  get told(): unknown[] {
    return this.written.map((one) => [Number(one.timestampNs / second), one.interfaceDropped]);
  }
}

describe('LossSampler', () => {
  it('records a change together with the reading before it', () => {
    const capture = new Sampled();
    for (let s = 1; s < 10; s++) capture.at(s, s < 5 ? 0 : 12);
    capture.at(10, 20);
    assert.deepEqual(capture.told, [
      [4, 0],
      [5, 12],
      [9, 12],
      [10, 20],
    ]);
    assert.deepEqual(
      capture.sampler.losses.map(({ lost, startNs, endNs }) => [lost, startNs, endNs]),
      [
        [12, 4n * second, 5n * second],
        [8, 9n * second, 10n * second],
      ],
    );
  });

  it('records a reading a minute where nothing changes', () => {
    const capture = new Sampled();
    for (let s = 1; s <= 125; s++) capture.at(s, 0);
    assert.deepEqual(capture.told, [
      [60, 0],
      [120, 0],
    ]);
  });

  it('leaves the last reading to the statistics at the end', () => {
    const capture = new Sampled();
    capture.at(1, 0);
    capture.at(2, 3, true);
    assert.deepEqual(capture.told, [[1, 0]]);
    assert.equal(capture.sampler.losses[0]!.lost, 3);
  });
});
