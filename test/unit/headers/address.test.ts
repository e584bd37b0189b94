import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import { formatIpv4, formatIpv6, formatMac } from '../../../src/headers/address.js';
import fc from '../../support/fixed-check.js';
import { hex, join } from '../../support/packet-bytes.js';

describe('formatMac and formatIpv4', () => {
  it('write the bytes in order', () => {
    assert.equal(formatMac(hex`ff 02005e1000f1`, 1), '02:00:5e:10:00:f1');
    assert.equal(formatIpv4(hex`ff c0000211`, 1), '192.0.2.17');
  });
});

describe('formatIpv6', () => {
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [hex`20010db8 00000000 00000000 00000001`, '2001:db8::1'],
    [hex`20010db8 00000001 00010001 00010001`, '2001:db8:0:1:1:1:1:1'], // RFC 5952 section 4.2.2
    [hex`20010000 00000001 00000000 00000001`, '2001:0:0:1::1'], // section 4.2.3, the longer run
    [hex`20010db8 00000000 00010000 00000001`, '2001:db8::1:0:0:1'], // section 4.2.3, the first
    [hex`00000000 00000000 00000000 00000000`, '::'],
    [hex`00000000 00000000 00000000 00000001`, '::1'],
    [hex`fe800000 00000000 00000000 00000000`, 'fe80::'],
    [hex`20010db8 0aaa0bbb 0ccc0ddd 0eee0fff`, '2001:db8:aaa:bbb:ccc:ddd:eee:fff'],
    [hex`00000000 00000000 0000ffff c0000201`, '::ffff:192.0.2.1'], // section 5
  ];
  for (const [bytes, text] of cases) {
    it(`writes ${text}`, () => assert.equal(formatIpv6(bytes, 0), text));
  }

  it('writes what the URL parser writes, for any address', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 0, 0, 1, 0x10, 0xfe), { minLength: 16, maxLength: 16 }),
        (octets) => {
          const text = formatIpv6(join([7], octets), 1);
          assert.ok(isIPv6(text));
          const full = Array.from({ length: 8 }, (_, group) =>
            (octets[group * 2]! * 256 + octets[group * 2 + 1]!).toString(16),
          ).join(':');
          assert.equal(`[${text}]`, new URL(`http://[${full}]`).hostname);
        },
      ),
    );
  });
});
