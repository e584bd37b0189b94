import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type LossRecord,
  type RecordedStatistics,
  readRecordedGaps,
} from '../../../src/analysis/recorded-gaps.js';
import { AccountingError } from '../../../src/core/errors.js';
import { exactLoss } from '../../../src/core/loss.js';
import { FakeSource, type FakeSourceOptions, fakeInterface } from '../../support/fake-source.js';

class FakeFile extends FakeSource implements LossRecord {
  end: 'complete' | 'truncated' | undefined = 'complete';
  format = 'pcapng';
  application: string | undefined = 'gapcap 0.1.0';
  readonly recorded: RecordedStatistics | undefined;

  constructor(options: FakeSourceOptions, recorded?: RecordedStatistics) {
    super(options);
    this.recorded = recorded;
  }

  statistics(_interfaceId: number): RecordedStatistics | undefined {
    return this.recorded;
  }
}

const frames = [{}, {}, { lostBefore: exactLoss(4) }, {}];

const statistics: RecordedStatistics = {
  accepted: 13,
  dropped: 9,
  delivered: 4,
  received: undefined,
  interfaceDropped: undefined,
  endNs: 1_000_000n,
};

describe('readRecordedGaps', () => {
  it("gives a file's gaps, its final gap and its totals", () => {
    const source = new FakeFile({ frames }, statistics);
    const facts = readRecordedGaps(source, { file: 'x.pcapng' });
    assert.equal(facts.file, 'x.pcapng');
    assert.equal(facts.format, 'pcapng');
    assert.equal(facts.truncated, false);
    assert.deepEqual(facts.mismatches, []);
    assert.equal(facts.account.frames, 4);
    assert.equal(facts.account.lost, 9);
    assert.deepEqual(
      facts.account.gaps.map(({ lost, after, before }) => [lost, after, before]),
      [
        [4, 2, 3],
        [5, 4, undefined],
      ],
    );
    assert.equal(source.closed, false);
  });

  it('reports totals that contradict the frames, and the gaps all the same', () => {
    const source = new FakeFile({ frames }, { ...statistics, accepted: 14, delivered: 5 });
    const facts = readRecordedGaps(source);
    assert.equal(facts.mismatches.length, 1);
    assert.equal(facts.mismatches[0]?.interface, 'eth0');
    assert.equal(facts.account.lost, 4);
    assert.equal(facts.account.interfaces[0]?.finalGap, undefined);
  });

  it('says that a file is truncated', () => {
    const source = new FakeFile({ frames }, statistics);
    source.end = 'truncated';
    const facts = readRecordedGaps(source);
    assert.equal(facts.truncated, true);
    assert.equal(facts.account.interfaces[0]?.received, undefined);
    assert.equal(facts.account.lost, 4);
  });

  it('knows no loss from a file that records none', () => {
    const source = new FakeFile({ frames: [{}, {}] });
    source.format = 'pcap';
    source.application = undefined;
    assert.equal(readRecordedGaps(source).account.lost, undefined);
  });

  it('lists an interface that never gave a frame', () => {
    const interfaces = [fakeInterface(0), fakeInterface(1, { name: undefined })];
    const facts = readRecordedGaps(new FakeFile({ frames, interfaces }));
    assert.deepEqual(
      facts.account.interfaces.map(({ id, name, frames: count }) => [id, name, count]),
      [
        [0, 'eth0', 4],
        [1, undefined, 0],
      ],
    );
  });

  it("holds a live source's counters against its frames", () => {
    const fitting = new FakeSource({ frames, counters: [{ received: 10, dropped: 6 }] });
    assert.equal(readRecordedGaps(fitting).account.interfaces[0]?.finalGap, 2);
    const wrong = new FakeSource({ frames, counters: [{ received: 11, dropped: 6 }] });
    assert.throws(() => readRecordedGaps(wrong), AccountingError);
  });

  it('shows each frame with its number, and stops where it is told to', () => {
    const source = new FakeFile({ frames, batchSize: 2 });
    const seen: number[] = [];
    readRecordedGaps(source, {
      onFrame: (_batch, number) => {
        seen.push(number);
        if (number === 2) source.stop();
      },
    });
    assert.deepEqual(seen, [1, 2]);
  });
});
