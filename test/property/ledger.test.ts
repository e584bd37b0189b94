import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AccountingError } from '../../src/core/errors.js';
import { exactLoss } from '../../src/core/loss.js';
import { Ledger } from '../../src/gaps/ledger.js';
import { reconcile } from '../../src/gaps/reconciliation.js';
import { FakeSource } from '../support/fake-source.js';
import fc from '../support/fixed-check.js';

const INTERFACES = 3;

/** What happens on the wire: one frame after another, each delivered or lost; now and then a new file. */
type Event = { readonly interfaceId: number; readonly fate: 'delivered' | 'lost' | 'new file' };

const event: fc.Arbitrary<Event> = fc.record({
  interfaceId: fc.nat(INTERFACES - 1),
  fate: fc.oneof(
    { weight: 10, arbitrary: fc.constant('delivered' as const) },
    { weight: 10, arbitrary: fc.constant('lost' as const) },
    { weight: 1, arbitrary: fc.constant('new file' as const) },
  ),
});

/** The truth, kept frame by frame on lists, without a single sum: what an observer of the wire sees. */
interface Truth {
  /** For each file, the interface of each frame in it, in order. */
  readonly files: { interfaceId: number; lostBefore: number; previous: number | undefined }[][];
  /** For each interface, the fate of each of its frames, in order. */
  readonly fates: boolean[][];
}

function observe(events: readonly Event[]): Truth {
  const files: Truth['files'] = [[]];
  const fates: boolean[][] = Array.from({ length: INTERFACES }, () => []);
  for (const { interfaceId, fate } of events) {
    if (fate === 'new file') {
      files.push([]);
      continue;
    }
    const own = fates[interfaceId]!;
    if (fate === 'delivered') {
      const file = files.at(-1)!;
      const lastIndex = file.findLastIndex((frame) => frame.interfaceId === interfaceId);
      const lostBefore = own.length - 1 - own.lastIndexOf(true);
      const previous = lastIndex === -1 ? undefined : lastIndex + 1;
      file.push({ interfaceId, lostBefore, previous });
    }
    own.push(fate === 'delivered');
  }
  return { files, fates };
}

function book(ledger: Ledger, file: Truth['files'][number]): void {
  const frames = file.map(({ interfaceId, lostBefore }) =>
    lostBefore === 0 ? { interfaceId } : { interfaceId, lostBefore: exactLoss(lostBefore) },
  );
  const source = new FakeSource({ frames });
  while (!source.ended) {
    const batch = source.read(0);
    while (batch.next()) ledger.book(batch);
  }
}

function bookRun({ files }: Truth): {
  ledger: Ledger;
  finished: ReturnType<Ledger['startFile']>[];
} {
  const ledger = new Ledger();
  for (let id = 0; id < INTERFACES; id++) ledger.addInterface(id, `eth${id}`);
  const finished = files.map((file, i) => {
    book(ledger, file);
    return i < files.length - 1 ? ledger.startFile() : undefined;
  });
  return { ledger, finished: finished.filter((account) => account !== undefined) };
}

const lostOf = (fates: readonly boolean[]): number =>
  fates.filter((delivered) => !delivered).length;

describe('Ledger', () => {
  it('finds exactly the gaps that an observer of every frame sees, in every file', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120 }), (events) => {
        const truth = observe(events);
        const { ledger, finished } = bookRun(truth);
        truth.fates.forEach((fates, id) => {
          ledger.close(id, { received: fates.length, dropped: lostOf(fates), unread: 0 });
        });
        const accounts = [...finished, ledger.account()];
        assert.equal(accounts.length, truth.files.length);
        truth.files.forEach((file, i) => {
          const expected = file.flatMap(({ interfaceId, lostBefore, previous }, index) =>
            lostBefore > 0 ? [[interfaceId, lostBefore, previous, index + 1]] : [],
          );
          const placed = accounts[i]!.gaps.filter(({ before }) => before !== undefined);
          assert.deepEqual(
            placed.map(({ interfaceId, lost, after, before }) => [
              interfaceId,
              lost,
              after,
              before,
            ]),
            expected,
          );
          assert.equal(accounts[i]!.frames, file.length);
        });
        truth.fates.forEach((fates, id) => {
          const finalGap = fates.length - 1 - fates.lastIndexOf(true);
          assert.equal(ledger.account().interfaces[id]?.finalGap, finalGap);
          const listed = ledger
            .account()
            .gaps.filter(({ before, interfaceId }) => before === undefined && interfaceId === id);
          assert.deepEqual(
            listed.map(({ lost }) => lost),
            finalGap > 0 ? [finalGap] : [],
          );
        });
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the law in every file, and the files add up to the run', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 120 }),
        fc.array(fc.nat(5), { minLength: INTERFACES, maxLength: INTERFACES }),
        (events, unread) => {
          const truth = observe(events);
          const { ledger, finished } = bookRun(truth);
          truth.fates.forEach((fates, id) => {
            const received = fates.length + unread[id]!;
            ledger.close(id, { received, dropped: lostOf(fates), unread: unread[id]! });
          });
          const accounts = [...finished, ledger.account()];
          for (const { interfaces, gaps } of accounts) {
            for (const own of interfaces) {
              assert.equal(own.received, own.frames + own.dropped! + own.unread!);
              const listed = gaps.filter(({ interfaceId }) => interfaceId === own.id);
              assert.equal(
                own.dropped,
                listed.reduce((sum, { lost }) => sum + lost, 0),
              );
              assert.equal(own.lost, own.dropped);
              assert.equal(own.gapCount, listed.length);
            }
          }
          const run = ledger.runAccount();
          truth.fates.forEach((fates, id) => {
            for (const key of ['frames', 'received', 'dropped', 'lost', 'gapCount'] as const) {
              const sum = accounts.reduce((total, file) => total + file.interfaces[id]![key]!, 0);
              assert.equal(run.interfaces[id]![key], sum, key);
            }
            assert.equal(run.interfaces[id]?.frames, fates.filter(Boolean).length);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never accepts a counter that is wrong', () => {
    const wrong = fc.tuple(
      fc.constantFrom('received' as const, 'dropped' as const, 'unread' as const),
      fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: -1000, max: -1 })),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), wrong, (events, [key, error]) => {
        const truth = observe(events);
        const { ledger } = bookRun(truth);
        const fates = truth.fates[0]!;
        const totals = { received: fates.length, dropped: lostOf(fates), unread: 0 };
        totals[key] += error;
        assert.throws(() => ledger.close(0, totals), AccountingError);
      }),
      { numRuns: 300 },
    );
  });

  it('never accepts a source that reports one loss wrongly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20), { minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        (losses, at, extra) => {
          // The kernel's drops are all placed, so what is reported too much can't hide in the final gap.
          const ledger = new Ledger();
          const reported = losses.map((lost, i) => lost + (i === at % losses.length ? extra : 0));
          book(
            ledger,
            reported.map((lostBefore) => ({ interfaceId: 0, lostBefore, previous: undefined })),
          );
          const dropped = losses.reduce((sum, lost) => sum + lost, 0);
          assert.throws(
            () => ledger.close(0, { received: losses.length + dropped, dropped, unread: 0 }),
            AccountingError,
          );
        },
      ),
    );
  });

  it('gives each file numbers from which a reader gets the same account', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), fc.nat(3), (events, unread) => {
        const truth = observe(events);
        const { ledger, finished } = bookRun(truth);
        truth.fates.forEach((fates, id) => {
          ledger.close(id, { received: fates.length + unread, dropped: lostOf(fates), unread });
        });
        for (const { interfaces, gaps } of [...finished, ledger.account()]) {
          for (const written of interfaces) {
            const places = gaps.filter((gap) => gap.interfaceId === written.id && gap.before);
            const { settlement, violation } = reconcile(
              {
                interface: 'eth0',
                frames: written.frames,
                placed: places.reduce((sum, { lost }) => sum + lost, 0),
                hasPlaces: places.length > 0,
                lastTimeNs: 1n,
                application: 'gapcap 0.1.0',
                truncated: false,
              },
              {
                accepted: written.received,
                dropped: written.dropped,
                delivered: written.frames,
                received: undefined,
                interfaceDropped: undefined,
                takenNs: 2n,
              },
            );
            assert.equal(violation, undefined);
            for (const key of ['received', 'dropped', 'unread', 'finalGap', 'unplaced'] as const) {
              assert.equal(settlement[key], written[key], key);
            }
          }
        }
      }),
    );
  });
});
