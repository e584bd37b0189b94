/** Healing captures of several rings, whose gaps lie between frames of one ring, and captures that ended early. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { exactLoss, type Loss } from '../../src/core/loss.js';
import { BlockEncoder } from '../../src/pcapng/block-encoder.js';
import { openFile } from '../../src/source/file-source.js';
import { ByteCollector } from '../support/byte-collector.js';
import { udpFrame, type WireFrame, writeCapture } from '../support/heal-traffic.js';
import { judgeHealed } from '../support/healed-judge.js';
import { singleFrame } from '../support/single-frame.js';
import { runGapcap } from './gapcap-process.js';

const START_SECONDS = 1_795_355_060;
const COUNT = 400;

const traffic: readonly WireFrame[] = Array.from({ length: COUNT }, (_, i) => ({
  content: 1000 + i,
  timeNs: 1e9 + i * 50_000,
}));

/** A ring gets runs of frames, as a flow's frames stay with a processor. */
const ringOf = (i: number): number => (i >> 2) & 1;

/**
 * The capture of two rings; each loss is recorded at the next frame of its ring, or as all that is known of it.
 *
 * @param boundOf for a frame and the number lost before it, what is recorded where that isn't it
 */
function writeRings(
  path: string,
  isLost: (i: number) => boolean,
  wire = traffic,
  boundOf: (i: number, lost: number) => Loss | undefined = () => undefined,
): number {
  const collector = new ByteCollector();
  const encoder = new BlockEncoder(collector);
  encoder.sectionHeader({ application: 'gapcap test' });
  encoder.interfaceDescription({
    ...{ id: 0, name: 'eth0', linkType: 1, snapshotLength: 262_144, description: undefined },
    ...{ filter: undefined, speedBps: undefined, macAddress: undefined },
  });
  const lost = [0, 0];
  let dropped = 0;
  for (const [i, { content, timeNs }] of wire.entries()) {
    const queue = ringOf(i);
    if (isLost(i)) {
      lost[queue]!++;
      dropped++;
      continue;
    }
    const frame = singleFrame({
      data: udpFrame(content, { timeToLive: 64, mac: 2 }),
      seconds: START_SECONDS + Math.floor(timeNs / 1e9),
      nanoseconds: timeNs % 1e9,
      lostBefore:
        boundOf(i, lost[queue]!) ?? (lost[queue]! > 0 ? exactLoss(lost[queue]!) : undefined),
    });
    encoder.frame(frame, { interfaceId: 0, queue });
    lost[queue] = 0;
  }
  encoder.interfaceStatistics(0, {
    timestampNs: BigInt(START_SECONDS + 2) * 1_000_000_000n,
    ...{ received: COUNT, dropped, delivered: COUNT - dropped },
  });
  encoder.flush();
  writeFileSync(path, collector.bytes);
  return dropped;
}

/** What `gaps --json` prints, as far as it is looked at. */
interface GapsJson {
  readonly lost: number;
  readonly gaps: readonly {
    readonly certainty: string;
    readonly group?: number;
    readonly atLeast?: number;
    readonly atMost?: number;
  }[];
}

/** What `heal --json` prints, as far as it is looked at. */
interface HealJson {
  readonly filled: number;
  readonly left: number;
  readonly whole: number;
  readonly proved: number;
  readonly truncated: boolean;
  readonly gaps: readonly {
    readonly lost: number;
    readonly filled: number;
    readonly left: number;
    readonly outcome: string;
  }[];
}

describe('gapcap heal of captures that are unlike most', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-heal-rings-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const all = traffic.map((_, i) => i);
  const complete = { order: all, lost: all.map(() => false), stamp: (ns: number): number => ns };

  async function heal(): Promise<HealJson> {
    const args = ['heal', path('a.pcapng'), path('b.pcapng'), '-w', path('out.pcapng'), '--json'];
    const { status, stdout, stderr } = await runGapcap(args);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as HealJson;
  }

  /** No frame twice, and as many as are said to be there. */
  function contentsOnce(): number[] {
    const contents = judgeHealed(path('out.pcapng')).frames.map(({ data }) => data.getUint32(42));
    assert.equal(new Set(contents).size, contents.length, 'a frame stands there twice');
    return contents;
  }

  const inOrder = (contents: readonly number[]): void =>
    assert.deepEqual(
      contents,
      [...contents].sort((one, other) => one - other),
    );

  it('fills what one ring lost among frames of another, and keeps each frame’s ring', async () => {
    const dropped = writeRings(path('a.pcapng'), (i) => ringOf(i) === 1 && i >= 100 && i < 140);
    writeCapture(path('b.pcapng'), traffic, complete);
    const { filled, left, whole, proved } = await heal();
    assert.deepEqual([filled, left, whole, proved], [dropped, 0, 1, 1]);
    const contents = contentsOnce();
    assert.equal(contents.length, COUNT);
    inOrder(contents);
    using source = openFile(path('out.pcapng'));
    while (!source.ended) {
      const batch = source.read();
      while (batch.next()) {
        if (batch.interfaceId !== 0) continue;
        const view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset + batch.byteOffset);
        assert.equal(batch.queue, ringOf(view.getUint32(42) - 1000));
      }
    }
  });

  it('fills what all rings lost in the same while, and proves it', async () => {
    const dropped = writeRings(path('a.pcapng'), (i) => i >= 100 && i < 140);
    writeCapture(path('b.pcapng'), traffic, complete);
    const { filled, left, whole, proved } = await heal();
    assert.deepEqual([filled, left, whole, proved], [dropped, 0, 2, 2]);
    const contents = contentsOnce();
    assert.equal(contents.length, COUNT);
    inOrder(contents);
    const { stdout } = await runGapcap(['gaps', '--json', path('out.pcapng')]);
    assert.equal((JSON.parse(stdout) as { lost: number }).lost, 0);
  });

  it('says of rings that lost the same while what is left of their sum where the other lost some as well', async () => {
    const dropped = writeRings(path('a.pcapng'), (i) => i >= 100 && i < 140);
    writeCapture(path('b.pcapng'), traffic, {
      ...complete,
      lost: all.map((i) => i >= 120 && i < 126),
    });
    const { filled, left, gaps } = await heal();
    assert.deepEqual([filled, left], [dropped - 6, 6]);
    inOrder(contentsOnce());
    assert.deepEqual(
      gaps.map(({ outcome }) => outcome),
      ['part', 'part'],
    );
    const { stdout, status } = await runGapcap(['gaps', '--json', path('out.pcapng')]);
    assert.equal(status, 0);
    const json = JSON.parse(stdout) as GapsJson;
    assert.equal(json.lost, 6);
    const [one, other] = json.gaps;
    assert.equal(one!.certainty, 'bounded');
    assert.equal(one!.group, other!.group);
    // Frames 120 to 123 are of ring 0, 124 and 125 of ring 1.
    const isWithin = ({ atLeast, atMost }: GapsJson['gaps'][number], lost: number): boolean =>
      atLeast! <= lost && lost <= atMost!;
    assert.ok(isWithin(one!, 4) && isWithin(other!, 2));
  });

  /** Of ring 1 no more is known than what it lost before four of its frames; only the last one follows a loss. */
  const places = new Map([76, 84, 94, 140].map((i) => [i, i === 140 ? 20 : 0]));
  const boundOf = (i: number): Loss | undefined => {
    const lost = places.get(i);
    if (lost === undefined) return undefined;
    return { lost, certainty: 'bounded', atLeast: 0, atMost: 20, group: 1 };
  };

  it('fills a group of bounded losses of one ring with what another lost, and proves it', async () => {
    const isLost = (i: number): boolean => i >= 100 && i < 140;
    const dropped = writeRings(path('a.pcapng'), isLost, traffic, boundOf);
    writeCapture(path('b.pcapng'), traffic, complete);
    const { filled, left, whole, proved, gaps } = await heal();
    assert.deepEqual([filled, left, whole, proved], [dropped, 0, 2, 2]);
    assert.deepEqual(
      gaps.map((gap) => gap.filled),
      [20, 20],
    );
    const contents = contentsOnce();
    assert.equal(contents.length, COUNT);
    inOrder(contents);
    const { stdout } = await runGapcap(['gaps', '--json', path('out.pcapng')]);
    const json = JSON.parse(stdout) as GapsJson;
    assert.deepEqual([json.lost, json.gaps.length], [0, 0]);
  });

  it('leaves of such a group a sum that is exact where the other capture lost some as well', async () => {
    const isLost = (i: number): boolean => i >= 100 && i < 140;
    const dropped = writeRings(path('a.pcapng'), isLost, traffic, boundOf);
    writeCapture(path('b.pcapng'), traffic, {
      ...complete,
      lost: all.map((i) => i >= 120 && i < 126),
    });
    const { filled, left, proved } = await heal();
    assert.deepEqual([filled, left, proved], [dropped - 6, 6, 0]);
    inOrder(contentsOnce());
    const { stdout, status } = await runGapcap(['gaps', '--json', path('out.pcapng')]);
    assert.equal(status, 0);
    const json = JSON.parse(stdout) as GapsJson;
    assert.equal(json.lost, 6);
    assert.ok(json.gaps.every(({ group }) => group === json.gaps[0]!.group));
  });

  it('fills from a second capture what the first has left of several rings', async () => {
    const dropped = writeRings(path('a.pcapng'), (i) => i >= 100 && i < 140);
    const lossy = (from: number, to: number) => ({
      ...complete,
      lost: all.map((i) => i >= from && i < to),
    });
    writeCapture(path('b.pcapng'), traffic, lossy(110, 150));
    writeCapture(path('c.pcapng'), traffic, lossy(90, 113));
    const files = ['a', 'b', 'c'].map((name) => path(`${name}.pcapng`));
    const done = await runGapcap(['heal', ...files, '-w', path('out.pcapng'), '--json']);
    const { filled, left, whole } = JSON.parse(done.stdout) as HealJson;
    assert.deepEqual([filled, left, whole], [dropped - 3, 3, 0]);
    inOrder(contentsOnce());
  });

  it('fills what two rings lost for long although the frames before it came in another order', async () => {
    // One has the frame of ring 1 first, the other that of ring 0; then nothing more comes for 40 ms.
    const wire = traffic.map((frame, i) => ({
      ...frame,
      timeNs: 1e9 + (i === 100 ? 99e6 + 300 : i * 1e6),
    }));
    const dropped = writeRings(path('a.pcapng'), (i) => i > 100 && i < 140, wire);
    const order = all.map((i) => (i === 99 ? 100 : i === 100 ? 99 : i));
    const stamp = (ns: number, i: number): number => ns + (i === 99 ? 400 : 0);
    writeCapture(path('b.pcapng'), wire, { ...complete, order, stamp });
    const { filled, left, whole, proved } = await heal();
    assert.deepEqual([filled, left, whole, proved], [dropped, 0, 2, 2]);
    inOrder(contentsOnce());
  });

  it('fills gaps of one ring from a capture of two, each with losses of its own', async () => {
    writeRings(path('b.pcapng'), (i) => i >= 200 && i < 220);
    const lost = all.map((i) => (i >= 100 && i < 140) || (i >= 210 && i < 230));
    writeCapture(path('a.pcapng'), traffic, { ...complete, lost });
    const { filled, left, whole, proved } = await heal();
    assert.deepEqual([filled, left, whole, proved], [50, 10, 1, 1]);
    inOrder(contentsOnce());
  });

  it('fills gaps of a capture that ended inside a block, without statistics', async () => {
    const lost = all.map((i) => i >= 100 && i < 140);
    writeCapture(path('whole.pcapng'), traffic, { ...complete, lost });
    const bytes = readFileSync(path('whole.pcapng'));
    // The statistics, and some of the last frame.
    let last = 0;
    let at = 0;
    for (; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
      if (bytes.readUInt32LE(at) === 6) last = at;
    }
    writeFileSync(path('a.pcapng'), bytes.subarray(0, last + 40));
    writeCapture(path('b.pcapng'), traffic, complete);
    const { filled, left, truncated } = await heal();
    assert.deepEqual([filled, left, truncated], [40, 0, true]);
    assert.equal(contentsOnce().length, COUNT - 1);
    assert.equal(judgeHealed(path('out.pcapng')).statistics.get(0), undefined);
    const { stdout, status } = await runGapcap(['gaps', '--json', path('out.pcapng')]);
    assert.equal(status, 0);
    assert.equal((JSON.parse(stdout) as { lost: number }).lost, 0);
  });
});
