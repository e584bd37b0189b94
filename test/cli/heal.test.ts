import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Loss } from '../../src/core/loss.js';
import { type SeenCapture, type WireFrame, writeCapture } from '../support/heal-traffic.js';
import { judgeHealed } from '../support/healed-judge.js';
import { PROJECT_ROOT } from '../support/project-files.js';
import { type FinishedProcess, runGapcap } from './gapcap-process.js';

const traffic: readonly WireFrame[] = Array.from({ length: 200 }, (_, i) => ({
  content: 1000 + i,
  timeNs: 1e9 + i * 50_000,
}));

/** All of the traffic but the frames with these numbers. */
function without(lost: readonly number[], more: Partial<SeenCapture> = {}): SeenCapture {
  const order = more.order ?? traffic.map((_, i) => i);
  return {
    order,
    lost: order.map((i) => lost.includes(i)),
    stamp: (timeNs) => timeNs,
    ...more,
  };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

interface HealJson {
  readonly filled: number;
  readonly left: number;
  readonly whole: number;
  readonly proved: number;
  readonly part: number;
  readonly none: number;
  readonly unrelated: readonly string[];
  readonly sources: readonly { readonly offsetNs: number; readonly filled: number }[];
  readonly gaps: readonly {
    readonly after: number | null;
    readonly before: number | null;
    readonly lost: number;
    readonly filled: number;
    readonly left: number;
    readonly outcome: string;
    readonly proved: boolean;
    readonly reason: string | null;
  }[];
}

describe('gapcap heal', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-heal-cli-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function heal(...captures: readonly SeenCapture[]): Promise<HealJson> {
    const names = captures.map((capture, i) => {
      writeCapture(path(`${i}.pcapng`), traffic, capture, { timeToLive: 64 - i, mac: 2 + i });
      return path(`${i}.pcapng`);
    });
    const done = await runGapcap(['heal', ...names, '-w', path('out.pcapng'), '--json']);
    assert.equal(done.status, 0, done.stderr);
    return JSON.parse(done.stdout) as HealJson;
  }

  async function gapsOf(file: string): Promise<{ lost: number; frames: number }> {
    const { stdout, status } = await runGapcap(['gaps', '--json', file]);
    assert.equal(status, 0);
    return JSON.parse(stdout) as { lost: number; frames: number };
  }

  const contents = (): number[] =>
    judgeHealed(path('out.pcapng')).frames.map(({ data }) => data.getUint32(42));

  it('fills a gap whole, proves it, and says so', async () => {
    const stamp = (timeNs: number): number => timeNs + 1_500_000_000;
    writeCapture(path('a.pcapng'), traffic, without(range(50, 60)));
    writeCapture(path('b.pcapng'), traffic, without([120], { stamp }));
    const done: FinishedProcess = await runGapcap([
      ...['heal', path('a.pcapng'), path('b.pcapng'), '-w', path('out.pcapng')],
    ]);
    assert.equal(done.status, 0);
    assert.equal(done.stdout, '');
    assert.match(done.stderr, /^gap +lost +filled +left +outcome$/m);
    assert.match(done.stderr, /^50 - 51 +10 +10 +0 {2}whole, proved complete$/m);
    assert.match(done.stderr, /b\.pcapng, eth0: 10 frames filled in; clock -1\.500000000 s, drift/);
    assert.match(
      done.stderr,
      /^gapcap: 1 of 1 gap filled whole \(proved complete\), 0 in part, 0 not; 10 of 10 lost frames found$/m,
    );
    assert.deepEqual(contents(), range(1000, 1200));
    const { frames } = judgeHealed(path('out.pcapng'));
    assert.match(
      frames[50]!.comments[0]!,
      /^gapcap: filled in from b\.pcapng, frame 51, where its time is 1795355062\.5/,
    );
    assert.match(
      frames[60]!.comments[0]!,
      /^gapcap: healed, of 10 frames lost before this one 10 are filled in$/,
    );
    assert.equal(frames[50]!.interfaceId, 1);
    assert.deepEqual(await gapsOf(path('out.pcapng')).then(({ lost }) => lost), 0);
  });

  for (const [which, late] of [
    ['before', 49],
    ['behind', 60],
    ['second behind', 61],
    ['third behind', 62],
  ] as const) {
    it(`proves a gap although the other stamped the frame ${which} it late, as an interrupt has it`, async () => {
      // 30 µs: the others are less than 2 µs apart.
      const stamp = (ns: number, i: number): number =>
        ns + (i % 3) * 500 + (i === late ? 30_000 : 0);
      const healed = await heal(without(range(50, 60)), without([120], { stamp }));
      assert.deepEqual([healed.filled, healed.whole, healed.proved], [10, 1, 1]);
      assert.deepEqual(contents(), range(1000, 1200));
    });

    it(`fills bounded gaps although the other stamped the frame ${which} one of them late`, async () => {
      const stamp = (ns: number, i: number): number =>
        ns + (i % 3) * 500 + (i === late ? 30_000 : 0);
      const record = (count: number): Loss => {
        const bounds = count === 10 ? { atLeast: 8, atMost: 10 } : { atLeast: 6, atMost: 8 };
        return { lost: count, certainty: 'bounded', group: 1, ...bounds };
      };
      const lost = [...range(50, 60), ...range(80, 86)];
      const healed = await heal(without(lost, { record }), without([120], { stamp }));
      assert.deepEqual([healed.filled, healed.left], [16, 0]);
      assert.deepEqual(contents(), range(1000, 1200));
    });
  }

  it('fills in what the other stamped later than the frame behind the gap, as its place is sure', async () => {
    const stamp = (ns: number, i: number): number => ns + (i >= 58 && i < 60 ? 200_000 - i : 0);
    const healed = await heal(without(range(50, 60)), without([120], { stamp }));
    assert.deepEqual([healed.filled, healed.proved], [10, 1]);
    const times = judgeHealed(path('out.pcapng')).frames.map(({ timeNs }) => timeNs);
    assert.ok(times.every((time, i) => i === 0 || time >= times[i - 1]!));
  });

  it('says what is still missing where both lost something', async () => {
    const healed = await heal(without(range(50, 60)), without(range(55, 70)));
    assert.deepEqual([healed.filled, healed.left, healed.part], [5, 5, 1]);
    const [gap] = healed.gaps;
    assert.deepEqual([gap!.after, gap!.before, gap!.outcome, gap!.proved], [50, 51, 'part', false]);
    assert.deepEqual(await gapsOf(path('out.pcapng')).then(({ lost }) => lost), 5);
  });

  it('fills from a second capture what the first has left', async () => {
    const healed = await heal(
      without(range(50, 60)),
      without(range(53, 70)),
      without(range(40, 53)),
    );
    assert.deepEqual(
      healed.sources.map(({ filled }) => filled),
      [3, 7],
    );
    assert.deepEqual([healed.whole, healed.left], [1, 0]);
    assert.deepEqual(contents(), range(1000, 1200));
  });

  it('fills at the ends of a capture, by count alone', async () => {
    const healed = await heal(without([...range(0, 5), ...range(190, 200)]), without([]));
    assert.deepEqual([healed.whole, healed.proved], [2, 0]);
    assert.deepEqual(contents(), range(1000, 1200));
    assert.deepEqual(await gapsOf(path('out.pcapng')), {
      ...(await gapsOf(path('out.pcapng'))),
      ...{ lost: 0, frames: 200 },
    });
  });

  it('fills nothing before the first frame where the capture doesn’t say when it began', async () => {
    const late = { order: range(20, 200) };
    const lossy = without(range(20, 25), late);
    const { filled } = await heal(lossy, without([]));
    assert.deepEqual([filled, contents()], [5, range(1020, 1200)]);
    assert.equal((await heal({ ...lossy, recordsStart: false }, without([]))).filled, 0);
  });

  it('fills in nothing that came before or behind the capture, of a source that saw less of the traffic', async () => {
    // Of the frames that were lost it has every second one, and it says that none is missing.
    const isSeen = (i: number): boolean => (i >= 25 && i < 170) || i % 2 === 1;
    const lossy = without([...range(20, 25), ...range(170, 180)], { order: range(20, 180) });
    const { filled } = await heal(lossy, without([], { order: range(0, 200).filter(isSeen) }));
    assert.equal(filled, 7);
    assert.deepEqual(
      contents().filter((content) => content < 1020 || content >= 1180),
      [],
    );
  });

  /** Heals captures of some traffic. */
  async function healOf(
    wire: readonly WireFrame[],
    ...captures: readonly SeenCapture[]
  ): Promise<HealJson> {
    const names = captures.map((_, i) => path(`${i}.pcapng`));
    for (const [i, capture] of captures.entries()) writeCapture(names[i]!, wire, capture);
    const done = await runGapcap(['heal', ...names, '-w', path('out.pcapng'), '--json']);
    assert.equal(done.status, 0, done.stderr);
    return JSON.parse(done.stdout) as HealJson;
  }

  it('leaves out at the end what looks like a frame that it has: nothing behind it proves the place', async () => {
    const resent = traffic.map((frame, i) => (i === 195 ? { ...frame, content: 1005 } : frame));
    const lossy = without(range(190, 200));
    const { filled, left, gaps, proved } = await healOf(resent, lossy, without([]));
    assert.deepEqual([filled, left, proved], [9, 1, 0]);
    assert.deepEqual([gaps[0]!.outcome, gaps[0]!.left], ['part', 1]);
    const { lost, frames } = await gapsOf(path('out.pcapng'));
    assert.deepEqual([lost, frames], [1, 199]);
    assert.deepEqual(
      contents(),
      range(1000, 1200).filter((content) => content !== 1195),
    );
    // By an order that nobody has recorded it isn't known which ten of its frames were lost.
    const unrecorded = await healOf(resent, lossy, without([], { recordsLoss: false }));
    assert.equal(unrecorded.filled, 0);
  });

  it('fills a long gap at the end but for the few contents that it can’t tell from its own', async () => {
    const wire = range(0, 8000).map((i) => ({ content: 1000 + i, timeNs: 1e9 + i * 1000 }));
    const seen = { order: wire.map((_, i) => i), stamp: (ns: number): number => ns };
    const lost = wire.map((_, i) => i >= 5000);
    const healed = await healOf(wire, { ...seen, lost }, { ...seen, lost: lost.map(() => false) });
    assert.ok(healed.filled >= 2900, `${healed.filled} of 3000`);
    assert.equal(healed.filled + healed.left, 3000);
    const { lost: left, frames } = await gapsOf(path('out.pcapng'));
    assert.deepEqual([left, frames], [healed.left, 5000 + healed.filled]);
    const own = contents();
    assert.deepEqual(
      own,
      [...own].sort((one, other) => one - other),
    );
  });

  it('fills from a second capture where the first lost some at the end, and no more than was lost', async () => {
    // The first one lacks two of the ten; the second has them, and goes on when this one had ended.
    const end = traffic.length - 10;
    const order = range(0, end);
    const lossy = without(range(end - 10, end), { order });
    const lacking = without([end - 7, end - 2]);
    for (const [first, second] of [
      [lacking, without([])],
      [without([], { order: range(0, end - 1) }), without([])],
    ] as const) {
      const { filled, left } = await heal(lossy, first, second);
      assert.deepEqual([filled, left], [10, 0]);
      assert.deepEqual(contents(), range(1000, 1000 + end));
    }
  });

  it('fills nothing where the other saw more than was lost', async () => {
    const order = traffic.map((_, i) => i);
    const saw = without(range(50, 60), { order: order.filter((i) => i !== 52) });
    const healed = await heal(saw, without([]));
    assert.deepEqual([healed.filled, healed.none], [0, 1]);
    assert.equal(healed.gaps[0]!.reason, 'contradiction');
  });

  it('makes a bounded gap exact where both records together give its number', async () => {
    const record = (lost: number): Loss =>
      lost === 4
        ? { lost: 6, certainty: 'bounded', atLeast: 2, atMost: 8, group: 1 }
        : { lost: 1, certainty: 'bounded', atLeast: 0, atMost: 6, group: 1 };
    const lost = [...range(50, 54), ...range(60, 63)];
    assert.equal(lost.length, 7);
    const healed = await heal(without(lost, { record }), without([62]));
    assert.deepEqual([healed.filled, healed.left], [6, 1]);
    const { frames } = judgeHealed(path('out.pcapng'));
    const left = frames.filter(({ dropCount }) => dropCount > 0);
    assert.deepEqual(
      left.map(({ dropCount, comments }) => [
        dropCount,
        comments.some((text) => /bounded/.test(text)),
      ]),
      [[1, false]],
    );
  });

  it('does without the other one’s record, and doesn’t call it proved then', async () => {
    const healed = await heal(without(range(50, 60)), without([], { recordsLoss: false }));
    assert.deepEqual([healed.whole, healed.proved], [1, 0]);
  });

  it('proves nothing where the cards of both lost frames, and does where one did', async () => {
    const left = without(range(50, 60), { lostByCard: 3 });
    const both = await heal(left, without([], { lostByCard: 1 }));
    assert.deepEqual([both.whole, both.proved], [1, 0]);
    const one = await heal(left, without([], { lostByCard: 0 }));
    assert.deepEqual([one.whole, one.proved], [1, 1]);
  });

  it('proves nothing by a copy that left frames out', async () => {
    writeCapture(path('a.pcapng'), traffic, without(range(50, 60)));
    writeCapture(path('b.pcapng'), traffic, without([]));
    const copy = ['copy', path('b.pcapng'), '--frames', '1-150,160-', '-w', path('cut.pcapng')];
    assert.equal((await runGapcap(copy)).status, 0);
    const args = ['heal', path('a.pcapng'), path('cut.pcapng'), '-w', path('out.pcapng')];
    const done = await runGapcap([...args, '--json']);
    const healed = JSON.parse(done.stdout) as HealJson;
    assert.deepEqual([healed.whole, healed.proved], [1, 0]);
  });

  it('says that nothing proves a frame lost that looks like one that is here', async () => {
    const twins = traffic.map((frame, i) => (i === 55 ? { ...frame, content: 1065 } : frame));
    writeCapture(path('a.pcapng'), twins, without(range(50, 65)));
    writeCapture(path('b.pcapng'), twins, without(range(60, 66), { recordsLoss: false }));
    const args = ['heal', path('a.pcapng'), path('b.pcapng'), '-w', path('out.pcapng')];
    const done = await runGapcap([...args, '--json']);
    const healed = JSON.parse(done.stdout) as HealJson;
    assert.equal(contents().filter((content) => content === 1065).length, 1);
    assert.deepEqual([healed.gaps[0]!.outcome, healed.gaps[0]!.reason], ['part', 'not proved']);
    assert.match((await runGapcap(args)).stderr, /in part: nothing proves that what the other/);
  });

  it('says that a capture of something else is of no use', async () => {
    const other = traffic.map(({ timeNs }, i) => ({ content: 9_000_000 + i, timeNs }));
    writeCapture(path('a.pcapng'), traffic, without([50]));
    writeCapture(path('c.pcapng'), other, without([]));
    const args = ['heal', path('a.pcapng'), path('c.pcapng'), '-w', path('out.pcapng')];
    const done = await runGapcap(args);
    assert.equal(done.status, 0);
    assert.match(done.stderr, /c\.pcapng is of no use here/);
    assert.match(done.stderr, /0 of 1 gap filled whole, 0 in part, 1 not/);
  });

  it('takes frames for the same only byte by byte where asked to', async () => {
    writeCapture(path('a.pcapng'), traffic, without([50]), { timeToLive: 64, mac: 2 });
    writeCapture(path('b.pcapng'), traffic, without([]), { timeToLive: 63, mac: 2 });
    const args = ['heal', path('a.pcapng'), path('b.pcapng'), '-w', path('out.pcapng')];
    assert.match((await runGapcap(args)).stderr, /1 of 1 gap filled whole/);
    assert.match((await runGapcap([...args, '--exact'])).stderr, /of no use here/);
  });

  it('refuses what can be read only once, and to write into what it reads', async () => {
    writeCapture(path('a.pcapng'), traffic, without([50]));
    const pipe = await runGapcap(['heal', '-', path('a.pcapng'), '-w', path('out.pcapng')]);
    assert.equal(pipe.status, 2);
    assert.match(pipe.stderr, /read only once/);
    copyFileSync(path('a.pcapng'), path('b.pcapng'));
    const same = await runGapcap([
      'heal',
      path('a.pcapng'),
      path('b.pcapng'),
      '-w',
      path('a.pcapng'),
    ]);
    assert.equal(same.status, 2);
    assert.ok(judgeHealed(path('a.pcapng')).frames.length > 0);
  });

  it('copies a capture whose blocks and options it has no need to change', async () => {
    const file = join(PROJECT_ROOT, 'test/fixtures/loss/two-interfaces-big.pcapng');
    const args = ['heal', file, join(PROJECT_ROOT, 'test/fixtures/loss/bounded.pcapng')];
    const done = await runGapcap([...args, '-w', path('out.pcapng')]);
    assert.equal(done.status, 0, done.stderr);
    const [before, healed] = [await gapsOf(file), await gapsOf(path('out.pcapng'))];
    assert.deepEqual([healed.lost, healed.frames], [before.lost, before.frames]);
  });
});
