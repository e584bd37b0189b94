import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { insertVlanTag, tagSll2Header, writeSll2Header } from '../../../src/source/link-header.js';

/** 4 free bytes, then addresses, EtherType 0x0800 and two bytes of payload. */
function untaggedFrame(): Uint8Array {
  return Uint8Array.from([
    ...[0xee, 0xee, 0xee, 0xee],
    ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06],
    ...[0x11, 0x12, 0x13, 0x14, 0x15, 0x16],
    ...[0x08, 0x00],
    ...[0xaa, 0xbb],
  ]);
}

describe('insertVlanTag', () => {
  it('moves the addresses to the front and puts the tag behind them', () => {
    const bytes = untaggedFrame();
    insertVlanTag(bytes, 0, 0x88a8, 0x6123);
    assert.deepEqual(
      [...bytes],
      [
        ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06],
        ...[0x11, 0x12, 0x13, 0x14, 0x15, 0x16],
        ...[0x88, 0xa8, 0x61, 0x23],
        ...[0x08, 0x00],
        ...[0xaa, 0xbb],
      ],
    );
  });

  it('takes 802.1Q where the kernel does not tell the type', () => {
    const bytes = untaggedFrame();
    insertVlanTag(bytes, 0, undefined, 5);
    assert.deepEqual([...bytes.subarray(12, 16)], [0x81, 0x00, 0x00, 0x05]);
  });
});

/** struct sockaddr_ll: ARPHRD 772, packet type 4, an address of 6 bytes and 2 bytes of garbage. */
const ADDRESS = [
  ...[17, 0],
  ...[0x86, 0xdd],
  ...[0x04, 0x03, 0x02, 0x01],
  ...[0x04, 0x03],
  4,
  6,
  ...[0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0x99, 0x98],
];

/** The same by the specification of LINKTYPE_LINUX_SLL2: big-endian, padded with zeros. */
const HEADER = [
  ...[0x86, 0xdd],
  ...[0, 0],
  ...[0x01, 0x02, 0x03, 0x04],
  ...[0x03, 0x04],
  4,
  6,
  ...[0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0, 0],
];

describe('writeSll2Header', () => {
  it('writes the header from an address in other memory', () => {
    const names = Uint8Array.from([0, 0, 0, ...ADDRESS]);
    const bytes = new Uint8Array(30).fill(0x55);
    writeSll2Header(bytes, 5, names, 3);
    assert.deepEqual([...bytes.subarray(5, 25)], HEADER);
    assert.deepEqual(new Set([...bytes.subarray(0, 5), ...bytes.subarray(25)]), new Set([0x55]));
  });

  for (const distance of [8, 12, 19, 20, 28]) {
    it(`writes the header ${distance} bytes behind an address in the same memory`, () => {
      const bytes = new Uint8Array(60);
      bytes.set(ADDRESS);
      writeSll2Header(bytes, distance, bytes, 0);
      assert.deepEqual([...bytes.subarray(distance, distance + 20)], HEADER);
    });
  }

  it('has no address where the hardware has none', () => {
    const names = Uint8Array.from(ADDRESS);
    names[11] = 0;
    const bytes = new Uint8Array(20);
    writeSll2Header(bytes, 0, names, 0);
    assert.deepEqual([...bytes.subarray(11)], new Array(9).fill(0));
  });

  it('takes no more of a longer address than the header holds', () => {
    const names = Uint8Array.from(ADDRESS);
    names[11] = 20;
    const bytes = new Uint8Array(24);
    writeSll2Header(bytes, 0, names, 0);
    assert.deepEqual([...bytes.subarray(11)], [20, ...ADDRESS.slice(12), 0, 0, 0, 0]);
  });
});

/** A cooked header of this protocol, room for a tag, and a payload; all of it captured. */
function tagged(protocol: number, payload: readonly number[], original = payload.length): number[] {
  const bytes = new Uint8Array(24 + payload.length);
  bytes.set([protocol >>> 8, protocol & 0xff]);
  bytes.set(payload, 24);
  const lengths = { captured: payload.length, original };
  tagSll2Header(bytes, 0, { tpid: 0x88a8, tci: 0x6005 }, lengths);
  assert.deepEqual([...bytes.subarray(24)], payload, 'the payload stays');
  assert.deepEqual([...bytes.subarray(0, 2)], [0x88, 0xa8]);
  assert.deepEqual([...bytes.subarray(20, 22)], [0x60, 5]);
  return [...bytes.subarray(22, 24)];
}

/** An IPv4 header whose length is 2048, so that it looks like a tag with that protocol. */
const IPV4_OF_2048 = [
  ...[0x45, 0, 0x08, 0x00, 0x45, 0, 0, 0, 0x40, 0x11],
  ...[0x14, 0xea, 10, 1, 2, 3, 10, 1, 2, 255],
];
/** The first bytes of an IPv6 header whose flow label ends in 0x86dd. */
const IPV6_OF_FLOW = [0x60, 0, 0x86, 0xdd, 0, 8, 17, 64];

describe('tagSll2Header', () => {
  it('moves the protocol behind the tag', () => {
    assert.deepEqual(tagged(0x0806, [0, 1, 8, 0, 6, 4, 0, 1]), [0x08, 0x06]);
    assert.deepEqual(tagged(0x0800, []), [0x08, 0x00]);
  });

  it('has the length in place of a protocol that stands for one', () => {
    assert.deepEqual(tagged(0x0004, [0x42, 0x42, 3], 46), [0, 46]);
    assert.deepEqual(tagged(0x0001, [0xff, 0xff], 9000), [0x05, 0xdc]);
  });

  it('finds further tags that are still in the bytes', () => {
    assert.deepEqual(tagged(0x0800, [0, 7, 0x08, 0x00, 0x45, 0]), [0x81, 0x00]);
    const two = [0, 2, 0x81, 0x00, 0, 3, 0x08, 0x00, 0x45];
    assert.deepEqual(tagged(0x0800, two), [0x81, 0x00]);
    assert.deepEqual(tagged(0x86dd, [0, 7, 0x86, 0xdd, 0x60, 0, 0, 0]), [0x81, 0x00]);
    assert.deepEqual(tagged(0x0806, [0, 7, 0x08, 0x06, 0, 1]), [0x81, 0x00]);
  });

  it('takes no IP header for a tag, whatever its length and flow label', () => {
    assert.deepEqual(tagged(0x0800, IPV4_OF_2048), [0x08, 0x00]);
    assert.deepEqual(tagged(0x86dd, IPV6_OF_FLOW), [0x86, 0xdd]);
    const broken = IPV4_OF_2048.with(10, 0);
    assert.deepEqual(tagged(0x0800, broken), [0x81, 0x00]);
  });

  it('sees no tag in bytes that were not captured', () => {
    assert.deepEqual(tagged(0x0800, [0, 7, 0x08], 60), [0x08, 0x00]);
    assert.deepEqual(tagged(0x0800, [0, 7, 0x81, 0], 60), [0x08, 0x00]);
  });
});
