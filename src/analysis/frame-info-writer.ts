/** The info column of a line as bytes: for what most frames hold, without making strings. */

import {
  ARP_IPV4_LENGTH,
  ArpField,
  ArpOperation,
  arpOperation,
  isArpForIpv4,
} from '../headers/arp.js';
import type { Dissection } from '../headers/dissection.js';
import { DissectionStatus } from '../headers/dissection-status.js';
import {
  DNS_HEADER_LENGTH,
  DnsField,
  dnsOpcodeName,
  dnsResponseCodeName,
  dnsTypeName,
  findPlainName,
} from '../headers/dns.js';
import { IcmpField, IcmpType, icmpTypeName } from '../headers/icmp.js';
import { IpProtocol } from '../headers/ip-protocol.js';
import { readUint16 } from '../headers/network-order.js';
import { TcpFlag } from '../headers/tcp.js';
import { putIpv4, putMac, putText } from './ascii-bytes.js';
import type { AsciiWriter } from './ascii-writer.js';
import { flagsText, frameInfo, isDns, vlanText } from './frame-info.js';

const BLANK = 0x20;
const FULL_STOP = 0x2e;

/**
 * Appends what `frameInfo` returns. Cost: a fraction of it for whole packets of TCP, UDP, DNS, ARP and
 * ICMP echo, which most frames are; for all others the same.
 */
export function writeFrameInfo(d: Dissection, out: AsciiWriter): void {
  const start = out.at;
  if (d.status === DissectionStatus.Complete) {
    if (d.vlanCount > 0) {
      out.text(vlanText(d));
      out.text(', ');
    }
    if (writeWhole(d, out)) return;
    out.at = start;
  }
  out.text(frameInfo(d));
}

/** False, with nothing written, where the frame is none of those. */
function writeWhole(d: Dissection, out: AsciiWriter): boolean {
  if (d.arpOffset >= 0) return writeArp(d, out);
  if (d.fragmented) return false;
  if (d.payloadLength >= 0) {
    if (isDns(d)) return writeDns(d, out);
    writePorts(d, out);
    return true;
  }
  return d.icmpType >= 0 && writeEcho(d, out);
}

/** TCP and UDP. */
function writePorts(d: Dissection, out: AsciiWriter): void {
  out.decimal(d.sourcePort);
  out.text(' > ');
  out.decimal(d.destinationPort);
  if (d.tcpFlags >= 0) {
    out.code(BLANK);
    out.text(flagsText(d.tcpFlags));
    out.text(' seq=');
    out.decimal(d.sequence);
    if ((d.tcpFlags & TcpFlag.Ack) !== 0) {
      out.text(' ack=');
      out.decimal(d.acknowledgment);
    }
    out.text(' win=');
    out.decimal(d.window);
  }
  out.text(' len=');
  out.decimal(d.payloadLength);
}

function writeDns(d: Dissection, out: AsciiWriter): boolean {
  const { bytes, payloadOffset: at } = d;
  const nameEnd = findPlainName(bytes, at, Math.min(at + d.payloadLength, d.end));
  if (nameEnd < 0) return false;
  out.text(dnsHeadText(readUint16(bytes, at + DnsField.Flags), readUint16(bytes, nameEnd + 1)));
  out.code(BLANK);
  out.at = putPlainName(out.view, out.at, bytes, at + DNS_HEADER_LENGTH, nameEnd);
  return true;
}

/**
 * What comes before the name in the info of a DNS message, such as `response NXDOMAIN AAAA`.
 *
 * @param flags the 16 bits of its second field
 * @param type of its first question
 */
export function dnsHeadText(flags: number, type: number): string {
  const opcode = dnsOpcodeName((flags >>> 11) & 0x0f);
  if ((flags & 0x8000) === 0) return `${opcode} ${dnsTypeName(type)}`;
  const code = flags & 0x0f;
  const result = code === 0 ? '' : ` ${dnsResponseCodeName(code)}`;
  return `${opcode} response${result} ${dnsTypeName(type)}`;
}

/**
 * Writes a name that `findPlainName` has found, its labels separated by full stops.
 *
 * @param nameAt index of its first label's length
 * @param nameEnd index of its final zero
 * @returns the place after it
 */
export function putPlainName(
  view: DataView,
  at: number,
  bytes: Uint8Array,
  nameAt: number,
  nameEnd: number,
): number {
  let next = at;
  for (let label = nameAt; ; view.setUint8(next, FULL_STOP), next += 1) {
    const end = label + 1 + bytes[label]!;
    for (let i = label + 1; i < end; i += 1, next += 1) view.setUint8(next, bytes[i]!);
    if (end >= nameEnd) return next;
    label = end;
  }
}

function writeEcho(d: Dissection, out: AsciiWriter): boolean {
  const at = d.transportOffset;
  const isEcho = d.icmpType === IcmpType.Echo || d.icmpType === IcmpType.EchoReply;
  if (!isEcho || d.protocol !== IpProtocol.Icmp) return false;
  if (at + 8 > Math.min(d.end, d.ipEnd)) return false;
  out.text(icmpTypeName(d.icmpType, d.icmpCode));
  out.text(' id=');
  out.decimal(readUint16(d.bytes, at + IcmpField.Identifier));
  out.text(' seq=');
  out.decimal(readUint16(d.bytes, at + IcmpField.Sequence));
  return true;
}

function writeArp(d: Dissection, out: AsciiWriter): boolean {
  const { bytes, arpOffset: at } = d;
  if (!isArpForIpv4(bytes, at) || at + ARP_IPV4_LENGTH > d.end) return false;
  const operation = arpOperation(bytes, at);
  if (operation !== ArpOperation.Request && operation !== ArpOperation.Reply) return false;
  if (operation === ArpOperation.Request) out.text('who has ');
  out.at = putArp(out.view, out.at, bytes, at, operation);
  return true;
}

/**
 * Writes the addresses of an ARP packet for IPv4, such as `192.0.2.2? tell 192.0.2.1` where it asks, and
 * `192.0.2.1 is at 02:00:5e:10:00:01` where it answers; may touch two bytes more.
 *
 * @param arpAt index of its first byte; `ARP_IPV4_LENGTH` are captured
 * @returns the place after it
 */
export function putArp(
  view: DataView,
  at: number,
  bytes: Uint8Array,
  arpAt: number,
  operation: number,
): number {
  const sender = arpAt + ArpField.SenderIp;
  if (operation === ArpOperation.Request) {
    const told = putIpv4(view, at, bytes, arpAt + ArpField.TargetIp);
    return putIpv4(view, putText(view, told, '? tell '), bytes, sender);
  }
  const told = putText(view, putIpv4(view, at, bytes, sender), ' is at ');
  return putMac(view, told, bytes, arpAt + ArpField.SenderMac);
}
