/**
 * The short way into the commonest frames: TCP or UDP in a whole IPv4 packet without options, on
 * Ethernet with at most one VLAN tag, with nothing wrong in any header.
 *
 * `open` tells such a frame from all others by the same conditions as `Dissection` has, and reads
 * only what a line about the frame shows. A property test holds the two against each other.
 */

import { EtherType } from '../headers/ether-type.js';
import { ETHERNET_HEADER_LENGTH, EthernetField } from '../headers/ethernet.js';
import { IpProtocol } from '../headers/ip-protocol.js';
import { IPV4_MIN_HEADER_LENGTH, Ipv4Field } from '../headers/ipv4.js';
import { TCP_MIN_HEADER_LENGTH, TcpField, TcpFlag } from '../headers/tcp.js';
import { UDP_HEADER_LENGTH, UdpField } from '../headers/udp.js';
import { VLAN_TAG_LENGTH } from '../headers/vlan.js';

/** Version 4, header of five words. */
const VERSION_AND_LENGTH = 0x45;
/** All but the two flags that make no fragment: reserved, and "don't fragment". */
const FRAGMENT_MASK = 0x3fff;
const TCP_FLAGS_MASK = 0x0fff;
const VLAN_INNER_TYPE = 2;
/** Ethernet, one tag, IPv4 and UDP: the least that makes a look worth while. */
const LEAST_LENGTH = ETHERNET_HEADER_LENGTH + IPV4_MIN_HEADER_LENGTH + UDP_HEADER_LENGTH;

/** One frame after the other, read in place. The fields are those of the frame opened last. */
export class PlainPacket {
  /** Source address, its four bytes as one number of 32 bits, signed. */
  source = 0;
  /** Destination address, the same. */
  destination = 0;
  /** Index of the source address in the frame's memory; the destination's is 4 more. */
  addressesAt = 0;
  /** Source port in the upper 16 bits, destination port in the lower ones; signed. */
  ports = 0;
  /** Whether it is TCP; UDP otherwise. */
  isTcp: boolean = false;
  /** The TCP field's twelve bits, see `TcpFlag`; 0 for UDP. */
  tcpFlags = 0;
  /** TCP sequence number, 32 bits, signed; means nothing for UDP, as the next two. */
  sequence = 0;
  /** TCP acknowledgment number, 32 bits, signed. */
  acknowledgment = 0;
  /** TCP window as on the wire, not scaled. */
  window = 0;
  /** Bytes of payload on the wire. */
  payloadLength = 0;

  /** Whether `acknowledgment` means something. */
  get acknowledges(): boolean {
    return (this.tcpFlags & TcpFlag.Ack) !== 0;
  }

  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);

  /**
   * Opens an Ethernet frame; the parameters are those of `Dissection.dissect`. Holds `bytes` until
   * others are given. Allocates nothing while they stay the same.
   *
   * @returns false where the frame isn't of the kind; the fields mean nothing then
   */
  open(bytes: Uint8Array, offset: number, capturedLength: number, originalLength: number): boolean {
    if (capturedLength < LEAST_LENGTH || capturedLength > originalLength) return false;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const view = this.#view;
    const end = offset + capturedLength;
    if (end > view.byteLength) return false;
    let ip = offset + ETHERNET_HEADER_LENGTH;
    let type = view.getUint16(offset + EthernetField.Type);
    if (type === EtherType.Vlan) {
      type = view.getUint16(ip + VLAN_INNER_TYPE);
      ip += VLAN_TAG_LENGTH;
      if (ip + IPV4_MIN_HEADER_LENGTH + UDP_HEADER_LENGTH > end) return false;
    }
    if (type !== EtherType.Ipv4 || view.getUint8(ip) !== VERSION_AND_LENGTH) return false;
    if ((view.getUint16(ip + Ipv4Field.Fragment) & FRAGMENT_MASK) !== 0) return false;
    const ipLength = view.getUint16(ip + Ipv4Field.TotalLength);
    if (ip + ipLength > offset + originalLength) return false;
    const length = ipLength - IPV4_MIN_HEADER_LENGTH;
    this.addressesAt = ip + Ipv4Field.Source;
    this.source = view.getInt32(ip + Ipv4Field.Source);
    this.destination = view.getInt32(ip + Ipv4Field.Destination);
    const protocol = view.getUint8(ip + Ipv4Field.Protocol);
    const at = ip + IPV4_MIN_HEADER_LENGTH;
    this.ports = view.getInt32(at);
    if (protocol === IpProtocol.Tcp) return this.#tcp(at, length, end);
    return protocol === IpProtocol.Udp && this.#udp(at, length);
  }

  /** @param length bytes of header and payload, by the IP header */
  #tcp(at: number, length: number, end: number): boolean {
    if (at + TCP_MIN_HEADER_LENGTH > end) return false;
    const view = this.#view;
    const offsetAndFlags = view.getUint16(at + TcpField.OffsetAndFlags);
    const headerLength = (offsetAndFlags >>> 12) << 2;
    if (headerLength < TCP_MIN_HEADER_LENGTH || headerLength > length || at + headerLength > end) {
      return false;
    }
    this.isTcp = true;
    this.tcpFlags = offsetAndFlags & TCP_FLAGS_MASK;
    this.sequence = view.getInt32(at + TcpField.Sequence);
    this.acknowledgment = view.getInt32(at + TcpField.Acknowledgment);
    this.window = view.getUint16(at + TcpField.Window);
    this.payloadLength = length - headerLength;
    return true;
  }

  #udp(at: number, length: number): boolean {
    const stated = this.#view.getUint16(at + UdpField.Length);
    if (stated < UDP_HEADER_LENGTH || stated > length) return false;
    this.isTcp = false;
    this.tcpFlags = 0;
    this.payloadLength = stated - UDP_HEADER_LENGTH;
    return true;
  }
}
