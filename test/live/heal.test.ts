/** Two lossy captures of one flood, healed with each other, judged by the numbers in the frames. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runGapcap } from '../cli/gapcap-process.js';
import { type JudgedFile, judgeHealed } from '../support/healed-judge.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { toolSkip } from '../support/tools.js';
import { untilWritten } from '../support/until-written.js';
import { CaptureRun } from './capture-run.js';

const FRAMES = 600_000;
const SMALL_RING = ['-B', '1M', '--block-size', '64k', '--retire', '8ms', '--json'];
/** What a capture has written once the flood is there. */
const FIRST_BYTES = 500_000;
/** Where a numbered frame has its number. */
const NUMBER_AT = 22;

/** What `heal --json` prints, as far as it is looked at. */
interface Healed {
  readonly frames: number;
  readonly filled: number;
  readonly lost: number;
  readonly left: number;
  readonly whole: number;
  readonly proved: number;
  readonly gaps: readonly {
    readonly before: number | null;
    readonly certainty: string;
    readonly lost: number;
    readonly filled: number;
    readonly left: number;
  }[];
  readonly sources: readonly { readonly offsetNs: number; readonly driftPpm: number }[];
}

function numbersOf({ frames }: JudgedFile): number[] {
  return frames.map(({ data }) => Number(data.getBigUint64(NUMBER_AT)));
}

/** How many of the other capture's frames were lost in gaps whose number is recorded exactly. */
function exactGaps(own: readonly number[], file: JudgedFile, others: ReadonlySet<number>): number {
  let count = 0;
  for (const [i, { dropCount, comments }] of file.frames.entries()) {
    if (dropCount === 0 || comments.some((text) => /bounded/.test(text))) continue;
    for (let number = (own[i - 1] ?? 0) + 1; number < own[i]!; number++) {
      if (others.has(number)) count++;
    }
  }
  return count;
}

describe('two captures of one flood that stand still at different times', {
  skip: liveSkip(),
}, () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  const network = { current: undefined as TestNetwork | undefined };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-heal-live-'));
    const made = new TestNetwork();
    network.current = made;
    const left = await CaptureRun.start(made, ['-w', path('left.pcapng'), ...SMALL_RING]);
    const right = await CaptureRun.start(made, ['-w', path('right.pcapng'), ...SMALL_RING]);
    const flooding = made.flood({ frameCount: FRAMES, ratePps: 150_000 });
    await untilWritten(path('left.pcapng'), FIRST_BYTES);
    for (let i = 0; i < 6; i++) {
      await left.stall(200);
      await sleep(100);
      await right.stall(200);
      await sleep(100);
    }
    await flooding;
    await left.end();
    await right.end();
  });

  after(() => {
    network.current?.[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function heal(file: string, other: string): Promise<Healed> {
    const output = path('healed.pcapng');
    const { status, stdout, stderr } = await runGapcap([
      ...['heal', path(file), path(other), '-w', output, '--json'],
    ]);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Healed;
  }

  for (const [file, other] of [
    ['left.pcapng', 'right.pcapng'],
    ['right.pcapng', 'left.pcapng'],
  ] as const) {
    it(`heal ${file}: not one frame invented, none twice, whole only what is whole`, async (t) => {
      const healed = await heal(file, other);
      const own = numbersOf(judgeHealed(path(file)));
      const others = new Set(numbersOf(judgeHealed(path(other))));
      const result = judgeHealed(path('healed.pcapng'));
      const numbers = numbersOf(result);
      const mine = new Set(own);
      t.diagnostic(`${healed.filled} of ${healed.lost} filled in, ${healed.left} left`);
      assert.ok(healed.lost > 0, 'nothing was lost');
      for (const [i, number] of numbers.entries()) {
        assert.ok(i === 0 || number > numbers[i - 1]!, `${number} after ${numbers[i - 1]}`);
        assert.ok(mine.has(number) || others.has(number), `${number} is in neither`);
      }
      assert.equal(numbers.length, healed.frames + healed.filled);
      // What is recorded as missing is missing, gap by gap; numbers left out between frames say it.
      let recorded = 0;
      let missing = 0;
      let last = 0;
      for (const [i, frame] of result.frames.entries()) {
        missing += numbers[i]! - last - 1;
        if (frame.interfaceId === 0) {
          assert.equal(frame.dropCount, missing - recorded, `before number ${numbers[i]}`);
        }
        recorded += frame.dropCount;
        last = numbers[i]!;
      }
      const statistics = result.statistics.get(0)!;
      assert.equal(statistics.accepted, statistics.dropped + statistics.delivered);
      assert.equal(statistics.dropped, missing + (FRAMES - last));
      assert.equal(statistics.dropped - recorded, FRAMES - last);
      assert.equal(healed.left, statistics.dropped);
      const findable = [...others].filter((number) => !mine.has(number)).length;
      assert.ok(healed.filled > 0 && healed.filled <= findable, `${healed.filled} of ${findable}`);
      // Of a bounded gap it may be unknown which frames it lost, and a busy machine makes some.
      const provable = exactGaps(own, judgeHealed(path(file)), others);
      const found = healed.gaps
        .filter(({ certainty, before }) => certainty === 'exact' && before !== null)
        .reduce((sum, gap) => sum + gap.filled, 0);
      t.diagnostic(`${found} of ${provable} in exact gaps`);
      const open = JSON.stringify(healed.gaps.filter(({ left }) => left > 0));
      if (found < provable) t.diagnostic(`left open: ${open}`);
      assert.ok(found >= provable * 0.95, `${found} of ${provable}: ${open}`);
      assert.ok(Math.abs(healed.sources[0]!.offsetNs) < 1e6);
    });

    it(`say of ${file} healed what is still missing`, async () => {
      const healed = await heal(file, other);
      const { stdout, status } = await runGapcap(['gaps', '--json', path('healed.pcapng')]);
      assert.equal(status, 0);
      const gaps = JSON.parse(stdout) as { lost: number; frames: number; mismatches?: unknown };
      assert.equal(gaps.mismatches, undefined);
      assert.deepEqual([gaps.lost, gaps.frames], [healed.left, healed.frames + healed.filled]);
    });
  }

  it('give tshark the same drop counts', { skip: toolSkip('tshark') }, async () => {
    await heal('left.pcapng', 'right.pcapng');
    const made = network.current!;
    const text = made.exec(
      made.receiver,
      'tshark',
      ...['-r', path('healed.pcapng'), '-Y', 'frame.drop_count > 0'],
      ...['-T', 'fields', '-e', 'frame.number', '-e', 'frame.drop_count'],
    );
    const seen = text.split('\n').filter((line) => line !== '');
    const expected = judgeHealed(path('healed.pcapng')).frames.flatMap(({ dropCount }, i) =>
      dropCount > 0 ? [`${i + 1}\t${dropCount}`] : [],
    );
    assert.deepEqual(seen, expected);
  });
});
