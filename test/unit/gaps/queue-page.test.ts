import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AccountingError } from '../../../src/core/errors.js';
import type { FrameBatch } from '../../../src/core/frame.js';
import { exactLoss, type Loss } from '../../../src/core/loss.js';
import { Ledger } from '../../../src/gaps/ledger.js';

function frame(queue: number, seconds: number, lostBefore?: Loss): FrameBatch {
  return {
    next: () => false,
    bytes: new Uint8Array(0),
    words: new Int32Array(0),
    byteOffset: 0,
    capturedLength: 0,
    originalLength: 0,
    seconds,
    nanoseconds: 0,
    interfaceId: 0,
    flags: 0,
    lostBefore,
    queue,
  };
}

describe('the ledger of an interface with several rings', () => {
  function booked(): Ledger {
    const ledger = new Ledger();
    ledger.addInterface(0, 'eth0');
    ledger.book(frame(0, 1));
    ledger.book(frame(1, 2));
    ledger.book(frame(1, 3, exactLoss(4)));
    ledger.book(frame(0, 4, exactLoss(5)));
    return ledger;
  }

  it("has gaps between neighbours of one ring, with other rings' frames among them", () => {
    const places = booked()
      .account()
      .gaps.map(({ queue, after, before, lost, startNs }) => [queue, after, before, lost, startNs]);
    assert.deepEqual(places, [
      [1, 2, 3, 4, 2_000_000_000n],
      [0, 1, 4, 5, 1_000_000_000n],
    ]);
  });

  it('has a final gap for each ring that lost frames at the end', () => {
    const ledger = booked();
    const account = ledger.close(0, {
      received: 23,
      dropped: 19,
      unread: 0,
      queues: [
        { queue: 0, received: 7, dropped: 5, finalLoss: exactLoss(0) },
        { queue: 1, received: 16, dropped: 14, finalLoss: exactLoss(10) },
      ],
    });
    assert.equal(account.finalGap, 10);
    const [final, ...more] = ledger.account().gaps.filter(({ before }) => before === undefined);
    assert.deepEqual([final!.queue, final!.after, final!.lost, more.length], [1, 3, 10, 0]);
  });

  it('holds each ring against its own totals, though the sums are right', () => {
    const totals = {
      received: 13,
      dropped: 9,
      unread: 0,
      queues: [
        { queue: 0, received: 6, dropped: 5 },
        { queue: 1, received: 7, dropped: 4 },
      ],
    };
    assert.throws(
      () => booked().close(0, totals),
      (error) => error instanceof AccountingError && /eth0, ring 0/.test(error.message),
    );
  });

  it('counts frames that nobody gets, and the loss before them, for their ring', () => {
    const ledger = booked();
    ledger.bookUnread(frame(1, 5, exactLoss(2)));
    ledger.close(0, {
      received: 16,
      dropped: 11,
      unread: 1,
      queues: [
        { queue: 0, received: 7, dropped: 5, finalLoss: exactLoss(0) },
        { queue: 1, received: 9, dropped: 6, finalLoss: exactLoss(0) },
      ],
    });
    const final = ledger.account().gaps.at(-1)!;
    assert.deepEqual([final.queue, final.lost, final.after], [1, 2, 3]);
  });

  it("puts a final gap that nobody divides behind the earliest of the rings' last frames", () => {
    const ledger = booked();
    ledger.settle(0, {
      received: 20,
      dropped: 16,
      unread: 0,
      finalGap: 7,
      finalBounds: undefined,
      unplaced: 0,
      lossRecorded: true,
    });
    const final = ledger.account().gaps.at(-1)!;
    assert.deepEqual([final.queue, final.lost, final.after], [undefined, 7, 3]);
  });

  it('books frames that lie behind one another as blocks at once, each ring by itself', () => {
    const ledger = new Ledger();
    const words = new Int32Array(0);
    const blocks = { bytes: new Uint8Array(0), words, start: 0, end: 0, extend: () => 6 };
    assert.equal(ledger.book({ ...frame(1, 9), blocks }, 10), 6);
    assert.equal(ledger.book({ ...frame(0, 9), blocks }), 0, 'unless asked for');
    assert.equal(ledger.frameCount, 8);
    ledger.book(frame(1, 10, exactLoss(1)));
    assert.deepEqual([ledger.account().gaps[0]!.after, ledger.account().gaps[0]!.before], [7, 9]);
  });
});
