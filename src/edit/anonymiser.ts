/**
 * Takes from frames what says who talked, and what about.
 *
 * IP addresses become prefix-preserving pseudonyms (see `PrefixPreserving`), MAC addresses
 * pseudonyms that are locally administered and stay unicast or multicast. The unspecified and the
 * broadcast address stay. What lies behind the TCP, UDP or ICMP header is cut off unless it is to be
 * kept, and so is all of a protocol that isn't taken apart here: it could hold addresses. IPv4
 * options, the data of IPv6 extension headers and unusual TCP options are overwritten.
 *
 * Checksums are changed by what the changes of the bytes amount to (RFC 1624), so that right ones
 * stay right and wrong ones wrong, without the payload having to be there.
 *
 * What stays: times, lengths, ports, sequence numbers, flags, VLANs. They can tell a host from
 * another to whoever looks for it.
 */

import { ArpField, isArpForIpv4 } from '../headers/arp.js';
import { Dissection } from '../headers/dissection.js';
import { IpProtocol } from '../headers/ip-protocol.js';
import { ipv4HeaderLength } from '../headers/ipv4.js';
import { ipv6ExtensionLength, isIpv6Extension } from '../headers/ipv6.js';
import type { EditableFrame } from './editable-frame.js';
import type { PrefixPreserving } from './prefix-preserving.js';

const IPV4_CHECKSUM = 10;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const ICMP_HEADER = 8;
const TCP_HEADER = 20;
const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;
const ICMP_CHECKSUM = 2;
const ARP_LENGTH = 28;
const NO_OPERATION = 1;
/** End, no operation, segment size, window scale, SACK permitted, SACK, timestamps. */
const HARMLESS_TCP_OPTIONS: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 8]);
/** ICMP echo and its reply, whose header holds no address. */
const ICMP_ECHO: ReadonlySet<number> = new Set([0, 8, 128, 129]);

/** Changes frames so that they name nobody. */
export class Anonymiser {
  readonly #addresses: PrefixPreserving;
  readonly #keepsPayload: boolean;
  readonly #opened = new Dissection();

  /** @param keepsPayload whether what lies behind the headers stays as it is */
  constructor(addresses: PrefixPreserving, keepsPayload: boolean) {
    this.#addresses = addresses;
    this.#keepsPayload = keepsPayload;
  }

  /** Changes a frame; its bytes are its own afterwards. */
  apply(frame: EditableFrame, linkType: number): void {
    frame.detach();
    const opened = this.#opened;
    const { bytes, capturedLength, originalLength } = frame;
    opened.dissect(bytes, 0, capturedLength, originalLength, linkType);
    this.#hideMac(opened.destinationMacOffset);
    this.#hideMac(opened.sourceMacOffset);
    let end = Math.max(opened.networkOffset, 0);
    if (opened.arpOffset >= 0) end = this.#hideArp(opened.arpOffset);
    else if (opened.ipVersion === 4) end = this.#hideIpv4();
    else if (opened.ipVersion === 6) end = this.#hideIpv6();
    else if (opened.llcOffset >= 0) end = opened.llcOffset;
    const known = opened.arpOffset >= 0 || opened.ipVersion !== 0;
    if (!(this.#keepsPayload && known)) frame.capturedLength = Math.min(capturedLength, end);
  }

  #hideMac(at: number): void {
    if (at < 0 || at + 6 > this.#opened.end) return;
    const mac = this.#opened.bytes.subarray(at, at + 6);
    if (mac.every((octet) => octet === 0xff) || mac.every((octet) => octet === 0)) return;
    const group = mac[0]! & 1;
    mac.set(this.#addresses.block(mac).subarray(0, 6));
    mac[0] = (mac[0]! & 0xfc) | 2 | group;
  }

  /** @returns where what may stay ends */
  #hideArp(at: number): number {
    const { bytes, end } = this.#opened;
    if (at + ARP_LENGTH > end || !isArpForIpv4(bytes, at)) return at + 8;
    this.#hideMac(at + ArpField.SenderMac);
    this.#hideMac(at + ArpField.TargetMac);
    this.#hideAddress(at + ArpField.SenderIp, 4);
    this.#hideAddress(at + ArpField.TargetIp, 4);
    return at + ARP_LENGTH;
  }

  #hideIpv4(): number {
    const opened = this.#opened;
    const { bytes, networkOffset: at } = opened;
    const headerEnd = at + ipv4HeaderLength(bytes, at);
    const before = sumOf(bytes, opened.sourceAddressOffset, 8);
    this.#hideAddress(opened.sourceAddressOffset, 4);
    this.#hideAddress(opened.destinationAddressOffset, 4);
    const after = sumOf(bytes, opened.sourceAddressOffset, 8);
    const options = Math.min(headerEnd, opened.end);
    const optionsBefore = sumOf(bytes, at + IPV4_HEADER, options - at - IPV4_HEADER);
    bytes.fill(NO_OPERATION, at + IPV4_HEADER, options);
    const optionsAfter = sumOf(bytes, at + IPV4_HEADER, options - at - IPV4_HEADER);
    adjust(bytes, at + IPV4_CHECKSUM, before + optionsBefore, after + optionsAfter, opened.end);
    return this.#hideTransport(headerEnd, before, after);
  }

  #hideIpv6(): number {
    const opened = this.#opened;
    const { bytes, networkOffset: at } = opened;
    const before = sumOf(bytes, at + 8, 32);
    this.#hideAddress(at + 8, 16);
    this.#hideAddress(at + 24, 16);
    const after = sumOf(bytes, at + 8, 32);
    let position = at + IPV6_HEADER;
    let kind = bytes[at + 6]!;
    while (isIpv6Extension(kind) && position + 2 <= opened.end) {
      const length = ipv6ExtensionLength(bytes, position, kind);
      // Zeros are padding in options, and an empty list in a routing header.
      if (kind !== IpProtocol.Ipv6Fragment && kind !== IpProtocol.Ah) {
        bytes.fill(0, position + 2, Math.min(position + length, opened.end));
      }
      kind = bytes[position]!;
      position += length;
    }
    return this.#hideTransport(position, before, after);
  }

  /** @param before @param after sums of the addresses, which are in the checksum as well */
  #hideTransport(headersEnd: number, before: number, after: number): number {
    const opened = this.#opened;
    const { bytes, end, transportOffset: at, protocol } = opened;
    if (at < 0) return headersEnd;
    switch (protocol) {
      case IpProtocol.Tcp: {
        const options = this.#hideTcpOptions(at);
        adjust(bytes, at + TCP_CHECKSUM, before + options[0], after + options[1], end);
        return opened.payloadOffset >= 0 ? opened.payloadOffset : at + TCP_HEADER;
      }
      case IpProtocol.Udp: {
        const checksumAt = at + UDP_CHECKSUM;
        const absent =
          checksumAt + 2 <= end && bytes[checksumAt] === 0 && bytes[checksumAt + 1] === 0;
        if (!absent) adjust(bytes, checksumAt, before, after, end);
        return at + 8;
      }
      case IpProtocol.Icmp:
        return this.#hideIcmp(at, 0, 0);
      case IpProtocol.Icmpv6:
        return this.#hideIcmp(at, before, after);
      default:
        return at;
    }
  }

  #hideIcmp(at: number, before: number, after: number): number {
    const { bytes, end, icmpType } = this.#opened;
    adjust(bytes, at + ICMP_CHECKSUM, before, after, end);
    // What follows type, code and checksum may be an address.
    return ICMP_ECHO.has(icmpType) ? at + ICMP_HEADER : at + ICMP_CHECKSUM + 2;
  }

  /** @returns the sum of the options before and after */
  #hideTcpOptions(at: number): [number, number] {
    const { bytes, end, payloadOffset } = this.#opened;
    const optionsAt = at + TCP_HEADER;
    const optionsEnd = Math.min(payloadOffset, end);
    if (payloadOffset < 0 || optionsEnd <= optionsAt) return [0, 0];
    const before = sumOf(bytes, optionsAt, optionsEnd - optionsAt);
    for (let option = optionsAt; option < optionsEnd; ) {
      const kind = bytes[option]!;
      const length = kind <= 1 ? 1 : (bytes[option + 1] ?? 0);
      if (kind === 0) break;
      const next =
        length < (kind <= 1 ? 1 : 2) ? optionsEnd : Math.min(option + length, optionsEnd);
      if (!HARMLESS_TCP_OPTIONS.has(kind)) bytes.fill(NO_OPERATION, option, next);
      option = next;
    }
    return [before, sumOf(bytes, optionsAt, optionsEnd - optionsAt)];
  }

  #hideAddress(at: number, length: number): void {
    if (at < 0 || at + length > this.#opened.end) return;
    const address = this.#opened.bytes.subarray(at, at + length);
    const unspecified = address.every((octet) => octet === 0);
    if (unspecified || (length === 4 && address.every((octet) => octet === 0xff))) return;
    address.set(this.#addresses.pseudonym(address));
  }
}

/** The sum of 16-bit words as checksums are made of; a last byte alone is the upper half. */
function sumOf(bytes: Uint8Array, at: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i += 2) {
    sum += (bytes[at + i]! << 8) | (i + 1 < length ? bytes[at + i + 1]! : 0);
  }
  return sum;
}

/** Changes a checksum by the difference of two sums: HC' = ~(~HC + ~m + m') (RFC 1624, equation 3). */
function adjust(bytes: Uint8Array, at: number, before: number, after: number, end: number): void {
  if (at + 2 > end || before === after) return;
  const old = (bytes[at]! << 8) | bytes[at + 1]!;
  const sum = (~old & 0xffff) + (~fold(before) & 0xffff) + fold(after);
  const made = ~fold(sum) & 0xffff;
  bytes[at] = made >>> 8;
  bytes[at + 1] = made & 0xff;
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 65536);
  return folded;
}
