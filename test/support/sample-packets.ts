/** Packets for tests of lines: the commonest kinds, and what is nearly one of them. */

import fc from './fixed-check.js';
import {
  arp,
  counting,
  dnsMessage,
  dnsName,
  ethernet,
  hex,
  ipv4,
  ipv6,
  tcp,
  udp,
  vlanTag,
} from './packet-bytes.js';

const timestamps = hex`0101080a 11223344 55667788`;
const name = dnsName('www.example.com');
const wordy = 0x1ff; // every flag: too long for a place in the cache

/** What the short ways are for, what they just miss, and what they must leave alone. */
export const samplePackets: readonly Uint8Array[] = [
  ethernet(0x0800, ipv4(6, tcp(counting(40), { flags: 0x10, options: timestamps }))),
  ethernet(0x0800, ipv4(6, tcp(counting(1), { flags: 0x02, sequence: 0xffffffff }))),
  ethernet(0x0800, ipv4(6, tcp(counting(3), { flags: wordy, sequence: 0 }))),
  ethernet(0x0800, ipv4(6, tcp(counting(1400)), { source: [255, 255, 255, 255] })),
  ethernet(0x0800, ipv4(17, udp([9, 65535], counting(60)))),
  ethernet(0x0800, ipv4(17, udp([5, 5], counting(0)), { destination: [0, 0, 0, 0] })),
  ethernet(0x0800, ipv4(17, udp([53, 5353], counting(6)))),
  ethernet(0x8100, vlanTag(5, 0x0800, ipv4(17, udp([80, 81], counting(20))))),
  ethernet(0x8100, vlanTag(5, 0x8100, vlanTag(6, 0x0800, ipv4(6, tcp(counting(4)))))),
  ethernet(0x8100, vlanTag(4095, 0x0800, ipv4(6, tcp(counting(20), { flags: 0x18 })))),
  ethernet(0x8100, vlanTag(0, 0x0800, ipv4(17, udp([40000, 53], dnsMessage(0, name, 1))))),
  ethernet(0x8100, vlanTag(7, 0x0800, ipv4(1, hex`0800 0000 ffff 0002 6162`))),
  ethernet(0x8100, vlanTag(7, 0x0806, arp(2))),
  ethernet(0x88a8, vlanTag(7, 0x8100, vlanTag(8, 0x0806, arp(1)))),
  ethernet(0x0800, ipv4(17, udp([40000, 53], dnsMessage(0x0100, name, 1)))),
  ethernet(0x0800, ipv4(17, udp([53, 40000], dnsMessage(0x8183, name, 65280)))),
  ethernet(0x0800, ipv4(17, udp([5353, 5353], dnsMessage(0, dnsName('a.b\\c'), 12)))),
  ethernet(0x0800, ipv4(17, udp([5355, 9], dnsMessage(0, dnsName(''), 1)))),
  ethernet(0x0800, ipv4(1, hex`0800 0000 ffff 0002 6162`)),
  ethernet(0x0800, ipv4(1, hex`0000 0000 0001`)),
  ethernet(0x0800, ipv4(17, udp([1, 2], counting(16)), { moreFragments: true })),
  ethernet(0x0800, ipv4(6, tcp(counting(8)), { totalLength: 0 })),
  ethernet(0x0800, ipv4(6, tcp(counting(8)), { options: hex`01010100` })),
  ethernet(0x0806, arp(1)),
  ethernet(0x0806, arp(2)),
  ethernet(0x0806, arp(9)),
  ethernet(0x86dd, ipv6(6, tcp(counting(9)))),
  ethernet(0x86dd, ipv6(17, udp([1, 5353], counting(30)))),
];

/** What a loop writes lines of, as far as nothing else is against it. */
export const plainPackets: readonly Uint8Array[] = [
  ethernet(0x0800, ipv4(6, tcp(counting(400), { flags: 0x18 }))),
  ethernet(0x0800, ipv4(17, udp([9, 65_535], counting(60)))),
  ethernet(0x0800, ipv4(1, hex`0800 0000 ffff 0002 6162`)),
  ethernet(0x0800, ipv4(17, udp([40_000, 53], dnsMessage(0x0100, dnsName('a.example'), 1)))),
  ethernet(0x8100, vlanTag(4095, 0x0800, ipv4(6, tcp(counting(20), { flags: 0x02 })))),
  ethernet(0x0806, arp(1)),
  ethernet(0x0806, arp(2)),
];

/** What may be behind a tag, by EtherType. */
const contents: readonly (readonly [etherType: number, packet: Uint8Array])[] = [
  [0x0800, ipv4(6, tcp(counting(30), { flags: 0x1ff }))],
  [0x0800, ipv4(6, tcp(counting(0), { flags: 0x02 }))],
  [0x0800, ipv4(17, udp([4000, 4001], counting(20)))],
  [0x0800, ipv4(17, udp([4000, 53], dnsMessage(0x0100, dnsName('www.example.com'), 1)))],
  [0x0800, ipv4(1, hex`0800 0000 1234 0007 616263`)],
  [0x0800, ipv4(17, counting(40), { fragmentOffset: 1480 })],
  [0x0806, arp(1)],
  [0x86dd, ipv6(6, tcp(counting(9)))],
  [0x88cc, counting(20)],
];
const identifiers = [0, 1, 99, 100, 1024, 4094, 4095];

/** Each of these behind no tag, one, two and three; of one identifier and another. */
export function taggedPackets(): Uint8Array[] {
  const made: Uint8Array[] = [];
  for (const [etherType, packet] of contents) {
    made.push(ethernet(etherType, packet));
    for (const id of identifiers) {
      const tagged = vlanTag(id, etherType, packet);
      made.push(
        ethernet(0x8100, tagged),
        ethernet(0x88a8, vlanTag(id ^ 7, 0x8100, tagged)),
        ethernet(0x8100, vlanTag(300, 0x8100, vlanTag(id ^ 7, 0x8100, tagged))),
      );
    }
  }
  return made;
}

/** A byte of such a packet made another, mostly one of its headers. */
export const packetChange: fc.Arbitrary<{ readonly at: number; readonly value: number }> =
  fc.record({
    at: fc.oneof(fc.nat({ max: 54 }), fc.nat({ max: 120 })),
    value: fc.oneof(fc.constantFrom(0, 6, 8, 17, 0x45, 0x46, 255), fc.nat({ max: 255 })),
  });
