import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Dissection } from '../../../src/headers/dissection.js';
import { DissectionStatus } from '../../../src/headers/dissection-status.js';
import { MAX_IPV6_EXTENSION_HEADERS } from '../../../src/headers/ipv6.js';
import { MAX_VLAN_TAGS } from '../../../src/headers/vlan.js';
import {
  arp,
  counting,
  ethernet,
  hex,
  ipv4,
  ipv6,
  join,
  tcp,
  udp,
  vlanTag,
} from '../../support/packet-bytes.js';

/** Opens a frame that was captured whole unless lengths say otherwise. */
function dissect(
  frame: Uint8Array,
  linkType = 1,
  captured = frame.length,
  original = frame.length,
): Dissection {
  const dissection = new Dissection();
  dissection.dissect(frame, 0, captured, original, linkType);
  return dissection;
}

/** The frame wrapped in more than one Dissection use, to see that nothing of the last one stays. */
function statusName(d: Dissection): string | undefined {
  return Object.entries(DissectionStatus).find(([, value]) => value === d.status)?.[0];
}

describe('Dissection: links', () => {
  it('reads every field of a TCP segment over IPv4 and Ethernet', () => {
    const d = dissect(hex`
      02005e100001 02005e2000f2 0800    # destination, source, IPv4
      45 00 0034 1c46 4000 3d 06 0000   # 20 bytes, total 52, don't fragment, TTL 61, TCP
      c0000211 c63364ea                 # 192.0.2.17 to 198.51.100.234
      c822 01bb 9a3b5c7d 12f4d6e8       # 51234 to 443
      8 1d2 fa3c 0000 0000              # 32 bytes, flags AE CWR ECE ACK SYN, window 64060
      0101080a 11223344 55667788        # timestamps
    `);
    assert.equal(statusName(d), 'Complete');
    assert.equal(d.destinationMacOffset, 0);
    assert.equal(d.sourceMacOffset, 6);
    assert.equal(d.etherType, 0x0800);
    assert.equal(d.networkOffset, 14);
    assert.equal(d.ipVersion, 4);
    assert.equal(d.addressLength, 4);
    assert.equal(d.sourceAddressOffset, 26);
    assert.equal(d.destinationAddressOffset, 30);
    assert.equal(d.timeToLive, 61);
    assert.equal(d.protocol, 6);
    assert.equal(d.fragmentOffset, 0);
    assert.equal(d.fragmented, false);
    assert.equal(d.transportOffset, 34);
    assert.equal(d.sourcePort, 51234);
    assert.equal(d.destinationPort, 443);
    assert.equal(d.sequence, 0x9a3b5c7d);
    assert.equal(d.acknowledgment, 0x12f4d6e8);
    assert.equal(d.tcpFlags, 0x1d2);
    assert.equal(d.window, 0xfa3c);
    assert.equal(d.payloadOffset, 66);
    assert.equal(d.payloadLength, 0);
    assert.equal(d.truncated, false);
  });

  it('forgets everything of the frame before', () => {
    const d = dissect(ethernet(0x8100, vlanTag(77, 0x0800, ipv4(6, tcp(counting(5))))));
    assert.equal(d.payloadLength, 5);
    d.dissect(new Uint8Array(0), 0, 0, 0, 1);
    const empty = new Dissection();
    empty.dissect(new Uint8Array(0), 0, 0, 0, 1);
    assert.deepEqual({ ...d }, { ...empty });
  });

  it('finds the frame anywhere in a larger memory', () => {
    const frame = ethernet(0x0800, ipv4(17, udp([5001, 6002], counting(9))));
    const d = new Dissection();
    d.dissect(join(counting(37), frame, counting(50)), 37, frame.length, frame.length, 1);
    assert.equal(d.sourcePort, 5001);
    assert.equal(d.payloadOffset, 37 + 14 + 20 + 8);
    assert.equal(d.payloadLength, 9);
  });

  it('steps over stacked VLAN tags of all three types and keeps the outermost identifier', () => {
    const inner = vlanTag(0x123, 0x86dd, ipv6(17, udp([7, 9], counting(3))));
    const d = dissect(ethernet(0x88a8, vlanTag(0xabc, 0x9100, vlanTag(2, 0x8100, inner))));
    assert.equal(d.vlanCount, 3);
    assert.equal(d.vlanId, 0xabc);
    assert.equal(d.vlanOffset, 14);
    assert.equal(d.etherType, 0x86dd);
    assert.equal(d.destinationPort, 9);
  });

  it('stops at a VLAN stack over the limit, and not one tag before', () => {
    const stack = (tags: number): Uint8Array => {
      let type = 0x0800;
      let payload = ipv4(17, udp([7, 9], counting(3)));
      for (let tag = 0; tag < tags; tag += 1) {
        payload = vlanTag(tag + 1, type, payload);
        type = 0x8100;
      }
      return ethernet(type, payload);
    };
    assert.equal(dissect(stack(MAX_VLAN_TAGS)).destinationPort, 9);
    const deeper = dissect(stack(MAX_VLAN_TAGS + 1));
    assert.equal(statusName(deeper), 'TooDeep');
    assert.equal(deeper.ipVersion, 0);
    assert.equal(deeper.etherType, -1);
  });

  it('tells an 802.3 length from an EtherType', () => {
    const stp = dissect(ethernet(38, join(hex`42 42 03`, counting(35)))); // spanning tree
    assert.equal(stp.etherType, -1);
    assert.equal(stp.llcOffset, 14);
    const snap = ethernet(62, join(hex`aaaa03 000000 0800`, ipv4(6, tcp(counting(2)))));
    assert.equal(dissect(snap).etherType, 0x0800); // RFC 1042
    assert.equal(dissect(snap).payloadLength, 2);
    const cisco = ethernet(30, join(hex`aaaa03 00000c 2000`, counting(22)));
    assert.equal(dissect(cisco).etherType, -1);
    const between = dissect(ethernet(1520, counting(60))); // neither length nor type
    assert.equal(between.etherType, -1);
    assert.equal(between.llcOffset, -1);
  });

  it('opens Linux cooked captures of both versions', () => {
    const packet = ipv4(17, udp([4660, 22136], counting(4)));
    const sll = dissect(join(hex`0004 0001 0006 02005e2000f2 0000 0800`, packet), 113);
    assert.equal(sll.sourceMacOffset, 6);
    assert.equal(sll.destinationPort, 22136);
    const sll2 = dissect(join(hex`0800 0000 00000007 0001 04 06 02005e2000f2 0000`, packet), 276);
    assert.equal(sll2.sourceMacOffset, 12);
    assert.equal(sll2.destinationPort, 22136);
    const netlink = dissect(join(hex`0004 0338 0000 0000000000000000 0800`, packet), 113);
    assert.equal(netlink.etherType, -1); // ARPHRD_NETLINK: the field is a netlink family
    const tagged = dissect(
      join(hex`0000 0001 0006 02005e2000f2 0000 8100`, vlanTag(5, 0x0800, packet)),
      113,
    );
    assert.equal(tagged.vlanId, 5);
    assert.equal(tagged.sourcePort, 4660);
  });

  it('opens loopback frames in either byte order, and raw IP of either version', () => {
    const v4 = ipv4(17, udp([4660, 22136], counting(4)));
    const v6 = ipv6(17, udp([4661, 22137], counting(4)));
    assert.equal(dissect(join(hex`02000000`, v4), 0).sourcePort, 4660);
    assert.equal(dissect(join(hex`00000002`, v4), 0).sourcePort, 4660);
    for (const family of [hex`0a000000`, hex`18000000`, hex`1c000000`, hex`0000001e`]) {
      assert.equal(dissect(join(family, v6), 0).sourcePort, 4661);
    }
    assert.equal(dissect(join(hex`00000018`, v6), 108).sourcePort, 4661);
    assert.equal(dissect(join(hex`07000000`, v4), 0).ipVersion, 0);
    assert.equal(dissect(join(hex`02000001`, v4), 0).ipVersion, 0);
    assert.equal(dissect(v4, 101).sourcePort, 4660);
    assert.equal(dissect(v6, 101).sourcePort, 4661);
    assert.equal(dissect(v4, 228).sourcePort, 4660);
    assert.equal(dissect(v6, 229).sourcePort, 4661);
    assert.equal(statusName(dissect(hex`5500`, 101)), 'Malformed');
  });

  it('opens nothing of an unknown link type', () => {
    const d = dissect(ethernet(0x0800, ipv4(6, tcp(counting(2)))), 147);
    assert.equal(d.networkOffset, -1);
    assert.equal(statusName(d), 'Complete');
  });

  it('finds an ARP packet', () => {
    const d = dissect(ethernet(0x0806, arp(1)));
    assert.equal(d.arpOffset, 14);
    assert.equal(d.ipVersion, 0);
  });
});

describe('Dissection: payload length', () => {
  it('comes from the IP length, whatever was captured or padded', () => {
    const padded = join(ethernet(0x0800, ipv4(6, tcp(counting(3)))), counting(17));
    assert.equal(dissect(padded).payloadLength, 3);
    const long = ethernet(0x0800, ipv4(6, tcp(counting(1400))));
    const cut = dissect(long, 1, 96, long.length);
    assert.equal(cut.payloadLength, 1400);
    assert.equal(cut.truncated, true);
    assert.equal(statusName(cut), 'Complete');
  });

  it('comes from the frame where segmentation left the IP length at zero', () => {
    const v4 = ethernet(0x0800, ipv4(6, tcp(counting(999)), { totalLength: 0 }));
    assert.equal(dissect(v4).payloadLength, 999);
    const v6 = ethernet(0x86dd, ipv6(6, tcp(counting(998)), 0));
    assert.equal(dissect(v6).payloadLength, 998);
  });

  it('comes from the jumbo option where there is one (RFC 2675)', () => {
    const tcpPart = tcp(counting(200));
    const jumbo = ipv6(0, join(hex`06 00 c2 04 00011234`, tcpPart), 0);
    const frame = ethernet(0x86dd, jumbo);
    const original = 14 + 40 + 0x11234;
    const d = dissect(frame, 1, frame.length, original + 4); // four bytes of trailer
    assert.equal(d.payloadLength, 0x11234 - 8 - 20);
    assert.equal(d.sourcePort, 51234);
  });

  it('leaves out IPv4 options and counts TCP options into the header', () => {
    const d = dissect(
      ethernet(
        0x0800,
        ipv4(6, tcp(counting(11), { options: hex`020405b4 0103030a` }), {
          options: hex`94040000 01010100`, // router alert (RFC 2113)
        }),
      ),
    );
    assert.equal(d.transportOffset, 14 + 28);
    assert.equal(d.payloadOffset, 14 + 28 + 28);
    assert.equal(d.payloadLength, 11);
  });

  it('ends with the frame where the IP length says more, and calls that malformed', () => {
    const d = dissect(ethernet(0x0800, ipv4(6, tcp(counting(11)), { totalLength: 900 })));
    assert.equal(d.payloadLength, 11);
    assert.equal(statusName(d), 'Malformed');
  });

  it('follows the UDP length where it is shorter than the IP payload', () => {
    const d = dissect(ethernet(0x0800, ipv4(17, udp([5, 6], counting(20), 8 + 13))));
    assert.equal(d.payloadLength, 13);
    assert.equal(d.udpLength, 21);
    const wrong = dissect(ethernet(0x0800, ipv4(17, udp([5, 6], counting(20), 7))));
    assert.equal(statusName(wrong), 'Malformed');
    assert.equal(wrong.payloadLength, -1);
    assert.equal(wrong.sourcePort, 5);
  });
});

describe('Dissection: IP', () => {
  it('gives ports only in the first fragment', () => {
    const first = dissect(
      ethernet(0x0800, ipv4(17, udp([5, 6], counting(24), 3000), { moreFragments: true })),
    );
    assert.equal(first.sourcePort, 5);
    assert.equal(first.payloadLength, 24);
    assert.equal(first.fragmented, true);
    assert.equal(statusName(first), 'Complete');
    const later = dissect(ethernet(0x0800, ipv4(17, counting(40), { fragmentOffset: 1480 })));
    assert.equal(later.fragmentOffset, 1480);
    assert.equal(later.sourcePort, -1);
    assert.equal(later.transportOffset, -1);
    assert.equal(later.fragmented, true);
  });

  it('follows IPv6 extension headers of every kind (RFC 8200, RFC 4302)', () => {
    const d = dissect(
      ethernet(
        0x86dd,
        ipv6(
          0,
          join(
            hex`2b 00 0502 0000 0100`, // hop-by-hop with router alert, then routing
            hex`3c 01 0401 00000000 000000000000 0000`, // routing, 16 bytes, then destination options
            hex`2c 00 0104 00000000`, // destination options, then fragment
            hex`33 00 0001 1a2b3c4d`, // first fragment, more follow, then AH
            hex`06 04 0000 00000100 00000001 0102030405060708090a0b0c`, // AH, 24 bytes, then TCP
            tcp(counting(6)),
          ),
        ),
      ),
    );
    assert.equal(d.protocol, 6);
    assert.equal(d.moreFragments, 1);
    assert.equal(d.transportOffset, 14 + 40 + 8 + 16 + 8 + 8 + 24);
    assert.equal(d.payloadLength, 6);
    assert.equal(statusName(d), 'Complete');
  });

  it('stops at a later IPv6 fragment and names what it is a part of', () => {
    const d = dissect(ethernet(0x86dd, ipv6(44, join(hex`11 00 0b51 1a2b3c4d`, counting(32)))));
    assert.equal(d.fragmentOffset, 0x0b50);
    assert.equal(d.moreFragments, 1);
    assert.equal(d.protocol, 17);
    assert.equal(d.sourcePort, -1);
  });

  it('stops at an extension chain over the limit, and not one header before', () => {
    const chain = (count: number): Uint8Array => {
      const headers = Array.from({ length: count }, (_, index) =>
        join([index === count - 1 ? 17 : 60], hex`00 0104 00000000`),
      );
      return ethernet(0x86dd, ipv6(60, join(...headers, udp([5, 6], counting(2)))));
    };
    assert.equal(dissect(chain(MAX_IPV6_EXTENSION_HEADERS)).destinationPort, 6);
    const deeper = dissect(chain(MAX_IPV6_EXTENSION_HEADERS + 1));
    assert.equal(statusName(deeper), 'TooDeep');
    assert.equal(deeper.sourcePort, -1);
    assert.equal(deeper.protocol, 60);
  });

  it('steps over AH in IPv4', () => {
    const ah = hex`11 04 0000 00000100 00000001 0102030405060708090a0b0c`;
    const d = dissect(ethernet(0x0800, ipv4(51, join(ah, udp([5, 6], counting(2))))));
    assert.equal(d.protocol, 17);
    assert.equal(d.payloadLength, 2);
  });

  it('says malformed for headers that contradict themselves', () => {
    const version5 = ipv4(6, tcp(counting(2)));
    version5[0] = 0x55;
    assert.equal(statusName(dissect(ethernet(0x0800, version5))), 'Malformed');
    const shortHeader = ipv4(6, tcp(counting(2)));
    shortHeader[0] = 0x44;
    assert.equal(dissect(ethernet(0x0800, shortHeader)).ipVersion, 0);
    const shortTotal = dissect(ethernet(0x0800, ipv4(6, tcp(counting(2)), { totalLength: 19 })));
    assert.equal(statusName(shortTotal), 'Malformed');
    assert.equal(shortTotal.ipVersion, 4);
    assert.equal(shortTotal.sourcePort, -1);
    const tcpOffset = tcp(counting(2));
    tcpOffset[12] = 0x40;
    const d = dissect(ethernet(0x0800, ipv4(6, tcpOffset)));
    assert.equal(statusName(d), 'Malformed');
    assert.equal(d.tcpFlags, 0x18);
    assert.equal(d.payloadLength, -1);
  });
});

describe('Dissection: truncated frames', () => {
  const frame = ethernet(
    0x0800,
    ipv4(6, tcp(counting(100), { options: hex`0101080a 11223344 55667788` })),
  );

  it('keeps every TCP field that was captured', () => {
    const at = (captured: number): Dissection => dissect(frame, 1, captured, frame.length);
    assert.equal(at(37).sourcePort, -1);
    assert.equal(at(38).destinationPort, 443);
    assert.equal(at(38).sequence, -1);
    assert.equal(at(42).sequence, 0x9a3b5c7d);
    assert.equal(at(46).acknowledgment, 0x12f4d6e8);
    assert.equal(at(47).tcpFlags, -1);
    assert.equal(at(48).tcpFlags, 0x018);
    assert.equal(at(48).payloadLength, 100);
    assert.equal(at(48).window, -1);
    assert.equal(at(50).window, 0xfaf0);
    assert.equal(statusName(at(65)), 'Cut');
    assert.equal(statusName(at(66)), 'Complete');
  });

  it('tells a header cut by the snapshot length from one too short on the wire', () => {
    assert.equal(statusName(dissect(frame, 1, 20, frame.length)), 'Cut');
    assert.equal(statusName(dissect(frame, 1, 20, 20)), 'Malformed');
  });
});
