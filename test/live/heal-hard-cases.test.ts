/** Live captures that are hard to align: look-alikes, duplicates, parts that overlap, a clock that drifts. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runGapcap } from '../cli/gapcap-process.js';
import { judgeHealed } from '../support/healed-judge.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { untilWritten } from '../support/until-written.js';
import { CaptureRun } from './capture-run.js';

const SMALL_RING = ['-B', '1M', '--block-size', '64k', '--retire', '8ms', '--json'];
const RATE = 100_000;
/** What a capture has written once the flood is there. */
const FIRST_BYTES = 500_000;
const NUMBER_AT = 22;

interface Healed {
  readonly frames: number;
  readonly filled: number;
  readonly left: number;
  readonly whole: number;
  readonly gaps: readonly { readonly reason: string | null }[];
  readonly sources: readonly { readonly offsetNs: number; readonly driftPpm: number }[];
}

/** Shifts and stretches the times of all frames of a file, as another clock would have stamped them. */
function restamp(from: string, to: string, offsetNs: bigint, driftPpm: bigint): void {
  const bytes = readFileSync(from);
  let first: bigint | undefined;
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
    if (bytes.readUInt32LE(at) !== 6) continue;
    const time = (BigInt(bytes.readUInt32LE(at + 12)) << 32n) | BigInt(bytes.readUInt32LE(at + 16));
    first ??= time;
    const there = time + offsetNs + ((time - first) * driftPpm) / 1_000_000n;
    bytes.writeUInt32LE(Number(there >> 32n), at + 12);
    bytes.writeUInt32LE(Number(there & 0xffff_ffffn), at + 16);
  }
  writeFileSync(to, bytes);
}

describe('healing what is hard to align', { skip: liveSkip() }, () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-heal-hard-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs floods while two captures stand still in turns. */
  async function captureBoth(
    floods: (network: TestNetwork) => Promise<unknown>,
    rightCaptures: { readonly lateMs: number; readonly early: boolean } = {
      lateMs: 0,
      early: false,
    },
  ): Promise<void> {
    using network = new TestNetwork();
    const left = await CaptureRun.start(network, ['-w', path('left.pcapng'), ...SMALL_RING]);
    const startRight = (): Promise<CaptureRun> =>
      CaptureRun.start(network, ['-w', path('right.pcapng'), ...SMALL_RING]);
    const onTime = rightCaptures.lateMs === 0 ? await startRight() : undefined;
    const flooding = floods(network);
    await untilWritten(path('left.pcapng'), FIRST_BYTES);
    await sleep(rightCaptures.lateMs);
    const right = onTime ?? (await startRight());
    for (let i = 0; i < 3; i++) {
      await left.stall(200);
      await sleep(100);
      await right.stall(200);
      await sleep(100);
    }
    if (rightCaptures.early) await right.end();
    if (rightCaptures.early) await left.stall(200);
    await flooding;
    if (!rightCaptures.early) await right.end();
    await left.end();
  }

  async function heal(t: TestContext, other = 'right.pcapng'): Promise<Healed> {
    const args = ['heal', path('left.pcapng'), path(other), '-w', path('out.pcapng'), '--json'];
    const { status, stdout, stderr } = await runGapcap(args);
    assert.equal(status, 0, stderr);
    t.diagnostic(stderr.trim());
    const healed = JSON.parse(stdout) as Healed;
    return healed;
  }

  const numbersOf = (name: string): number[] =>
    judgeHealed(path(name)).frames.map(({ data }) => Number(data.getBigUint64(NUMBER_AT)));

  /** Every number at most as often as it was sent, and what is missing is recorded as missing. */
  function check(healed: Healed, sent: number, times: number): number[] {
    const numbers = numbersOf('out.pcapng');
    const counts = new Map<number, number>();
    for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
    assert.ok([...counts.values()].every((count) => count <= times));
    assert.equal(numbers.length, healed.frames + healed.filled);
    assert.equal(judgeHealed(path('out.pcapng')).statistics.get(0)!.dropped, sent - numbers.length);
    assert.equal(healed.left, sent - numbers.length);
    return numbers;
  }

  it('tells apart frames that are sent again later and look alike', async (t) => {
    const count = 100_000;
    await captureBoth(async (network) => {
      await network.flood({ frameCount: count, ratePps: RATE });
      await network.flood({ frameCount: count, ratePps: RATE });
    });
    const healed = await heal(t);
    assert.ok(healed.filled > 0, 'nothing was filled in');
    const numbers = check(healed, 2 * count, 2);
    const descents = numbers.filter((number, i) => i > 0 && number <= numbers[i - 1]!).length;
    assert.equal(descents, 1, 'each pass of the flood is in its order');
  });

  it('gives duplicates that are sent at the same time as often as they were lost', async (t) => {
    const count = 100_000;
    await captureBoth((network) =>
      Promise.all([
        network.flood({ frameCount: count, ratePps: RATE / 2 }),
        network.flood({ frameCount: count, ratePps: RATE / 2 }),
      ]),
    );
    const healed = await heal(t);
    check(healed, 2 * count, 2);
    // Two floods far apart may fit each other as well as themselves; then nothing is to be filled in.
    const isFilled = healed.filled > 0;
    assert.ok(
      isFilled || healed.gaps.every(({ reason }) => reason === 'replayed'),
      'nothing filled in',
    );
  });

  it('fills only what the other has where the captures overlap in part', async (t) => {
    const count = 400_000;
    await captureBoth((network) => network.flood({ frameCount: count, ratePps: RATE }), {
      ...{ lateMs: 300, early: true },
    });
    const healed = await heal(t);
    assert.ok(healed.filled > 0, 'nothing was filled in');
    const numbers = check(healed, count, 1);
    assert.ok(numbers.every((number, i) => i === 0 || number > numbers[i - 1]!));
  });

  it('follows a clock that is off and drifts', async (t) => {
    const count = 200_000;
    await captureBoth((network) => network.flood({ frameCount: count, ratePps: RATE }));
    restamp(path('right.pcapng'), path('drifted.pcapng'), -3_600_123_456_789n, 150n);
    const plain = await heal(t);
    assert.ok(plain.filled > 0, 'nothing was filled in');
    check(plain, count, 1);
    const drifted = await heal(t, 'drifted.pcapng');
    const numbers = check(drifted, count, 1);
    assert.ok(numbers.every((number, i) => i === 0 || number > numbers[i - 1]!));
    assert.deepEqual([drifted.filled, drifted.whole], [plain.filled, plain.whole]);
    const [source] = drifted.sources;
    assert.ok(Math.abs(source!.driftPpm + 150) < 1, `${source!.driftPpm} ppm`);
    assert.ok(Math.abs(source!.offsetNs - 3_600_123_456_789) < 1e6, `${source!.offsetNs} ns`);
  });
});
