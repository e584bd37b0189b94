import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { describe, it } from 'node:test';
import { formatIpv4, formatIpv6 } from '../../src/headers/address.js';
import { Dissection } from '../../src/headers/dissection.js';
import { readDnsQuestion } from '../../src/headers/dns.js';
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

/** tshark's names of what both sides are asked for, in the order of `fieldsOf`. */
const fieldNames = [
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'ip.frag_offset',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.window_size_value',
  'tcp.len',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'arp.opcode',
  'vlan.id',
  'dns.qry.name',
  'dns.qry.type',
] as const;

/** A frame, and how much of it the snapshot length left. */
interface Sample {
  readonly frame: Uint8Array;
  readonly captured: number;
}

const whole = (frame: Uint8Array): Sample => ({ frame, captured: frame.length });

/** A deterministic stream of numbers (numerical recipes' LCG). */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

function ethernetSamples(): Sample[] {
  const random = numbers(20090);
  const next = (limit: number): number => Math.floor((random.next().value / 2 ** 32) * limit);
  const segment = (): Uint8Array =>
    tcp(counting(next(60)), {
      ports: [1024 + next(60000), 20000 + next(9000)],
      sequence: next(2 ** 32),
      acknowledgment: next(2 ** 32),
      flags: next(4096),
      window: next(65536),
      options: next(2) === 0 ? hex`0101080a 11223344 55667788` : hex``,
    });
  const samples: Sample[] = [];
  for (let round = 0; round < 40; round += 1) {
    const source = [10, 1 + next(250), next(256), 1 + next(250)];
    samples.push(
      whole(ethernet(0x0800, ipv4(6, segment(), { source, destination: [172, 16, 3, 4] }))),
      whole(ethernet(0x0800, ipv4(6, segment(), { source, options: hex`94040000` }))),
      whole(join(ethernet(0x0800, ipv4(6, segment())), new Uint8Array(next(20)))),
      whole(ethernet(0x8100, vlanTag(1 + next(4094), 0x0800, ipv4(6, segment())))),
      whole(ethernet(0x86dd, ipv6(6, segment()))),
      whole(ethernet(0x86dd, ipv6(0, join(hex`06 00 0502 0000 0100`, segment())))),
      whole(ethernet(0x86dd, ipv6(60, join(hex`06 01 010c`, new Uint8Array(12), segment())))),
      whole(ethernet(0x0800, ipv4(17, udp([40000 + next(999), 40000 + next(999)], counting(21))))),
      whole(
        ethernet(
          0x0800,
          ipv4(17, udp([5000, 53], dnsMessage(0x0100, dnsName(`h${next(999)}.example.com`), 28))),
        ),
      ),
    );
    const long = ethernet(0x0800, ipv4(6, tcp(counting(200), { sequence: next(2 ** 32) })));
    samples.push({ frame: long, captured: 54 + next(30) });
  }
  const snap = join(hex`aaaa03 000000 0800`, ipv4(6, segment()));
  samples.push(
    whole(ethernet(0x0806, arp(1))),
    whole(ethernet(0x0806, arp(2))),
    whole(ethernet(0x0800, ipv4(1, hex`0800 0000 1234 0007 616263`))),
    whole(ethernet(0x0800, ipv4(1, join(hex`0303 0000 00000000`, ipv4(253, counting(8)))))),
    whole(ethernet(0x86dd, ipv6(58, join(hex`8700 0000 00000000`, counting(16))))),
    whole(ethernet(0x0800, ipv4(17, counting(40), { fragmentOffset: 1480 }))),
    whole(ethernet(0x0800, ipv4(6, tcp(counting(12)), { moreFragments: true }))),
    whole(ethernet(0x0800, ipv4(6, tcp(counting(77)), { totalLength: 0 }))),
    whole(ethernet(0x86dd, ipv6(44, join(hex`06 00 0b51 1a2b3c4d`, counting(32))))),
    whole(ethernet(38, join(hex`42 42 03`, counting(35)))),
    whole(ethernet(0x8100, vlanTag(5, 0x8100, vlanTag(6, 0x0800, ipv4(6, segment()))))),
    whole(ethernet(snap.length, snap)),
    whole(ethernet(0x0800, ipv4(17, udp([5353, 5353], dnsMessage(0, dnsName('a.local'), 12))))),
    whole(
      ethernet(
        0x0800,
        ipv4(51, join(hex`06 04 0000 00000100 00000001 0102030405060708090a0b0c`, segment())),
      ),
    ),
  );
  return samples;
}

/** A pcap file in nanoseconds, little-endian, after draft-ietf-opsawg-pcap sections 4 and 5. */
function pcapOf(samples: readonly Sample[], linkType: number): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262144, 16);
  header.writeUInt32LE(linkType, 20);
  const records = samples.map(({ frame, captured }, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1795355060, 0);
    record.writeUInt32LE(index * 1000, 4);
    record.writeUInt32LE(captured, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame.subarray(0, captured)]);
  });
  return Buffer.concat([header, ...records]);
}

/** What the subject says, field by field, as tshark prints it; empty where there is nothing. */
function fieldsOf(sample: Sample, linkType: number): string[] {
  const d = new Dissection();
  d.dissect(sample.frame, 0, sample.captured, sample.frame.length, linkType);
  const present = (value: number): string => (value < 0 ? '' : `${value}`);
  const version = (wanted: number, format: (b: Uint8Array, at: number) => string, at: number) =>
    d.ipVersion === wanted ? format(d.bytes, at) : '';
  const isTcp = d.protocol === 6;
  const isUdp = d.protocol === 17;
  const isDns = isUdp && [53, 5353].includes(d.destinationPort);
  const question = isDns ? readDnsQuestion(d.bytes, d.payloadOffset, d.end, true) : undefined;
  const flags = d.tcpFlags < 0 ? '' : `0x${d.tcpFlags.toString(16).padStart(4, '0')}`;
  return [
    version(4, formatIpv4, d.sourceAddressOffset),
    version(4, formatIpv4, d.destinationAddressOffset),
    version(6, formatIpv6, d.sourceAddressOffset),
    version(6, formatIpv6, d.destinationAddressOffset),
    d.ipVersion === 4 ? `${d.fragmentOffset / 8}` : '', // tshark gives the field, in units of 8
    isTcp ? present(d.sourcePort) : '',
    isTcp ? present(d.destinationPort) : '',
    flags,
    present(d.sequence),
    present(d.acknowledgment),
    present(d.window),
    isTcp && !d.fragmented ? present(d.payloadLength) : '', // tshark has none for a fragment
    isUdp ? present(d.sourcePort) : '',
    isUdp ? present(d.destinationPort) : '',
    present(d.udpLength),
    d.protocol === 1 ? present(d.icmpType) : '',
    d.protocol === 1 ? present(d.icmpCode) : '',
    d.protocol === 58 ? present(d.icmpType) : '',
    d.arpOffset < 0 ? '' : `${d.bytes[d.arpOffset + 6]! * 256 + d.bytes[d.arpOffset + 7]!}`,
    present(d.vlanId),
    question?.name ?? '',
    question?.type === undefined ? '' : `${question.type}`,
  ];
}

function tsharkFields(path: string): string[][] {
  const options = fieldNames.flatMap((name) => ['-e', name]);
  const result = spawnSync(
    'tshark',
    [
      ...['-n', '-r', path, '-T', 'fields', '-E', 'occurrence=f'],
      ...['-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE', '-o', 'ip.tso_support:TRUE'],
      ...options,
    ],
    { encoding: 'utf8' },
  );
  assert.equal(result.status, 0, result.stderr);
  return result.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

const hasTshark = spawnSync('tshark', ['--version']).status === 0;
const required = process.env['GAPCAP_REQUIRE_LIVE'] === '1';
const skip = hasTshark || required ? false : 'needs tshark';

function compare(samples: readonly Sample[], linkType: number): void {
  const folder = mkdtempSync(joinPath(tmpdir(), 'gapcap-headers-'));
  try {
    const path = joinPath(folder, 'frames.pcap');
    writeFileSync(path, pcapOf(samples, linkType));
    const theirs = tsharkFields(path);
    assert.equal(theirs.length, samples.length);
    for (const [index, sample] of samples.entries()) {
      const name = (values: readonly string[]): Record<string, string> =>
        Object.fromEntries(fieldNames.map((field, at) => [field, values[at] ?? '']));
      assert.deepEqual(
        name(fieldsOf(sample, linkType)),
        name(theirs[index]!),
        `frame ${index + 1}: ${Buffer.from(sample.frame).toString('hex')}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('Dissection against tshark', { skip }, () => {
  it('reads the same from varied Ethernet frames, truncated ones among them', () => {
    compare(ethernetSamples(), 1);
  });

  it('reads the same from cooked, loopback and raw IP frames', () => {
    const v4 = ipv4(6, tcp(counting(7)));
    const v6 = ipv6(17, udp([4660, 22136], counting(4)));
    compare([whole(join(hex`0004 0001 0006 02005e2000f2 0000 0800`, v4))], 113);
    compare([whole(join(hex`86dd 0000 00000007 0001 04 06 02005e2000f2 0000`, v6))], 276);
    compare([whole(join(hex`02000000`, v4)), whole(join(hex`1e000000`, v6))], 0);
    compare([whole(v4), whole(v6)], 101);
  });
});
