import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AddressCache } from '../../../src/analysis/address-cache.js';
import { FrameSummary } from '../../../src/analysis/frame-summary.js';
import { formatIpv4, formatIpv6 } from '../../../src/headers/address.js';
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
} from '../../support/packet-bytes.js';

const one = new FrameSummary();

/** Protocol, source, destination, info; all from the same summary, as lines are made. */
function summarize(frame: Uint8Array, linkType = 1, captured = frame.length): string[] {
  one.open(frame, 0, captured, frame.length, linkType);
  return [one.protocol, one.source, one.destination, one.info];
}

const v4 = ['192.0.2.17', '198.51.100.234'];
const v6 = ['2001:db8::a1:17', '2001:db8:5::ea'];
const macs = ['02:00:5e:20:00:f2', '02:00:5e:10:00:01'];

describe('FrameSummary', () => {
  const cases: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
    [
      'TCP with the numbers of the wire',
      ethernet(0x0800, ipv4(6, tcp(counting(5), { flags: 0x12 }))),
      ['TCP', ...v4, '51234 > 443 [SYN, ACK] seq=2587581565 ack=318035688 win=64240 len=5'],
    ],
    [
      'TCP without an acknowledgment number where ACK is not set',
      ethernet(0x86dd, ipv6(6, tcp(counting(0), { flags: 0x102 }))),
      ['TCP', ...v6, '51234 > 443 [SYN, AE] seq=2587581565 win=64240 len=0'],
    ],
    [
      'UDP',
      ethernet(0x0800, ipv4(17, udp([4660, 22136], counting(9)))),
      ['UDP', ...v4, '4660 > 22136 len=9'],
    ],
    [
      'a DNS query',
      ethernet(0x0800, ipv4(17, udp([4660, 53], dnsMessage(0x0100, dnsName('a.example'), 28)))),
      ['DNS', ...v4, 'query AAAA a.example'],
    ],
    [
      'a DNS response with its code',
      ethernet(0x0800, ipv4(17, udp([53, 4660], dnsMessage(0x8183, dnsName('a.example'), 1)))),
      ['DNS', ...v4, 'query response NXDOMAIN A a.example'],
    ],
    [
      'multicast DNS',
      ethernet(0x86dd, ipv6(17, udp([5353, 5353], dnsMessage(0, dnsName('_ipp._tcp.local'), 12)))),
      ['MDNS', ...v6, 'query PTR _ipp._tcp.local'],
    ],
    [
      'plain UDP on port 53 where the payload can not be DNS',
      ethernet(0x0800, ipv4(17, udp([4660, 53], counting(40)))),
      ['UDP', ...v4, '4660 > 53 len=40'],
    ],
    [
      'ARP with MAC addresses',
      ethernet(0x0806, arp(1)),
      ['ARP', ...macs, 'who has 192.0.2.99? tell 192.0.2.17'],
    ],
    [
      'an ARP reply',
      ethernet(0x0806, arp(2)),
      ['ARP', ...macs, '192.0.2.17 is at 02:00:5e:20:00:f2'],
    ],
    [
      'an echo request',
      ethernet(0x0800, ipv4(1, hex`0800 0000 1234 0007`)),
      ['ICMP', ...v4, 'Echo request id=4660 seq=7'],
    ],
    [
      'an ICMP error',
      ethernet(0x0800, ipv4(1, hex`0303 0000 00000000`)),
      ['ICMP', ...v4, 'Destination unreachable (port unreachable)'],
    ],
    [
      'neighbour discovery',
      ethernet(0x86dd, ipv6(58, hex`8700 0000 00000000 fe800000 00000000 00000000 000000c7`)),
      ['ICMPv6', ...v6, 'Neighbor solicitation for fe80::c7'],
    ],
    [
      'a later fragment',
      ethernet(0x0800, ipv4(17, counting(16), { fragmentOffset: 1480 })),
      ['UDP', ...v4, 'UDP fragment at 1480, last'],
    ],
    [
      'an IP protocol without a name',
      ethernet(0x0800, ipv4(253, counting(16))),
      ['IP-253', ...v4, 'len=16'],
    ],
    [
      'an EtherType without a name',
      ethernet(0x88b5, counting(9)),
      ['0x88b5', ...macs, 'EtherType 0x88b5'],
    ],
    [
      'a tag under which nothing is opened',
      ethernet(0x8100, vlanTag(77, 0x88cc, counting(9))),
      ['LLDP', ...macs, 'VLAN 77, EtherType 0x88cc'],
    ],
    [
      'spanning tree',
      ethernet(38, join(hex`4242 03`, counting(35))),
      ['STP', ...macs, 'LLC 0x42 > 0x42'],
    ],
    [
      'a malformed header',
      ethernet(0x0800, ipv4(6, tcp(counting(2)), { totalLength: 19 })),
      ['TCP', ...v4, '[malformed]'],
    ],
  ];
  for (const [name, frame, expected] of cases) {
    it(`describes ${name}`, () => assert.deepEqual(summarize(frame), expected));
  }

  it('shows of a truncated frame what is there', () => {
    const frame = ethernet(0x0800, ipv4(6, tcp(counting(1000))));
    assert.equal(summarize(frame, 1, 38)[3], '51234 > 443');
    assert.deepEqual(summarize(frame, 1, 30), ['IPv4', ...macs, 'EtherType 0x0800']);
    assert.deepEqual(summarize(frame, 1, 3), ['EN10MB', '', '', '']);
    const query = ethernet(
      0x0800,
      ipv4(17, udp([4660, 53], dnsMessage(0x0100, dnsName('www.example.com'), 28))),
    );
    assert.equal(summarize(query, 1, 14 + 28 + 12 + 7)[3], 'query www.ex...');
  });

  it('makes names from the wire harmless', () => {
    const frame = ethernet(
      0x0800,
      ipv4(17, udp([4660, 53], dnsMessage(0x0100, hex`05 1b5b324a0a 00`, 1))),
    );
    assert.equal(summarize(frame)[3], 'query A \\027[2J\\010');
  });

  it('names the link type where it can not open it', () => {
    assert.deepEqual(summarize(counting(60), 147), ['USER0', '', '', '']);
  });
});

describe('AddressCache', () => {
  it('gives each address its own text, however many share a slot', () => {
    const cache = new AddressCache();
    for (let round = 0; round < 2; round += 1) {
      for (let index = 0; index < 20_000; index += 1) {
        const bytes = Uint8Array.from([10, index >>> 8, index & 255, 7]);
        assert.equal(cache.ipv4(bytes, 0), formatIpv4(bytes, 0));
        const long = Uint8Array.from([
          0x20,
          1,
          0,
          0,
          0,
          index >>> 8,
          0,
          0,
          0,
          0,
          index & 255,
          0,
          0,
          0,
          0,
          9,
        ]);
        assert.equal(cache.ipv6(long, 0), formatIpv6(long, 0));
      }
    }
  });
});
