/**
 * UDP header (RFC 768).
 *
 *      0           2                4      6        8
 *     ┌───────────┬────────────────┬──────┬────────┐
 *     │source port│destination port│length│checksum│
 *     └───────────┴────────────────┴──────┴────────┘
 */

import { readUint16 } from './network-order.js';

/** Byte offsets in the header. */
export const UdpField = { SourcePort: 0, DestinationPort: 2, Length: 4, Checksum: 6 } as const;

/** Length of the header. */
export const UDP_HEADER_LENGTH = 8;

/** Header and payload as stated; 0 in a jumbogram (RFC 2675 §4). Six bytes captured. */
export function udpLength(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + UdpField.Length);
}
