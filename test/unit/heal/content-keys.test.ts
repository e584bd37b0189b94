import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LinkType } from '../../../src/core/link-type.js';
import { ContentKeys } from '../../../src/heal/content-keys.js';

const ETHERNET_HEADER = [...new Array<number>(12).fill(2), 8, 0];
const TAGGED_HEADER = [...new Array<number>(12).fill(2), 0x81, 0, 0, 5, 8, 0];
const SLL2_HEADER = [8, 0, ...new Array<number>(18).fill(3)];

/** An IPv4 packet of a protocol without a checksum, of so many bytes. */
function packet(length: number): number[] {
  const header = [
    0x45,
    0,
    length >> 8,
    length & 0xff,
    0,
    1,
    0,
    0,
    64,
    47,
    0,
    0,
    10,
    0,
    0,
    1,
    10,
    0,
    0,
    2,
  ];
  return [...header, ...Array.from({ length: length - header.length }, (_, i) => i & 0xff)];
}

function frameOf(...parts: readonly (readonly number[])[]) {
  const bytes = Uint8Array.from(parts.flat());
  const { length } = bytes;
  return { bytes, byteOffset: 0, capturedLength: length, originalLength: length };
}

describe('ContentKeys', () => {
  it('gives a packet the same keys whatever its link header, and however it is padded', () => {
    const keys = new ContentKeys({ exact: false, limit: 1500 });
    for (let length = 20; length < 200; length++) {
      const bytes = packet(length);
      const seen = [
        { frame: frameOf(ETHERNET_HEADER, bytes), linkType: LinkType.Ethernet },
        { frame: frameOf(TAGGED_HEADER, bytes), linkType: LinkType.Ethernet },
        { frame: frameOf(ETHERNET_HEADER, bytes, [0, 0, 0, 0, 0, 0]), linkType: LinkType.Ethernet },
        { frame: frameOf(SLL2_HEADER, bytes), linkType: LinkType.LinuxSll2 },
        { frame: frameOf(bytes), linkType: LinkType.RawIp },
      ];
      const found = seen.map(({ frame, linkType }) => [
        keys.briefOf(frame, linkType),
        keys.wholeOf(frame, linkType),
      ]);
      for (const one of found) assert.deepEqual(one, found[0], `a packet of ${length} bytes`);
    }
  });

  it('tells packets by all of their bytes, where the brief key tells them by the first', () => {
    const keys = new ContentKeys({ exact: false, limit: 1500 });
    const one = packet(100);
    const other = one.with(99, 0xee);
    const frames = [one, other].map((bytes) => frameOf(ETHERNET_HEADER, bytes));
    const [brief, otherBrief] = frames.map((frame) => keys.briefOf(frame, LinkType.Ethernet));
    const [whole, otherWhole] = frames.map((frame) => keys.wholeOf(frame, LinkType.Ethernet));
    assert.equal(brief, otherBrief);
    assert.notEqual(whole, otherWhole);
  });
});
