/** Plans of adverse captures for healing: what the traffic is like, and how unlike each other the captures of it are. */

import type { AdverseFrame, AdverseStyle } from './adverse-capture.js';
import fc from './fixed-check.js';

/** How a capture sees the traffic. */
export interface View {
  readonly style: AdverseStyle;
  /** Of 100 frames so many begin a loss, of at most this length. */
  readonly lossShare: number;
  readonly lossLength: number;
  readonly offsetNs: number;
  readonly driftPpm: number;
  /** When so many of 100 frames have gone by, the clock is set by so much. */
  readonly steps: readonly { readonly at: number; readonly byNs: number }[];
  /** Greatest error of a stamp; beyond the distance of frames it changes the order. */
  readonly jitterNs: number;
  /**
   * Of 100 frames so many are stamped late, by at most so much: an interrupt came between. The frames
   * behind them are never stamped earlier than they.
   */
  readonly delayShare: number;
  readonly delayNs: number;
  /** Frames at both ends that are lost. */
  readonly lostAtEnds: number;
  /** Shares of the traffic that the capture begins later and ends sooner. */
  readonly late: number;
  readonly early: number;
}

/** One trial. */
export interface Plan {
  readonly seed: number;
  readonly frames: number;
  /** Of 100 frames so many look like others, of which there are `lookAlikes`. */
  readonly alikeShare: number;
  readonly lookAlikes: number;
  /** Of 100 frames so many are an earlier one sent again, and so many are followed by a twin at once. */
  readonly againShare: number;
  /** After so many frames, all contents so far come again in their order; 0: never. */
  readonly replayAfter: number;
  readonly twinShare: number;
  readonly burst: number;
  readonly spacingNs: number;
  readonly healed: View;
  readonly donors: readonly View[];
}

const styleOf = (isHealed: boolean): fc.Arbitrary<AdverseStyle> =>
  fc.record({
    bigEndian: fc.boolean(),
    inMicroseconds: fc.boolean(),
    link: fc.constantFrom('ethernet', 'vlan', 'cooked'),
    snapshotLength: fc.constantFrom(0, 0, 72, 100),
    splitsWires: fc.boolean(),
    rings: fc.constantFrom(0, 0, 0, 0, 2, 3),
    lossyRing: fc.constantFrom(-1, -1, 0, 1),
    recordsLoss: isHealed ? fc.constant(true) : fc.boolean(),
    bounded: isHealed ? fc.boolean() : fc.constantFrom(false, false, true),
    newSectionAt: fc.constantFrom(0, 0, 40),
    torn: fc.constantFrom(false, false, false, true),
  });

const steps: fc.Arbitrary<View['steps']> = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 100 }),
      byNs: fc.constantFrom(3_000_000_000, -2_000_000_000, 5_000_000, -700_000, 40_000),
    }),
    { minLength: 1, maxLength: 3 },
  ),
);

const viewOf = (isHealed: boolean): fc.Arbitrary<View> =>
  fc.record({
    style: styleOf(isHealed),
    lossShare: fc.constantFrom(0, 2, 10, 25),
    lossLength: fc.integer({ min: 1, max: 12 }),
    offsetNs: fc.constantFrom(0, 987_654, -3_600_000_000_123),
    driftPpm: fc.constantFrom(0, 0, 60),
    steps,
    jitterNs: isHealed ? fc.constant(0) : fc.constantFrom(0, 0, 0, 600, 30_000),
    delayShare: fc.constantFrom(0, 0, 0, 0, 0, 3, 20),
    delayNs: fc.constantFrom(5_000, 5_000, 300_000),
    lostAtEnds: fc.constantFrom(0, 0, 3),
    late: isHealed ? fc.constantFrom(0, 0, 0, 0.2) : fc.constantFrom(0, 0, 0.2, 0.6),
    early: isHealed ? fc.constantFrom(0, 0, 0, 0.2) : fc.constantFrom(0, 0, 0.1, 0.3),
  });

/** All that is thought of at once. */
export const plans: fc.Arbitrary<Plan> = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  frames: fc.oneof(
    { weight: 19, arbitrary: fc.integer({ min: 30, max: 250 }) },
    { weight: 1, arbitrary: fc.constant(1500) },
  ),
  alikeShare: fc.constantFrom(0, 0, 10, 50, 90),
  lookAlikes: fc.constantFrom(1, 2, 3, 4, 40),
  againShare: fc.constantFrom(0, 0, 5, 20),
  replayAfter: fc.constantFrom(0, 0, 0, 50, 100),
  twinShare: fc.constantFrom(0, 0, 5, 20),
  burst: fc.constantFrom(1, 4, 16),
  spacingNs: fc.constantFrom(1_000, 20_000, 1_000_000),
  healed: viewOf(true),
  donors: fc.array(viewOf(false), { minLength: 1, maxLength: 3 }),
});

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The frames on the wire. */
export function makeTraffic(plan: Plan, random: () => number): AdverseFrame[] {
  const traffic: AdverseFrame[] = [];
  let timeNs = 5e9;
  for (let i = 0; i < plan.frames; i++) {
    const isPause = i % plan.burst === 0;
    timeNs += isPause ? Math.round(plan.spacingNs * plan.burst * (0.5 + random())) : 1000;
    const isAlike = random() * 100 < plan.alikeShare;
    const content = isAlike ? Math.floor(random() * plan.lookAlikes) : 1000 + i;
    const payloadLength = isAlike ? 40 : 4 + (i % 97);
    const wire = random() < 0.3 ? 1 : 0;
    const fresh: AdverseFrame = { content, payloadLength, timeNs, wire };
    const isAgain = random() * 100 < plan.againShare && traffic.length > 0;
    const earlier = traffic[Math.max(0, traffic.length - 1 - Math.floor(random() * 30))];
    const replayed = plan.replayAfter > 0 ? traffic[traffic.length - plan.replayAfter] : undefined;
    const again = replayed ?? (isAgain ? earlier : undefined);
    const frame = again === undefined ? fresh : { ...again, timeNs };
    traffic.push(frame);
    if (random() * 100 >= plan.twinShare) continue;
    timeNs += 200;
    traffic.push({ ...frame, timeNs });
  }
  return traffic;
}

/** Which frames a capture loses. */
export function lossesOf(view: View, count: number, random: () => number): boolean[] {
  const lost: boolean[] = [];
  while (lost.length < count) {
    const run = random() * 100 < view.lossShare ? 1 + Math.floor(random() * view.lossLength) : 0;
    for (let i = 0; i < run; i++) lost.push(true);
    lost.push(false);
  }
  return lost
    .slice(0, count)
    .map((is, i) => is || i < view.lostAtEnds || i >= count - view.lostAtEnds);
}

/** A capture's clock: what it says for each frame of the traffic. */
export function stampsOf(
  view: View,
  traffic: readonly AdverseFrame[],
  random: () => number,
): number[] {
  const stamps = traffic.map(({ timeNs }, i) => {
    const set = view.steps.filter(({ at }) => i * 100 >= at * traffic.length);
    const error = Math.round((random() * 2 - 1) * view.jitterNs);
    const drifted = Math.round(timeNs * (1 + view.driftPpm / 1e6));
    return drifted + view.offsetNs + error + set.reduce((sum, { byNs }) => sum + byNs, 0);
  });
  return view.delayShare > 0 ? delayed(view, stamps, random) : stamps;
}

function delayed(view: View, stamps: readonly number[], random: () => number): number[] {
  let delay = 0;
  return stamps.map((stamp, i) => {
    // As long as the frames behind it come, they wait with it.
    delay = Math.max(0, delay - Math.max(0, stamp - (stamps[i - 1] ?? stamp)));
    if (random() * 100 < view.delayShare) delay = Math.max(delay, random() * view.delayNs);
    return stamp + Math.round(delay);
  });
}

/** The frames in the order in which a capture sees them: changed where stamps err by more than they are apart. */
export function orderOf(
  view: View,
  traffic: readonly AdverseFrame[],
  stamps: readonly number[],
): number[] {
  const all = traffic.map((_, i) => i);
  const seen = all.slice(
    Math.floor(view.late * traffic.length),
    Math.ceil((1 - view.early) * traffic.length),
  );
  if (view.jitterNs === 0) return seen;
  const set = (i: number): number =>
    view.steps
      .filter(({ at }) => i * 100 >= at * traffic.length)
      .reduce((sum, { byNs }) => sum + byNs, 0);
  return seen.sort((a, b) => stamps[a]! - set(a) - stamps[b]! + set(b));
}
