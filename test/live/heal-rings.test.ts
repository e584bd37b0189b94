/** A capture of two rings, healed with one of one ring, judged by the numbers in the frames. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { processorNumbers } from '../../src/sys/thread.js';
import { runGapcap } from '../cli/gapcap-process.js';
import { judgeHealed } from '../support/healed-judge.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { untilWritten } from '../support/until-written.js';
import { CaptureRun } from './capture-run.js';

/** With one processor there is nothing to share. */
const skip =
  liveSkip() || (processorNumbers() < 2 ? 'it takes two processors to feed two rings' : false);

const FRAMES = 120_000;
const RATE = 30_000;
const FIRST_BYTES = 300_000;
const STREAM_AT = 20;
const NUMBER_AT = 22;
const RINGS = ['--rings', '2', '-B', '512k', '--block-size', '16k', '--retire', '8ms'];

/** What `heal --json` prints, as far as it is looked at. */
interface Healed {
  readonly frames: number;
  readonly filled: number;
  readonly lost: number;
  readonly left: number;
  readonly whole: number;
  readonly proved: number;
  readonly gaps: readonly object[];
}

/** Frames by their stream and their number in it. */
function namesOf(path: string): string[] {
  return judgeHealed(path).frames.map(
    ({ data }) => `${data.getUint16(STREAM_AT)} ${data.getBigUint64(NUMBER_AT)}`,
  );
}

describe('a capture of two rings that stands still now and then', { skip }, () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-heal-rings-live-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Floods from two processors at once; the captures stand still in turns. */
  async function captureBoth(other: readonly string[], otherStalls: boolean): Promise<void> {
    using network = new TestNetwork();
    const start = (name: string, args: readonly string[]): Promise<CaptureRun> =>
      CaptureRun.start(network, ['-w', path(name), '--json', ...args]);
    const left = await start('left.pcapng', RINGS);
    const right = await start('right.pcapng', other);
    const floods = [0, 1].map((cpu) =>
      network.flood({ frameCount: FRAMES, streamId: cpu + 1, cpu, ratePps: RATE }),
    );
    await untilWritten(path('left.pcapng'), FIRST_BYTES);
    for (let i = 0; i < 4; i++) {
      await left.stall(200);
      await sleep(150);
      if (otherStalls) await right.stall(200);
      await sleep(150);
    }
    await Promise.all(floods);
    await left.end();
    await right.end();
  }

  /** Heals, and holds the output against the floods; gives how many frames could be filled in. */
  async function heal(t: TestContext, file: string, other: string): Promise<[Healed, number]> {
    const args = ['heal', path(file), path(other), '-w', path('healed.pcapng'), '--json'];
    const { status, stdout, stderr } = await runGapcap(args);
    assert.equal(status, 0, stderr);
    const healed = JSON.parse(stdout) as Healed;
    const own = new Set(namesOf(path(file)));
    const others = new Set(namesOf(path(other)));
    const names = namesOf(path('healed.pcapng'));
    assert.equal(names.length, healed.frames + healed.filled);
    assert.equal(new Set(names).size, names.length, 'a frame stands there twice');
    const last = new Map<string, number>();
    for (const name of names) {
      assert.ok(own.has(name) || others.has(name), `${name} is in neither`);
      const [stream, number] = name.split(' ') as [string, string];
      assert.ok(Number(number) > (last.get(stream) ?? 0), `${name} after ${last.get(stream)}`);
      last.set(stream, Number(number));
    }
    const { dropped, accepted, delivered } = judgeHealed(path('healed.pcapng')).statistics.get(0)!;
    assert.equal(accepted, dropped + delivered);
    assert.equal(dropped, 2 * FRAMES - names.length);
    assert.equal(healed.left, dropped);
    const findable = [...others].filter((name) => !own.has(name)).length;
    t.diagnostic(
      `${healed.filled} of ${findable} filled in, ${healed.lost} lost in ${healed.gaps.length} gaps, ${healed.whole} whole, ${healed.proved} proved`,
    );
    return [healed, findable];
  }

  it('is filled whole from one that lost nothing, and that is proved', async (t) => {
    await captureBoth(['-B', '64M'], false);
    const [healed, findable] = await heal(t, 'left.pcapng', 'right.pcapng');
    assert.ok(findable > 0, 'nothing was lost');
    assert.ok(healed.filled >= findable * 0.75, JSON.stringify(healed.gaps));
    assert.ok(healed.proved > 0, 'nothing is proved');
    const { stdout, status } = await runGapcap(['gaps', '--json', path('healed.pcapng')]);
    assert.equal(status, 0);
    assert.equal((JSON.parse(stdout) as { lost: number }).lost, healed.left);
  });

  it('fills in, and is filled from, another of two rings that stands still at other times', async (t) => {
    await captureBoth(RINGS, true);
    for (const [file, other] of [
      ['left.pcapng', 'right.pcapng'],
      ['right.pcapng', 'left.pcapng'],
    ] as const) {
      const [healed, findable] = await heal(t, file, other);
      assert.ok(findable > 0, 'nothing was lost');
      assert.ok(healed.filled >= findable * 0.75, JSON.stringify(healed.gaps));
    }
  });
});
