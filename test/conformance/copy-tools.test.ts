/** Filters against tcpdump, anonymous frames against tshark: programs that share no code with gapcap. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { copyCaptures } from '../../src/edit/copy-captures.js';
import { compileExpression } from '../../src/sys/libpcap.js';
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
  u16,
  udp,
  vlanTag,
} from '../support/packet-bytes.js';
import { toolSkip } from '../support/tools.js';
import { toolMissing, tsharkFields } from '../support/wireshark.js';

/** The sum over a packet and what IP adds to it, as RFC 1071 says. */
function checksum(...parts: readonly (Uint8Array | readonly number[])[]): number {
  const bytes = join(...parts);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at]! * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return ~sum & 0xffff;
}

const SOURCE_4 = [192, 0, 2, 17];
const DESTINATION_4 = [198, 51, 100, 234];

/** A segment or datagram with its checksum filled in, in IPv4. */
function inIpv4(
  protocol: number,
  at: number,
  packet: Uint8Array,
  options?: Uint8Array,
): Uint8Array {
  const copy = packet.slice();
  copy.set([0, 0], at);
  const pseudo = [...SOURCE_4, ...DESTINATION_4, 0, protocol, ...u16(copy.length)];
  copy.set(u16(protocol === 1 ? checksum(copy) : checksum(pseudo, copy)), at);
  const addresses = { source: SOURCE_4, destination: DESTINATION_4 };
  return ipv4(protocol, copy, options === undefined ? addresses : { ...addresses, options });
}

/** The same in IPv6, over the addresses that `ipv6` writes. */
function inIpv6(protocol: number, at: number, packet: Uint8Array): Uint8Array {
  const copy = packet.slice();
  copy.set([0, 0], at);
  const header = ipv6(protocol, copy);
  const addresses = header.subarray(8, 40);
  copy.set(u16(checksum(addresses, [0, 0], u16(copy.length), [0, 0, 0, protocol], copy)), at);
  return ipv6(protocol, copy);
}

const TCP_CHECKSUM_AT = 16;
const UDP_CHECKSUM_AT = 6;
const question = dnsMessage(0x0100, dnsName('www.example.com'), 1);

/** Every kind of frame that headers are known of, with right checksums. */
const frames: readonly Uint8Array[] = [
  ethernet(0x0800, inIpv4(6, TCP_CHECKSUM_AT, tcp(counting(31)))),
  ethernet(0x0800, inIpv4(6, TCP_CHECKSUM_AT, tcp(new Uint8Array(0)))),
  ethernet(0x0800, inIpv4(17, UDP_CHECKSUM_AT, udp([5353, 53], counting(18)))),
  ethernet(0x0800, inIpv4(17, UDP_CHECKSUM_AT, udp([5353, 53], question))),
  ethernet(0x0800, inIpv4(1, 2, join(hex`0800 0000 0007 0001`, counting(25)))),
  ethernet(
    0x0800,
    inIpv4(17, UDP_CHECKSUM_AT, udp([5353, 53], counting(9)), hex`07 07 04 c0 00 02 11 00`),
  ),
  ethernet(0x86dd, inIpv6(6, TCP_CHECKSUM_AT, tcp(counting(40)))),
  ethernet(0x86dd, inIpv6(17, UDP_CHECKSUM_AT, udp([5353, 53], counting(7)))),
  ethernet(0x86dd, inIpv6(58, 2, join(hex`8000 0000 0007 0001`, counting(12)))),
  ethernet(0x8100, vlanTag(42, 0x0800, inIpv4(6, TCP_CHECKSUM_AT, tcp(counting(5))))),
  ethernet(0x0806, arp(1)),
  ethernet(0x88b5, counting(46)),
  hex`ffffffffffff 02005e2000f2 0027 4242 03`,
];

/** A pcap file in which frame n has n seconds as its time. */
function pcapOf(list: readonly Uint8Array[]): Uint8Array {
  const zeros = '0000000000000000';
  const parts = [Buffer.from(`d4c3b2a102000400${zeros}0000040001000000`, 'hex')];
  for (const [i, frame] of list.entries()) {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(i + 1, 0);
    header.writeUInt32LE(frame.length, 8);
    header.writeUInt32LE(frame.length, 12);
    parts.push(header, Buffer.from(frame));
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The seconds of each record of a little-endian pcap file. */
function secondsIn(path: string): number[] {
  const bytes = readFileSync(path);
  const seconds: number[] = [];
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    seconds.push(bytes.readUInt32LE(at));
  }
  return seconds;
}

const EXPRESSIONS = [
  'ip',
  'ip6',
  'arp',
  'not ip and not ip6',
  'tcp',
  'udp port 53',
  'icmp or icmp6',
  'icmp[icmptype] = icmp-echo',
  'src host 192.0.2.17',
  'dst net 198.51.100.0/24',
  'ether broadcast',
  'ether src 02:00:5e:20:00:f2',
  'vlan',
  'vlan 42 and tcp',
  'vlan 41',
  'greater 90',
  'less 60',
  'len > 64 and len < 100',
  'ip[0] & 0xf > 5',
  'tcp[tcpflags] & (tcp-syn|tcp-ack) != 0',
  'ip6[6] = 17',
  'ip[2:2] + 14 = len',
  'ip[2:2] * 2 / 2 - 1 >= 45',
  '(ip[8] << 2) = 244',
  'ether[12:2] > 0x87ff',
  'ether[len - 1] = 0x1f',
  'ip[1000] = 0',
  'portrange 1-65535',
  'ip proto 17 and ip multicast or ether proto 0x88b5',
];

describe('a filter expression on a file', { skip: toolSkip('tcpdump') }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(joinPath(tmpdir(), 'gapcap-filter-'));
    writeFileSync(joinPath(folder, 'in.pcap'), pcapOf(frames));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const expression of EXPRESSIONS) {
    it(`takes what tcpdump takes: ${expression}`, async () => {
      const [input, theirs, ours] = ['in.pcap', 'theirs.pcap', 'ours.pcap'].map((name) =>
        joinPath(folder, name),
      ) as [string, string, string];
      const run = spawnSync('tcpdump', ['-r', input, '-w', theirs, expression]);
      if (run.status !== 0) {
        // Whatever libpcap refuses is refused here as well.
        assert.throws(() => compileExpression(expression, { linkType: 1, snapshotLength: 65535 }));
        return;
      }
      await copyCaptures([input], {
        output: ours,
        format: 'pcap',
        selection: {
          filter: (linkType) =>
            compileExpression(expression, { linkType, snapshotLength: 262_144 }),
        },
      });
      assert.deepEqual(secondsIn(ours), secondsIn(theirs));
    });
  }
});

describe('an anonymous copy', { skip: toolMissing('tshark') }, () => {
  let folder: string;
  const key = Uint8Array.from({ length: 32 }, (_, i) => i * 5 + 3);
  const path = (name: string): string => joinPath(folder, name);
  before(() => {
    folder = mkdtempSync(joinPath(tmpdir(), 'gapcap-anonymous-'));
    writeFileSync(path('in.pcap'), pcapOf(frames));
  });
  after(() => rmSync(folder, { recursive: true }));

  const STATUS = ['ip.checksum.status', 'tcp.checksum.status', 'udp.checksum.status'] as const;
  const ICMP_STATUS = ['icmp.checksum.status', 'icmpv6.checksum.status'] as const;
  const ADDRESSES = [
    'ip.src',
    'ip.dst',
    'ipv6.src',
    'ipv6.dst',
    'eth.src',
    'arp.src.proto_ipv4',
  ] as const;

  /** tshark's verdicts: 1 is good; it checks only where it is asked to. */
  function verdicts(file: string): Record<string, string>[] {
    const checks = ['ip', 'tcp', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
    const names = [...STATUS, ...ICMP_STATUS];
    const wanted = names.flatMap((name) => ['-e', name]);
    const run = spawnSync('tshark', ['-n', '-r', file, ...checks, '-T', 'fields', ...wanted], {
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => Object.fromEntries(line.split('\t').map((value, i) => [names[i]!, value])));
  }

  it('has right checksums where they were right, over payload that was kept', async () => {
    await copyCaptures([path('in.pcap')], {
      output: path('kept.pcapng'),
      anonymise: { key, keepPayload: true },
    });
    const before = verdicts(path('in.pcap'));
    assert.ok(before.filter((one) => Object.values(one).includes('1')).length >= 10);
    assert.ok(before.every((one) => !Object.values(one).includes('0')));
    assert.deepEqual(verdicts(path('kept.pcapng')), before);
  });

  it('shows other addresses, the same ones for the same, with networks kept', async () => {
    await copyCaptures([path('in.pcap')], { output: path('cut.pcapng'), anonymise: { key } });
    const original = tsharkFields(path('in.pcap'), ADDRESSES);
    const hidden = tsharkFields(path('cut.pcapng'), ADDRESSES);
    const pseudonyms = new Map<string, string>();
    for (const [i, frame] of original.entries()) {
      for (const name of ADDRESSES) {
        const [address, pseudonym] = [frame[name], hidden[i]![name]];
        assert.equal(pseudonym === '', address === '', `${name} of frame ${i + 1}`);
        if (address === '') continue;
        assert.notEqual(pseudonym, address);
        assert.equal(pseudonyms.get(address) ?? pseudonym, pseudonym);
        pseudonyms.set(address, pseudonym);
      }
    }
    assert.ok(pseudonyms.size >= 5);
  });

  it('holds no byte of payload, name or address of the original', async () => {
    await copyCaptures([path('in.pcap')], { output: path('cut.pcapng'), anonymise: { key } });
    const bytes = readFileSync(path('cut.pcapng'));
    for (const secret of [
      SOURCE_4,
      DESTINATION_4,
      [...Buffer.from('example')],
      [1, 2, 3, 4, 5, 6],
    ]) {
      assert.equal(bytes.indexOf(Buffer.from(secret)), -1, String(secret));
    }
    const lengths = tsharkFields(path('cut.pcapng'), ['frame.len', 'frame.cap_len']);
    assert.deepEqual(
      lengths.map((one) => Number(one['frame.len'])),
      frames.map((frame) => frame.length),
    );
  });
});
