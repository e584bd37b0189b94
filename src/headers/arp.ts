/**
 * ARP for IPv4 over Ethernet-like links (RFC 826).
 *
 *      0        2        4    5    6           8          14        18         24        28
 *     ┌────────┬────────┬────┬────┬───────────┬──────────┬─────────┬──────────┬─────────┐
 *     │hardware│protocol│hlen│plen│ operation │sender MAC│sender IP│target MAC│target IP│
 *     └────────┴────────┴────┴────┴───────────┴──────────┴─────────┴──────────┴─────────┘
 */

import { EtherType } from './ether-type.js';
import { readUint16 } from './network-order.js';

/** Byte offsets in an ARP packet with 6-byte hardware and 4-byte protocol addresses. */
export const ArpField = {
  HardwareType: 0,
  ProtocolType: 2,
  HardwareLength: 4,
  ProtocolLength: 5,
  Operation: 6,
  SenderMac: 8,
  SenderIp: 14,
  TargetMac: 18,
  TargetIp: 24,
} as const;

/** Length of the part that every ARP packet has. */
export const ARP_FIXED_LENGTH = 8;

/** Length with 6-byte hardware and 4-byte protocol addresses. */
export const ARP_IPV4_LENGTH = 28;

/** ARP operations (IANA "Address Resolution Protocol (ARP) Parameters"). */
export const ArpOperation = { Request: 1, Reply: 2 } as const;

/** The operation of the ARP packet at `at`; eight bytes captured. */
export function arpOperation(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + ArpField.Operation);
}

/** Whether the addresses are MAC and IPv4, as `ArpField` lays them out; eight bytes captured. */
export function isArpForIpv4(bytes: Uint8Array, at: number): boolean {
  return (
    readUint16(bytes, at + ArpField.ProtocolType) === EtherType.Ipv4 &&
    bytes[at + ArpField.HardwareLength] === 6 &&
    bytes[at + ArpField.ProtocolLength] === 4
  );
}
