import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvariantBytes } from '../../../src/heal/invariant-bytes.js';

const ETHERNET = 1;
const SLL = 113;
const SLL2 = 276;
const RAW = 101;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

function ipv4(protocol: number, payload: readonly number[]): number[] {
  const total = 20 + payload.length;
  const addresses = [192, 0, 2, 1, 198, 51, 100, 7];
  return [
    0x45,
    0,
    total >> 8,
    total & 255,
    1,
    2,
    0,
    0,
    64,
    protocol,
    9,
    9,
    ...addresses,
    ...payload,
  ];
}

function ipv6(next: number, payload: readonly number[]): number[] {
  const addresses = new Array<number>(32).fill(0xfd);
  return [0x60, 0, 0, 0, 0, payload.length, next, 64, ...addresses, ...payload];
}

const udp = [0x10, 0, 0x20, 0, 0, 12, 0xab, 0xcd, 1, 2, 3, 4];
const ethernet = (type: number, packet: readonly number[], mac = 2): number[] => [
  ...new Array<number>(12).fill(mac),
  ...[type >> 8, type & 255],
  ...packet,
];

function keyOf(
  data: readonly number[],
  linkType = ETHERNET,
  { exact = false, limit = NO_LIMIT, originalLength = data.length, shift = 0 } = {},
): number {
  const bytes = new Uint8Array(shift + data.length);
  bytes.set(data, shift);
  const frame = { bytes, byteOffset: shift, capturedLength: data.length, originalLength };
  return new InvariantBytes({ exact, limit }).keyOf(frame, linkType);
}

function changed(data: readonly number[], at: number, value = 0x77): number[] {
  const copy = [...data];
  assert.notEqual(copy[at], value);
  copy[at] = value;
  return copy;
}

const packet = ipv4(17, udp);
const frame = ethernet(0x0800, packet);

describe('the invariant bytes of a frame', () => {
  it('are the same whatever its MAC addresses, VLAN tags and cooked headers', () => {
    const key = keyOf(frame);
    assert.equal(keyOf(ethernet(0x0800, packet, 9)), key);
    assert.equal(keyOf(ethernet(0x8100, [0, 5, 8, 0, ...packet])), key);
    assert.equal(keyOf(ethernet(0x88a8, [0, 5, 0x81, 0, 0, 6, 8, 0, ...packet])), key);
    assert.equal(keyOf([...new Array<number>(14).fill(3), 8, 0, ...packet], SLL), key);
    assert.equal(keyOf([8, 0, ...new Array<number>(18).fill(3), ...packet], SLL2), key);
    assert.equal(keyOf(packet, RAW), key);
    assert.equal(keyOf(frame, ETHERNET, { shift: 3 }), key);
  });

  it('leave out what changes on the way: type of service, time to live, checksums', () => {
    const key = keyOf(frame);
    for (const at of [15, 22, 24, 25, 40, 41])
      assert.equal(keyOf(changed(frame, at)), key, `${at}`);
    const six = ethernet(0x86dd, ipv6(17, udp));
    for (const at of [15, 16, 17, 21, 60, 61]) {
      assert.equal(keyOf(changed(six, at)), keyOf(six), `IPv6 ${at}`);
    }
  });

  it('hold everything else', () => {
    const key = keyOf(frame);
    const rest = [14, 17, 18, 19, 20, 23, 26, 30, 33, 34, 36, 39, 42, 45];
    for (const at of rest) assert.notEqual(keyOf(changed(frame, at, 0x46)), key, `${at}`);
    const six = ethernet(0x86dd, ipv6(17, udp));
    for (const at of [20, 22, 53, 54, 62, 65]) {
      assert.notEqual(keyOf(changed(six, at)), keyOf(six), `IPv6 ${at}`);
    }
  });

  it('hold the place of a checksum where a fragment has data there', () => {
    const later = changed(frame, 21, 1);
    assert.notEqual(keyOf(changed(later, 40)), keyOf(later));
  });

  it('leave out TCP and ICMPv6 checksums, also behind extension headers', () => {
    const tcp = new Array<number>(24).fill(5);
    const segment = ethernet(0x0800, ipv4(6, tcp));
    assert.equal(keyOf(changed(segment, 14 + 20 + 16)), keyOf(segment));
    assert.notEqual(keyOf(changed(segment, 14 + 20 + 14)), keyOf(segment));
    const hopByHop = [58, 0, 1, 4, 0, 0, 0, 0];
    const icmp = ethernet(0x86dd, ipv6(0, [...hopByHop, 128, 0, 1, 2, 3, 4, 5, 6]));
    assert.equal(keyOf(changed(icmp, 14 + 40 + 8 + 2)), keyOf(icmp));
    assert.notEqual(keyOf(changed(icmp, 14 + 40 + 8 + 4)), keyOf(icmp));
  });

  it('leave out padding behind the packet', () => {
    assert.equal(keyOf([...frame, 0, 0, 0, 1, 2, 3]), keyOf(frame));
    const arp = ethernet(0x0806, new Array<number>(28).fill(1));
    assert.equal(keyOf([...arp, ...new Array<number>(18).fill(0)]), keyOf(arp));
  });

  it('are the same where one capture has cut the frame off, as far as both have it', () => {
    const limit = 30;
    const cut = frame.slice(0, 14 + limit);
    const cutKey = keyOf(cut, ETHERNET, { limit, originalLength: frame.length });
    assert.equal(cutKey, keyOf(frame, ETHERNET, { limit }));
    const longer = ethernet(0x0800, ipv4(17, [...udp, 1]));
    assert.notEqual(keyOf(longer, ETHERNET, { limit }), cutKey);
  });

  it('are all bytes where every byte counts', () => {
    const key = keyOf(frame, ETHERNET, { exact: true });
    for (let at = 0; at < frame.length; at++) {
      assert.notEqual(keyOf(changed(frame, at), ETHERNET, { exact: true }), key, `${at}`);
    }
    assert.notEqual(keyOf(frame, ETHERNET, { exact: true, originalLength: 999 }), key);
  });

  it('need no more of a frame than there is', () => {
    for (const data of [frame, ethernet(0x86dd, ipv6(6, new Array<number>(20).fill(1)))]) {
      for (let length = 0; length < data.length; length++) {
        for (const linkType of [ETHERNET, SLL, SLL2, RAW, 0, 147]) {
          const key = keyOf(data.slice(0, length), linkType, { originalLength: data.length });
          assert.ok(Number.isSafeInteger(key) && key >= 0);
        }
      }
    }
  });

  it('give many frames that differ in a number as many keys', () => {
    const keys = new Set<number>();
    for (let i = 0; i < 20_000; i++) {
      keys.add(keyOf([...frame.slice(0, 42), i >> 8, i & 255, 0, 0]));
    }
    assert.equal(keys.size, 20_000);
  });
});
