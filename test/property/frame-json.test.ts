import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameSummary } from '../../src/analysis/frame-summary.js';
import { formatEpochNs, toEpochNs } from '../../src/core/timestamp.js';
import { FrameJsonWriter } from '../../src/report/frame-json.js';
import { MAX_FRAME_LINE_BYTES } from '../../src/report/frame-line.js';
import fc from '../support/fixed-check.js';
import {
  arp,
  counting,
  dnsMessage,
  ethernet,
  hex,
  ipv4,
  ipv6,
  join,
  tcp,
  udp,
  vlanTag,
} from '../support/packet-bytes.js';

/** A name of which every byte has to be escaped, the second time in JSON: as long as one can be. */
const worstName = join(
  ...[63, 63, 63, 61].map((length) => join([length], new Uint8Array(length).fill(0x5c))),
  [0],
);
const label = fc
  .uint8Array({ minLength: 1, maxLength: 63 })
  .map((bytes) => join([bytes.length], bytes));
const dnsNames = fc
  .array(label, { maxLength: 3 })
  .map((labels) => join(...labels, [0]))
  .filter(({ length }) => length <= 255);

const packets: fc.Arbitrary<Uint8Array> = fc.oneof(
  dnsNames.map((name) => ethernet(0x0800, ipv4(17, udp([40000, 53], dnsMessage(0, name, 1))))),
  dnsNames.map((name) =>
    ethernet(0x8100, vlanTag(9, 0x86dd, ipv6(17, udp([5353, 9], dnsMessage(0x8183, name, 12))))),
  ),
  fc.constantFrom(
    ethernet(0x0800, ipv4(6, tcp(counting(40), { flags: 0x18 }))),
    ethernet(0x88a8, vlanTag(100, 0x8100, vlanTag(200, 0x0800, ipv4(6, tcp(counting(4)))))),
    ethernet(0x8100, vlanTag(4095, 0x88cc, counting(9))),
    ethernet(0x0800, ipv4(17, udp([40000, 53], dnsMessage(0, worstName, 1)))),
    ethernet(0x0806, arp(1)),
    ethernet(0x86dd, ipv6(6, tcp(counting(9)))),
    hex`02 00 00`,
    new Uint8Array(0),
  ),
  fc.uint8Array({ maxLength: 90 }),
);

const frames = fc.record({
  packet: packets,
  before: fc.nat({ max: 5 }),
  behind: fc.constantFrom(0, 0, 1500, 262_000),
  seconds: fc.constantFrom(0, 1_795_355_060, 0xffffffff),
  nanoseconds: fc.oneof(fc.constantFrom(0, 9999), fc.nat({ max: 999_999_999 })),
  hasTimestamp: fc.boolean(),
  number: fc.constantFrom(1, 10_000, 2 ** 32, 2 ** 53 - 1),
  interfaceId: fc.constantFrom(0, 1, 70_000),
  linkType: fc.constantFrom(1, 1, 1, 101, 147),
});

describe('frames as lines of JSON', () => {
  it('are what JSON.stringify makes of their texts', () => {
    const writer = new FrameJsonWriter();
    const summary = new FrameSummary();
    const out = Buffer.alloc(2 * MAX_FRAME_LINE_BYTES);
    fc.assert(
      fc.property(frames, ({ packet, before, behind, number, interfaceId, linkType, ...times }) => {
        const bytes = join(new Uint8Array(before), packet);
        const capturedLength = packet.length;
        const originalLength = capturedLength + behind;
        const frame = { bytes, byteOffset: before, capturedLength, originalLength, ...times };
        out.fill(0);
        const end = writer.write(number, frame, linkType, interfaceId, out, 3);
        assert.ok(end - 3 < MAX_FRAME_LINE_BYTES);
        summary.open(bytes, before, capturedLength, originalLength, linkType);
        const { vlans, protocol, source, destination, info } = summary;
        const time = formatEpochNs(toEpochNs(times.seconds, times.nanoseconds));
        const expected = {
          frame: number,
          interface: interfaceId,
          time: times.hasTimestamp ? time : null,
          length: originalLength,
          captured: capturedLength,
          ...(vlans.length === 0 ? {} : { vlan: vlans }),
          protocol,
          source: source === '' ? null : source,
          destination: destination === '' ? null : destination,
          info,
        };
        assert.equal(out.toString('latin1', 3, end), `${JSON.stringify(expected)}\n`);
      }),
      { numRuns: 3000 },
    );
  });
});
