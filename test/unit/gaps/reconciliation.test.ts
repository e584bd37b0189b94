import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type RecordedFrames,
  type RecordedTotals,
  reconcile,
} from '../../../src/gaps/reconciliation.js';

const frames: RecordedFrames = {
  interface: 'eth0',
  frames: 10_000,
  placed: 40,
  hasPlaces: true,
  lastTimeNs: 5_000n,
  application: 'gapcap 0.1.0',
  truncated: false,
};

const noTotals: RecordedTotals = {
  accepted: undefined,
  dropped: undefined,
  delivered: undefined,
  received: undefined,
  interfaceDropped: undefined,
  takenNs: undefined,
};

const ownTotals: RecordedTotals = {
  accepted: 10_045,
  dropped: 45,
  delivered: 10_000,
  received: 10_100,
  interfaceDropped: 55,
  takenNs: 6_000n,
};

describe('reconcile', () => {
  it("takes the remainder of gapcap's own totals for the final gap", () => {
    assert.deepEqual(reconcile(frames, ownTotals), {
      settlement: {
        received: 10_045,
        dropped: 45,
        unread: 0,
        finalGap: 5,
        finalBounds: undefined,
        unplaced: 0,
        lossRecorded: true,
      },
      violation: undefined,
    });
  });

  it('does so for an own file without any gap', () => {
    const { settlement } = reconcile({ ...frames, placed: 0, hasPlaces: false }, ownTotals);
    assert.equal(settlement.finalGap, 45);
    assert.equal(settlement.unplaced, 0);
  });

  it('does so for a file of another tool that places at least one loss', () => {
    const { settlement } = reconcile({ ...frames, application: 'xdpdump 1.4' }, ownTotals);
    assert.equal(settlement.finalGap, 5);
  });

  it("calls dumpcap's total unplaced, and knows what it received", () => {
    const dumpcap = {
      ...frames,
      frames: 345_681,
      placed: 0,
      hasPlaces: false,
      application: 'Dumpcap (Wireshark) 4.0.17',
    };
    const totals = { ...noTotals, received: 345_681, interfaceDropped: 54_319 };
    assert.deepEqual(reconcile(dumpcap, totals).settlement, {
      received: 400_000,
      dropped: 54_319,
      unread: undefined,
      finalGap: undefined,
      finalBounds: undefined,
      unplaced: 54_319,
      lossRecorded: true,
    });
  });

  it('knows that nothing is unplaced where a foreign total is 0', () => {
    const foreign = { ...frames, placed: 0, hasPlaces: false, application: 'Dumpcap' };
    const { settlement } = reconcile(foreign, { ...noTotals, interfaceDropped: 0 });
    assert.equal(settlement.unplaced, 0);
    assert.equal(settlement.finalGap, 0);
    assert.equal(settlement.received, undefined);
  });

  it('knows nothing of loss from a foreign file without totals and places', () => {
    const foreign = { ...frames, placed: 0, hasPlaces: false, application: undefined };
    assert.equal(reconcile(foreign, undefined).settlement.lossRecorded, false);
    assert.equal(reconcile(foreign, noTotals).settlement.lossRecorded, false);
    assert.equal(reconcile(foreign, noTotals).settlement.finalGap, undefined);
  });

  it('knows the gaps but not the final one from an own file without totals', () => {
    const { settlement } = reconcile(frames, undefined);
    assert.equal(settlement.lossRecorded, true);
    assert.equal(settlement.finalGap, undefined);
  });

  it('leaves the end open where the file is truncated', () => {
    const { settlement, violation } = reconcile({ ...frames, truncated: true }, ownTotals);
    assert.equal(settlement.received, undefined);
    assert.equal(settlement.finalGap, undefined);
    assert.equal(violation, undefined);
  });

  it('leaves the end open where the last totals were taken before the last frame', () => {
    const early = { ...ownTotals, accepted: 9_030, delivered: 9_000, dropped: 30, takenNs: 4_000n };
    const { settlement, violation } = reconcile(frames, early);
    assert.equal(settlement.finalGap, undefined);
    assert.equal(violation, undefined);
  });

  it('finds frames that are missing from the file, or too many in it', () => {
    assert.match(reconcile({ ...frames, frames: 9_999 }, ownTotals).violation!.message, /10045/);
    assert.notEqual(reconcile({ ...frames, frames: 10_001 }, ownTotals).violation, undefined);
    const noAccepted = { ...ownTotals, accepted: undefined };
    assert.notEqual(reconcile({ ...frames, frames: 9_999 }, noAccepted).violation, undefined);
  });

  it('finds totals that hold less than the gaps', () => {
    const { settlement, violation } = reconcile(
      { ...frames, placed: 46 },
      { ...noTotals, dropped: 45 },
    );
    assert.equal(violation?.code, 'LEDGER_MISMATCH');
    assert.equal(settlement.dropped, undefined);
  });

  it('keeps recorded bounds of the final gap, unless the totals contradict them', () => {
    const bounds = { atLeast: 3, atMost: 9, group: 2 };
    const { settlement } = reconcile(frames, { ...ownTotals, finalBounds: bounds });
    assert.deepEqual(settlement.finalBounds, bounds);
    const stale = { ...bounds, atLeast: 6 };
    const other = reconcile(frames, { ...ownTotals, finalBounds: stale });
    assert.equal(other.settlement.finalBounds, undefined);
  });

  it('counts as unread what was accepted and neither delivered nor dropped', () => {
    const { settlement } = reconcile(frames, { ...ownTotals, accepted: 10_048 });
    assert.equal(settlement.unread, 3);
  });
});
