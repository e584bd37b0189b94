import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EarlyLossTracker } from '../../../src/gaps/early-loss.js';

const second = 1_000_000_000n;
const at = (seconds: number): bigint => BigInt(seconds) * second;
const reading = (seconds: number, interfaceDropped?: number, backlogDropped?: number) => ({
  interfaceId: 0,
  timestampNs: at(seconds),
  startNs: at(100),
  interfaceDropped,
  backlogDropped,
});

describe('EarlyLossTracker', () => {
  it('places a loss between the frames around its two readings', () => {
    const tracker = new EarlyLossTracker();
    // Ten frames a second from 100 on: frame 1 is of second 100, frame 11 of 101, …
    const frames = (from: number, to: number): void => {
      for (let s = from; s < to; s++)
        for (let i = 0; i < 10; i++) tracker.frame(s, (s - 100) * 10 + i + 1);
    };
    frames(100, 105);
    tracker.reading(reading(103, 0));
    tracker.reading(reading(104, 12));
    frames(105, 110);
    const [loss] = tracker.losses;
    assert.deepEqual(
      { ...loss },
      {
        where: 'interface',
        interfaceId: 0,
        lost: 12,
        startNs: at(103),
        endNs: at(104),
        after: 30,
        before: 51,
      },
    );
    assert.equal(tracker.losses.length, 1);
  });

  it('counts from the start where there was no reading before, and knows no frame around', () => {
    const tracker = new EarlyLossTracker();
    tracker.frame(101, 1);
    tracker.reading(reading(105, 3));
    const [loss] = tracker.losses;
    assert.equal(loss!.startNs, at(100));
    assert.equal(loss!.after, undefined);
    assert.equal(loss!.before, undefined);
    assert.equal(loss!.lost, 3);
  });

  it('keeps the backlog of the host apart from the interface', () => {
    const tracker = new EarlyLossTracker();
    tracker.reading(reading(101, 1, 5));
    tracker.reading(reading(102, 1, 9));
    assert.deepEqual(
      tracker.losses.map(({ where, lost }) => [where, lost]),
      [
        ['interface', 1],
        ['backlog', 5],
        ['backlog', 4],
      ],
    );
  });

  it('says nothing of readings that say nothing, and begins anew where a counter did', () => {
    const tracker = new EarlyLossTracker();
    tracker.reading(reading(101));
    tracker.reading(reading(102, 7));
    tracker.reading(reading(103, 7));
    tracker.reading(reading(104, 2));
    assert.deepEqual(
      tracker.losses.map(({ lost }) => lost),
      [7, 2],
    );
  });

  it('keeps the sum where there are more losses than it lists', () => {
    const tracker = new EarlyLossTracker();
    for (let i = 1; i <= 10_050; i++) tracker.reading(reading(100 + i, i));
    assert.equal(tracker.losses.length, 10_000);
    assert.equal(
      tracker.losses.reduce((sum, { lost }) => sum + lost, 0),
      10_050,
    );
    assert.equal(tracker.losses.at(-1)!.endNs, at(10_150));
  });
});
