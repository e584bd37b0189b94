import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLink } from '../../../src/sys/link.js';
import { formatIpv6, parseAddress } from '../../../src/sys/link-address.js';
import {
  attributeText,
  attributeU32,
  NetlinkRequest,
  netlinkMessages,
  parseAttributes,
} from '../../../src/sys/netlink-message.js';

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

describe('NetlinkRequest', () => {
  it('lays out header, fixed part and attributes as struct nlmsghdr and nlattr have them', () => {
    const request = new NetlinkRequest(0x1213, 0x0605)
      .putBytes(hex('a1a2a3a4'))
      .putText(3, 'ab')
      .putU32(4, 0x0102_0304)
      .putU8(8, 0x7f)
      .finish(0x0a0b_0c0d);
    assert.deepEqual(
      Buffer.from(request).toString('hex'),
      [
        '2c000000 1312 0506 0d0c0b0a 00000000', // length 44, type, flags, sequence, port
        'a1a2a3a4',
        '0700 0300 616200 00', // "ab" and its zero, padded
        '0800 0400 04030201',
        '0500 0800 7f 000000',
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('counts what a nested attribute holds into its length, and marks it nested', () => {
    const request = new NetlinkRequest(16, 1)
      .putNested(18, (outer) => outer.putText(1, 'veth').putNested(2, (inner) => inner.putU8(1, 5)))
      .finish(1);
    assert.equal(
      Buffer.from(request.subarray(16)).toString('hex'),
      '1c001280' + '09000100' + '7665746800000000' + '0c000280' + '0500010005000000',
    );
  });
});

describe('netlinkMessages', () => {
  it('cuts a datagram at the padded lengths and ends before a message that is not whole', () => {
    const datagram = hex(`
      11000000 0200 0300 04000000 00000000 aa 000000
      14000000 0600 0700 08000000 00000000 01020304
      20000000 0900 0000 00000000 00000000`);
    const messages = [...netlinkMessages(datagram)];
    assert.deepEqual(
      messages.map((m) => [m.type, m.flags, m.sequence, Buffer.from(m.payload).toString('hex')]),
      [
        [2, 3, 4, 'aa'],
        [6, 7, 8, '01020304'],
      ],
    );
  });

  it('does not go on for ever at a length of 0', () => {
    assert.deepEqual([...netlinkMessages(new Uint8Array(64))], []);
  });
});

describe('parseAttributes', () => {
  it('takes the flags off the types, and ends at an attribute longer than what is left', () => {
    const attributes = parseAttributes(hex('0600 0380 6162 0000  0800 0440 78563412  ff00 0500'));
    assert.deepEqual([...attributes.keys()], [3, 4]);
    assert.equal(attributeText(attributes.get(3)), 'ab');
    assert.equal(attributeU32(attributes.get(4)), 0x1234_5678);
    assert.equal(attributeText(attributes.get(9)), undefined);
    assert.equal(attributeU32(attributes.get(3)), undefined);
  });
});

describe('parseLink', () => {
  it('reads a link, and leaves unknown what the message does not say', () => {
    const link = parseLink(hex('00 00 0100 05000000 49100100 00000000  0800 0300 65746800'));
    assert.deepEqual(link, {
      index: 5,
      name: 'eth',
      arphrd: 1,
      up: true,
      running: true,
      loopback: true,
      promiscuous: false,
      operationalState: 'unknown',
      mtu: undefined,
      macAddress: undefined,
      alias: undefined,
      kind: undefined,
      receiveQueueCount: undefined,
      transmitQueueCount: undefined,
      statistics: undefined,
    });
  });

  it('reads statistics by their place in struct rtnl_link_stats64', () => {
    const stats = new BigUint64Array(25).map((_, i) => 2n ** 40n + BigInt(i));
    const attribute = Buffer.concat([hex('cc00 1700'), new Uint8Array(stats.buffer)]);
    const { statistics } = parseLink(Buffer.concat([new Uint8Array(16), attribute]));
    assert.equal(statistics?.receivedPackets, 2n ** 40n);
    assert.equal(statistics?.receiveDropped, 2n ** 40n + 6n);
    assert.equal(statistics?.sendDropped, 2n ** 40n + 7n);
    assert.equal(statistics?.receiveFifoErrors, 2n ** 40n + 14n);
    assert.equal(statistics?.receiveMissed, 2n ** 40n + 15n);
    assert.equal(statistics?.receiveNoHandler, 2n ** 40n + 23n);
  });
});

describe('parseAddress', () => {
  it('gives our own address of a point-to-point interface, not the other end’s', () => {
    const message = hex('02 20 80 00 07000000  0800 0100 0a000002  0800 0200 0a000001');
    assert.deepEqual(parseAddress(message), {
      linkIndex: 7,
      family: 4,
      address: '10.0.0.1',
      prefixLength: 32,
    });
  });

  it('reads an IPv6 address, which has no IFA_LOCAL', () => {
    const message = hex('0a 40 80 fd 02000000  1400 0100 fe80000000000000 02000000fe0000a1');
    const address = parseAddress(message);
    assert.equal(address.family, 6);
    assert.equal(address.address, 'fe80::200:0:fe00:a1');
    assert.equal(address.prefixLength, 64);
  });
});

describe('formatIpv6', () => {
  // Examples of RFC 5952, sections 4.1 to 4.3, and the ends of the range.
  const examples: [string, string][] = [
    ['20010db8000000000000000000020001', '2001:db8::2:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010db8aaaabbbbccccddddeeee0001', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['fe800000000000000000000000000000', 'fe80::'],
  ];
  for (const [bytes, text] of examples) {
    it(`writes ${text}`, () => assert.equal(formatIpv6(hex(bytes)), text));
  }
});
