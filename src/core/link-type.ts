/** Link types: what a frame's first byte is, as pcap and pcapng number them. */

import { LINK_TYPE_NAMES } from './link-type-names.js';

/** The LINKTYPE_ numbers that gapcap captures or dissects (https://www.tcpdump.org/linktypes.html). */
export const LinkType = {
  /** BSD loopback: a 4-byte address family before the packet. */
  Null: 0,
  /** Ethernet (also Linux loopback interfaces). */
  Ethernet: 1,
  /** Raw IP: the packet starts with an IPv4 or IPv6 header. */
  RawIp: 101,
  /** Linux cooked capture v1, 16 bytes before the packet. */
  LinuxSll: 113,
  /** Linux cooked capture v2, 20 bytes before the packet, with the interface's number. */
  LinuxSll2: 276,
} as const;

/** One of the numbers in `LinkType`, or any other LINKTYPE_ number read from a file. */
export type LinkType = number;

/** The name of a link type as libpcap spells its DLT, or `LINKTYPE_n`. */
export function linkTypeName(linkType: number): string {
  switch (linkType) {
    case LinkType.Null:
      return 'NULL';
    case LinkType.Ethernet:
      return 'EN10MB';
    case LinkType.RawIp:
      return 'RAW';
    case LinkType.LinuxSll:
      return 'LINUX_SLL';
    case LinkType.LinuxSll2:
      return 'LINUX_SLL2';
    default:
      return LINK_TYPE_NAMES.get(linkType) ?? `LINKTYPE_${linkType}`;
  }
}
