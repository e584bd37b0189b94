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
  dnsOpcode,
  dnsOpcodeName,
  dnsResponseCode,
  dnsResponseCodeName,
  dnsTypeName,
  findPlainName,
  isDnsResponse,
} from '../headers/dns.js';
import { IcmpField, IcmpType, icmpTypeName } from '../headers/icmp.js';
import { IpProtocol } from '../headers/ip-protocol.js';
import { readUint16 } from '../headers/network-order.js';
import { TcpFlag } from '../headers/tcp.js';
import type { AsciiWriter } from './ascii-writer.js';
import { flagsText, frameInfo, isDns } from './frame-info.js';

const BLANK = 0x20;
const FULL_STOP = 0x2e;

/**
 * Appends what `frameInfo` returns. Cost: a fraction of it for whole packets of TCP, UDP, DNS, ARP and
 * ICMP echo, which most frames are; for all others the same.
 */
export function writeFrameInfo(d: Dissection, out: AsciiWriter): void {
  if (d.status === DissectionStatus.Complete && writeWhole(d, out)) return;
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
  const nameAt = at + DNS_HEADER_LENGTH;
  const nameEnd = findPlainName(bytes, at, Math.min(at + d.payloadLength, d.end));
  if (nameEnd < 0) return false;
  out.text(dnsOpcodeName(dnsOpcode(bytes, at)));
  if (isDnsResponse(bytes, at)) {
    out.text(' response');
    const code = dnsResponseCode(bytes, at);
    if (code !== 0) {
      out.code(BLANK);
      out.text(dnsResponseCodeName(code));
    }
  }
  out.code(BLANK);
  out.text(dnsTypeName(readUint16(bytes, nameEnd + 1)));
  out.code(BLANK);
  for (let label = nameAt; ; out.code(FULL_STOP)) {
    const end = label + 1 + bytes[label]!;
    for (let i = label + 1; i < end; i += 1) out.code(bytes[i]!);
    if (end >= nameEnd) return true;
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
  if (operation === ArpOperation.Request) {
    out.text('who has ');
    out.ipv4(bytes, at + ArpField.TargetIp);
    out.text('? tell ');
    out.ipv4(bytes, at + ArpField.SenderIp);
    return true;
  }
  if (operation !== ArpOperation.Reply) return false;
  out.ipv4(bytes, at + ArpField.SenderIp);
  out.text(' is at ');
  out.mac(bytes, at + ArpField.SenderMac);
  return true;
}
