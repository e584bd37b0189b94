/**
 * The invariant bytes of a frame: those that are the same wherever on its way the frame is captured,
 * condensed into one number by which frames of different captures are recognised.
 *
 * Unless asked to be exact, everything below the network layer is left out (MAC addresses, VLAN tags,
 * cooked headers: link types can be compared with each other), and of the layers above what changes
 * from hop to hop, or is filled in by a network card after a capture on the sending host:
 *
 *     IPv4      type of service, time to live, header checksum     (RFC 791, RFC 2474)
 *     IPv6      traffic class, flow label, hop limit               (RFC 8200)
 *     TCP, UDP, SCTP, ICMPv6   checksum, of unfragmented packets and first fragments
 *
 * Bytes behind the end that the IP header states are padding or a frame check sequence, and are left
 * out; so is what lies behind an ARP packet or the stated length of an 802.3 frame. Of all other
 * protocols the whole payload counts. Where one of two captures cut its frames off, only as many bytes
 * are looked at as the shorter of the two has (`limit`), and the lengths that the headers state.
 *
 * Not seen through: address translation, tunnels that only one of two captures is inside of, TCP
 * segments that one capture's card has joined.
 */

import { LinkType } from '../core/link-type.js';
import { EtherType, FIRST_ETHER_TYPE } from '../headers/ether-type.js';
import { IpProtocol } from '../headers/ip-protocol.js';
import { readUint16 } from '../headers/network-order.js';
import { isVlanType, MAX_VLAN_TAGS, VLAN_TAG_LENGTH } from '../headers/vlan.js';

const ETHERNET_HEADER = 14;
const SLL_HEADER = 16;
const SLL2_HEADER = 20;
const NULL_HEADER = 4;
/** Raw IP of one version. */
const LINKTYPE_IPV4 = 228;
const LINKTYPE_IPV6 = 229;
const IPV4_MIN_HEADER = 20;
const IPV6_HEADER = 40;
const ARP_IPV4_LENGTH = 28;
const MAX_802_3_LENGTH = 1500;
const MAX_EXTENSIONS = 8;
const SCTP = 132;
/** Of words read little-endian: all but the type of service; only the protocol; only the version. */
const WITHOUT_TOS = 0xffff00ff | 0;
const ONLY_PROTOCOL = 0x0000ff00;
const ONLY_VERSION = 0x000000f0;
const WITHOUT_HOP_LIMIT = 0x00ffffff;

/** The longest link header that `limit` has to make room for: Ethernet with two VLAN tags. */
export const LONGEST_LINK_HEADER: number = ETHERNET_HEADER + 2 * VLAN_TAG_LENGTH;

/** What is to be known of a frame. */
export interface RecognisableFrame {
  readonly bytes: Uint8Array;
  readonly byteOffset: number;
  readonly capturedLength: number;
  readonly originalLength: number;
}

/** How frames are recognised. */
export interface RecognitionOptions {
  /** Whether every byte counts, those of the link layer too: for copies of one tap. */
  readonly exact: boolean;
  /**
   * How many bytes are looked at, from the network layer on, or from the first one where `exact`:
   * as many as the capture with the shortest snapshot length is sure to have.
   */
  readonly limit: number;
}

/**
 * Condenses frames into keys of 53 bits: equal for equal invariant bytes, and for others by chance
 * once in 2^53. Not proof against somebody who makes collisions on purpose. Cost: some 50 ns and a
 * nanosecond for each four bytes.
 */
export class InvariantBytes {
  readonly #options: RecognitionOptions;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #high = 0;
  #low = 0;

  constructor(options: RecognitionOptions) {
    this.#options = options;
  }

  /** The key of a frame: a whole number, 0 … 2^53 − 1. */
  keyOf(frame: RecognisableFrame, linkType: number): number {
    const { bytes } = frame;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#high = 0x9e3779b9 | 0;
    this.#low = 0x7f4a7c15;
    const start = frame.byteOffset;
    const end = start + frame.capturedLength;
    if (this.#options.exact) {
      this.#mix(frame.originalLength);
      this.#range(start, Math.min(end, start + this.#options.limit));
    } else this.#link(start, end, start + frame.originalLength, linkType);
    return this.#finish();
  }

  #link(start: number, end: number, wireEnd: number, linkType: number): void {
    switch (linkType) {
      case LinkType.Ethernet:
        if (end - start < ETHERNET_HEADER) break;
        this.#typed(start + ETHERNET_HEADER, end, wireEnd, readUint16(this.#bytes, start + 12));
        return;
      case LinkType.LinuxSll:
        if (end - start < SLL_HEADER) break;
        this.#typed(start + SLL_HEADER, end, wireEnd, readUint16(this.#bytes, start + 14));
        return;
      case LinkType.LinuxSll2:
        if (end - start < SLL2_HEADER) break;
        this.#typed(start + SLL2_HEADER, end, wireEnd, readUint16(this.#bytes, start));
        return;
      case LinkType.Null:
        this.#byVersion(start + NULL_HEADER, end, wireEnd);
        return;
      case LinkType.RawIp:
      case LINKTYPE_IPV4:
      case LINKTYPE_IPV6:
        this.#byVersion(start, end, wireEnd);
        return;
    }
    this.#opaque(start, end, wireEnd, -1 - linkType);
  }

  #byVersion(at: number, end: number, wireEnd: number): void {
    const version = at < end ? this.#bytes[at]! >>> 4 : 0;
    if (version === 4) this.#typed(at, end, wireEnd, EtherType.Ipv4);
    else if (version === 6) this.#typed(at, end, wireEnd, EtherType.Ipv6);
    else this.#opaque(at, end, wireEnd, 0);
  }

  #typed(from: number, end: number, wireEnd: number, typeOrLength: number): void {
    let at = from;
    let type = typeOrLength;
    for (let tags = 0; isVlanType(type) && tags < MAX_VLAN_TAGS; tags++) {
      if (at + VLAN_TAG_LENGTH > end) break;
      type = readUint16(this.#bytes, at + 2);
      at += VLAN_TAG_LENGTH;
    }
    if (type === EtherType.Ipv4 && end - at >= IPV4_MIN_HEADER) this.#ipv4(at, end, wireEnd);
    else if (type === EtherType.Ipv6 && end - at >= IPV6_HEADER) this.#ipv6(at, end, wireEnd);
    else if (type === EtherType.Arp) {
      this.#opaque(at, Math.min(end, at + ARP_IPV4_LENGTH), at + ARP_IPV4_LENGTH, type);
    } else if (type < FIRST_ETHER_TYPE && type <= MAX_802_3_LENGTH) {
      this.#opaque(at, Math.min(end, at + type), at + type, 0);
    } else this.#opaque(at, end, wireEnd, type);
  }

  /** A payload of which nothing is known to change. */
  #opaque(at: number, end: number, wireEnd: number, type: number): void {
    this.#mix(type);
    this.#mix(wireEnd - at);
    this.#range(at, Math.min(end, at + this.#options.limit));
  }

  #ipv4(at: number, end: number, wireEnd: number): void {
    const view = this.#view;
    const bytes = this.#bytes;
    // 0: a segment that the card was to cut, longer than the field can say.
    const total = readUint16(bytes, at + 2);
    const stop = Math.min(end, total === 0 ? wireEnd : at + total, at + this.#options.limit);
    this.#mix(total === 0 ? wireEnd - at : 0);
    this.#mix(view.getInt32(at, true) & WITHOUT_TOS);
    this.#mix(view.getInt32(at + 4, true));
    this.#mix(view.getInt32(at + 8, true) & ONLY_PROTOCOL);
    const headerEnd = at + (bytes[at]! & 0x0f) * 4;
    const isFirst = (readUint16(bytes, at + 6) & 0x1fff) === 0;
    this.#range(at + 12, Math.min(headerEnd, stop));
    this.#transport(headerEnd, stop, isFirst ? bytes[at + 9]! : -1);
  }

  #ipv6(at: number, end: number, wireEnd: number): void {
    const view = this.#view;
    const bytes = this.#bytes;
    const length = readUint16(bytes, at + 4);
    const isJumbo = length === 0;
    const wanted = isJumbo ? wireEnd : at + IPV6_HEADER + length;
    const stop = Math.min(end, wanted, at + this.#options.limit);
    this.#mix(isJumbo ? wireEnd - at : 0);
    this.#mix(view.getInt32(at, true) & ONLY_VERSION);
    this.#mix(view.getInt32(at + 4, true) & WITHOUT_HOP_LIMIT);
    this.#range(at + 8, Math.min(at + IPV6_HEADER, stop));
    let next = bytes[at + 6]!;
    let position = at + IPV6_HEADER;
    for (let count = 0; count < MAX_EXTENSIONS && position + 8 <= stop; count++) {
      const isFragment = next === IpProtocol.Ipv6Fragment;
      if (!isFragment && next !== 0 && next !== 43 && next !== 60) break;
      const after = position + (isFragment ? 8 : 8 * (bytes[position + 1]! + 1));
      const isFirst = !isFragment || (readUint16(bytes, position + 2) & 0xfff8) === 0;
      next = isFirst ? bytes[position]! : -1;
      this.#range(position, Math.min(after, stop));
      position = after;
    }
    this.#transport(position, stop, next);
  }

  #transport(at: number, end: number, protocol: number): void {
    const checksumAt = at + checksumOffset(protocol);
    if (checksumAt < at || checksumAt >= end) {
      this.#range(at, end);
      return;
    }
    this.#range(at, checksumAt);
    this.#range(checksumAt + (protocol === SCTP ? 4 : 2), end);
  }

  /** Mixes in the bytes from `from` up to `to`. */
  #range(from: number, to: number): void {
    const view = this.#view;
    const bytes = this.#bytes;
    let high = this.#high;
    let low = this.#low;
    let at = from;
    for (; at + 4 <= to; at += 4) {
      const word = view.getInt32(at, true);
      high = Math.imul(high ^ word, 0x85ebca6b | 0);
      high = (high << 13) | (high >>> 19);
      low = Math.imul(low + word, 0xc2b2ae35 | 0);
      low ^= low >>> 15;
    }
    if (at < to) {
      let word = (to - at) << 24;
      for (let shift = 0; at < to; at++, shift += 8) word ^= bytes[at]! << shift;
      high = Math.imul(high ^ word, 0x27d4eb2f);
      high = (high << 13) | (high >>> 19);
      low = Math.imul(low + word, 0x165667b1);
      low ^= low >>> 15;
    }
    this.#high = high;
    this.#low = low;
  }

  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x85ebca6b | 0);
    this.#high = (this.#high << 13) | (this.#high >>> 19);
    this.#low = Math.imul(this.#low + word, 0xc2b2ae35 | 0);
    this.#low ^= this.#low >>> 15;
  }

  // The last steps of MurmurHash3 (Appleby): every bit of the input reaches every bit of the key.
  #finish(): number {
    let high = this.#high ^ Math.imul(this.#low, 0x9e3779b1 | 0);
    let low = this.#low ^ ((high << 7) | (high >>> 25));
    high = Math.imul(high ^ (high >>> 16), 0x85ebca6b | 0);
    high = Math.imul(high ^ (high >>> 13), 0xc2b2ae35 | 0);
    low = Math.imul(low ^ (low >>> 16), 0xc2b2ae35 | 0);
    low = Math.imul(low ^ (low >>> 13), 0x27d4eb2f);
    return ((high ^ (high >>> 16)) >>> 0) * 0x200000 + ((low ^ (low >>> 16)) >>> 11);
  }
}

/** Where in its header a protocol's checksum stands; below 0: it has none, or one that stays. */
function checksumOffset(protocol: number): number {
  switch (protocol) {
    case IpProtocol.Tcp:
      return 16;
    case IpProtocol.Udp:
      return 6;
    case IpProtocol.Icmpv6:
      return 2;
    case SCTP:
      return 8;
    default:
      return -1;
  }
}
