import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ReportFacts, readReport } from '../../../src/analysis/capture-report.js';
import { exactLoss } from '../../../src/core/loss.js';
import { type FakeFrame, FakeSource } from '../../support/fake-source.js';
import { ethernet, ipv4, ipv6, tcp, udp } from '../../support/packet-bytes.js';

const START = 1_795_355_060_000_000_000n;
const none = new Uint8Array(0);
const web = ethernet(0x0800, ipv4(6, tcp(none, { ports: [51234, 443] })));
const back = ethernet(
  0x0800,
  ipv4(6, tcp(none, { ports: [443, 51234] }), {
    source: [198, 51, 100, 7],
    destination: [192, 0, 2, 1],
  }),
);
const forth = ethernet(
  0x0800,
  ipv4(6, tcp(none, { ports: [51234, 443] }), {
    source: [192, 0, 2, 1],
    destination: [198, 51, 100, 7],
  }),
);
const name = ethernet(0x86dd, ipv6(17, udp([4000, 4001], none)));

function report(frames: readonly FakeFrame[], dropped?: number): ReportFacts {
  const counters =
    dropped === undefined ? {} : { counters: [{ received: frames.length + dropped, dropped }] };
  return readReport(new FakeSource({ frames, batchSize: 7, ...counters }));
}

describe('readReport', () => {
  it('gives the rate on each side of a gap', () => {
    const frames = Array.from({ length: 300 }, (_, i): FakeFrame => {
      // 1,000 frames a second before the gap at frame 151, 10,000 after it.
      const us = i < 150 ? i * 1000 : 160_000 + (i - 150) * 100;
      return {
        timeNs: START + BigInt(us) * 1000n,
        ...(i === 150 ? { lostBefore: exactLoss(40) } : {}),
      };
    });
    const [gap, ...rest] = report(frames, 40).gaps;
    assert.deepEqual(rest, []);
    assert.equal(gap!.gap.before, 151);
    assert.equal(gap!.before.frames, 100);
    assert.equal(gap!.before.framesPerSecond, 1000);
    assert.equal(gap!.after!.frames, 100);
    assert.equal(gap!.after!.framesPerSecond, 10_000);
  });

  it('names the flows around a gap, both directions as one, the busiest first', () => {
    const frames: FakeFrame[] = [
      ...[forth, back, name, forth].map((bytes) => ({ bytes })),
      { bytes: name, lostBefore: exactLoss(3) },
      { bytes: back },
    ];
    const [gap] = report(frames, 3).gaps;
    assert.deepEqual(gap!.before.flows, [
      {
        protocol: 'TCP',
        from: '192.0.2.1:51234',
        to: '198.51.100.7:443',
        frames: 3,
        bytes: 2 * forth.length + back.length,
      },
      {
        protocol: 'UDP',
        from: '[2001:db8::a1:17]:4000',
        to: '[2001:db8:5::ea]:4001',
        frames: 1,
        bytes: name.length,
      },
    ]);
    assert.deepEqual(
      gap!.after!.flows.map(({ protocol, frames: count }) => [protocol, count]),
      // As many frames each: then the one with more bytes.
      [
        ['UDP', 1],
        ['TCP', 1],
      ],
    );
  });

  it("looks at the frames of the gap's own interface", () => {
    const frames: FakeFrame[] = [
      { interfaceId: 0, bytes: web },
      { interfaceId: 1, bytes: name },
      { interfaceId: 0, bytes: web, lostBefore: exactLoss(2) },
      { interfaceId: 1, bytes: name },
    ];
    const [gap] = readReport(new FakeSource({ frames })).gaps;
    assert.equal(gap!.before.frames, 1);
    assert.equal(gap!.after!.frames, 1);
    assert.equal(gap!.before.flows[0]!.protocol, 'TCP');
    assert.deepEqual(
      gap!.before.nearest.map(({ number }) => number),
      [1],
    );
  });

  it('has what was before a final gap, and nothing after it', () => {
    const frames = Array.from({ length: 5 }, (): FakeFrame => ({ bytes: web }));
    const facts = report(frames, 9);
    const [gap] = facts.gaps;
    assert.equal(gap!.gap.lost, 9);
    assert.equal(gap!.gap.before, undefined);
    assert.equal(gap!.before.frames, 5);
    assert.equal(gap!.after, undefined);
    assert.equal(facts.largestGap, 9);
  });

  it('describes the first gaps and the largest of the others, and says how many it leaves out', () => {
    const frames = Array.from({ length: 50 }, (_, i): FakeFrame => {
      const lost = i === 30 ? 500 : i === 41 ? 400 : i + 1;
      return { lostBefore: exactLoss(lost) };
    });
    const facts = readReport(new FakeSource({ frames }), { firstGaps: 3, largestGaps: 2 });
    assert.deepEqual(
      facts.gaps.map(({ gap }) => gap.lost),
      [1, 2, 3, 500, 400],
    );
    assert.equal(facts.gapsOmitted, 45);
    assert.equal(facts.loss.account.gapCount, 50);
    assert.equal(facts.largestGap, 500);
  });

  it('keeps the frames next to a gap with their times', () => {
    const frames = Array.from(
      { length: 60 },
      (_, i): FakeFrame => ({
        timeNs: START + BigInt(i) * 10n,
        originalLength: 100 + i,
        ...(i === 30 ? { lostBefore: exactLoss(1) } : {}),
      }),
    );
    const [gap] = report(frames, 1).gaps;
    assert.equal(gap!.before.nearest.length, 24);
    assert.deepEqual(gap!.before.nearest.at(-1), {
      number: 30,
      timeNs: START + 290n,
      bytes: 129,
    });
    assert.deepEqual(gap!.after!.nearest[0], { number: 31, timeNs: START + 300n, bytes: 130 });
  });

  it('knows no rate where all frames have the same time', () => {
    const frames = Array.from(
      { length: 4 },
      (_, i): FakeFrame => ({
        timeNs: START,
        ...(i === 2 ? { lostBefore: exactLoss(1) } : {}),
      }),
    );
    const [gap] = report(frames, 1).gaps;
    assert.equal(gap!.before.framesPerSecond, undefined);
    assert.equal(gap!.after!.framesPerSecond, undefined);
  });
});
