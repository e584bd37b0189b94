/** Link headers that the kernel left out of the bytes: VLAN tags and the cooked header. */

import { SockaddrLl } from '../sys/layouts.js';

/** Bytes of one VLAN tag: TPID and TCI. */
export const VLAN_TAG_LENGTH = 4;
/** Bytes before the first VLAN tag of an Ethernet frame. */
export const MAC_ADDRESSES_LENGTH = 12;
const ETH_P_8021Q = 0x8100;
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
