/**
 * The model against the kernel: the same scenario on both, gap by gap. docs/simulation.md has the
 * figures, and why the tolerance is what it is.
 *
 * A busy machine holds the reader up, and then nobody knows what the kernel saw. So each stall is judged by
 * itself; one that differs counts only where the reader's own clock says that nothing but the stall kept
 * it; and the plan is repeated until there are enough of them. The model is wrong where not one of them is
 * alike: what a machine does to single stalls differs from one to the next, what a wrong limit does is in
 * all.
 */

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { BufferOptions } from '../../src/model/simulation.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { type Comparison, comparePlan, compareReplay } from './model-comparison.js';
import { type Episode, episodesOf } from './model-episodes.js';
import { MODEL_ENGINES, type ModelEngine, PLAN, runPlan } from './model-runs.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

/** Runs to try until enough stalls agree; one run is enough where the machine is idle. */
const ATTEMPTS = 6;
const WANTED = PLAN.stalls.length;
/** Known stalls, none of them alike: more can't be the machine's doing. */
const ENOUGH_TO_CONDEMN = WANTED;
/** Fewer say nothing. */
const ENOUGH_TO_PASS = 3;

/** The stalls of an engine, in the buffer that the kernel gave. */
interface Found {
  readonly buffer: BufferOptions;
  readonly episodes: readonly Episode[];
}

type Compare = (episode: Episode, buffer: BufferOptions) => Comparison;

const found = new Map<string, Promise<Found>>();

/** The stalls of an engine, which all its tests look at. */
function stallsOf(engine: ModelEngine): Promise<Found> {
  let stalls = found.get(engine.name);
  if (stalls === undefined) {
    stalls = findStalls(engine);
    found.set(engine.name, stalls);
  }
  return stalls;
}

async function findStalls(engine: ModelEngine): Promise<Found> {
  const episodes: Episode[] = [];
  for (let attempt = 1; ; attempt++) {
    const { outcome, buffer } = await runPlan(engine, attempt);
    episodes.push(...episodesOf(outcome));
    const alike = [compareReplay, comparePlan].map((compare) =>
      countAlike(episodes, buffer, compare),
    );
    if (Math.min(...alike) >= WANTED || attempt === ATTEMPTS) return { buffer, episodes };
  }
}

function countAlike(episodes: readonly Episode[], buffer: BufferOptions, compare: Compare): number {
  return episodes.filter((episode) => compare(episode, buffer).isAlike === true).length;
}

/** Passes where stalls agree, fails where the model is wrong, skips where nobody can know. */
function judge(t: TestContext, { episodes, buffer }: Found, compare: Compare): void {
  const all = episodes.map((episode) => compare(episode, buffer));
  const alike = all.filter(({ isAlike }) => isAlike === true).length;
  const unlike = all.filter(({ isAlike }) => isAlike === false);
  t.diagnostic(`${alike} of ${all.length} stalls are alike, ${unlike.length} known not to be`);
  for (const { text } of unlike) t.diagnostic(`unlike: ${text}`);
  if (alike >= ENOUGH_TO_PASS && alike > unlike.length) return;
  const isWrong = unlike.length >= ENOUGH_TO_CONDEMN && alike === 0;
  const texts = unlike.map(({ text }) => text).join('\n');
  assert.ok(!isWrong, `the kernel lost otherwise in every stall:\n${texts}`);
  t.skip(`the machine is too busy: of ${all.length} stalls ${alike} are alike`);
}

for (const engine of MODEL_ENGINES) {
  describe(`the model against the kernel: ${engine.name}`, { skip }, () => {
    it('loses the same frames where arrivals and reads are the recorded ones', async (t) => {
      judge(t, await stallsOf(engine), compareReplay);
    });

    it('loses about as much in as many gaps where all is as planned', async (t) => {
      judge(t, await stallsOf(engine), comparePlan);
    });

    it('would be told from one that is off by a single frame', async (t) => {
      const { episodes, buffer } = await stallsOf(engine);
      const alike = episodes.filter((episode) => compareReplay(episode, buffer).isAlike === true);
      if (alike.length === 0) {
        t.skip('the machine is too busy for a stall that agrees');
        return;
      }
      const taken = countAlike(alike, engine.wrong(buffer), compareReplay);
      assert.equal(taken, 0, `${taken} of ${alike.length} stalls wouldn't tell`);
    });
  });
}
