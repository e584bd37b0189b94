/**
 * Linux cooked captures: what libpcap writes for the "any" device in place of a link header
 * (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html and LINKTYPE_LINUX_SLL2.html).
 *
 *     SLL    0 packet type │ 2 ARPHRD │ 4 address length │ 6 address (8) │ 14 protocol │ 16
 *     SLL2   0 protocol │ 2 reserved │ 4 interface │ 8 ARPHRD │ 10 packet type │
 *            11 address length │ 12 address (8) │ 20
 */

import { readUint16 } from './network-order.js';

/** Byte offsets in the version 1 header. */
export const LinuxSllField = {
  PacketType: 0,
  HardwareType: 2,
  AddressLength: 4,
  Address: 6,
  Protocol: 14,
} as const;

/** Length of the version 1 header. */
export const LINUX_SLL_HEADER_LENGTH = 16;

/** Byte offsets in the version 2 header. */
export const LinuxSll2Field = {
  Protocol: 0,
  InterfaceIndex: 4,
  HardwareType: 8,
  PacketType: 10,
  AddressLength: 11,
  Address: 12,
} as const;

/** Length of the version 2 header. */
export const LINUX_SLL2_HEADER_LENGTH = 20;

/**
 * Protocol numbers below the EtherTypes that Linux gives to frames without one
 * (include/uapi/linux/if_ether.h: ETH_P_802_3, ETH_P_802_2).
 */
export const LinuxProtocol = { Novell8023: 0x0001, Llc: 0x0004 } as const;

/** Whether the protocol field is an EtherType for this ARPHRD_ type; elsewhere it means other things. */
function hasEtherType(hardwareType: number): boolean {
  // ARPHRD_FRAD, ARPHRD_IEEE80211_RADIOTAP, ARPHRD_NETLINK (include/uapi/linux/if_arp.h).
  return hardwareType !== 770 && hardwareType !== 803 && hardwareType !== 824;
}

/** The protocol of the version 1 header at `at`, or -1 where it is no EtherType; 16 bytes captured. */
export function linuxSllProtocol(bytes: Uint8Array, at: number): number {
  if (!hasEtherType(readUint16(bytes, at + LinuxSllField.HardwareType))) return -1;
  return readUint16(bytes, at + LinuxSllField.Protocol);
}

/** The protocol of the version 2 header at `at`, or -1 where it is no EtherType; 20 bytes captured. */
export function linuxSll2Protocol(bytes: Uint8Array, at: number): number {
  if (!hasEtherType(readUint16(bytes, at + LinuxSll2Field.HardwareType))) return -1;
  return readUint16(bytes, at + LinuxSll2Field.Protocol);
}
