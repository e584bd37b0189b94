/**
 * IPv6 header (RFC 8200 §3), extension headers (§4) and jumbograms (RFC 2675).
 *
 *      0             4              6    7         8        24            40
 *     ┌─────────────┬──────────────┬────┬─────────┬────────┬─────────────┬────
 *     │v, class flow│payload length│next│hop limit│ source │ destination │
 *     └─────────────┴──────────────┴────┴─────────┴────────┴─────────────┴────
 */

import { IpProtocol } from './ip-protocol.js';
import { readUint16, readUint32 } from './network-order.js';

/** Byte offsets in the header. */
export const Ipv6Field = {
  PayloadLength: 4,
  NextHeader: 6,
  HopLimit: 7,
  Source: 8,
  Destination: 24,
} as const;

/** Length of the fixed header. */
export const IPV6_HEADER_LENGTH = 40;

/** Length of an address. */
export const IPV6_ADDRESS_LENGTH = 16;

/** Byte offsets in the fragment extension header (RFC 8200 §4.5). */
export const Ipv6FragmentField = { NextHeader: 0, OffsetAndFlag: 2, Identification: 4 } as const;

/** Extension headers followed in one packet; what lies behind a longer chain isn't opened. */
export const MAX_IPV6_EXTENSION_HEADERS = 16;

/** The shortest extension header; every kind comes in steps of 8 bytes, AH (in IPv4) of 4. */
export const IPV6_MIN_EXTENSION_LENGTH = 8;

/** Bytes after the fixed header as stated; 0 for a jumbogram and for segmentation by the card. */
export function ipv6PayloadLength(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + Ipv6Field.PayloadLength);
}

/** Whether this next-header number is an extension header that can be stepped over. */
export function isIpv6Extension(nextHeader: number): boolean {
  return (
    nextHeader === IpProtocol.HopByHop ||
    nextHeader === IpProtocol.Ipv6Routing ||
    nextHeader === IpProtocol.Ipv6Fragment ||
    nextHeader === IpProtocol.Ipv6DestinationOptions ||
    nextHeader === IpProtocol.Ah
  );
}

/**
 * Length in bytes of the extension header of kind `nextHeader` at `at`; two bytes captured.
 *
 * AH counts in words of 4 bytes less 2 (RFC 4302 §2.2), the fragment header is always 8, the others
 * count in units of 8 bytes without the first (RFC 8200 §4).
 */
export function ipv6ExtensionLength(bytes: Uint8Array, at: number, nextHeader: number): number {
  if (nextHeader === IpProtocol.Ipv6Fragment) return 8;
  if (nextHeader === IpProtocol.Ah) return (bytes[at + 1]! + 2) << 2;
  return (bytes[at + 1]! + 1) << 3;
}

/** Where in the original packet this fragment belongs, in bytes; eight bytes captured. */
export function ipv6FragmentOffset(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + Ipv6FragmentField.OffsetAndFlag) & 0xfff8;
}

/** Whether further fragments follow; eight bytes captured. */
export function ipv6MoreFragments(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + Ipv6FragmentField.OffsetAndFlag + 1]! & 1) !== 0;
}

/**
 * The jumbo payload length in a hop-by-hop header (RFC 2675 §2), or -1 where there is none.
 *
 * @param at the hop-by-hop header
 * @param end where it ends or where the captured bytes end, whichever comes first
 */
export function ipv6JumboLength(bytes: Uint8Array, at: number, end: number): number {
  let option = at + 2;
  while (option < end) {
    const type = bytes[option]!;
    if (type === 0) {
      option += 1; // Pad1 has no length field
      continue;
    }
    if (option + 2 > end) return -1;
    const length = bytes[option + 1]!;
    if (type === 0xc2 && length === 4) {
      return option + 6 <= end ? readUint32(bytes, option + 2) : -1;
    }
    option += 2 + length;
  }
  return -1;
}
