import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameLine, type LineFrame, MAX_FRAME_LINE_BYTES } from '../../src/report/frame-line.js';
import type { FrameTimeFormat } from '../../src/report/frame-time.js';
import fc from '../support/fixed-check.js';
import { counting, ethernet, ipv4, tcp } from '../support/packet-bytes.js';
import { packetChange, samplePackets } from '../support/sample-packets.js';

const seconds = fc.constantFrom(0, 999_999_999, 1_795_355_060, 1_795_355_061, 0xffffffff);
const nanoseconds = fc.oneof(
  fc.constantFrom(0, 9999, 10_000, 99_999_999, 100_000_000),
  fc.nat({ max: 999_999_999 }),
);

interface Sample {
  readonly packet: Uint8Array;
  readonly changes: readonly { readonly at: number; readonly value: number }[];
  /** Bytes at the end that weren't captured. */
  readonly cut: number;
  /** Bytes on the wire behind the packet. */
  readonly padding: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly hasTimestamp: boolean;
  /** How far the number goes on from the one before. */
  readonly step: number;
  readonly linkType: number;
}

const sample: fc.Arbitrary<Sample> = fc.record({
  packet: fc.constantFrom(...samplePackets),
  changes: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Sample['changes']>([]) },
    { weight: 2, arbitrary: fc.array(packetChange, { maxLength: 2 }) },
  ),
  cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 60 })),
  padding: fc.constantFrom(0, 0, 6, 99_900),
  seconds,
  nanoseconds,
  hasTimestamp: fc.constantFrom(true, true, true, false),
  step: fc.constantFrom(1, 1, 1, 1, 2, 89_000, 10_000_000_000),
  linkType: fc.constantFrom(1, 1, 1, 1, 101, 113),
});

const BEFORE = 7;

/** The sample's frame in the middle of a memory that it shares with nothing. */
function frameOf({ packet, changes, cut, padding, ...times }: Sample): LineFrame {
  const whole = new Uint8Array(packet.length + padding);
  whole.set(packet);
  for (const { at, value } of changes) if (at < packet.length) whole[at] = value;
  const capturedLength = Math.max(0, packet.length - cut);
  const bytes = new Uint8Array(BEFORE + capturedLength + 3);
  bytes.set(whole.subarray(0, capturedLength), BEFORE);
  return { bytes, byteOffset: BEFORE, capturedLength, originalLength: whole.length, ...times };
}

function check(format: FrameTimeFormat, samples: readonly Sample[]): void {
  const asText = new FrameLine({ time: format });
  const asBytes = new FrameLine({ time: format });
  const out = Buffer.alloc((samples.length + 1) * MAX_FRAME_LINE_BYTES);
  let expected = '';
  let end = 0;
  let number = 0;
  for (const each of samples) {
    number += each.step;
    const frame = frameOf(each);
    expected += `${asText.frame(number, frame, each.linkType)}\n`;
    end = asBytes.write(number, frame, each.linkType, out, end);
  }
  assert.equal(out.toString('latin1', 0, end), expected);
}

describe('the lines of many frames', () => {
  for (const format of ['local', 'relative', 'epoch'] as const) {
    it(`are the same as bytes and as text, times written ${format}`, () => {
      fc.assert(
        fc.property(fc.array(sample, { minLength: 1, maxLength: 24 }), (samples) =>
          check(format, samples),
        ),
        { numRuns: 600 },
      );
    });
  }

  it('are the same when more flows come than the cache holds', () => {
    const samples: Sample[] = Array.from({ length: 12_000 }, (_, i) => ({
      packet: ethernet(
        0x0800,
        ipv4(6, tcp(counting(i % 5), { sequence: i * 357_913 }), {
          source: [10, 1, (i >> 8) & 31, i & 255],
        }),
      ),
      changes: [],
      cut: 0,
      padding: 0,
      seconds: 1_795_355_060 + (i >> 6),
      nanoseconds: (i * 7_654_321) % 1_000_000_000,
      hasTimestamp: true,
      step: 1,
      linkType: 1,
    }));
    check('local', [...samples.slice(0, 6000), ...samples.slice(0, 100), ...samples.slice(6000)]);
  });
});
