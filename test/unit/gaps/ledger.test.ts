import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AccountingError, StateError } from '../../../src/core/errors.js';
import { exactLoss, type Loss } from '../../../src/core/loss.js';
import type { Gap } from '../../../src/gaps/gap.js';
import { Ledger } from '../../../src/gaps/ledger.js';
import { type FakeFrame, FakeSource } from '../../support/fake-source.js';

function bookAll(ledger: Ledger, frames: readonly FakeFrame[]): void {
  const source = new FakeSource({ frames });
  while (!source.ended) {
    const batch = source.read(0);
    while (batch.next()) ledger.book(batch);
  }
}

function bounded(lost: number, atLeast: number, atMost: number): Loss {
  return { lost, certainty: 'bounded', atLeast, atMost, group: 1 };
}

describe('Ledger', () => {
  it('places 40 lost frames between frames 302 and 303', () => {
    const frames: FakeFrame[] = Array.from({ length: 500 }, () => ({}));
    frames[302] = { lostBefore: exactLoss(40) };
    const ledger = new Ledger();
    ledger.addInterface(0, 'eth0', 1);
    bookAll(ledger, frames);
    const closed = ledger.close(0, { received: 545, dropped: 45, unread: 0 });
    assert.deepEqual(ledger.account().gaps, [
      {
        interfaceId: 0,
        lost: 40,
        certainty: 'exact',
        atLeast: 40,
        atMost: 40,
        group: undefined,
        after: 302,
        before: 303,
        startNs: 301_000n,
        endNs: 302_000n,
      },
      {
        interfaceId: 0,
        lost: 5,
        certainty: 'exact',
        atLeast: 5,
        atMost: 5,
        group: undefined,
        after: 500,
        before: undefined,
        startNs: 499_000n,
        endNs: undefined,
      },
    ]);
    assert.deepEqual(closed, {
      id: 0,
      name: 'eth0',
      linkType: 1,
      frames: 500,
      received: 545,
      dropped: 45,
      unread: 0,
      lost: 45,
      placed: 40,
      finalGap: 5,
      unplaced: 0,
      gapCount: 2,
      boundedGapCount: 0,
    });
  });

  it('gives a loss before the first frame no frame before it and no start', () => {
    const ledger = new Ledger();
    bookAll(ledger, [{ timeNs: 7n, lostBefore: exactLoss(3) }]);
    const [gap] = ledger.account().gaps;
    assert.equal(gap?.after, undefined);
    assert.equal(gap?.before, 1);
    assert.equal(gap?.startNs, undefined);
    assert.equal(gap?.endNs, 7n);
  });

  it('closes an empty capture in which every frame was lost', () => {
    const ledger = new Ledger();
    ledger.addInterface(0, 'eth0');
    ledger.close(0, { received: 9, dropped: 9, unread: 0 });
    const { frames, lost, gaps } = ledger.account();
    assert.equal(frames, 0);
    assert.equal(lost, 9);
    assert.equal(gaps.length, 1);
    assert.equal(gaps[0]?.after, undefined);
    assert.equal(gaps[0]?.before, undefined);
  });

  it('closes an empty capture in which nothing came', () => {
    const ledger = new Ledger();
    ledger.addInterface(0, 'eth0');
    ledger.close(0, { received: 0, dropped: 0, unread: 0 });
    assert.equal(ledger.account().lost, 0);
    assert.deepEqual(ledger.account().gaps, []);
  });

  it('takes the neighbours of a gap from its own interface, numbers from all', () => {
    const ledger = new Ledger();
    bookAll(ledger, [
      { interfaceId: 1, timeNs: 10n },
      { interfaceId: 0, timeNs: 20n },
      { interfaceId: 0, timeNs: 30n },
      { interfaceId: 1, timeNs: 40n, lostBefore: exactLoss(2) },
      { interfaceId: 0, timeNs: 50n, lostBefore: exactLoss(6) },
    ]);
    const places = ledger
      .account()
      .gaps.map(({ interfaceId, lost, after, before, startNs, endNs }) => [
        interfaceId,
        lost,
        after,
        before,
        startNs,
        endNs,
      ]);
    assert.deepEqual(places, [
      [1, 2, 1, 4, 10n, 40n],
      [0, 6, 3, 5, 30n, 50n],
    ]);
    assert.deepEqual(
      ledger.account().interfaces.map(({ id, frames }) => [id, frames]),
      [
        [0, 3],
        [1, 2],
      ],
    );
  });

  it('lists a bounded entry with no frame counted at it, and does not count it as a gap', () => {
    const ledger = new Ledger();
    bookAll(ledger, [{}, { lostBefore: bounded(40, 38, 43) }, { lostBefore: bounded(0, 0, 5) }]);
    const account = ledger.account();
    assert.deepEqual(
      account.gaps.map(({ lost, atLeast, atMost, group }) => [lost, atLeast, atMost, group]),
      [
        [40, 38, 43, 1],
        [0, 0, 5, 1],
      ],
    );
    assert.equal(account.gapCount, 1);
    assert.equal(account.interfaces[0]?.boundedGapCount, 1);
  });

  it('takes an explicit count of 0 for a place without a gap', () => {
    const ledger = new Ledger();
    bookAll(ledger, [{}, { lostBefore: exactLoss(0) }]);
    assert.deepEqual(ledger.account().gaps, []);
    assert.equal(ledger.account().gapCount, 0);
    assert.equal(ledger.hasPlaces(0), true);
  });

  it('keeps as many gaps as it was told, counts and tells all of them', () => {
    const told: Gap[] = [];
    const ledger = new Ledger({ gapLimit: 2, onGap: (gap) => told.push(gap) });
    bookAll(
      ledger,
      [1, 2, 3, 4].map((lost) => ({ lostBefore: exactLoss(lost) })),
    );
    ledger.close(0, { received: 19, dropped: 15, unread: 0 });
    const account = ledger.account();
    assert.deepEqual(
      account.gaps.map(({ lost }) => lost),
      [1, 2, 5],
    );
    assert.equal(account.gapCount, 5);
    assert.equal(account.gapsOmitted, 2);
    assert.equal(account.lost, 15);
    assert.deepEqual(
      told.map(({ lost, before }) => [lost, before]),
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
        [5, undefined],
      ],
    );
  });

  it('leaves unknown what nobody counted', () => {
    const ledger = new Ledger();
    bookAll(ledger, [{}, { lostBefore: exactLoss(4) }]);
    const account = ledger.close(0, undefined);
    assert.equal(account.received, undefined);
    assert.equal(account.finalGap, undefined);
    assert.equal(account.lost, 4);
  });

  it('refuses totals that do not add up, with every number in the message', () => {
    const ledger = new Ledger();
    ledger.addInterface(0, 'eth0');
    bookAll(ledger, [{}, { lostBefore: exactLoss(4) }]);
    assert.throws(
      () => ledger.close(0, { received: 70, dropped: 11, unread: 3 }),
      (error) => {
        assert.ok(error instanceof AccountingError);
        assert.equal(error.code, 'LEDGER_MISMATCH');
        for (const part of ['eth0', '70', '11', 'unread 3', 'delivered 2', 'in gaps 4']) {
          assert.ok(error.message.includes(part), `${part} in ${error.message}`);
        }
        return true;
      },
    );
  });

  it('refuses to close an interface twice', () => {
    const ledger = new Ledger();
    ledger.close(0, undefined);
    assert.throws(() => ledger.close(0, undefined), StateError);
  });
});

describe('Ledger and what a source knows of the end', () => {
  it('makes a final gap bounded that the source knows to be', () => {
    const ledger = new Ledger();
    bookAll(ledger, [{}, { lostBefore: bounded(7, 2, 9) }]);
    const totals = { received: 13, dropped: 11, unread: 0, finalLoss: bounded(4, 2, 9) };
    const account = ledger.close(0, totals);
    const gap = ledger.account().gaps[1]!;
    assert.deepEqual(
      [gap.lost, gap.certainty, gap.atLeast, gap.atMost, gap.group],
      [4, 'bounded', 2, 9, 1],
    );
    assert.equal(account.boundedGapCount, 2);
    assert.equal(account.finalGap, 4);
  });

  it('lists a final place where nothing is counted but something may be lost', () => {
    const ledger = new Ledger();
    bookAll(ledger, [{ lostBefore: bounded(7, 2, 7) }]);
    ledger.close(0, { received: 8, dropped: 7, unread: 0, finalLoss: bounded(0, 0, 5) });
    const account = ledger.account();
    assert.equal(account.gaps[1]?.atMost, 5);
    assert.equal(account.gaps[1]?.before, undefined);
    assert.equal(account.gapCount, 1);
  });

  it('refuses a source whose own count after the last frame is not what is left', () => {
    for (const lost of [3, 5]) {
      const ledger = new Ledger();
      bookAll(ledger, [{ lostBefore: exactLoss(7) }]);
      const totals = { received: 12, dropped: 11, unread: 0, finalLoss: exactLoss(lost) };
      assert.throws(() => ledger.close(0, totals), AccountingError);
    }
  });

  it('adds what was lost before unread frames to the final gap', () => {
    const ledger = new Ledger();
    bookAll(ledger, [{}]);
    const source = new FakeSource({
      frames: [{ lostBefore: exactLoss(5) }, { lostBefore: bounded(3, 1, 4) }],
    });
    const batch = source.read(0);
    while (batch.next()) ledger.bookUnread(batch);
    const totals = { received: 13, dropped: 10, unread: 2, finalLoss: exactLoss(2) };
    assert.deepEqual(ledger.finalLoss(0, totals), {
      lost: 10,
      certainty: 'bounded',
      atLeast: 8,
      atMost: 11,
      group: 1,
    });
    ledger.close(0, totals);
    const [gap] = ledger.account().gaps;
    assert.deepEqual([gap?.lost, gap?.atLeast, gap?.atMost, gap?.after], [10, 8, 11, 1]);
    assert.equal(ledger.frameCount, 1);
  });

  it('lets losses among unread frames that it was not shown pass', () => {
    const ledger = new Ledger();
    bookAll(ledger, [{}]);
    const totals = { received: 13, dropped: 10, unread: 2, finalLoss: exactLoss(2) };
    assert.equal(ledger.close(0, totals).finalGap, 10);
  });
});

describe('Ledger over several files', () => {
  it('gives a gap that straddles the change of files to the file of the frame after it', () => {
    const ledger = new Ledger();
    ledger.addInterface(0, 'eth0');
    bookAll(ledger, [{ timeNs: 1n }, { timeNs: 2n, lostBefore: exactLoss(10) }]);
    const first = ledger.startFile();
    bookAll(ledger, [{ timeNs: 9n, lostBefore: exactLoss(100) }, { timeNs: 11n }, { timeNs: 12n }]);
    ledger.close(0, { received: 5 + 110 + 1000 + 2, dropped: 1110, unread: 2 });
    const second = ledger.account();

    assert.deepEqual(
      first.interfaces.map(({ frames, received, dropped, unread, lost, finalGap, gapCount }) => [
        frames,
        received,
        dropped,
        unread,
        lost,
        finalGap,
        gapCount,
      ]),
      [[2, 12, 10, 0, 10, 0, 1]],
    );
    assert.deepEqual(
      second.interfaces.map(({ frames, received, dropped, unread, lost, finalGap, gapCount }) => [
        frames,
        received,
        dropped,
        unread,
        lost,
        finalGap,
        gapCount,
      ]),
      [[3, 1105, 1100, 2, 1100, 1000, 2]],
    );
    assert.deepEqual(
      second.gaps.map(({ lost, after, before, startNs, endNs }) => [
        lost,
        after,
        before,
        startNs,
        endNs,
      ]),
      [
        [100, undefined, 1, 2n, 9n],
        [1000, 3, undefined, 12n, undefined],
      ],
    );
    const run = ledger.runAccount();
    assert.equal(run.frames, 5);
    assert.equal(run.lost, 1110);
    assert.equal(run.gapCount, 3);
    assert.equal(run.gapsOmitted, 1);
    assert.equal(run.interfaces[0]?.received, 1117);
    assert.equal(ledger.fileCount, 2);
    assert.equal(ledger.runFrameCount, 5);
  });

  it('keeps an interface whose frames are all in an earlier file', () => {
    const ledger = new Ledger();
    bookAll(ledger, [{ interfaceId: 0 }, { interfaceId: 1, timeNs: 3n }]);
    ledger.startFile();
    bookAll(ledger, [{ interfaceId: 0 }]);
    ledger.close(0, { received: 2, dropped: 0, unread: 0 });
    ledger.close(1, { received: 8, dropped: 7, unread: 0 });
    const account = ledger.account();
    assert.deepEqual(
      account.interfaces.map(({ id, frames, lost }) => [id, frames, lost]),
      [
        [0, 1, 0],
        [1, 0, 7],
      ],
    );
    assert.equal(account.gaps[0]?.after, undefined);
    assert.equal(account.gaps[0]?.startNs, 3n);
  });
});
