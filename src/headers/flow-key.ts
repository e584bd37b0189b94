/**
 * Flow keys: one name for both directions of a conversation.
 *
 * The key is a string of 16-bit units that holds protocol, both addresses and both ports, the lower
 * endpoint first. A string, not a number: 12 (IPv4) or 36 bytes (IPv6) fit into no number, a hash
 * would mix up flows now and then, and JavaScript's Map hashes strings with a seed of its own, so a
 * sender can't craft flows that collide. What it costs is in bench/micro/analysis/frame-line.bench.ts.
 */

import type { Dissection } from './dissection.js';
import { readUint16 } from './network-order.js';

/**
 * The key of the frame's flow, the same for both directions, for use in a Map; undefined where
 * there are no ports: no TCP or UDP, a fragment other than the first, or not enough captured.
 *
 * VLAN tags and the interface aren't part of it. It isn't text for people.
 */
export function flowKey(d: Dissection): string | undefined {
  if (d.sourcePort < 0) return undefined;
  const { bytes } = d;
  const forward = isFromLowerEndpoint(d);
  const low = forward ? d.sourceAddressOffset : d.destinationAddressOffset;
  const high = forward ? d.destinationAddressOffset : d.sourceAddressOffset;
  const lowPort = forward ? d.sourcePort : d.destinationPort;
  const highPort = forward ? d.destinationPort : d.sourcePort;
  const kind = (d.ipVersion << 8) | d.protocol;
  if (d.addressLength === 4) {
    return String.fromCharCode(
      kind,
      readUint16(bytes, low),
      readUint16(bytes, low + 2),
      readUint16(bytes, high),
      readUint16(bytes, high + 2),
      lowPort,
      highPort,
    );
  }
  return ipv6Key(bytes, kind, low, high) + String.fromCharCode(lowPort, highPort);
}

function ipv6Key(bytes: Uint8Array, kind: number, low: number, high: number): string {
  return String.fromCharCode(
    kind,
    readUint16(bytes, low),
    readUint16(bytes, low + 2),
    readUint16(bytes, low + 4),
    readUint16(bytes, low + 6),
    readUint16(bytes, low + 8),
    readUint16(bytes, low + 10),
    readUint16(bytes, low + 12),
    readUint16(bytes, low + 14),
    readUint16(bytes, high),
    readUint16(bytes, high + 2),
    readUint16(bytes, high + 4),
    readUint16(bytes, high + 6),
    readUint16(bytes, high + 8),
    readUint16(bytes, high + 10),
    readUint16(bytes, high + 12),
    readUint16(bytes, high + 14),
  );
}

/**
 * Which of the two directions of its flow the frame goes: true from the lower endpoint (address,
 * then port, compared as numbers) to the higher. True also where both are the same.
 */
export function isFromLowerEndpoint(d: Dissection): boolean {
  const { bytes, addressLength } = d;
  for (let index = 0; index < addressLength; index += 1) {
    const difference =
      bytes[d.sourceAddressOffset + index]! - bytes[d.destinationAddressOffset + index]!;
    if (difference !== 0) return difference < 0;
  }
  return d.sourcePort <= d.destinationPort;
}
