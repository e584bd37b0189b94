/** One frame's line, for the kinds of frames that `PlainPacket` knows, by the same conditions. */

import {
  DESTINATION_WIDTH,
  DNS_HEAD_BYTES,
  DNS_HEAD_SHIFT,
  DNS_HEADS,
  DNS_TEXT,
  DNS_WANTED,
  ECHO_TEXTS,
  FLAGS_LENGTHS,
  FLAGS_TEXTS,
  FLAGS_WANTED,
  HEAD,
  HEAD_LENGTH,
  NUMBER_WIDTH,
  PROTOCOL_WIDTH,
  REPLY_LENGTH,
  REQUEST_LENGTH,
  SOURCE_WIDTH,
} from './memory';
import {
  be16,
  be32,
  copy,
  putBlanks,
  putIpv4,
  putMac,
  putNine,
  putNumber,
  putRightOfFive,
  putShort,
  putUnsigned,
} from './text';

const ETHERNET_LENGTH: usize = 14;
/** Ethernet, IPv4 and UDP: what a frame that is taken has at least. */
export const LEAST_CAPTURED: u32 = 42;
const MAC_WIDTH: usize = 17;
const ARP_LENGTH: usize = 28;
const DNS_HEADER_LENGTH: usize = 12;
const MOST_NAME: usize = 255;

const TCP_NAME: u64 = ((<u64>0x2020_2020) << 32) | 0x2050_4354; // "TCP     "
const UDP_NAME: u64 = ((<u64>0x2020_2020) << 32) | 0x2050_4455;
const ICMP_NAME: u64 = ((<u64>0x2020_2020) << 32) | 0x504d_4349;
const ARP_NAME: u64 = ((<u64>0x2020_2020) << 32) | 0x2050_5241;
const DNS_NAME: u64 = ((<u64>0x2020_2020) << 32) | 0x2053_4e44;
const MDNS_NAME: u64 = ((<u64>0x2020_2020) << 32) | 0x534e_444d;
const LLMNR_NAME: u64 = ((<u64>0x2020_2052) << 32) | 0x4e4d_4c4c;
const ACK_LABEL: u64 = 0x3d6b_6361_20; // " ack="
const WINDOW_LABEL: u64 = 0x3d6e_6977_20; // " win="
const LENGTH_LABEL: u64 = 0x3d6e_656c_20; // " len="
const LABEL_LENGTH: usize = 5;
const TO: u32 = 0x203e_20; // " > "
function isDnsPort(port: u32): bool {
  return port === 53 || port === 5353 || port === 5355;
}

/** What a message on this port is called. */
function kinName(port: u32): u64 {
  if (port === 53) return DNS_NAME;
  return port === 5353 ? MDNS_NAME : LLMNR_NAME;
}

/** As `looksLikeDns` of headers/dns.ts; the header is captured. */
function looksLikeDns(at: usize, length: u32): bool {
  if (length < <u32>DNS_HEADER_LENGTH || ((load<u8>(at, 2) >> 3) & 0x0f) > 6) return false;
  const records = be16(at + 6) + be16(at + 8) + be16(at + 10);
  return be16(at + 4) * 5 + records * 11 <= length - <u32>DNS_HEADER_LENGTH;
}

/** As `findPlainName` of headers/dns.ts, but 0 where there is none. */
function findPlainName(at: usize, end: usize): usize {
  if (load<u16>(at, 4) === 0) return 0;
  const start = at + DNS_HEADER_LENGTH;
  let position = start;
  for (;;) {
    if (position >= end) return 0;
    const length = <usize>load<u8>(position);
    if (length === 0) break;
    const labelEnd = position + 1 + length;
    if (length > 63 || labelEnd > end) return 0;
    for (let i = position + 1; i < labelEnd; i++) {
      const byte = load<u8>(i);
      if (byte <= 0x20 || byte >= 0x7f || byte === 0x2e || byte === 0x5c) return 0;
    }
    position = labelEnd;
  }
  if (position + 1 - start > MOST_NAME || position + 3 > end) return 0;
  return position > start ? position : 0;
}

/** The text for that kind of DNS message; 0 where there is none, which the caller is told. */
function findDnsHead(kind: u32): usize {
  const head = DNS_HEADS + <usize>((kind * 0x9e37_79b1) >> DNS_HEAD_SHIFT) * DNS_HEAD_BYTES;
  if (load<u32>(head) === kind && load<u32>(head, 4) !== 0) return head;
  store<i64>(DNS_WANTED, <i64>kind);
  return 0;
}

// The columns' widths, and what of a line doesn't depend on the kind of frame; set at each call.
let sourceWidth: usize = 0;
let destinationWidth: usize = 0;
let protocolWidth: usize = 0;
let numberWidth: usize = 0;
let headLength: usize = 0;

/** Takes the widths from the parameters. */
export function openColumns(): void {
  sourceWidth = <usize>load<u32>(SOURCE_WIDTH);
  destinationWidth = <usize>load<u32>(DESTINATION_WIDTH);
  protocolWidth = <usize>load<u32>(PROTOCOL_WIDTH);
  numberWidth = <usize>load<u32>(NUMBER_WIDTH);
  headLength = <usize>load<u32>(HEAD_LENGTH);
}

/** Number, time, and blanks for the places. Returns where the places begin. */
function putHead(at: usize, number: u32, fraction: u32): usize {
  let to = putNumber(at, number, numberWidth);
  to = copy(to, HEAD, headLength);
  to = putNine(to, fraction);
  putBlanks(to, sourceWidth + destinationWidth + protocolWidth + 6);
  return to + 1;
}

/** What stands between two places, the protocol behind them, and the length. */
function putRest(places: usize, protocol: u64, original: u32): usize {
  const to = places + sourceWidth + destinationWidth + 4;
  store<u64>(to, protocol);
  return putRightOfFive(to + protocolWidth + 1, original);
}

/** Everything up to the info, for a packet of IPv4. */
function putIpv4Head(
  at: usize,
  number: u32,
  fraction: u32,
  ip: usize,
  protocol: u64,
  original: u32,
): usize {
  const places = putHead(at, number, fraction);
  putIpv4(places, ip + 12);
  store<u8>(places + sourceWidth, 0x3e, 1);
  putIpv4(places + sourceWidth + 3, ip + 16);
  return putRest(places, protocol, original);
}

/** ` VLAN 5,` where there is a tag. */
function putTag(at: usize, tag: i32): usize {
  if (tag < 0) return at;
  store<u64>(at, 0x204e_414c_5620); // " VLAN "
  const to = putShort(at + 6, <u32>tag);
  store<u8>(to, 0x2c);
  return to + 1;
}

function putPorts(at: usize, ports: u32): usize {
  store<u8>(at, 0x20);
  const to = putUnsigned(at + 1, ports >> 16);
  store<u32>(to, TO);
  return putUnsigned(to + 3, ports & 0xffff);
}

function putLengthOf(at: usize, payload: u32): usize {
  store<u64>(at, LENGTH_LABEL);
  return putUnsigned(at + LABEL_LENGTH, payload);
}

/** The line of a DNS message without its end; 0 where it isn't taken. `end` is that of what was captured. */
function putDns(
  at: usize,
  number: u32,
  fraction: u32,
  ip: usize,
  tag: i32,
  original: u32,
  payload: u32,
  end: usize,
): usize {
  const message = ip + 28;
  const nameEnd = findPlainName(message, min(message + <usize>payload, end));
  if (nameEnd === 0) return 0;
  const head = findDnsHead((be16(message + 2) << 16) | be16(nameEnd + 1));
  if (head === 0) return 0;
  const source = be16(ip + 20);
  const destination = be16(ip + 22);
  const isSource = isDnsPort(source) && !(isDnsPort(destination) && destination < source);
  const kin = kinName(isSource ? source : destination);
  let to = putTag(putIpv4Head(at, number, fraction, ip, kin, original), tag);
  to = copy(to, head + DNS_TEXT, <usize>load<u32>(head, 4));
  // The name as it lies there, with full stops instead of the lengths.
  const name = message + DNS_HEADER_LENGTH;
  for (let from = name + 1, into = to; from < nameEnd; from += 16, into += 16) {
    v128.store(into, v128.load(from));
  }
  for (let label = name + 1 + <usize>load<u8>(name); label < nameEnd; ) {
    store<u8>(to + (label - name - 1), 0x2e);
    label += 1 + <usize>load<u8>(label);
  }
  return to + (nameEnd - name - 1);
}

/** The line of an ARP packet without its end; 0 where it isn't taken. */
function putArp(
  at: usize,
  number: u32,
  fraction: u32,
  frame: usize,
  arp: usize,
  tag: i32,
  original: u32,
): usize {
  if (load<u16>(arp, 2) !== 0x0008 || load<u16>(arp, 4) !== 0x0406) return 0;
  const operation = be16(arp + 6);
  if (operation !== 1 && operation !== 2) return 0;
  if (sourceWidth < MAC_WIDTH || destinationWidth < MAC_WIDTH) return 0;
  const places = putHead(at, number, fraction);
  store<u8>(putMac(places, frame + 6), 0x20);
  store<u8>(places + sourceWidth, 0x3e, 1);
  store<u8>(putMac(places + sourceWidth + 3, frame), 0x20);
  let to = putTag(putRest(places, ARP_NAME, original), tag);
  if (operation === 1) {
    store<u64>(to, ((<u64>0x7361_6820) << 32) | 0x6f68_7720); // " who has"
    store<u8>(to, 0x20, 8);
    to = putIpv4(to + 9, arp + 24);
    store<u64>(to, ((<u64>0x0020_6c6c) << 32) | 0x6574_203f); // "? tell "
    return putIpv4(to + 7, arp + 14);
  }
  store<u8>(to, 0x20);
  to = putIpv4(to + 1, arp + 14);
  store<u64>(to, ((<u64>0x0020_7461) << 32) | 0x2073_6920); // " is at "
  return putMac(to + 7, arp + 8);
}

/** A frame's line without `[truncated]` and its end; 0 where it isn't taken. */
export function putFrame(
  at: usize,
  number: u32,
  fraction: u32,
  frame: usize,
  captured: u32,
  original: u32,
): usize {
  const end = frame + <usize>captured;
  let ip = frame + ETHERNET_LENGTH;
  let tag: i32 = -1;
  let type = load<u16>(frame, 12);
  if (type === 0x0081) {
    if (captured < LEAST_CAPTURED + 4) return 0;
    tag = be16(ip) & 0x0fff;
    type = load<u16>(ip, 2);
    ip += 4;
  }
  if (type !== 0x0008) {
    if (type !== 0x0608 || ip + ARP_LENGTH > end) return 0;
    return putArp(at, number, fraction, frame, ip, tag, original);
  }
  // Version 4 and five words of header; no fragment.
  if (load<u8>(ip) !== 0x45 || (load<u16>(ip, 6) & 0xff3f) !== 0) return 0;
  const ipLength = be16(ip + 2);
  if (<u32>(ip - frame) + ipLength > original) return 0;
  const length: i32 = <i32>ipLength - 20;
  const transport = ip + 20;
  const protocol = load<u8>(ip, 9);
  if (protocol === 6) {
    if (transport + 20 > end) return 0;
    const headerLength = (<u32>load<u8>(transport, 12) >> 4) << 2;
    if (headerLength < 20 || <i32>headerLength > length) return 0;
    if (transport + <usize>headerLength > end) return 0;
    const flags = <usize>(be16(transport + 12) & 0x01ff);
    const flagsLength = <usize>load<u8>(FLAGS_LENGTHS + flags);
    if (flagsLength === 0) {
      store<u32>(FLAGS_WANTED, <u32>flags);
      return 0;
    }
    let to = putIpv4Head(at, number, fraction, ip, TCP_NAME, original);
    to = putPorts(putTag(to, tag), be32(transport));
    to = copy(to, FLAGS_TEXTS + (flags << 5), flagsLength);
    to = putUnsigned(to, be32(transport + 4));
    if ((flags & 0x10) !== 0) {
      store<u64>(to, ACK_LABEL);
      to = putUnsigned(to + LABEL_LENGTH, be32(transport + 8));
    }
    store<u64>(to, WINDOW_LABEL);
    to = putUnsigned(to + LABEL_LENGTH, be16(transport + 14));
    return putLengthOf(to, <u32>length - headerLength);
  }
  if (protocol === 17) {
    const stated = be16(transport + 4);
    if (stated < 8 || <i32>stated > length) return 0;
    const payload = stated - 8;
    const ports = be32(transport);
    if (isDnsPort(ports >> 16) || isDnsPort(ports & 0xffff)) {
      const message = transport + 8;
      if (message + DNS_HEADER_LENGTH <= end && looksLikeDns(message, payload)) {
        return putDns(at, number, fraction, ip, tag, original, payload, end);
      }
    }
    const to = putIpv4Head(at, number, fraction, ip, UDP_NAME, original);
    return putLengthOf(putPorts(putTag(to, tag), ports), payload);
  }
  const icmp = <usize>load<u8>(transport);
  if (protocol !== 1 || length < 8 || (icmp & 0xf7) !== 0) return 0;
  let to = putTag(putIpv4Head(at, number, fraction, ip, ICMP_NAME, original), tag);
  const textLength = load<u32>(icmp === 0 ? REPLY_LENGTH : REQUEST_LENGTH);
  to = copy(to, ECHO_TEXTS + (icmp << 2), <usize>textLength);
  to = putUnsigned(to, be16(transport + 4));
  store<u64>(to, 0x3d71_6573_20); // " seq="
  return putUnsigned(to + 5, be16(transport + 6));
}
