import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContentCounts } from '../../../src/heal/content-counts.js';
import { FillClaims, FillGuard } from '../../../src/heal/fill-guard.js';
import type { HeldFrame } from '../../../src/heal/held-frame.js';
import { RingRegion } from '../../../src/heal/ring-region.js';
import { Strays } from '../../../src/heal/strays.js';
import { heldFrame } from '../../support/held-frames.js';

const MS = 1e6;
const clock = { isReplayed: false, isSteadyAt: () => true };

/** Guards of two sources of a capture that has none of the contents. */
function guards(): readonly [FillGuard, FillGuard] {
  const place = { interfaceId: 0, interfaceIds: [0], claims: new FillClaims(), clock };
  const counts = new ContentCounts(100);
  return [
    new FillGuard(counts, { ...place, source: 1 }),
    new FillGuard(counts, { ...place, source: 2 }),
  ];
}

/** Decides a region between two sure anchors that was closed by content: equal keys are partners. */
function decide(
  mine: readonly HeldFrame[],
  theirs: readonly HeldFrame[],
  [guard] = guards(),
  mayBeShifted = false,
): HeldFrame[] {
  const partners = new Map<HeldFrame, HeldFrame>();
  for (const frame of mine.slice(0, -1)) {
    const other = theirs.find(({ key }) => key === frame.key);
    if (other !== undefined) partners.set(frame, other);
  }
  const paired = new Set(partners.values());
  const strays = mine.slice(0, -1).filter((frame) => !partners.has(frame));
  const region = new RingRegion(mine, theirs, strays, {
    ...{ toleranceNs: MS, spreadNs: MS / 1000, donorPlacesLosses: true, proves: true, guard },
    ...{ isMixed: false, isSure: true, byPlace: false, anchored: true, before: undefined },
    ...{ startTime: 0, newGroup: () => 9, doubtful: new Set<HeldFrame>(), partners },
    ...{ groups: new Map([[1, { last: 1, places: 2 }]]), mayBeShifted },
    candidates: theirs.slice(0, -1).filter((frame) => !paired.has(frame)),
  });
  return region.decide(new Strays(MS / 1000));
}

const keysOf = (frames: readonly HeldFrame[]): number[] => frames.map(({ key }) => key);

describe('a region with losses of several rings', () => {
  it('is surer of no gap than of those that share frames with it', () => {
    // Frame 5 is of ring 0 or 1. Frame 6 may be of ring 1 or 2, and only its stamp says of which.
    const one = heldFrame({ key: 1, time: 10 * MS, ring: 0, lost: 1 });
    const two = heldFrame({ key: 2, time: 20 * MS, ring: 1, lost: 1 });
    const three = heldFrame({ key: 3, time: 20.1 * MS, ring: 2 });
    const anchor = heldFrame({ key: 4, time: 30 * MS, ring: 2, lost: 1 });
    const healed = decide(
      [one, two, three, anchor],
      [
        heldFrame({ key: 5, time: 5 * MS }),
        heldFrame({ key: 1, time: 10 * MS }),
        heldFrame({ key: 6, time: 19.9 * MS }),
        heldFrame({ key: 4, time: 30 * MS, lost: 3 }),
      ],
    );
    assert.deepEqual(keysOf(healed), [5, 1, 6, 2, 3, 4]);
    assert.deepEqual(
      [one, two].map(({ gap }) => [gap!.filled, gap!.isCertain]),
      [
        [1, false],
        [1, false],
      ],
    );
  });

  it('tells the numbers of a group of bounded losses by where the frames lie, and proves them', () => {
    const group = (lost: number) =>
      ({ lost, certainty: 'bounded', atLeast: 0, atMost: 3, group: 1 }) as const;
    const places = [
      heldFrame({ key: 1, time: 10 * MS, ring: 0, lost: group(0) }),
      heldFrame({ key: 2, time: 20 * MS, ring: 0 }),
      heldFrame({ key: 3, time: 40 * MS, ring: 0, lost: group(3) }),
    ];
    const [one, , other] = places as [HeldFrame, HeldFrame, HeldFrame];
    const theirs = [
      ...[heldFrame({ key: 11, time: 5 * MS }), heldFrame({ key: 1, time: 10 * MS })],
      ...[heldFrame({ key: 2, time: 20 * MS }), heldFrame({ key: 12, time: 30 * MS })],
      ...[heldFrame({ key: 13, time: 31 * MS }), heldFrame({ key: 3, time: 40 * MS })],
    ];
    assert.deepEqual(keysOf(decide(places, theirs)), [11, 1, 2, 12, 13, 3]);
    assert.deepEqual([one.gap!.filled, one.gap!.isCertain, one.lostBefore], [1, true, undefined]);
    assert.deepEqual([other.gap!.filled, other.gap!.isCertain], [2, true]);
    assert.equal(other.lostBefore, undefined);
  });

  it('fills none of several gaps where a clock was set: times don’t say which ring lost a frame', () => {
    for (const wasSet of [false, true]) {
      const mine = [
        heldFrame({ key: 1, time: 10 * MS, ring: 0, lost: 1 }),
        heldFrame({ key: 2, time: 20 * MS, ring: 1 }),
        heldFrame({ key: 3, time: 30 * MS, ring: 1, lost: 1 }),
      ];
      const theirs = [
        ...[heldFrame({ key: 11, time: 5 * MS }), heldFrame({ key: 1, time: 10 * MS })],
        ...[heldFrame({ key: 2, time: 20 * MS }), heldFrame({ key: 12, time: 25 * MS })],
        heldFrame({ key: 3, time: 30 * MS }),
      ];
      const keys = keysOf(decide(mine, theirs, guards(), wasSet));
      assert.deepEqual(keys, wasSet ? [1, 2, 3] : [11, 1, 2, 12, 3]);
    }
  });

  it('fills no bounded loss of whose group a place lies elsewhere', () => {
    const lost = { lost: 1, certainty: 'bounded', atLeast: 0, atMost: 3, group: 1 } as const;
    const only = heldFrame({ key: 1, time: 10 * MS, ring: 0, lost });
    const theirs = [heldFrame({ key: 5, time: 5 * MS }), heldFrame({ key: 1, time: 10 * MS })];
    assert.deepEqual(keysOf(decide([only], theirs)), [1]);
    assert.deepEqual(
      [only.gap!.filled, only.gap!.reason, only.lostBefore],
      [0, 'not proved', lost],
    );
  });

  it('leaves a frame that finds no place in it to other sources', () => {
    // The other capture has frame 5 of ring 1 before frame 6 of ring 0: one order must be wrong.
    const both = guards();
    const ends = [
      heldFrame({ key: 1, time: 10 * MS, ring: 0, lost: 1 }),
      heldFrame({ key: 2, time: 10.1 * MS, ring: 1 }),
      heldFrame({ key: 3, time: 20 * MS, ring: 1, lost: 1 }),
      heldFrame({ key: 4, time: 30 * MS, ring: 1 }),
    ];
    const late = heldFrame({ key: 6, time: 9 * MS });
    const healed = decide(
      ends,
      [
        heldFrame({ key: 5, time: 11.2 * MS }),
        late,
        heldFrame({ key: 1, time: 11.3 * MS }),
        heldFrame({ key: 3, time: 20 * MS }),
        heldFrame({ key: 4, time: 30 * MS, lost: 1 }),
      ],
      both,
    );
    assert.deepEqual(keysOf(healed), [1, 2, 5, 3, 4]);
    assert.equal(ends[0]!.gap!.reason, 'not proved');
    assert.equal(both[1].admit(late, true), true);
  });

  it('is proved only where the frames and losses of both captures add up to the same', () => {
    // The other capture lacks one of the frames that were lost here; it says so, or nothing, or too much.
    for (const lost of [1, 0, 2]) {
      const one = heldFrame({ key: 1, time: 10 * MS, ring: 0, lost: 1 });
      decide(
        [
          ...[one, heldFrame({ key: 2, time: 20 * MS, ring: 1 })],
          heldFrame({ key: 3, time: 30 * MS, ring: 1, lost: 1 }),
          heldFrame({ key: 4, time: 40 * MS, ring: 1 }),
        ],
        [
          ...[heldFrame({ key: 5, time: 5 * MS }), heldFrame({ key: 1, time: 10 * MS })],
          ...[heldFrame({ key: 2, time: 20 * MS }), heldFrame({ key: 3, time: 30 * MS, lost })],
          heldFrame({ key: 4, time: 40 * MS }),
        ],
      );
      const { filled, isCertain } = one.gap!;
      assert.deepEqual([filled, isCertain], lost === 2 ? [0, true] : [1, lost === 1]);
    }
  });
});
