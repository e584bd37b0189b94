import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readReport } from '../../../src/analysis/capture-report.js';
import { exactLoss } from '../../../src/core/loss.js';
import { toReportJson } from '../../../src/report/report-facts-json.js';
import { FakeSource, fakeInterface } from '../../support/fake-source.js';
import { fakeReport } from '../../support/report-fixture.js';

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

describe('toReportJson', () => {
  it('gives totals, times and every gap', () => {
    const report = fakeReport({ 101: 40 });
    assert.equal(report.file, 'fake.pcapng');
    assert.equal(report.frames, 400);
    assert.equal(report.bytes, 40_000);
    assert.equal(report.received, 447);
    assert.equal(report.lost, 47);
    assert.equal(report.start, '1795355060.000000000');
    assert.equal(report.end, '1795355060.003990000');
    assert.equal(report.gapCount, 2);
    assert.equal(report.gapsOmitted, 0);
    assert.equal(report.largestGap, 40);
    assert.equal(sum(report.timeline.lost), 47);
    assert.equal(report.interfaceDropped, null);
    assert.equal(report.interfaces[0]!.interfaceDropped, null);
  });

  it('gives the frames next to a gap by their distance from it', () => {
    const [gap, final] = fakeReport({ 101: 40 }).gaps;
    assert.deepEqual(gap!.framesBefore.nearest.slice(-2), [
      [-10_000, 100],
      [0, 100],
    ]);
    assert.deepEqual(gap!.framesAfter!.nearest.slice(0, 2), [
      [0, 100],
      [10_000, 100],
    ]);
    assert.equal(final!.before, null);
    assert.equal(final!.framesAfter, null);
  });

  it('lists so many interfaces only, and sums over all', () => {
    const interfaces = Array.from({ length: 250 }, (_, id) => fakeInterface(id));
    const frames = interfaces.map(({ id }) => ({ interfaceId: id, lostBefore: exactLoss(2) }));
    const counters = interfaces.map(() => ({ received: 3, dropped: 2 }));
    const report = toReportJson(readReport(new FakeSource({ frames, interfaces, counters })));
    assert.equal(report.interfaces.length, 200);
    assert.equal(report.interfacesOmitted, 50);
    assert.equal(report.received, 750);
    assert.equal(report.lost, 500);
  });

  it('knows how many frames were received only where each interface says it', () => {
    const interfaces = [fakeInterface(0), fakeInterface(1)];
    const frames = [{ interfaceId: 0 }, { interfaceId: 1 }];
    const counters = [{ received: 1, dropped: 0 }];
    const report = toReportJson(readReport(new FakeSource({ frames, interfaces, counters })));
    assert.deepEqual(
      report.interfaces.map(({ received }) => received),
      [1, null],
    );
    assert.equal(report.received, null);
    const none = toReportJson(readReport(new FakeSource({ frames: [], interfaces: [] })));
    assert.equal(none.received, null);
  });
});
