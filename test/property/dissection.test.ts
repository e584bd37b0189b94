import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameSummary } from '../../src/analysis/frame-summary.js';
import { flowKey } from '../../src/headers/flow-key.js';
import { FrameLine, MAX_FRAME_LINE_BYTES } from '../../src/report/frame-line.js';
import fc from '../support/fixed-check.js';
import {
  arp,
  counting,
  dnsMessage,
  dnsName,
  ethernet,
  hex,
  ipv4,
  ipv6,
  join,
  tcp,
  udp,
  vlanTag,
} from '../support/packet-bytes.js';

/** All that the subject says of a frame that lies between two stretches of one poison byte. */
function describeFrame(
  frame: Uint8Array,
  captured: number,
  original: number,
  linkType: number,
  poison: number,
): string {
  const before = 29;
  const memory = new Uint8Array(before + captured + 400).fill(poison);
  memory.set(frame.subarray(0, captured), before);
  const summary = new FrameSummary();
  summary.open(memory, before, captured, original, linkType);
  const { bytes: _bytes, ...fields } = summary.dissection;
  const placed = {
    bytes: memory,
    byteOffset: before,
    capturedLength: captured,
    originalLength: original,
    seconds: 1,
    nanoseconds: 2,
  };
  const line = new FrameLine({ time: 'epoch' }).frame(7, placed, linkType);
  assert.match(line, /^[ -~]*$/);
  const out = Buffer.alloc(MAX_FRAME_LINE_BYTES + 5);
  const end = new FrameLine({ time: 'epoch' }).write(7, placed, linkType, out, 5);
  assert.equal(out.toString('latin1', 5, end), `${line}\n`);
  return JSON.stringify([fields, flowKey(summary.dissection), line]);
}

const linkTypes = [0, 1, 101, 108, 113, 228, 229, 276] as const;

const valid: readonly Uint8Array[] = [
  ethernet(0x0800, ipv4(6, tcp(counting(40), { options: hex`0101080a 11223344 55667788` }))),
  ethernet(0x0800, ipv4(17, udp([5353, 53], dnsMessage(0x8180, dnsName('www.example.com'), 28)))),
  ethernet(0x88a8, vlanTag(5, 0x8100, vlanTag(6, 0x0800, ipv4(1, hex`0800 0000 0001 0002 6162`)))),
  ethernet(0x86dd, ipv6(0, join(hex`2c00 0104 00000000 0600 0001 1a2b3c4d`, tcp(counting(9))))),
  ethernet(0x86dd, ipv6(58, join(hex`8700 0000 00000000`, counting(16)))),
  ethernet(0x86dd, ipv6(0, join(hex`1100 c204 00011234`, udp([5, 5353], counting(30), 0)), 0)),
  ethernet(0x0806, arp(2)),
  ethernet(62, join(hex`aaaa03 000000 0800`, ipv4(6, tcp(counting(2))))),
  join(hex`0004 0001 0006 02005e2000f2 0000 0800`, ipv4(17, udp([1, 2], counting(4)))),
  join(hex`02000000`, ipv4(17, udp([1, 2], counting(4)))),
];

describe('Dissection, FrameSummary and FrameLine', () => {
  it('never throw and never depend on bytes outside a random frame', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.nat(200),
        fc.constantFrom(...linkTypes),
        (frame, more, linkType) => {
          const original = frame.length + more;
          assert.equal(
            describeFrame(frame, frame.length, original, linkType, 0x00),
            describeFrame(frame, frame.length, original, linkType, 0xff),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never throw and never depend on bytes outside a valid frame, changed and cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...valid),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(),
        fc.boolean(),
        fc.constantFrom(1, 1, 1, ...linkTypes),
        (frame, changes, cut, onWire, linkType) => {
          const changed = join(frame);
          for (const [at, value] of changes) changed[at % changed.length] = value;
          const captured = cut % (changed.length + 1);
          const original = onWire ? captured : changed.length;
          const seen = [0x00, 0x08, 0xc0, 0xff].map((poison) =>
            describeFrame(changed, captured, original, linkType, poison),
          );
          assert.equal(new Set(seen).size, 1);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('never say of a truncated frame what they would not say of the whole one', () => {
    for (const frame of valid) {
      const whole = new FrameSummary();
      whole.open(frame, 0, frame.length, frame.length, 1);
      for (let captured = 0; captured < frame.length; captured += 1) {
        const part = new FrameSummary();
        part.open(frame, 0, captured, frame.length, 1);
        for (const name of [
          'etherType',
          'vlanId',
          'sourcePort',
          'destinationPort',
          'sequence',
          'acknowledgment',
          'tcpFlags',
          'window',
          'payloadLength',
          'icmpType',
        ] as const) {
          const value = part.dissection[name];
          assert.ok(value === -1 || value === whole.dissection[name], `${name} at ${captured}`);
        }
      }
    }
  });
});
