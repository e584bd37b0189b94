/**
 * Ethernet II and IEEE 802.3 frames, with the LLC header that follows an 802.3 length.
 *
 *      0                 6                12      14
 *     ┌─────────────────┬─────────────────┬───────┬─────────
 *     │ destination MAC │ source MAC      │ type  │ payload      type ≥ 0x0600: Ethernet II
 *     └─────────────────┴─────────────────┴───────┴─────────     type < 0x0600: 802.3 length
 */

import { readUint16 } from './network-order.js';

/** Byte offsets in the Ethernet header. */
export const EthernetField = { Destination: 0, Source: 6, Type: 12 } as const;

/** Length of the Ethernet header without tags. */
export const ETHERNET_HEADER_LENGTH = 14;

/** The largest 802.3 length; what lies between it and the first EtherType has no meaning. */
export const MAX_802_3_LENGTH = 1500;

/** Byte offsets in the LLC header (IEEE 802.2), and in the SNAP header that may follow it. */
export const LlcField = {
  DestinationSap: 0,
  SourceSap: 1,
  Control: 2,
  SnapOrganization: 3,
  SnapType: 6,
} as const;

/** Length of the shortest LLC header: two service access points and a one-byte control field. */
export const LLC_HEADER_LENGTH = 3;

/** Length of an LLC header with SNAP. */
export const SNAP_HEADER_LENGTH = 8;

/** Service access points that gapcap names. */
export const ServiceAccessPoint = { SpanningTree: 0x42, Snap: 0xaa, Ipx: 0xe0, Osi: 0xfe } as const;

/** The type or 802.3 length of the Ethernet header at `at`; 14 bytes must be captured. */
export function ethernetType(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + EthernetField.Type);
}

/**
 * The EtherType inside an LLC/SNAP header, or -1 where there is none: no SNAP, or another
 * organization's numbers (RFC 1042: organization 00-00-00 means EtherType). Eight bytes must be
 * captured.
 */
export function snapEtherType(bytes: Uint8Array, at: number): number {
  const isSnap =
    bytes[at + LlcField.DestinationSap] === ServiceAccessPoint.Snap &&
    bytes[at + LlcField.SourceSap] === ServiceAccessPoint.Snap &&
    bytes[at + LlcField.Control] === 0x03;
  if (!isSnap) return -1;
  const organization = at + LlcField.SnapOrganization;
  const isEtherType =
    (bytes[organization]! | bytes[organization + 1]! | bytes[organization + 2]!) === 0;
  return isEtherType ? readUint16(bytes, at + LlcField.SnapType) : -1;
}
