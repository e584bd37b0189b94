/** Link headers that the kernel left out of the bytes: VLAN tags and the cooked header. */

import { SockaddrLl } from '../sys/layouts.js';

/** Bytes of one VLAN tag: TPID and TCI. */
export const VLAN_TAG_LENGTH = 4;
/** Bytes before the first VLAN tag of an Ethernet frame. */
export const MAC_ADDRESSES_LENGTH = 12;
const ETH_P_8021Q = 0x8100;
const ETH_P_8021AD = 0x88a8;
/** The largest number in a frame's type field that is a length (IEEE 802.3). */
const LARGEST_LENGTH = 1500;
/** Bytes that both sockaddr_ll and the cooked header have for a link-level address. */
const ADDRESS_LENGTH = 8;

/**
 * Puts a VLAN tag back where it was on the wire: after the two MAC addresses, which move to the
 * front by four bytes.
 *
 * Kernels take the outermost tag out of the frame before packet sockets see it
 * (net/core/dev.c: skb_vlan_untag()).
 *
 * @param at where the frame starts once the tag is in: 4 bytes before the captured frame
 * @param tpid undefined on kernels that don't tell it; then 802.1Q
 */
export function insertVlanTag(
  bytes: Uint8Array,
  at: number,
  tpid: number | undefined,
  tci: number,
): void {
  bytes.copyWithin(at, at + VLAN_TAG_LENGTH, at + VLAN_TAG_LENGTH + MAC_ADDRESSES_LENGTH);
  const type = tpid ?? ETH_P_8021Q;
  bytes[at + 12] = type >>> 8;
  bytes[at + 13] = type;
  bytes[at + 14] = tci >>> 8;
  bytes[at + 15] = tci;
}

/**
 * Writes the 20 bytes of LINKTYPE_LINUX_SLL2 from a struct sockaddr_ll, both in the given memory.
 *
 * The two may overlap as they do in a ring (address before header): every field is read before the
 * first one is written.
 */
export function writeSll2Header(
  bytes: Uint8Array,
  at: number,
  source: Uint8Array,
  address: number,
): void {
  const protocolHigh = source[address + SockaddrLl.protocol]!;
  const protocolLow = source[address + SockaddrLl.protocol + 1]!;
  const index0 = source[address + SockaddrLl.ifindex]!;
  const index1 = source[address + SockaddrLl.ifindex + 1]!;
  const index2 = source[address + SockaddrLl.ifindex + 2]!;
  const index3 = source[address + SockaddrLl.ifindex + 3]!;
  const typeLow = source[address + SockaddrLl.hatype]!;
  const typeHigh = source[address + SockaddrLl.hatype + 1]!;
  const packetType = source[address + SockaddrLl.pkttype]!;
  const length = source[address + SockaddrLl.halen]!;
  // From the end, so that an address right before the header is read before it is overwritten. What
  // is beyond its length is whatever was in that memory before.
  for (let i = ADDRESS_LENGTH - 1; i >= 0; i--) {
    bytes[at + 12 + i] = i < length ? source[address + SockaddrLl.addr + i]! : 0;
  }
  bytes[at] = protocolHigh;
  bytes[at + 1] = protocolLow;
  bytes[at + 2] = 0;
  bytes[at + 3] = 0;
  bytes[at + 4] = index3;
  bytes[at + 5] = index2;
  bytes[at + 6] = index1;
  bytes[at + 7] = index0;
  bytes[at + 8] = typeHigh;
  bytes[at + 9] = typeLow;
  bytes[at + 10] = packetType;
  bytes[at + 11] = length;
}

/**
 * Puts a VLAN tag behind a cooked header, as a tag behind MAC addresses would be: the header's protocol
 * becomes the tag's, and four bytes follow it: the tag's TCI, and the protocol within it.
 *
 * The kernel tells the tag for cooked sockets as for others. Of frames received with two tags it gives,
 * since Linux 6.11, the innermost protocol (net/packet/af_packet.c: vlan_get_protocol_dgram()) while
 * the inner tag is still in the bytes; where it is, the tag's type is taken for 802.1Q. Of frames that
 * are sent with several tags in their bytes it tells the outer one alone.
 *
 * @param at where the header starts, which is written already; the payload starts 24 bytes later
 * @param tpid undefined on kernels that don't tell it; then 802.1Q
 * @param payload bytes of the payload: captured, and on the wire
 */
export function tagSll2Header(
  bytes: Uint8Array,
  at: number,
  tag: { readonly tpid: number | undefined; readonly tci: number },
  payload: { readonly captured: number; readonly original: number },
): void {
  const { tpid = ETH_P_8021Q, tci } = tag;
  const type = (bytes[at]! << 8) | bytes[at + 1]!;
  let inner = type;
  // ETH_P_802_3 and its like say that the frame's type field was a length.
  if (type < 0x10) inner = Math.min(payload.original, LARGEST_LENGTH);
  else if (startsWithTag(bytes, at + 24, payload.captured, type)) inner = ETH_P_8021Q;
  bytes[at] = tpid >>> 8;
  bytes[at + 1] = tpid;
  bytes[at + 20] = tci >>> 8;
  bytes[at + 21] = tci;
  bytes[at + 22] = inner >>> 8;
  bytes[at + 23] = inner;
}

/**
 * Whether a payload, said to be of a protocol, begins with a tag that the protocol lies within: a TCI
 * and that protocol, or further tags that lead to it.
 */
function startsWithTag(bytes: Uint8Array, at: number, length: number, protocol: number): boolean {
  for (let tag = at; tag + 4 <= at + length; tag += 4) {
    const type = (bytes[tag + 2]! << 8) | bytes[tag + 3]!;
    if (type === protocol) return !isInternetHeader(bytes, at, at + length, protocol);
    if (type !== ETH_P_8021Q && type !== ETH_P_8021AD) return false;
  }
  return false;
}

/** Whether an IP header starts here whose length or flow label looks like its own protocol number. */
function isInternetHeader(bytes: Uint8Array, at: number, end: number, protocol: number): boolean {
  if (protocol === 0x86dd) return at + 4 >= end || bytes[at + 4]! >>> 4 !== 6;
  const headerLength = (bytes[at]! & 0xf) * 4;
  if (protocol !== 0x0800 || bytes[at]! >>> 4 !== 4 || at + headerLength > end) return false;
  let sum = 0;
  for (let i = at; i < at + headerLength; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return headerLength >= 20 && sum % 0xffff === 0;
}
