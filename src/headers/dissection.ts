/** One frame opened: where its headers are and what their numbers say, without allocating. */

import { DissectionStatus } from './dissection-status.js';
import { walkLink } from './walk-link.js';

/**
 * Opens frames, one after the other, in place.
 *
 * Meant to be made once and used for every frame: `dissect` sets every field anew and allocates
 * nothing. Offsets are indexes into `bytes`. **−1 means that there is none** (or that it wasn't
 * captured); the fields stay plain numbers because a mixture with undefined would cost an allocation
 * or a check on every frame.
 *
 * `dissect` never throws and never reads a byte outside the captured part, whatever the bytes are.
 * Tunnels (GRE, IP in IP, MPLS, PPPoE, VXLAN) aren't opened: the fields describe the outer packet.
 *
 *     const dissection = new Dissection();
 *     while (batch.next()) {
 *       dissection.dissect(batch.bytes, batch.byteOffset, batch.capturedLength, batch.originalLength, 1);
 *       if (dissection.tcpFlags >= 0) bytesOfTcp += dissection.payloadLength;
 *     }
 */
export class Dissection {
  /** The memory the frame lies in; valid as long as its owner says. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Index of the frame's first byte. */
  start = 0;
  /** Index after the frame's last captured byte. */
  end = 0;
  /** Index after the frame's last byte on the wire; beyond `end` where it was truncated. */
  wireEnd = 0;
  /** LINKTYPE_ number. */
  linkType = 0;
  /** How far the headers could be followed. */
  status: DissectionStatus = DissectionStatus.Complete;

  /** Destination MAC address (6 bytes). */
  destinationMacOffset = -1;
  /** Source MAC address (6 bytes). */
  sourceMacOffset = -1;
  /** First VLAN tag, after its 0x8100 or the like; tags follow each other every 4 bytes. */
  vlanOffset = -1;
  /** VLAN tags followed. */
  vlanCount = 0;
  /** Identifier of the outermost VLAN, 0 … 4,095. */
  vlanId = -1;
  /** LLC header of an 802.3 frame. */
  llcOffset = -1;
  /** The EtherType of what lies under all tags; −1 for 802.3 without SNAP and for unknown links. */
  etherType = -1;
  /** First byte after link header, tags and LLC/SNAP. */
  networkOffset = -1;

  /** ARP or RARP packet, of which at least 8 bytes are captured. */
  arpOffset = -1;

  /** 4 or 6; 0 where there is no IP header that is wholly captured and valid so far. */
  ipVersion = 0;
  /** Length of one IP address: 4 or 16, 0 where there is none. */
  addressLength = 0;
  /** Source IP address. */
  sourceAddressOffset = -1;
  /** Destination IP address. */
  destinationAddressOffset = -1;
  /** IPv4 time to live or IPv6 hop limit. */
  timeToLive = -1;
  /**
   * IP protocol of what `transportOffset` points at, after all extension headers; where they can't
   * be followed, the number of the first one that couldn't.
   */
  protocol = -1;
  /** Index after the IP packet, by the IP length and at most `wireEnd`; excludes Ethernet padding. */
  ipEnd = -1;
  /** Place of this fragment in the original packet in bytes; 0 for an unfragmented packet. */
  fragmentOffset = -1;
  /** 1 where further fragments follow, else 0. */
  moreFragments = 0;
  /** First byte after the IP headers; −1 for fragments other than the first. */
  transportOffset = -1;

  /** TCP or UDP source port. */
  sourcePort = -1;
  /** TCP or UDP destination port. */
  destinationPort = -1;
  /** The TCP field's twelve bits, see `TcpFlag`; −1 for anything that isn't TCP. */
  tcpFlags = -1;
  /** TCP sequence number, u32. */
  sequence = -1;
  /** TCP acknowledgment number, u32; means something only where `TcpFlag.Ack` is set. */
  acknowledgment = -1;
  /** TCP window as on the wire, not scaled. */
  window = -1;
  /** Stated UDP length, header included. */
  udpLength = -1;
  /** ICMP or ICMPv6 type. */
  icmpType = -1;
  /** ICMP or ICMPv6 code. */
  icmpCode = -1;
  /** First byte after the TCP or UDP header; may lie at or beyond `end` in a truncated frame. */
  payloadOffset = -1;
  /**
   * Bytes of TCP or UDP payload on the wire, from the IP (for UDP: and the UDP) length, so neither
   * truncation nor Ethernet padding changes it. In a first fragment: the part in this fragment.
   */
  payloadLength = -1;

  /** Whether the frame was longer on the wire than what was captured. */
  get truncated(): boolean {
    return this.wireEnd > this.end;
  }

  /** Whether the packet is an IP fragment. */
  get fragmented(): boolean {
    return this.fragmentOffset > 0 || this.moreFragments === 1;
  }

  /**
   * Opens one frame. Cost: some tens of nanoseconds (bench/micro/analysis/frame-line.bench.ts).
   *
   * @param bytes the memory the frame lies in, read only within the frame
   * @param offset index of the frame's first byte
   * @param capturedLength bytes present; what would lie beyond `bytes` is left out
   * @param originalLength bytes the frame had on the wire; at least `capturedLength` is assumed
   * @param linkType LINKTYPE_ number; of an unknown one nothing is opened
   */
  dissect(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    originalLength: number,
    linkType: number,
  ): void {
    this.#clear();
    this.bytes = bytes;
    this.start = offset;
    this.end = Math.min(offset + capturedLength, bytes.length);
    this.wireEnd = Math.max(offset + originalLength, offset + capturedLength);
    this.linkType = linkType;
    walkLink(this);
  }

  /**
   * Whether `length` bytes at `at` are captured; if not, notes why: the snapshot length, or a frame
   * that was too short on the wire. For the functions that walk the headers.
   *
   * @param limit where the enclosing packet ends, if that is before the frame's end
   * @internal
   */
  has(at: number, length: number, limit: number = this.wireEnd): boolean {
    const after = at + length;
    if (after <= this.end && after <= limit) return true;
    // The first reason counts: what comes after it follows from it.
    if (this.status === DissectionStatus.Complete) {
      this.status = after <= limit ? DissectionStatus.Cut : DissectionStatus.Malformed;
    }
    return false;
  }

  #clear(): void {
    this.status = DissectionStatus.Complete;
    this.destinationMacOffset = -1;
    this.sourceMacOffset = -1;
    this.vlanOffset = -1;
    this.vlanCount = 0;
    this.vlanId = -1;
    this.llcOffset = -1;
    this.etherType = -1;
    this.networkOffset = -1;
    this.arpOffset = -1;
    this.ipVersion = 0;
    this.addressLength = 0;
    this.sourceAddressOffset = -1;
    this.destinationAddressOffset = -1;
    this.timeToLive = -1;
    this.protocol = -1;
    this.ipEnd = -1;
    this.fragmentOffset = -1;
    this.moreFragments = 0;
    this.transportOffset = -1;
    this.sourcePort = -1;
    this.destinationPort = -1;
    this.tcpFlags = -1;
    this.sequence = -1;
    this.acknowledgment = -1;
    this.window = -1;
    this.udpLength = -1;
    this.icmpType = -1;
    this.icmpCode = -1;
    this.payloadOffset = -1;
    this.payloadLength = -1;
  }
}
