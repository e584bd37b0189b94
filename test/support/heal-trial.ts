/**
 * One trial of healing: captures of one traffic are written by a plan and healed. Every frame filled in is
 * traced, by the source's frame number in its comment, to the frame on the wire that it was.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { healCapture } from '../../src/heal/heal-captures.js';
import type { HealedGap, HealResult } from '../../src/heal/heal-options.js';
import {
  type AdverseFrame,
  type AdverseRun,
  type AdverseTruth,
  ringOf,
  writeAdverse,
} from './adverse-capture.js';
import {
  lossesOf,
  makeTraffic,
  orderOf,
  type Plan,
  randomFrom,
  stampsOf,
  type View,
} from './heal-plan.js';

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

/** What was found in the output: which frames of the wire were filled in before which own frame. */
interface Found {
  /** Indices into the traffic, by the number of the own frame after them. */
  readonly fillsBefore: ReadonlyMap<number, number[]>;
  readonly own: readonly OutputFrame[];
  readonly given: readonly number[];
  /** The sources' frames that they were. */
  readonly places: readonly string[];
}

interface Healing {
  readonly plan: Plan;
  readonly traffic: readonly AdverseFrame[];
  readonly truth: AdverseTruth;
  readonly donors: readonly AdverseTruth[];
  readonly result: HealResult;
}

function trace(frames: readonly OutputFrame[], donors: readonly AdverseTruth[]): Found {
  const fillsBefore = new Map<number, number[]>();
  const own: OutputFrame[] = [];
  const given: number[] = [];
  const places: string[] = [];
  let open: number[] = [];
  for (const frame of frames) {
    const filled = frame.comments.map((text) => FILLED.exec(text)).find((match) => match !== null);
    if (filled !== undefined && filled !== null) {
      assert.equal(frame.dropCount, 0);
      const index = donors[Number(filled[1])]!.kept[Number(filled[2]) - 1]!;
      open.push(index);
      given.push(index);
      places.push(`${filled[1]} ${filled[2]}`);
      continue;
    }
    own.push(frame);
    fillsBefore.set(own.length, open);
    open = [];
  }
  return { fillsBefore, own, given, places };
}

/** Takes contents out of others; gives those that aren't among them. */
function surplus(contents: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const content of others) left.set(content, (left.get(content) ?? 0) + 1);
  return contents.filter((content) => {
    const count = (left.get(content) ?? 0) - 1;
    left.set(content, count);
    return count < 0;
  });
}

async function heal(folder: string, plan: Plan): Promise<Healing> {
  const random = randomFrom(plan.seed);
  const traffic = makeTraffic(plan, random);
  const write = (name: string, view: View): AdverseTruth => {
    const stamps = stampsOf(view, traffic, random);
    const order = orderOf(view, traffic, stamps);
    const { style } = view;
    const losesNone = (index: number): boolean =>
      style.rings > 0 && style.lossyRing >= 0 && ringOf(traffic[index]!, style) !== style.lossyRing;
    const lost = lossesOf(view, order.length, random).map(
      (is, place) => is && !losesNone(order[place]!),
    );
    const stamp = (_: number, index: number): number => stamps[index]!;
    return writeAdverse(join(folder, name), traffic, { order, lost, stamp }, view.style);
  };
  const truth = write('a.pcapng', plan.healed);
  const donors = plan.donors.map((view, i) => write(`d${i}.pcapng`, view));
  const result = await healCapture(
    join(folder, 'a.pcapng'),
    plan.donors.map((_, i) => join(folder, `d${i}.pcapng`)),
    { output: join(folder, 'out.pcapng') },
  );
  return { plan, traffic, truth, donors, result };
}

/** What a trial came to. */
export interface TrialCounts {
  readonly filled: number;
  /** Frames that the capture lost and another one has. */
  readonly findable: number;
  readonly gaps: number;
  readonly proved: number;
}

/**
 * Runs a trial and holds the output against the wire.
 *
 * @param folder for its files
 * @throws {AssertionError} where healing claimed what isn't so
 */
export async function runTrial(folder: string, plan: Plan): Promise<TrialCounts> {
  const { traffic, truth, donors, result } = await heal(folder, plan);
  const { fillsBefore, own, given, places } = trace(readOutput(join(folder, 'out.pcapng')), donors);
  assert.equal(own.length, truth.kept.length, 'frames of the capture itself');
  assert.equal(new Set(places).size, places.length, 'a frame was given twice');
  const contentOf = (index: number): string => String(traffic[index]!.content);
  // Look-alikes can't be told apart; that there aren't more of one content than were lost, can. So a frame
  // that two sources gave is one too many here.
  const lost = truth.runs.flatMap((run) => run.lost.map(contentOf));
  const invented = surplus(given.map(contentOf), lost);
  assert.deepEqual(invented, [], 'frames that were not lost');
  const numberOf = new Map(truth.kept.map((index, i) => [index, i + 1]));
  const runBefore = new Map(
    truth.runs.flatMap((run) =>
      run.before === undefined ? [] : [[numberOf.get(run.before)!, run] as const],
    ),
  );
  const isOrdered = areStampsRight(plan);
  // What fills the final gap of one interface stands before the next frame of another one.
  for (const { before, after, filled } of result.gaps) {
    if (before === undefined) fillsBefore.get((after ?? 0) + 1)?.splice(0, filled);
  }
  let proved = 0;
  if (plan.healed.style.rings > 0) {
    proved = checkRings(
      { plan, traffic, truth, donors, result },
      { fillsBefore, own, given, places },
    );
  }
  for (const gap of plan.healed.style.rings > 0 ? [] : result.gaps) {
    if (gap.before === undefined) {
      assert.ok(!gap.proved || gap.filled === 0, 'a final gap has no frame behind it');
      continue;
    }
    const { lost: lostHere, interfaceId } = runBefore.get(gap.before)!;
    const fills = fillsBefore.get(gap.before)!;
    assert.equal(own[gap.before - 1]!.dropCount, gap.left?.lost ?? 0);
    assert.equal(fills.length, gap.filled);
    // A source with both wires in one may have what this capture lost on its other interface.
    if (plan.healed.style.splitsWires && plan.donors.every(({ style }) => style.splitsWires)) {
      const isForeign = (i: number): boolean =>
        !traffic.some(
          ({ content, wire }) => content === traffic[i]!.content && wire === interfaceId,
        );
      assert.deepEqual(fills.filter(isForeign), [], 'frames of another interface');
    }
    if (isOrdered) {
      const elsewhere = surplus(fills.map(contentOf), lostHere.map(contentOf));
      assert.deepEqual(elsewhere, [], `gap before ${gap.before}: frames of another one`);
    }
    // Frames in another order there, or with wrong times, may have been lost in a gap next to this one.
    if (isOrdered || gap.recorded.certainty === 'exact') checkLeft(gap, lostHere.length);
    if (!gap.proved) continue;
    proved++;
    if (!isOrdered && gap.recorded.certainty !== 'exact') continue;
    assert.equal(gap.filled, lostHere.length, `gap before ${gap.before} isn't complete`);
    if (!isOrdered) continue;
    const wrong = surplus(fills.map(contentOf), lostHere.map(contentOf));
    assert.deepEqual(wrong, [], `gap before ${gap.before}: proved, with frames of another one`);
  }
  const there = new Set(donors.flatMap(({ kept }) => kept));
  const findable = truth.runs.flatMap((run) => run.lost).filter((index) => there.has(index)).length;
  return { filled: given.length, findable, gaps: result.gapCount, proved };
}

/** Whether stamps err by less than frames are apart; else a frame may be filled into a gap next to its own. */
function areStampsRight({ healed, donors, burst, spacingNs }: Plan): boolean {
  // Frames are half the spacing apart at least, within a burst a microsecond.
  const apartNs = burst > 1 ? 1000 : spacingNs / 2;
  return [healed, ...donors].every(
    ({ jitterNs, delayShare, delayNs }) =>
      jitterNs === 0 && (delayShare === 0 || delayNs * 2 < apartNs),
  );
}

/**
 * Holds the gaps of a capture of several rings against the wire.
 *
 * @returns how many are proved
 */
function checkRings(
  { plan, traffic, truth, result }: Healing,
  { fillsBefore, own, given }: Found,
): number {
  const contentOf = (index: number): string => String(traffic[index]!.content);
  const numberOf = new Map(truth.kept.map((index, i) => [index, i + 1]));
  const isOrdered = areStampsRight(plan);
  const before = (run: AdverseRun): number =>
    run.before === undefined ? Number.POSITIVE_INFINITY : numberOf.get(run.before)!;
  const after = (run: AdverseRun): number =>
    run.after === undefined ? 0 : numberOf.get(run.after)!;
  if (isOrdered) {
    for (const [next, fills] of fillsBefore) {
      for (const fill of fills) {
        const isThere = truth.runs.some(
          (run) =>
            after(run) < next &&
            next <= before(run) &&
            run.lost.some((index) => contentOf(index) === contentOf(fill)),
        );
        assert.ok(isThere, `${fill}, filled in before ${next}, was lost in no gap about there`);
      }
    }
  }
  const { alikeShare, againShare, replayAfter, twinShare } = plan;
  const areUnique = [alikeShare, againShare, replayAfter, twinShare].every((share) => share === 0);
  const filledIn = new Set(given);
  const runOf = new Map(truth.runs.map((run) => [before(run), run]));
  let proved = 0;
  let left = 0;
  for (const gap of result.gaps) {
    left += gap.left?.lost ?? 0;
    if (gap.before === undefined) {
      assert.ok(!gap.proved || gap.filled === 0, 'a final gap has no frame behind it');
      continue;
    }
    assert.equal(own[gap.before - 1]!.dropCount, gap.left?.lost ?? 0);
    const { lost } = runOf.get(gap.before)!;
    if (areUnique && isOrdered) {
      const missing = lost.filter((index) => !filledIn.has(index)).length;
      checkLeft({ ...gap, filled: 0 }, missing);
    }
    if (!gap.proved) continue;
    proved++;
    assert.equal(gap.filled, lost.length, `gap before ${gap.before} isn't complete`);
    if (!isOrdered) continue;
    const wanting = surplus(lost.map(contentOf), given.map(contentOf));
    assert.deepEqual(wanting, [], `gap before ${gap.before}: proved, and frames are missing`);
  }
  assert.equal(left, result.left);
  assert.equal(result.lost - result.left, given.length, 'what is left is what was not filled in');
  return proved;
}

function checkLeft(
  { before, filled, left }: Pick<HealedGap, 'before' | 'filled' | 'left'>,
  lost: number,
): void {
  const { atLeast, atMost } = left ?? { atLeast: 0, atMost: 0 };
  assert.ok(lost - filled >= atLeast, `gap before ${before}: too many left`);
  assert.ok(lost - filled <= atMost, `gap before ${before}: too few left`);
}
