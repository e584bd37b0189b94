/** The interfaces one can capture from, as people and the capture session want them. */

import { LinkType } from '../core/link-type.js';
import { listAddresses, listLinks } from './rtnetlink.js';

/** A network interface of this system. */
export interface SystemInterface {
  /** The kernel's number for it. */
  readonly index: number;
  readonly name: string;
  /** Whether it is set up; capturing from one that isn't fails. */
  readonly up: boolean;
  /** LINKTYPE_ number of the frames that a capture on it yields. */
  readonly linkType: LinkType;
  /** ARPHRD_ number of its hardware. */
  readonly arphrd: number;
  /** IP addresses without prefix length; IPv6 in the canonical form of RFC 5952. */
  readonly addresses: readonly string[];
  /** As `02:00:5e:10:00:01`; undefined where it has none. */
  readonly macAddress: string | undefined;
  /** The administrator's words for it, else what kind it is (`veth`, `tun`); undefined for neither. */
  readonly description: string | undefined;
  /** Longest packet it sends, in bytes, link-layer header not included. */
  readonly mtu: number | undefined;
}

const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;
const ARPHRD_NONE = 65534;

/**
 * The interfaces of the calling thread's network namespace, in the kernel's order.
 *
 * @throws {UnsupportedError} `NOT_LINUX`
 */
export function listInterfaces(): SystemInterface[] {
  const addresses = listAddresses();
  return listLinks().map((link) => ({
    index: link.index,
    name: link.name,
    up: link.up,
    linkType: linkTypeOfHardware(link.arphrd),
    arphrd: link.arphrd,
    addresses: addresses.filter((a) => a.linkIndex === link.index).map((a) => a.address),
    macAddress: link.arphrd === ARPHRD_LOOPBACK ? undefined : link.macAddress,
    description: link.alias ?? link.kind ?? (link.loopback ? 'loopback' : undefined),
    mtu: link.mtu,
  }));
}

/**
 * The LINKTYPE_ number of what a packet socket yields for hardware of this kind.
 *
 * Everything that isn't Ethernet or bare IP is captured without its own header, under a Linux
 * cooked one.
 *
 * @param arphrd ARPHRD_ number (include/uapi/linux/if_arp.h)
 */
export function linkTypeOfHardware(arphrd: number): LinkType {
  switch (arphrd) {
    case ARPHRD_ETHER:
    case ARPHRD_LOOPBACK:
      return LinkType.Ethernet;
    case ARPHRD_NONE:
      return LinkType.RawIp;
    default:
      return LinkType.LinuxSll2;
  }
}
