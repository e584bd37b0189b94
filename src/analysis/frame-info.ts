/** What a frame says, in a few words: the info column of a line. */

import { formatIpv4, formatIpv6, formatMac } from '../headers/address.js';
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
  DnsPort,
  dnsOpcode,
  dnsOpcodeName,
  dnsResponseCode,
  dnsResponseCodeName,
  dnsTypeName,
  isDnsResponse,
  looksLikeDns,
  readDnsQuestion,
} from '../headers/dns.js';
import { LlcField } from '../headers/ethernet.js';
import { IcmpField, IcmpType, icmpTypeName } from '../headers/icmp.js';
import {
  hasIcmpv6Target,
  ICMPV6_TARGET_OFFSET,
  Icmpv6Type,
  icmpv6TypeName,
} from '../headers/icmpv6.js';
import { IpProtocol, ipProtocolName } from '../headers/ip-protocol.js';
import { readUint16 } from '../headers/network-order.js';
import { TcpFlag } from '../headers/tcp.js';
import { VLAN_TAG_LENGTH, vlanIdentifier } from '../headers/vlan.js';
import { decimal } from './decimal.js';

const flagNames: readonly (readonly [number, string])[] = [
  [TcpFlag.Fin, 'FIN'],
  [TcpFlag.Syn, 'SYN'],
  [TcpFlag.Rst, 'RST'],
  [TcpFlag.Psh, 'PSH'],
  [TcpFlag.Ack, 'ACK'],
  [TcpFlag.Urg, 'URG'],
  [TcpFlag.Ece, 'ECE'],
  [TcpFlag.Cwr, 'CWR'],
  [TcpFlag.Ae, 'AE'],
];

/** Combinations of the nine flags met so far, `[SYN, ACK]`; the index is the flags. */
const flagTexts: string[] = new Array(512).fill('');

function makeFlagsText(flags: number): string {
  const set = flagNames.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  const text = `[${set.length === 0 ? 'none' : set.join(', ')}]`;
  flagTexts[flags] = text;
  return text;
}

/** The names of TCP flags, `[SYN, ACK]`; only the nine named bits count. */
export function flagsText(tcpFlags: number): string {
  const flags = tcpFlags & 0x1ff;
  const known = flagTexts[flags]!;
  return known === '' ? makeFlagsText(flags) : known;
}

/**
 * Whether the frame's payload is read as DNS: UDP on one of DNS's ports, and a header that can be
 * one. Never for fragments.
 */
export function isDns(d: Dissection): boolean {
  if (d.udpLength < 0 || d.payloadOffset < 0 || d.fragmented) return false;
  if (!isDnsPort(d.sourcePort) && !isDnsPort(d.destinationPort)) return false;
  return (
    d.payloadOffset + DNS_HEADER_LENGTH <= d.end &&
    looksLikeDns(d.bytes, d.payloadOffset, d.payloadLength)
  );
}

/** Whether UDP on this port may be DNS or one of its kin. */
export function isDnsPort(port: number): boolean {
  return port === DnsPort.Dns || port === DnsPort.Mdns || port === DnsPort.Llmnr;
}

/**
 * The frame in a few words, without its addresses; empty where there is nothing to add. Printable
 * ASCII only, whatever the frame holds.
 */
export function frameInfo(d: Dissection): string {
  const tags = d.vlanCount === 0 ? '' : vlanText(d);
  const content = contentInfo(d);
  const text = tags === '' || content === '' ? tags + content : `${tags}, ${content}`;
  if (d.status === DissectionStatus.Complete || d.status === DissectionStatus.Cut) return text;
  const mark = d.status === DissectionStatus.Malformed ? '[malformed]' : '[nested too deep]';
  return text === '' ? mark : `${text} ${mark}`;
}

/** `VLAN 100` or, with several tags, `VLAN 100, VLAN 200`: the outermost first. */
export function vlanText(d: Dissection): string {
  return vlanIdentifiers(d)
    .map((id) => `VLAN ${id}`)
    .join(', ');
}

/** The identifiers of the frame's VLAN tags, the outermost first; those that were followed. */
export function vlanIdentifiers({ bytes, vlanOffset, vlanCount }: Dissection): number[] {
  return Array.from({ length: vlanCount }, (_, tag) =>
    vlanIdentifier(bytes, vlanOffset + tag * VLAN_TAG_LENGTH),
  );
}

function contentInfo(d: Dissection): string {
  if (d.tcpFlags >= 0) return tcpInfo(d);
  if (d.sourcePort >= 0) return isDns(d) ? dnsInfo(d) : portsInfo(d);
  if (d.icmpType >= 0) return d.protocol === IpProtocol.Icmp ? icmpInfo(d) : icmpv6Info(d);
  if (d.arpOffset >= 0) return arpInfo(d);
  if (d.ipVersion !== 0) return ipInfo(d);
  if (d.llcOffset >= 0) return llcInfo(d);
  if (d.etherType >= 0) return `EtherType 0x${d.etherType.toString(16).padStart(4, '0')}`;
  return '';
}

function tcpInfo(d: Dissection): string {
  let text = `${decimal(d.sourcePort)} > ${decimal(d.destinationPort)} ${flagsText(d.tcpFlags)} seq=${decimal(d.sequence)}`;
  if ((d.tcpFlags & TcpFlag.Ack) !== 0) text += ` ack=${decimal(d.acknowledgment)}`;
  if (d.window >= 0) text += ` win=${decimal(d.window)}`;
  if (d.payloadLength >= 0) text += ` len=${decimal(d.payloadLength)}`;
  return d.fragmented ? `${text} ${fragmentInfo(d)}` : text;
}

function portsInfo(d: Dissection): string {
  let text = `${decimal(d.sourcePort)} > ${decimal(d.destinationPort)}`;
  if (d.sequence >= 0) text += ` seq=${d.sequence}`;
  if (d.payloadLength >= 0) text += ` len=${decimal(d.payloadLength)}`;
  return d.fragmented ? `${text} ${fragmentInfo(d)}` : text;
}

function fragmentInfo(d: Dissection): string {
  return `fragment at ${d.fragmentOffset}${d.moreFragments === 1 ? ', more follow' : ', last'}`;
}

function dnsInfo(d: Dissection): string {
  const { bytes, payloadOffset: at } = d;
  const messageEnd = at + d.payloadLength;
  const end = Math.min(messageEnd, d.end);
  const response = isDnsResponse(bytes, at);
  let text = dnsOpcodeName(dnsOpcode(bytes, at));
  if (response) text += ' response';
  const code = dnsResponseCode(bytes, at);
  if (response && code !== 0) text += ` ${dnsResponseCodeName(code)}`;
  const question = readDnsQuestion(bytes, at, end, messageEnd <= d.end);
  if (question === undefined) return text;
  if (question.type !== undefined) text += ` ${dnsTypeName(question.type)}`;
  if (question.name !== '') text += ` ${question.name}`;
  if (question.defect === 'cut') return `${text}...`;
  return question.defect === 'malformed' ? `${text} [malformed name]` : text;
}

function echoInfo(d: Dissection): string {
  const at = d.transportOffset;
  if (at + 8 > Math.min(d.end, d.ipEnd)) return '';
  const identifier = readUint16(d.bytes, at + IcmpField.Identifier);
  return ` id=${identifier} seq=${readUint16(d.bytes, at + IcmpField.Sequence)}`;
}

function icmpInfo(d: Dissection): string {
  const isEcho = d.icmpType === IcmpType.Echo || d.icmpType === IcmpType.EchoReply;
  const text = icmpTypeName(d.icmpType, d.icmpCode) + (isEcho ? echoInfo(d) : '');
  return d.fragmented ? `${text} ${fragmentInfo(d)}` : text;
}

function icmpv6Info(d: Dissection): string {
  const isEcho = d.icmpType === Icmpv6Type.Echo || d.icmpType === Icmpv6Type.EchoReply;
  let text = icmpv6TypeName(d.icmpType, d.icmpCode) + (isEcho ? echoInfo(d) : '');
  const target = d.transportOffset + ICMPV6_TARGET_OFFSET;
  if (hasIcmpv6Target(d.icmpType) && target + 16 <= Math.min(d.end, d.ipEnd)) {
    text += ` for ${formatIpv6(d.bytes, target)}`;
  }
  return d.fragmented ? `${text} ${fragmentInfo(d)}` : text;
}

function arpInfo(d: Dissection): string {
  const { bytes, arpOffset: at } = d;
  const operation = arpOperation(bytes, at);
  const isWhole = isArpForIpv4(bytes, at) && at + ARP_IPV4_LENGTH <= d.end;
  if (!isWhole) return `operation ${operation}`;
  const sender = formatIpv4(bytes, at + ArpField.SenderIp);
  const target = formatIpv4(bytes, at + ArpField.TargetIp);
  if (operation === ArpOperation.Request) return `who has ${target}? tell ${sender}`;
  const senderMac = formatMac(bytes, at + ArpField.SenderMac);
  if (operation === ArpOperation.Reply) return `${sender} is at ${senderMac}`;
  return `operation ${operation}: ${sender} (${senderMac}) to ${target}`;
}

function ipInfo(d: Dissection): string {
  if (d.fragmented) return `${ipProtocolName(d.protocol)} ${fragmentInfo(d)}`;
  if (d.transportOffset < 0) return '';
  return `len=${d.ipEnd - d.transportOffset}`;
}

function llcInfo(d: Dissection): string {
  const source = d.bytes[d.llcOffset + LlcField.SourceSap]!;
  const destination = d.bytes[d.llcOffset + LlcField.DestinationSap]!;
  return `LLC 0x${source.toString(16).padStart(2, '0')} > 0x${destination.toString(16).padStart(2, '0')}`;
}
