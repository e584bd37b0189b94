import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RingSpans, type SpanReader } from '../../../src/heal/ring-spans.js';
import fc from '../../support/fixed-check.js';

/** A frame: its ring, whether frames of it were lost before, and of which group that loss is. */
type Booked = readonly [ring: number, isAfterLoss: boolean, group?: number | undefined];

function spansOf(
  frames: readonly Booked[],
  lostBehind?: (ring: number) => number | undefined,
  finalGroup?: number,
): RingSpans {
  const spans = new RingSpans();
  for (const [i, [ring, isAfterLoss, group]] of frames.entries()) {
    spans.book(ring, i + 1, isAfterLoss ? { group } : undefined);
  }
  spans.end(lostBehind ?? (() => 0), finalGroup);
  return spans;
}

function marksOf(frames: readonly Booked[], lostBehind?: (ring: number) => number | undefined) {
  const reader = spansOf(frames, lostBehind).reader();
  return frames.map((_, i) => [reader.isOpen(i + 1), reader.isEnd(i + 1)] as const);
}

/** The same from what the words mean: a loss lies between a frame and the one before it of its ring. */
function expected(frames: readonly Booked[], lostBehind: (ring: number) => number | undefined) {
  const losses = frames.flatMap(([ring, isAfterLoss], at) => {
    if (!isAfterLoss) return [];
    return [{ from: frames.slice(0, at).findLastIndex((one) => one[0] === ring), to: at }];
  });
  for (const ring of new Set(frames.map(([of]) => of))) {
    if (lostBehind(ring) === 0) continue;
    const from = frames.findLastIndex((one) => one[0] === ring);
    losses.push({ from, to: Number.POSITIVE_INFINITY });
  }
  const isOpen = (i: number): boolean => losses.some(({ from, to }) => from < i && i < to);
  return frames.map((_, i) => [
    isOpen(i),
    !isOpen(i) && losses.some(({ from, to }) => to === i && i - from > 1 && i > 0),
  ]);
}

describe('where losses of one ring lie among frames of others', () => {
  it('is nowhere with one ring', () => {
    const frames: Booked[] = [
      [-1, true],
      [-1, false],
      [-1, true],
    ];
    assert.ok(marksOf(frames).every(([isOpen, isEnd]) => !isOpen && !isEnd));
  });

  it('is between two frames of a ring', () => {
    const frames: Booked[] = [
      [0, false],
      [1, false],
      [1, false],
      [0, true],
      [1, false],
    ];
    assert.deepEqual(marksOf(frames), [
      [false, false],
      [true, false],
      [true, false],
      [false, true],
      [false, false],
    ]);
  });

  it('is up to the end where a ring that ended sooner lost some, or nobody knows', () => {
    const frames: Booked[] = [
      [0, false],
      [1, false],
      [1, false],
    ];
    for (const [lost, isOpen] of [
      [0, false],
      [3, true],
      [undefined, true],
    ] as const) {
      const marks = marksOf(frames, (ring) => (ring === 0 ? lost : 0));
      assert.deepEqual(
        marks.map(([open]) => open),
        [false, isOpen, isOpen],
      );
    }
  });

  it('is also between the places of a group of bounded losses, for whoever takes groups whole', () => {
    const frames: Booked[] = [
      ...([
        [0, false],
        [1, false],
        [0, true, 5],
        [0, false],
        [1, false],
        [1, false],
      ] as const),
      ...([
        [0, true, 5],
        [1, false],
      ] as const),
    ];
    const openOf = (reader: SpanReader): number[] =>
      frames.flatMap((_, i) => (reader.isOpen(i + 1) ? [i + 1] : []));
    assert.deepEqual(openOf(spansOf(frames).reader()), [2, 5, 6]);
    assert.deepEqual(openOf(spansOf(frames).groupReader()), [2, 3, 4, 5, 6]);
    assert.deepEqual(openOf(spansOf(frames, undefined, 5).groupReader()), [2, 5, 6]);
    const ofOne = frames.map(([, isAfterLoss, group]): Booked => [0, isAfterLoss, group]);
    assert.deepEqual(openOf(spansOf(ofOne).groupReader()), []);
  });

  it('leaves no frame of a group that isn’t open but its last one, whatever the rings', () => {
    const booked = fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.boolean(),
      fc.constantFrom(undefined, 1, 2),
    );
    fc.assert(
      fc.property(fc.array(booked, { maxLength: 24 }), (frames) => {
        const reader = spansOf(frames).groupReader();
        const marks = frames.map((_, i) => reader.isOpen(i + 1));
        const plain = spansOf(frames).reader();
        for (const i of frames.keys()) if (plain.isOpen(i + 1)) assert.ok(marks[i]);
        for (const group of [1, 2]) {
          const places = frames.flatMap(([, is, own], i) => (is && own === group ? [i] : []));
          const last = places.at(-1) ?? 0;
          const rings = new Set(frames.slice(0, last + 1).map(([ring]) => ring));
          if (places.length < 2 || rings.size < 2) continue;
          assert.ok(
            marks.slice(places[0]!, last).every((isOpen) => isOpen),
            `${places}`,
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is what the words mean, whatever the rings', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.boolean()), { maxLength: 24 }),
        fc.array(fc.constantFrom(0, 2, undefined), { minLength: 3, maxLength: 3 }),
        (frames, behind) => {
          const lostBehind = (ring: number): number | undefined => behind[ring];
          const marks = marksOf(frames, lostBehind).map(([isOpen, isEnd]) => [isOpen, isEnd]);
          assert.deepEqual(marks, expected(frames, lostBehind));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
