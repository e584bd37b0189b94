/** From a network packet to its payload: IPv4, IPv6 with extension headers, TCP, UDP, ICMP. */

import type { Dissection } from './dissection.js';
import { DissectionStatus } from './dissection-status.js';
import { EtherType } from './ether-type.js';
import { IcmpField } from './icmp.js';
import { IpProtocol } from './ip-protocol.js';
import {
  IPV4_ADDRESS_LENGTH,
  IPV4_MIN_HEADER_LENGTH,
  Ipv4Field,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4MoreFragments,
  ipv4TotalLength,
} from './ipv4.js';
import {
  IPV6_ADDRESS_LENGTH,
  IPV6_HEADER_LENGTH,
  IPV6_MIN_EXTENSION_LENGTH,
  Ipv6Field,
  Ipv6FragmentField,
  ipv6ExtensionLength,
  ipv6FragmentOffset,
  ipv6JumboLength,
  ipv6MoreFragments,
  ipv6PayloadLength,
  isIpv6Extension,
  MAX_IPV6_EXTENSION_HEADERS,
} from './ipv6.js';
import { readUint16, readUint32 } from './network-order.js';
import { TCP_MIN_HEADER_LENGTH, TcpField, tcpFlags, tcpHeaderLength } from './tcp.js';
import { UDP_HEADER_LENGTH, UdpField, udpLength } from './udp.js';

/**
 * Follows a packet whose version is known only from its first byte.
 *
 * @internal
 */
export function walkIp(d: Dissection, at: number): void {
  d.networkOffset = at;
  if (!d.has(at, 1)) return;
  const version = d.bytes[at]! >>> 4;
  if (version === 4) {
    d.etherType = EtherType.Ipv4;
    walkIpv4(d, at);
  } else if (version === 6) {
    d.etherType = EtherType.Ipv6;
    walkIpv6(d, at);
  } else {
    d.status = DissectionStatus.Malformed;
  }
}

/** @internal */
export function walkIpv4(d: Dissection, at: number): void {
  const { bytes } = d;
  if (!d.has(at, IPV4_MIN_HEADER_LENGTH)) return;
  const headerLength = ipv4HeaderLength(bytes, at);
  if (bytes[at]! >>> 4 !== 4 || headerLength < IPV4_MIN_HEADER_LENGTH) {
    d.status = DissectionStatus.Malformed;
    return;
  }
  d.ipVersion = 4;
  d.addressLength = IPV4_ADDRESS_LENGTH;
  d.sourceAddressOffset = at + Ipv4Field.Source;
  d.destinationAddressOffset = at + Ipv4Field.Destination;
  d.timeToLive = bytes[at + Ipv4Field.TimeToLive]!;
  d.protocol = bytes[at + Ipv4Field.Protocol]!;
  d.fragmentOffset = ipv4FragmentOffset(bytes, at);
  d.moreFragments = ipv4MoreFragments(bytes, at) ? 1 : 0;
  const totalLength = ipv4TotalLength(bytes, at);
  setIpEnd(d, totalLength === 0 ? d.wireEnd : at + totalLength);
  if (totalLength !== 0 && totalLength < headerLength) {
    d.status = DissectionStatus.Malformed;
    return;
  }
  if (d.fragmentOffset > 0) return;
  const after = at + headerLength;
  // AH stands between IP and transport in IPv4 too (RFC 4302 §3.1.1).
  if (d.protocol === IpProtocol.Ah) walkExtensions(d, after, IpProtocol.Ah);
  else walkTransport(d, after);
}

/** @internal */
export function walkIpv6(d: Dissection, at: number): void {
  const { bytes } = d;
  if (!d.has(at, IPV6_HEADER_LENGTH)) return;
  if (bytes[at]! >>> 4 !== 6) {
    d.status = DissectionStatus.Malformed;
    return;
  }
  d.ipVersion = 6;
  d.addressLength = IPV6_ADDRESS_LENGTH;
  d.sourceAddressOffset = at + Ipv6Field.Source;
  d.destinationAddressOffset = at + Ipv6Field.Destination;
  d.timeToLive = bytes[at + Ipv6Field.HopLimit]!;
  d.fragmentOffset = 0;
  const nextHeader = bytes[at + Ipv6Field.NextHeader]!;
  const after = at + IPV6_HEADER_LENGTH;
  setIpEnd(d, after + payloadLengthOf(d, at, nextHeader));
  walkExtensions(d, after, nextHeader);
}

/** The IPv6 payload's length: stated, from the jumbo option, or all that the frame has. */
function payloadLengthOf(d: Dissection, at: number, nextHeader: number): number {
  const stated = ipv6PayloadLength(d.bytes, at);
  if (stated !== 0 || nextHeader === IpProtocol.NoNext) return stated;
  const after = at + IPV6_HEADER_LENGTH;
  if (nextHeader === IpProtocol.HopByHop && after + 2 <= d.end) {
    const length = ipv6ExtensionLength(d.bytes, after, nextHeader);
    const jumbo = ipv6JumboLength(d.bytes, after, Math.min(after + length, d.end));
    if (jumbo > 0) return jumbo;
  }
  return d.wireEnd - after;
}

/** A packet longer than its frame is malformed; it is then taken to end with the frame. */
function setIpEnd(d: Dissection, ipEnd: number): void {
  d.ipEnd = Math.min(ipEnd, d.wireEnd);
  if (ipEnd > d.wireEnd) d.status = DissectionStatus.Malformed;
}

function walkExtensions(d: Dissection, at: number, nextHeader: number): void {
  const { bytes } = d;
  let position = at;
  let kind = nextHeader;
  for (let count = 0; isIpv6Extension(kind); count += 1) {
    d.protocol = kind;
    if (count === MAX_IPV6_EXTENSION_HEADERS) {
      d.status = DissectionStatus.TooDeep;
      return;
    }
    if (!d.has(position, IPV6_MIN_EXTENSION_LENGTH, d.ipEnd)) return;
    const length = ipv6ExtensionLength(bytes, position, kind);
    if (kind === IpProtocol.Ipv6Fragment) {
      d.fragmentOffset = ipv6FragmentOffset(bytes, position);
      d.moreFragments = ipv6MoreFragments(bytes, position) ? 1 : 0;
      if (d.fragmentOffset > 0) {
        d.protocol = bytes[position + Ipv6FragmentField.NextHeader]!;
        return;
      }
    }
    kind = bytes[position]!;
    position += length;
  }
  d.protocol = kind;
  if (kind !== IpProtocol.NoNext) walkTransport(d, position);
}

function walkTransport(d: Dissection, at: number): void {
  if (at > d.ipEnd) {
    d.status = DissectionStatus.Malformed;
    return;
  }
  d.transportOffset = at;
  switch (d.protocol) {
    case IpProtocol.Tcp:
      walkTcp(d, at);
      break;
    case IpProtocol.Udp:
      walkUdp(d, at);
      break;
    case IpProtocol.Icmp:
    case IpProtocol.Icmpv6:
      if (d.has(at, 1, d.ipEnd)) d.icmpType = d.bytes[at + IcmpField.Type]!;
      if (d.has(at, 2, d.ipEnd)) d.icmpCode = d.bytes[at + IcmpField.Code]!;
      break;
    default:
      break;
  }
}

/** Takes every field that is there: a short snapshot length often ends inside this header. */
function walkTcp(d: Dissection, at: number): void {
  const { bytes, ipEnd } = d;
  if (!d.has(at, TcpField.Sequence, ipEnd)) return;
  d.sourcePort = readUint16(bytes, at + TcpField.SourcePort);
  d.destinationPort = readUint16(bytes, at + TcpField.DestinationPort);
  if (!d.has(at, TcpField.Acknowledgment, ipEnd)) return;
  d.sequence = readUint32(bytes, at + TcpField.Sequence);
  if (!d.has(at, TcpField.OffsetAndFlags, ipEnd)) return;
  d.acknowledgment = readUint32(bytes, at + TcpField.Acknowledgment);
  if (!d.has(at, TcpField.Window, ipEnd)) return;
  d.tcpFlags = tcpFlags(bytes, at);
  const headerLength = tcpHeaderLength(bytes, at);
  if (headerLength < TCP_MIN_HEADER_LENGTH || at + headerLength > ipEnd) {
    d.status = DissectionStatus.Malformed;
  } else {
    d.payloadOffset = at + headerLength;
    d.payloadLength = ipEnd - d.payloadOffset;
  }
  if (!d.has(at, TcpField.Checksum, ipEnd)) return;
  d.window = readUint16(bytes, at + TcpField.Window);
  // Options are stepped over by their length; whether all of them were captured still matters.
  if (d.payloadOffset >= 0) d.has(at, headerLength, ipEnd);
}

function walkUdp(d: Dissection, at: number): void {
  const { bytes, ipEnd } = d;
  if (!d.has(at, UdpField.Length, ipEnd)) return;
  d.sourcePort = readUint16(bytes, at + UdpField.SourcePort);
  d.destinationPort = readUint16(bytes, at + UdpField.DestinationPort);
  if (!d.has(at, UdpField.Checksum, ipEnd)) return;
  d.udpLength = udpLength(bytes, at);
  const available = ipEnd - at;
  // Zero in IPv6 means a jumbogram: the IP length holds.
  const length = d.udpLength === 0 && d.ipVersion === 6 ? available : d.udpLength;
  if (length < UDP_HEADER_LENGTH) {
    d.status = DissectionStatus.Malformed;
    return;
  }
  // A first fragment states the length of the whole datagram: more than this fragment holds.
  if (length > available && d.moreFragments === 0) d.status = DissectionStatus.Malformed;
  if (!d.has(at, UDP_HEADER_LENGTH, ipEnd)) return;
  d.payloadOffset = at + UDP_HEADER_LENGTH;
  d.payloadLength = Math.min(length, available) - UDP_HEADER_LENGTH;
}
