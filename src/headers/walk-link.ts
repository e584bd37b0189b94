/** From a frame's first byte to its network packet: link headers, VLAN tags, LLC/SNAP, ARP. */

import { LinkType } from '../core/link-type.js';
import { ARP_FIXED_LENGTH } from './arp.js';
import type { Dissection } from './dissection.js';
import { DissectionStatus } from './dissection-status.js';
import { EtherType, FIRST_ETHER_TYPE } from './ether-type.js';
import {
  ETHERNET_HEADER_LENGTH,
  EthernetField,
  ethernetType,
  LLC_HEADER_LENGTH,
  LlcField,
  MAX_802_3_LENGTH,
  ServiceAccessPoint,
  SNAP_HEADER_LENGTH,
  snapEtherType,
} from './ethernet.js';
import {
  LINUX_SLL_HEADER_LENGTH,
  LINUX_SLL2_HEADER_LENGTH,
  LinuxProtocol,
  LinuxSll2Field,
  LinuxSllField,
  linuxSll2Protocol,
  linuxSllProtocol,
} from './linux-sll.js';
import { LOOPBACK_HEADER_LENGTH, loopbackEtherType } from './loopback.js';
import { readUint16 } from './network-order.js';
import {
  isVlanType,
  MAX_VLAN_TAGS,
  VLAN_TAG_LENGTH,
  vlanIdentifier,
  vlanInnerType,
} from './vlan.js';
import { walkIp, walkIpv4, walkIpv6 } from './walk-network.js';

/** LINKTYPE_LOOP: OpenBSD loopback, the family in network order. */
const LINKTYPE_LOOP = 108;
/** LINKTYPE_IPV4 and LINKTYPE_IPV6: raw IP of one version. */
const LINKTYPE_IPV4 = 228;
const LINKTYPE_IPV6 = 229;

/**
 * Follows the headers of the frame that `d` has been set to, from its first byte.
 *
 * @internal
 */
export function walkLink(d: Dissection): void {
  switch (d.linkType) {
    case LinkType.Ethernet:
      walkEthernet(d);
      break;
    case LinkType.LinuxSll:
      walkLinuxSll(d);
      break;
    case LinkType.LinuxSll2:
      walkLinuxSll2(d);
      break;
    case LinkType.Null:
    case LINKTYPE_LOOP:
      walkLoopback(d);
      break;
    case LinkType.RawIp:
      walkIp(d, d.start);
      break;
    case LINKTYPE_IPV4:
      walkEtherType(d, d.start, EtherType.Ipv4);
      break;
    case LINKTYPE_IPV6:
      walkEtherType(d, d.start, EtherType.Ipv6);
      break;
    default:
      break;
  }
}

function walkEthernet(d: Dissection): void {
  const at = d.start;
  if (d.has(at, EthernetField.Source)) d.destinationMacOffset = at + EthernetField.Destination;
  if (d.has(at, EthernetField.Type)) d.sourceMacOffset = at + EthernetField.Source;
  if (!d.has(at, ETHERNET_HEADER_LENGTH)) return;
  walkTypeOrLength(d, at + ETHERNET_HEADER_LENGTH, ethernetType(d.bytes, at));
}

function walkLinuxSll(d: Dissection): void {
  const { bytes, start } = d;
  if (!d.has(start, LINUX_SLL_HEADER_LENGTH)) return;
  if (readUint16(bytes, start + LinuxSllField.AddressLength) === 6) {
    d.sourceMacOffset = start + LinuxSllField.Address;
  }
  walkLinuxProtocol(d, start + LINUX_SLL_HEADER_LENGTH, linuxSllProtocol(bytes, start));
}

function walkLinuxSll2(d: Dissection): void {
  const { bytes, start } = d;
  if (!d.has(start, LINUX_SLL2_HEADER_LENGTH)) return;
  if (bytes[start + LinuxSll2Field.AddressLength] === 6) {
    d.sourceMacOffset = start + LinuxSll2Field.Address;
  }
  walkLinuxProtocol(d, start + LINUX_SLL2_HEADER_LENGTH, linuxSll2Protocol(bytes, start));
}

function walkLinuxProtocol(d: Dissection, at: number, protocol: number): void {
  if (protocol === LinuxProtocol.Llc) walkLlc(d, at);
  else if (protocol >= FIRST_ETHER_TYPE) walkTypeOrLength(d, at, protocol);
  else d.networkOffset = at;
}

function walkLoopback(d: Dissection): void {
  if (!d.has(d.start, LOOPBACK_HEADER_LENGTH)) return;
  const etherType = loopbackEtherType(d.bytes, d.start);
  const at = d.start + LOOPBACK_HEADER_LENGTH;
  if (etherType < 0) d.networkOffset = at;
  else walkEtherType(d, at, etherType);
}

/** Steps over the tags; `at` is after the type field. */
function walkTypeOrLength(d: Dissection, at: number, typeOrLength: number): void {
  let position = at;
  let type = typeOrLength;
  while (isVlanType(type)) {
    if (d.vlanCount === MAX_VLAN_TAGS) {
      d.status = DissectionStatus.TooDeep;
      return;
    }
    if (!d.has(position, VLAN_TAG_LENGTH)) return;
    if (d.vlanCount === 0) {
      d.vlanOffset = position;
      d.vlanId = vlanIdentifier(d.bytes, position);
    }
    d.vlanCount += 1;
    type = vlanInnerType(d.bytes, position);
    position += VLAN_TAG_LENGTH;
  }
  if (type >= FIRST_ETHER_TYPE) walkEtherType(d, position, type);
  else if (type <= MAX_802_3_LENGTH) walkLlc(d, position);
  else d.networkOffset = position;
}

function walkLlc(d: Dissection, at: number): void {
  d.networkOffset = at;
  if (!d.has(at, LLC_HEADER_LENGTH)) return;
  d.llcOffset = at;
  const isSnap =
    d.bytes[at + LlcField.DestinationSap] === ServiceAccessPoint.Snap &&
    d.bytes[at + LlcField.SourceSap] === ServiceAccessPoint.Snap;
  if (!isSnap || !d.has(at, SNAP_HEADER_LENGTH)) return;
  const etherType = snapEtherType(d.bytes, at);
  if (etherType >= FIRST_ETHER_TYPE) walkEtherType(d, at + SNAP_HEADER_LENGTH, etherType);
}

function walkEtherType(d: Dissection, at: number, etherType: number): void {
  d.etherType = etherType;
  d.networkOffset = at;
  switch (etherType) {
    case EtherType.Ipv4:
      walkIpv4(d, at);
      break;
    case EtherType.Ipv6:
      walkIpv6(d, at);
      break;
    case EtherType.Arp:
    case EtherType.ReverseArp:
      if (d.has(at, ARP_FIXED_LENGTH)) d.arpOffset = at;
      break;
    default:
      break;
  }
}
