/**
 * BSD loopback: a 4-byte address family before the packet, in the byte order of the machine that
 * captured (LINKTYPE_NULL) or in network order (LINKTYPE_LOOP).
 */

import { EtherType } from './ether-type.js';
import { readUint32 } from './network-order.js';

/** Length of the family field. */
export const LOOPBACK_HEADER_LENGTH = 4;

const AF_INET = 2;

/** AF_INET6 of Linux, of NetBSD and OpenBSD, of FreeBSD, and of macOS. */
const inet6Families: readonly number[] = [10, 24, 28, 30];

/**
 * What follows the family at `at`, as an EtherType; -1 for a family that isn't IP. Four bytes must
 * be captured.
 *
 * Reads either byte order: families are small numbers, so one order gives a number below 65,536.
 */
export function loopbackEtherType(bytes: Uint8Array, at: number): number {
  const read = readUint32(bytes, at);
  const family =
    read < 0x10000 ? read : (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) >>> 0;
  const isFamily = read < 0x10000 || bytes[at + 3] === 0;
  if (!isFamily) return -1;
  if (family === AF_INET) return EtherType.Ipv4;
  return inet6Families.includes(family) ? EtherType.Ipv6 : -1;
}
