import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PrefixPreserving } from '../../../src/edit/prefix-preserving.js';

/** The key and pairs of the sample that came with the authors' implementation (Crypto-PAn 1.0). */
const KEY = Uint8Array.of(
  ...[21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16],
  ...[216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2],
);
const PAIRS = [
  ['128.11.68.132', '135.242.180.132'],
  ['129.118.74.4', '134.136.186.123'],
  ['130.132.252.244', '133.68.164.234'],
  ['141.223.7.43', '141.167.8.160'],
  ['141.233.145.108', '141.129.237.235'],
  ['152.163.225.39', '151.140.114.167'],
  ['156.29.3.236', '147.225.12.42'],
  ['165.247.96.84', '162.9.99.234'],
] as const;

function parse(text: string): Uint8Array {
  return Uint8Array.from(text.split('.'), Number);
}

function commonBits(first: Uint8Array, second: Uint8Array): number {
  for (let bit = 0; bit < first.length * 8; bit++) {
    const mask = 0x80 >>> (bit & 7);
    if ((first[bit >>> 3]! & mask) !== (second[bit >>> 3]! & mask)) return bit;
  }
  return first.length * 8;
}

describe('PrefixPreserving', () => {
  it('gives the pseudonyms of the authors’ sample', () => {
    const pseudonyms = new PrefixPreserving(KEY);
    for (const [address, expected] of PAIRS) {
      assert.equal(pseudonyms.pseudonym(parse(address)).join('.'), expected);
    }
  });

  it('keeps exactly as many leading bits in common, also of 128', () => {
    const pseudonyms = new PrefixPreserving(KEY);
    for (let bit = 0; bit < 128; bit++) {
      const first = Uint8Array.from({ length: 16 }, (_, i) => (i * 37 + 11) & 0xff);
      const second = first.slice();
      second[bit >>> 3]! ^= 0x80 >>> (bit & 7);
      const made = [first, second].map((address) => pseudonyms.pseudonym(address));
      assert.equal(commonBits(made[0]!, made[1]!), bit);
    }
  });

  it('gives others under another key, and the same under the same', () => {
    const other = KEY.slice();
    other[0]! ^= 1;
    const address = parse('192.0.2.1');
    const made = new PrefixPreserving(KEY).pseudonym(address);
    assert.deepEqual(new PrefixPreserving(KEY).pseudonym(address), made);
    assert.notDeepEqual(new PrefixPreserving(other).pseudonym(address), made);
  });
});
