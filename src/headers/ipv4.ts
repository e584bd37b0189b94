/**
 * IPv4 header (RFC 791 §3.1).
 *
 *      0    1    2            4              6               8   9     10       12       16
 *     ┌────┬────┬────────────┬──────────────┬───────────────┬───┬─────┬────────┬────────┬───────────┐
 *     │v│hl│tos │total length│identification│flags, fragment│ttl│proto│checksum│ source │destination│
 *     └────┴────┴────────────┴──────────────┴───────────────┴───┴─────┴────────┴────────┴───────────┘
 */

import { readUint16 } from './network-order.js';

/** Byte offsets in the header. */
export const Ipv4Field = {
  VersionAndLength: 0,
  TotalLength: 2,
  Identification: 4,
  Fragment: 6,
  TimeToLive: 8,
  Protocol: 9,
  Source: 12,
  Destination: 16,
} as const;

/** Length of the header without options. */
export const IPV4_MIN_HEADER_LENGTH = 20;

/** Length of an address. */
export const IPV4_ADDRESS_LENGTH = 4;

/** Header length in bytes as the header at `at` states it, 0 … 60; below 20 it is wrong. */
export function ipv4HeaderLength(bytes: Uint8Array, at: number): number {
  return (bytes[at]! & 0x0f) << 2;
}

/**
 * Total length as stated. 0 where a card will cut the packet into segments later, or put it together
 * from them: Linux leaves the field at 0 for packets over 65,535 bytes (include/net/ip.h:
 * iph_set_totlen()).
 */
export function ipv4TotalLength(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + Ipv4Field.TotalLength);
}

/** Where in the original packet this fragment belongs, in bytes; 0 also for an unfragmented one. */
export function ipv4FragmentOffset(bytes: Uint8Array, at: number): number {
  return (readUint16(bytes, at + Ipv4Field.Fragment) & 0x1fff) << 3;
}

/** Whether further fragments follow. */
export function ipv4MoreFragments(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + Ipv4Field.Fragment]! & 0x20) !== 0;
}
