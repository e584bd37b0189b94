import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InferredLoss, TcpLossFacts } from '../../src/analysis/inferred-loss.js';
import { TcpAckLoss } from '../../src/analysis/tcp-ack-loss.js';
import fc from '../support/fixed-check.js';
import { batchOn } from '../support/frame-list-source.js';
import {
  type ModelPacket,
  runTcpModel,
  type TcpModelOptions,
  type TcpModelResult,
} from '../support/tcp-model.js';

const delays = fc.constantFrom<readonly [number, number]>(
  [10_000, 5_000],
  [100, 20_000],
  [20_000, 100],
  [4_000, 4_000],
);

const path = {
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  bytes: fc.integer({ min: 1, max: 120_000 }),
  segmentBytes: fc.integer({ min: 200, max: 1460 }),
  window: fc.integer({ min: 1, max: 40 }),
  initialSequence: fc.oneof(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.integer({ min: 2 ** 32 - 100_000, max: 2 ** 32 - 1 }),
  ),
  sack: fc.boolean(),
  timestamps: fc.boolean(),
  identification: fc.boolean(),
  delayUs: delays,
};

const chance = (most: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constant(0), fc.double({ min: 0, max: most, noNaN: true }));

const anyLoss: fc.Arbitrary<TcpModelOptions> = fc
  .record({
    ...path,
    lossBefore: chance(0.1),
    lossAfter: chance(0.1),
    captureLoss: chance(0.1),
    captureRun: fc.integer({ min: 1, max: 60 }),
    startsAfter: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 150 })),
    probes: chance(0.1),
  })
  // Without SACK nothing in the file tells that the capture began within a recovery (docs/inference.md).
  .map((options) => ({ ...options, sack: options.sack || options.startsAfter > 0 }));

function infer({ frames }: TcpModelResult): TcpLossFacts {
  const inference = new TcpAckLoss();
  for (const [i, frame] of frames.entries()) inference.take(batchOn(frame), i + 1, 1);
  return inference.finish();
}

const captureLosses = (facts: TcpLossFacts): InferredLoss[] =>
  facts.losses.filter(({ cause }) => cause === 'capture');

/** Packets with data that the capture missed between two frames of it. */
function missedBetween(
  packets: readonly ModelPacket[],
  after: number,
  proof: number,
): ModelPacket[] {
  return packets.filter(
    (one) =>
      one.missed &&
      one.fromSender &&
      !one.isProbe &&
      one.framesBefore >= after &&
      one.framesBefore < proof,
  );
}

const bytesOf = (packets: readonly ModelPacket[]): number =>
  packets.reduce((sum, { start, end }) => sum + end - start, 0);

/** Distinct positions in them, the FIN's included. */
function distinctBytes(packets: readonly ModelPacket[]): number {
  const sorted = packets
    .map(({ start, end, isFin }) => [start, end + (isFin ? 1 : 0)] as const)
    .sort((a, b) => a[0] - b[0]);
  let sum = 0;
  let at = Number.NEGATIVE_INFINITY;
  for (const [start, end] of sorted) {
    sum += Math.max(0, end - Math.max(start, at));
    at = Math.max(at, end);
  }
  return sum;
}

describe('TcpAckLoss', () => {
  it('never claims as lost to the capture what the capture holds', () => {
    fc.assert(
      fc.property(anyLoss, (options) => {
        const result = runTcpModel(options);
        const losses = captureLosses(infer(result));
        const missed = missedBetween(result.packets, 0, Number.POSITIVE_INFINITY);
        for (const loss of losses) {
          // A receiver without SACK holds what it doesn't tell of: then only the order of events is known.
          const from = options.sack ? (loss.earliest ?? 0) : 0;
          const between = missedBetween(result.packets, from, loss.proof!);
          assert.ok(loss.bytes <= distinctBytes(between), 'more bytes than were missed there');
          assert.ok(loss.segments <= between.length, 'more segments than were missed there');
          assert.equal(loss.certainty, 'inferred');
        }
        const sum = losses.reduce((total, { bytes }) => total + bytes, 0);
        assert.ok(sum <= bytesOf(missed), 'more bytes in all than were missed');
        const segments = losses.reduce((total, one) => total + one.segments, 0);
        assert.ok(segments <= missed.length, 'more segments in all than were missed');
      }),
      { numRuns: 250 },
    );
  });

  it('claims no more than was missed where packets overtake each other', () => {
    const overtaking = fc.record({ options: anyLoss, reorder: chance(0.05) });
    fc.assert(
      fc.property(overtaking, ({ options, reorder }) => {
        const result = runTcpModel({ ...options, reorder, startsAfter: 0, sack: true });
        const losses = captureLosses(infer(result));
        for (const { bytes, segments, proof } of losses) {
          const before = missedBetween(result.packets, 0, proof!);
          assert.ok(bytes <= distinctBytes(before), 'more bytes than were missed by then');
          assert.ok(segments <= before.length, 'more segments than were missed by then');
        }
        const missed = missedBetween(result.packets, 0, Number.POSITIVE_INFINITY);
        const sum = losses.reduce((total, { bytes }) => total + bytes, 0);
        assert.ok(sum <= distinctBytes(missed), 'more bytes in all than were missed');
      }),
      { numRuns: 200 },
    );
  });

  it('finds every byte that only the capture lost and a later acknowledgment covers', () => {
    const onlyCapture = anyLoss.map((options) => ({
      ...options,
      lossBefore: 0,
      lossAfter: 0,
      startsAfter: 0,
    }));
    fc.assert(
      fc.property(onlyCapture, (options) => {
        const result = runTcpModel(options);
        const facts = infer(result);
        const seen = result.packets.filter(({ frame }) => frame > 0);
        if (!seen.some(({ fromSender }) => fromSender)) return;
        const acknowledged = Math.max(
          0,
          ...seen.filter(({ fromSender }) => !fromSender).map(({ end }) => end),
        );
        // What was sent before anything of the sender or the receiver was seen can't be known.
        const first = seen[0]!;
        const base = first.fromSender && !first.isSyn ? first.start : first.end;
        const held = new Set<number>();
        for (const { fromSender, isProbe, start, end } of seen) {
          // A keep-alive's octet is any: it isn't the stream's byte of that number (RFC 9293 §3.8.4).
          if (fromSender && !isProbe) for (let at = start; at < end; at += 1) held.add(at);
        }
        let missing = 0;
        for (let at = base; at < Math.min(acknowledged, options.bytes); at += 1) {
          if (!held.has(at)) missing += 1;
        }
        const hasSyn = seen.some(({ isSyn }) => isSyn);
        if (!hasSyn) return;
        const sum = captureLosses(facts).reduce((total, { bytes }) => total + bytes, 0);
        // One byte less where the FIN may have been the last one.
        assert.ok(sum === missing || sum === missing - 1, `${sum} claimed, ${missing} missing`);
        assert.equal(facts.lost.beforeTap.count + facts.lost.afterTap.count, 0);
      }),
      { numRuns: 150 },
    );
  });

  it('claims nothing for the capture where only the network lost', () => {
    const onlyNetwork = anyLoss.map((options) => ({ ...options, captureLoss: 0 }));
    fc.assert(
      fc.property(onlyNetwork, (options) => {
        const facts = infer(runTcpModel(options));
        assert.equal(facts.lost.capture.count, 0);
      }),
      { numRuns: 250 },
    );
  });

  it('says on which side of the tap the network lost, where every acknowledgment is there', () => {
    const wholeCapture = fc.record({
      ...path,
      sack: fc.constant(true),
      lossBefore: chance(0.1),
      lossAfter: chance(0.1),
      // A report of a duplicate that nobody gets is missed by the sender as by us.
      safeAcknowledgments: fc.constant(true),
      captureLoss: fc.constant(0),
      captureRun: fc.constant(1),
      startsAfter: fc.constant(0),
    });
    fc.assert(
      fc.property(wholeCapture, (options) => {
        const { packets, ...rest } = runTcpModel(options);
        const facts = infer({ packets, ...rest });
        const bytesLost = (lost: (one: ModelPacket) => boolean): number =>
          bytesOf(packets.filter((one) => one.fromSender && lost(one)));
        const before = bytesLost(({ lostBefore }) => lostBefore);
        const after = bytesLost(({ lostAfter }) => lostAfter);
        assert.ok(facts.lost.beforeTap.bytes <= before + 1, 'lost before the tap');
        assert.ok(facts.lost.afterTap.bytes <= after + 1, 'lost after the tap');
      }),
      { numRuns: 250 },
    );
  });
});
