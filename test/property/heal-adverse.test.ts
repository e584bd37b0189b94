/**
 * What healing claims, under captures that are as unlike each other as they may be. Every frame filled in
 * is traced, by the source's frame number in its comment, to the frame on the wire that it was.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { healCapture } from '../../src/heal/heal-captures.js';
import type { HealResult } from '../../src/heal/heal-options.js';
import {
  type AdverseFrame,
  type AdverseStyle,
  type AdverseTruth,
  writeAdverse,
} from '../support/adverse-capture.js';
import fc from '../support/fixed-check.js';

/** How a capture sees the traffic. */
interface View {
  readonly style: AdverseStyle;
  /** Of 100 frames so many begin a loss, of at most this length. */
  readonly lossShare: number;
  readonly lossLength: number;
  readonly offsetNs: number;
  readonly driftPpm: number;
  /** In the middle the clock is set by so much. */
  readonly stepNs: number;
  /** Frames at both ends that are lost. */
  readonly lostAtEnds: number;
}

interface Plan {
  readonly seed: number;
  readonly frames: number;
  /** Of 100 frames so many look like others, of which there are `lookAlikes`. */
  readonly alikeShare: number;
  readonly lookAlikes: number;
  readonly burst: number;
  readonly spacingNs: number;
  readonly healed: View;
  readonly donors: readonly View[];
}

const styleOf = (alwaysRecords: boolean): fc.Arbitrary<AdverseStyle> =>
  fc.record({
    bigEndian: fc.boolean(),
    inMicroseconds: fc.boolean(),
    link: fc.constantFrom('ethernet', 'vlan', 'cooked'),
    snapshotLength: fc.constantFrom(0, 0, 72, 100),
    splitsWires: fc.boolean(),
    recordsLoss: alwaysRecords ? fc.constant(true) : fc.boolean(),
    bounded: alwaysRecords ? fc.constant(false) : fc.constantFrom(false, false, true),
    newSectionAt: fc.constantFrom(0, 0, 40),
    torn: fc.constantFrom(false, false, false, true),
  });

const viewOf = (isHealed: boolean): fc.Arbitrary<View> =>
  fc.record({
    style: styleOf(isHealed),
    lossShare: fc.constantFrom(0, 2, 10, 25),
    lossLength: fc.integer({ min: 1, max: 12 }),
    offsetNs: fc.constantFrom(0, 987_654, -3_600_000_000_123),
    driftPpm: fc.constantFrom(0, 0, 60),
    stepNs: isHealed ? fc.constant(0) : fc.constantFrom(0, 0, 3_000_000_000, -2_000_000_000),
    lostAtEnds: fc.constantFrom(0, 0, 3),
  });

const plan: fc.Arbitrary<Plan> = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  frames: fc.integer({ min: 30, max: 250 }),
  alikeShare: fc.constantFrom(0, 0, 10, 50, 90),
  lookAlikes: fc.integer({ min: 1, max: 4 }),
  burst: fc.constantFrom(1, 4, 16),
  spacingNs: fc.constantFrom(1_000, 20_000, 1_000_000),
  healed: viewOf(true),
  donors: fc.array(viewOf(false), { minLength: 1, maxLength: 2 }),
});

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeTraffic(plan: Plan, random: () => number): AdverseFrame[] {
  let timeNs = 5e9;
  return Array.from({ length: plan.frames }, (_, i) => {
    const isPause = i % plan.burst === 0;
    timeNs += isPause ? Math.round(plan.spacingNs * plan.burst * (0.5 + random())) : 1000;
    const isAlike = random() * 100 < plan.alikeShare;
    const content = isAlike ? Math.floor(random() * plan.lookAlikes) : 1000 + i;
    const payloadLength = isAlike ? 40 : 4 + (i % 97);
    return { content, payloadLength, timeNs, wire: random() < 0.3 ? 1 : 0 };
  });
}

function lossesOf(view: View, count: number, random: () => number): boolean[] {
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

/** The output, read with code of its own: little-endian by contract. */
interface OutputFrame {
  readonly section: number;
  readonly interfaceId: number;
  readonly dropCount: number;
  readonly comments: readonly string[];
}

function readOutput(path: string): OutputFrame[] {
  const bytes = readFileSync(path);
  const frames: OutputFrame[] = [];
  let section = -1;
  for (let at = 0; at + 12 <= bytes.length; at += bytes.readUInt32LE(at + 4)) {
    const type = bytes.readUInt32LE(at);
    if (type === 0x0a0d_0d0a) section++;
    if (type !== 6) continue;
    const end = at + bytes.readUInt32LE(at + 4) - 4;
    const captured = bytes.readUInt32LE(at + 20);
    const comments: string[] = [];
    let dropCount = 0;
    for (let option = at + 28 + ((captured + 3) & ~3); option + 4 <= end; ) {
      const code = bytes.readUInt16LE(option);
      const length = bytes.readUInt16LE(option + 2);
      if (code === 0) break;
      if (code === 1) comments.push(bytes.toString('utf8', option + 4, option + 4 + length));
      if (code === 4) dropCount = Number(bytes.readBigUInt64LE(option + 4));
      option += 4 + ((length + 3) & ~3);
    }
    frames.push({ section, interfaceId: bytes.readUInt32LE(at + 8), dropCount, comments });
  }
  return frames;
}

const FILLED = /^gapcap: filled in from d(\d)\.pcapng, frame (\d+), /;

describe('what healing claims, whatever the captures are like', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-heal-adverse-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  interface Healing {
    readonly traffic: readonly AdverseFrame[];
    readonly truth: AdverseTruth;
    readonly donors: readonly AdverseTruth[];
    readonly result: HealResult;
  }

  async function heal(given: Plan): Promise<Healing> {
    const random = randomFrom(given.seed);
    const traffic = makeTraffic(given, random);
    const order = traffic.map((_, i) => i);
    // A step of the healed capture's clock is told from time that passed only by sure places.
    const maySetClock = given.donors.every(({ style }) => style.recordsLoss && !style.splitsWires);
    const write = (name: string, view: View): AdverseTruth => {
      const half = traffic[traffic.length >> 1]!.timeNs;
      const stamp = (timeNs: number): number =>
        Math.round(timeNs * (1 + view.driftPpm / 1e6) + view.offsetNs) +
        (timeNs >= half && maySetClock ? view.stepNs : 0);
      const lost = lossesOf(view, traffic.length, random);
      return writeAdverse(join(folder, name), traffic, { order, lost, stamp }, view.style);
    };
    const truth = write('a.pcapng', given.healed);
    // Of a bounded loss the number comes from the source, which then has to see all of the traffic.
    const isWhole = given.healed.style.bounded || given.healed.style.splitsWires;
    const donors = given.donors.map((view, i) => {
      const splitsWires = view.style.splitsWires && !isWhole;
      return write(`d${i}.pcapng`, { ...view, style: { ...view.style, splitsWires } });
    });
    const result = await healCapture(
      join(folder, 'a.pcapng'),
      given.donors.map((_, i) => join(folder, `d${i}.pcapng`)),
      { output: join(folder, 'out.pcapng') },
    );
    return { traffic, truth, donors, result };
  }

  /** Holds the output against the wire; gives how many gaps were called proved. */
  function check({ traffic, truth, donors, result }: Healing): number {
    const frames = readOutput(join(folder, 'out.pcapng'));
    const runs = truth.runs.filter(({ before }) => before !== undefined);
    const numberOf = new Map(truth.kept.map((index, i) => [index, i + 1]));
    const contentOf = (index: number): string =>
      `${traffic[index]!.content} on ${traffic[index]!.wire}`;
    const fillsBefore = new Map<string, number[]>();
    let own = 0;
    let open: number[] = [];
    const given: number[] = [];
    for (const { dropCount, comments } of frames) {
      const filled = comments.map((text) => FILLED.exec(text)).find((match) => match !== null);
      if (filled !== undefined && filled !== null) {
        assert.equal(dropCount, 0);
        const index = donors[Number(filled[1])]!.kept[Number(filled[2]) - 1]!;
        open.push(index);
        given.push(index);
        continue;
      }
      const run = runs[own]!;
      assert.ok(run !== undefined, 'more frames than there were');
      fillsBefore.set(String(own + 1), open);
      open = [];
      own++;
    }
    assert.equal(own, truth.kept.length, 'frames of the capture itself');
    assert.equal(new Set(given).size, given.length, 'a frame was given twice');
    // Look-alikes can't be told apart; that there aren't more of one content than were lost, can.
    const lost = new Map<string, number>();
    for (const run of truth.runs) {
      for (const index of run.lost) {
        lost.set(contentOf(index), (lost.get(contentOf(index)) ?? 0) + 1);
      }
    }
    for (const index of given) {
      const left = (lost.get(contentOf(index)) ?? 0) - 1;
      assert.ok(left >= 0, `frame ${index} (${contentOf(index)}) wasn't lost`);
      lost.set(contentOf(index), left);
    }
    return checkGaps(result, truth, { numberOf, contentOf, fillsBefore, last: open });
  }

  /** Each gap's claim against what was lost in it. */
  function checkGaps(
    result: HealResult,
    truth: AdverseTruth,
    found: {
      readonly numberOf: ReadonlyMap<number, number>;
      readonly contentOf: (index: number) => string;
      readonly fillsBefore: ReadonlyMap<string, readonly number[]>;
      readonly last: readonly number[];
    },
  ): number {
    const byFrame = new Map(
      truth.runs.flatMap((run) =>
        run.before === undefined ? [] : [[found.numberOf.get(run.before)!, run] as const],
      ),
    );
    const frames = readOutput(join(folder, 'out.pcapng')).filter(
      ({ comments }) => !comments.some((text) => FILLED.test(text)),
    );
    let proved = 0;
    for (const gap of result.gaps) {
      if (gap.before === undefined) {
        assert.ok(!gap.proved || gap.filled === 0, 'a final gap has no frame behind it');
        continue;
      }
      const run = byFrame.get(gap.before)!;
      const { atLeast, atMost } = gap.left ?? { atLeast: 0, atMost: 0 };
      assert.ok(run.lost.length - gap.filled >= atLeast, `gap before ${gap.before}: too many left`);
      assert.ok(run.lost.length - gap.filled <= atMost, `gap before ${gap.before}: too few left`);
      assert.equal(frames[gap.before - 1]!.dropCount, gap.left?.lost ?? 0);
      if (!gap.proved) continue;
      proved++;
      assert.equal(gap.filled, run.lost.length, `gap before ${gap.before} isn't complete`);
    }
    return proved;
  }

  it('never invents a frame, never gives one twice, and proves only what is so', async () => {
    let proved = 0;
    await fc.assert(
      fc.asyncProperty(plan, async (given) => {
        proved += check(await heal(given));
      }),
      { numRuns: Number(process.env['GAPCAP_HEAL_RUNS'] ?? 100), seed: 20261123 },
    );
    assert.ok(proved > 0, 'nothing was proved in all runs');
  });
});
