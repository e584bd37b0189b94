/**
 * The short way into the commonest frames: TCP, UDP, DNS or ICMP echo in a whole IPv4 packet without
 * options, and ARP for IPv4; on Ethernet with at most one VLAN tag, with nothing wrong in any header.
 *
 * `open` tells such a frame from all others by the same conditions as `Dissection` and `frameInfo`
 * have, and reads only what a line about the frame shows. A property test holds the two against each
 * other.
 */

import { ARP_IPV4_LENGTH, ArpField, ArpOperation, isArpForIpv4 } from '../headers/arp.js';
import { DNS_HEADER_LENGTH, findPlainName, looksLikeDns } from '../headers/dns.js';
import { EtherType } from '../headers/ether-type.js';
import { ETHERNET_HEADER_LENGTH, EthernetField } from '../headers/ethernet.js';
import { IcmpField, IcmpType } from '../headers/icmp.js';
import { IpProtocol } from '../headers/ip-protocol.js';
import { IPV4_MIN_HEADER_LENGTH, Ipv4Field } from '../headers/ipv4.js';
import { TCP_MIN_HEADER_LENGTH, TcpField, TcpFlag } from '../headers/tcp.js';
import { UDP_HEADER_LENGTH, UdpField } from '../headers/udp.js';
import { VLAN_TAG_LENGTH } from '../headers/vlan.js';
import { isDnsPort } from './frame-info.js';

/** Version 4, header of five words. */
const VERSION_AND_LENGTH = 0x45;
/** All but the two flags that make no fragment: reserved, and "don't fragment". */
const FRAGMENT_MASK = 0x3fff;
const TCP_FLAGS_MASK = 0x0fff;
const VLAN_INNER_TYPE = 2;
const VLAN_MASK = 0x0fff;
/** Ethernet, one tag, IPv4 and UDP: the least that makes a look worth while. */
const LEAST_LENGTH: number = ETHERNET_HEADER_LENGTH + IPV4_MIN_HEADER_LENGTH + UDP_HEADER_LENGTH;
const ECHO_LENGTH = 8;
const DNS_FLAGS = 2;

/*
 * The same numbers as constants of this file: what is imported is looked up each time it is used, even
 * by the optimizing compiler (measured: half of the time of `open`).
 */
const TYPE: number = EthernetField.Type;
const SOURCE_MAC: number = EthernetField.Source;
const DESTINATION_MAC: number = EthernetField.Destination;
const ETHERNET_LENGTH: number = ETHERNET_HEADER_LENGTH;
const VLAN: number = EtherType.Vlan;
const IPV4: number = EtherType.Ipv4;
const ARP: number = EtherType.Arp;
const TAG_LENGTH: number = VLAN_TAG_LENGTH;
const IPV4_LENGTH: number = IPV4_MIN_HEADER_LENGTH;
const UDP_LENGTH: number = UDP_HEADER_LENGTH;
const FRAGMENT: number = Ipv4Field.Fragment;
const TOTAL_LENGTH: number = Ipv4Field.TotalLength;
const SOURCE: number = Ipv4Field.Source;
const DESTINATION: number = Ipv4Field.Destination;
const PROTOCOL: number = Ipv4Field.Protocol;
const TCP: number = IpProtocol.Tcp;
const UDP: number = IpProtocol.Udp;
const TCP_LENGTH: number = TCP_MIN_HEADER_LENGTH;
const OFFSET_AND_FLAGS: number = TcpField.OffsetAndFlags;
const SEQUENCE: number = TcpField.Sequence;
const ACKNOWLEDGMENT: number = TcpField.Acknowledgment;
const WINDOW: number = TcpField.Window;
const LENGTH: number = UdpField.Length;
const ACK: number = TcpFlag.Ack;

/** What a plain packet is. */
export const PlainKind = { None: 0, Tcp: 1, Udp: 2, Dns: 3, Echo: 4, Arp: 5 } as const;

/** One frame after the other, read in place. The fields are those of the frame opened last. */
export class PlainPacket {
  /** One of `PlainKind`; where it is `None`, nothing else means anything. */
  kind = 0;
  /** The identifier of its VLAN tag; −1 where it has none. */
  vlan = -1;
  /** Source IPv4 address, its four bytes as one number of 32 bits, signed; ARP: of MAC addresses. */
  source = 0;
  /** Destination address, the same. */
  destination = 0;
  /** Index of the source address in the frame's memory; the destination's is 4 more; ARP: 6 less. */
  addressesAt = 0;
  /** Index of the ports, or of what follows the IP header. */
  transportAt = 0;
  /**
   * What else tells its flow from others, signed. TCP and UDP: source port in the upper 16 bits, the
   * destination port in the lower ones. DNS: flags and type of the question. Echo: type and
   * identifier. ARP: the rest of the MAC addresses.
   */
  ports = 0;
  /** TCP: the twelve bits of its field, see `TcpFlag`. DNS: the port that says which kin it is. ARP: the operation. Else 0. */
  detail = 0;
  /** TCP sequence number, 32 bits, signed; echo: its sequence number. */
  sequence = 0;
  /** TCP acknowledgment number, 32 bits, signed. */
  acknowledgment = 0;
  /** TCP window as on the wire, not scaled. */
  window = 0;
  /** TCP and UDP: bytes of payload on the wire. */
  payloadLength = 0;
  /** DNS: where the question's name begins, and its final zero. ARP: the packet begins at the first. */
  contentAt = 0;
  contentEnd = 0;

  /** Whether `acknowledgment` means something. */
  get acknowledges(): boolean {
    return (this.detail & ACK) !== 0;
  }

  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);

  /**
   * Opens an Ethernet frame; the parameters are those of `Dissection.dissect`. Holds `bytes` until
   * others are given. Allocates nothing while they stay the same.
   *
   * @returns false where the frame isn't of any kind
   */
  open(bytes: Uint8Array, offset: number, capturedLength: number, originalLength: number): boolean {
    this.kind = PlainKind.None;
    if (capturedLength < LEAST_LENGTH || capturedLength > originalLength) return false;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const view = this.#view;
    const end = offset + capturedLength;
    if (end > view.byteLength) return false;
    let ip = offset + ETHERNET_LENGTH;
    let type = view.getUint16(offset + TYPE);
    this.vlan = -1;
    if (type === VLAN) {
      this.vlan = view.getUint16(ip) & VLAN_MASK;
      type = view.getUint16(ip + VLAN_INNER_TYPE);
      ip += TAG_LENGTH;
      if (ip + IPV4_LENGTH + UDP_LENGTH > end) return false;
    }
    if (type !== IPV4) return type === ARP && this.#arp(offset, ip, end);
    if (view.getUint8(ip) !== VERSION_AND_LENGTH) return false;
    if ((view.getUint16(ip + FRAGMENT) & FRAGMENT_MASK) !== 0) return false;
    const ipLength = view.getUint16(ip + TOTAL_LENGTH);
    if (ip + ipLength > offset + originalLength) return false;
    const length = ipLength - IPV4_LENGTH;
    this.addressesAt = ip + SOURCE;
    this.source = view.getInt32(ip + SOURCE);
    this.destination = view.getInt32(ip + DESTINATION);
    const protocol = view.getUint8(ip + PROTOCOL);
    const at = ip + IPV4_LENGTH;
    this.transportAt = at;
    this.ports = view.getInt32(at);
    if (protocol === TCP) return this.#tcp(at, length, end);
    if (protocol === UDP) return this.#udp(at, length, end);
    return protocol === IpProtocol.Icmp && length >= ECHO_LENGTH && this.#echo(at);
  }

  /** @param length bytes of header and payload, by the IP header */
  #tcp(at: number, length: number, end: number): boolean {
    if (at + TCP_LENGTH > end) return false;
    const view = this.#view;
    const offsetAndFlags = view.getUint16(at + OFFSET_AND_FLAGS);
    const headerLength = (offsetAndFlags >>> 12) << 2;
    if (headerLength < TCP_LENGTH || headerLength > length || at + headerLength > end) {
      return false;
    }
    this.kind = PlainKind.Tcp;
    this.detail = offsetAndFlags & TCP_FLAGS_MASK;
    this.sequence = view.getInt32(at + SEQUENCE);
    this.acknowledgment = view.getInt32(at + ACKNOWLEDGMENT);
    this.window = view.getUint16(at + WINDOW);
    this.payloadLength = length - headerLength;
    return true;
  }

  #udp(at: number, length: number, end: number): boolean {
    const stated = this.#view.getUint16(at + LENGTH);
    if (stated < UDP_LENGTH || stated > length) return false;
    this.payloadLength = stated - UDP_LENGTH;
    const { ports } = this;
    if (isDnsPort(ports >>> 16) || isDnsPort(ports & 0xffff)) {
      const dns = at + UDP_LENGTH;
      const mayBe = dns + DNS_HEADER_LENGTH <= end;
      if (mayBe && looksLikeDns(this.#bytes, dns, this.payloadLength)) return this.#dns(dns, end);
    }
    this.kind = PlainKind.Udp;
    this.detail = 0;
    return true;
  }

  /** @param end where the captured bytes end */
  #dns(at: number, end: number): boolean {
    const messageEnd = at + this.payloadLength;
    const nameEnd = findPlainName(this.#bytes, at, Math.min(messageEnd, end));
    if (nameEnd < 0) return false;
    const view = this.#view;
    this.kind = PlainKind.Dns;
    this.detail = dnsPortOf(this.ports);
    this.ports = (view.getUint16(at + DNS_FLAGS) << 16) | view.getUint16(nameEnd + 1);
    this.contentAt = at + DNS_HEADER_LENGTH;
    this.contentEnd = nameEnd;
    return true;
  }

  /** Eight bytes are captured: as many as UDP has, with which all packets of IPv4 were held to be long enough. */
  #echo(at: number): boolean {
    const view = this.#view;
    const type = view.getUint8(at + IcmpField.Type);
    if (type !== IcmpType.Echo && type !== IcmpType.EchoReply) return false;
    this.kind = PlainKind.Echo;
    this.detail = 0;
    this.ports = (type << 16) | view.getUint16(at + IcmpField.Identifier);
    this.sequence = view.getUint16(at + IcmpField.Sequence);
    return true;
  }

  #arp(offset: number, at: number, end: number): boolean {
    if (at + ARP_IPV4_LENGTH > end || !isArpForIpv4(this.#bytes, at)) return false;
    const view = this.#view;
    const operation = view.getUint16(at + ArpField.Operation);
    if (operation !== ArpOperation.Request && operation !== ArpOperation.Reply) return false;
    this.kind = PlainKind.Arp;
    this.detail = operation;
    this.addressesAt = offset + SOURCE_MAC;
    this.destination = view.getInt32(offset + DESTINATION_MAC);
    this.ports = view.getInt32(offset + SOURCE_MAC - 2);
    this.source = view.getInt32(offset + SOURCE_MAC + 2);
    this.contentAt = at;
    return true;
  }
}

/** The port by which a message is named: DNS before its kin, as `FrameSummary` has it. */
function dnsPortOf(ports: number): number {
  const source = ports >>> 16;
  const destination = ports & 0xffff;
  if (!isDnsPort(source)) return destination;
  return isDnsPort(destination) && destination < source ? destination : source;
}
