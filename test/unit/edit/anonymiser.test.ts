import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Anonymiser } from '../../../src/edit/anonymiser.js';
import { EditableFrame } from '../../../src/edit/editable-frame.js';
import { PrefixPreserving } from '../../../src/edit/prefix-preserving.js';
import { arp, counting, ethernet, hex, ipv4, ipv6, tcp, udp } from '../../support/packet-bytes.js';

const anonymiser = new Anonymiser(new PrefixPreserving(new Uint8Array(32).fill(7)), false);

/** The frame as an anonymous copy has it. */
function hidden(bytes: Uint8Array, linkType = 1): Uint8Array {
  const frame = new EditableFrame();
  frame.bytes = bytes;
  frame.capturedLength = bytes.length;
  frame.originalLength = bytes.length + 100;
  anonymiser.apply(frame, linkType);
  return frame.bytes.slice(0, frame.capturedLength);
}

const samples = [
  ethernet(0x0800, ipv4(6, tcp(counting(30)), { options: hex`07 07 04 c0 00 02 11 00` })),
  ethernet(0x0800, ipv4(17, udp([53, 53], counting(30)))),
  ethernet(0x0800, ipv4(1, hex`0301 0000 00000000 4500`)),
  ethernet(0x0800, ipv4(47, counting(40))),
  ethernet(0x86dd, ipv6(0, hex`3b00 0504 c0000211`)),
  ethernet(0x86dd, ipv6(58, hex`8700 0000 00000000 20010db8000000000000000000000001`)),
  ethernet(0x0806, arp(1)),
  ethernet(0x8847, counting(40)),
];

describe('Anonymiser', () => {
  it('leaves the bytes of the input alone', () => {
    for (const sample of samples) {
      const before = sample.slice();
      hidden(sample);
      assert.deepEqual(sample, before);
    }
  });

  it('takes any frame cut at any byte, and makes it no longer', () => {
    for (const sample of samples) {
      for (let length = 0; length <= sample.length; length++) {
        assert.ok(hidden(sample.subarray(0, length)).length <= length);
      }
    }
  });

  it('keeps no whole MAC or IPv4 address, whole or cut, wherever it stood', () => {
    const addresses = [hex`02005e2000f2`, hex`02005e100001`, hex`c0000211`, hex`c63364ea`];
    for (const sample of samples) {
      for (let length = 0; length <= sample.length; length++) {
        const left = Buffer.from(hidden(sample.subarray(0, length)));
        for (const address of addresses) {
          assert.equal(left.indexOf(address), -1, `${left.toString('hex')} of ${length}`);
        }
      }
    }
  });

  it('keeps headers, and nothing behind what it knows', () => {
    const lengths = samples.map((sample) => hidden(sample).length);
    assert.deepEqual(lengths, [14 + 28 + 20, 14 + 28, 14 + 24, 14 + 20, 14 + 48, 14 + 44, 42, 14]);
  });

  it('keeps nothing of a link type that it doesn’t know', () => {
    assert.equal(hidden(counting(60), 147).length, 0);
  });

  it('keeps group addresses group addresses, and broadcast as it is', () => {
    const group = ethernet(0x88b5, counting(46));
    group.set(hex`01005e0000fb`, 0);
    const made = hidden(group);
    assert.equal(made[0]! & 3, 3);
    assert.notDeepEqual(made.subarray(1, 6), group.subarray(1, 6));
    group.fill(0xff, 0, 6);
    assert.deepEqual(hidden(group).subarray(0, 6), group.subarray(0, 6));
  });
});
