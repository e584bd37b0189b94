/** Kinds of captures for which it is told how much healing fills in of what could be. */

import type { AdverseStyle } from './adverse-capture.js';
import type { Plan, View } from './heal-plan.js';

/** A kind of captures. */
export interface HealKind {
  readonly name: string;
  /** All of a trial but its seed. */
  readonly plan: Omit<Plan, 'seed'>;
  /** What share of the frames that another capture has must be filled in; undefined: none need be. */
  readonly least?: number;
}

const style: AdverseStyle = {
  ...{ bigEndian: false, inMicroseconds: false, link: 'ethernet', snapshotLength: 0 },
  ...{ rings: 0, lossyRing: -1, splitsWires: false, recordsLoss: true, bounded: false },
  ...{ newSectionAt: 0, torn: false },
};

/** An eighth of the frames is lost. */
const view: View = {
  ...{ style, lossShare: 1, lossLength: 30, offsetNs: 0, driftPpm: 0, steps: [], jitterNs: 0 },
  ...{ delayShare: 0, delayNs: 0, lostAtEnds: 0, late: 0, early: 0 },
};

const plain: Omit<Plan, 'seed'> = {
  ...{ frames: 2000, alikeShare: 0, lookAlikes: 4, againShare: 0, replayAfter: 0, twinShare: 0 },
  ...{ burst: 1, spacingNs: 20_000, healed: view, donors: [view] },
};

const styled = (more: Partial<AdverseStyle>): View => ({ ...view, style: { ...style, ...more } });
const stepped = (byNs: number): View => ({ ...view, steps: [{ at: 50, byNs }] });
const like = (name: string, more: Partial<Plan>, least?: number): HealKind => ({
  name,
  plan: { ...plain, ...more },
  ...(least === undefined ? {} : { least }),
});
const delayed: View = { ...view, delayShare: 3, delayNs: 15_000 };

/** All kinds; those that people have come first, and say what must be filled in. */
export const healKinds: readonly HealKind[] = [
  like('one clock', {}, 0.98),
  like(
    'clocks an hour apart that drift',
    { donors: [{ ...view, offsetNs: -3.6e12, driftPpm: 60 }] },
    0.98,
  ),
  like('stamps in microseconds', { healed: styled({ inMicroseconds: true }) }, 0.98),
  like('bursts', { burst: 16 }, 0.98),
  like(
    'two wires each',
    { healed: styled({ splitsWires: true }), donors: [styled({ splitsWires: true })] },
    0.98,
  ),
  like('a source that is torn', { donors: [styled({ torn: true })] }),
  like('stamps of a source late now and then', { donors: [delayed] }, 0.98),
  like('one frame of two that looks like others', { alikeShare: 50 }, 0.98),
  like('nine frames of ten that look like others', { alikeShare: 90 }),
  like('a twentieth sent again', { againShare: 5 }, 0.98),
  like('a fifth sent again', { againShare: 20 }),
  like('a fifth twice at once', { twinShare: 20 }, 0.98),
  like('each twice at once', { twinShare: 100 }),
  like('a source that records no loss', { donors: [styled({ recordsLoss: false })] }, 0.98),
  like('bounded gaps', { healed: styled({ bounded: true }) }),
  like('two rings', { healed: styled({ rings: 2 }) }, 0.98),
  like('two rings, whose gaps are bounded', { healed: styled({ rings: 2, bounded: true }) }),
  // So few are lost that the end of one capture counts.
  like(
    'three rings each, of which one loses',
    {
      healed: styled({ rings: 3, lossyRing: 1 }),
      donors: [styled({ rings: 3, lossyRing: 1 })],
    },
    0.95,
  ),
  like(
    'two rings, and a source of two and one of one',
    { healed: styled({ rings: 2 }), donors: [styled({ rings: 2 }), view] },
    0.98,
  ),
  like('three sources', { donors: [view, view, view] }, 0.98),
  like('a source that begins late and ends early', {
    donors: [{ ...view, late: 0.2, early: 0.1 }],
  }),
  like('the source’s clock set by 3 s', { donors: [stepped(3e9)] }),
  like('the healed capture’s clock set by 5 ms', { healed: stepped(5e6) }),
  like('the healed capture’s clock set by -2 s', { healed: stepped(-2e9) }),
  like('stamps that err by 30 µs', { donors: [{ ...view, jitterNs: 30_000 }] }),
  like('two wires, in one interface of the healed capture', {
    donors: [styled({ splitsWires: true })],
  }),
  like('two wires, in one interface of the source', { healed: styled({ splitsWires: true }) }),
  like('a replay of 800 frames', { replayAfter: 800 }),
  like('a replay of 100 frames', { replayAfter: 100 }),
];
