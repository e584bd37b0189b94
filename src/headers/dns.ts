/**
 * DNS messages (RFC 1035 §4): the header and the first question, nothing more.
 *
 *      0    2       4           6         8           10           12
 *     ┌────┬───────┬───────────┬─────────┬───────────┬────────────┬──────────────────────────
 *     │ id │ flags │ questions │ answers │ authority │ additional │ name, type, class, …
 *     └────┴───────┴───────────┴─────────┴───────────┴────────────┴──────────────────────────
 *
 * Names come from strangers: they are given in the presentation format of RFC 1035 §5.1, in which
 * every byte that isn't a printable ASCII character other than space becomes `\DDD`. So no name can
 * hold a control character, an escape sequence or a line end.
 */

import { readUint16 } from './network-order.js';

/** Byte offsets in the header. */
export const DnsField = {
  Identifier: 0,
  Flags: 2,
  QuestionCount: 4,
  AnswerCount: 6,
  AuthorityCount: 8,
  AdditionalCount: 10,
} as const;

/** Length of the header. */
export const DNS_HEADER_LENGTH = 12;

/** UDP ports whose payload is read as DNS, where it can be one: DNS, multicast DNS, LLMNR. */
export const DnsPort = { Dns: 53, Mdns: 5353, Llmnr: 5355 } as const;

/** What messages on one of these ports are called. */
export function dnsKinName(port: number): string {
  if (port === DnsPort.Dns) return 'DNS';
  return port === DnsPort.Mdns ? 'MDNS' : 'LLMNR';
}

/** The first question of a message, or what of it was captured. */
export interface DnsQuestion {
  /** The name in presentation format without the final dot; `.` for the root. */
  readonly name: string;
  /** The type's number; undefined where it wasn't captured. */
  readonly type: number | undefined;
  /** Why `name` isn't whole: cut off by the snapshot length, or against RFC 1035; else undefined. */
  readonly defect: 'cut' | 'malformed' | undefined;
}

/** A name has at most 255 bytes on the wire (RFC 1035 §3.1), the final zero included. */
const MAX_NAME_LENGTH = 255;

/** The longest label (§3.1); a length byte above it is a compression pointer or reserved (§4.1.4). */
const MAX_LABEL_LENGTH = 63;

const FULL_STOP = 0x2e;
const BACKSLASH = 0x5c;

const SMALLEST_QUESTION = 5;
const SMALLEST_RECORD = 11;

/**
 * Whether the message at `at` can be DNS: its counts fit into its length, and its opcode is one
 * that IANA has assigned. Twelve bytes captured.
 *
 * @param length the whole message's, captured or not
 */
export function looksLikeDns(bytes: Uint8Array, at: number, length: number): boolean {
  if (length < DNS_HEADER_LENGTH) return false;
  if (dnsOpcode(bytes, at) > 6) return false;
  const records =
    readUint16(bytes, at + DnsField.AnswerCount) +
    readUint16(bytes, at + DnsField.AuthorityCount) +
    readUint16(bytes, at + DnsField.AdditionalCount);
  const questions = readUint16(bytes, at + DnsField.QuestionCount);
  return questions * SMALLEST_QUESTION + records * SMALLEST_RECORD <= length - DNS_HEADER_LENGTH;
}

/** Whether the message is a response; four bytes captured. */
export function isDnsResponse(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + DnsField.Flags]! & 0x80) !== 0;
}

/** The kind of query, 0 (standard) … 15; four bytes captured. */
export function dnsOpcode(bytes: Uint8Array, at: number): number {
  return (bytes[at + DnsField.Flags]! >>> 3) & 0x0f;
}

/** The response code without extension, 0 (no error) … 15; four bytes captured. */
export function dnsResponseCode(bytes: Uint8Array, at: number): number {
  return bytes[at + DnsField.Flags + 1]! & 0x0f;
}

/**
 * Reads the first question of the message at `at`; undefined where it has none, as multicast
 * responses do.
 *
 * Allocates; cost grows with the name's length, at most 255 bytes. A compression pointer is
 * malformed here: it must name an earlier place (§4.1.4), and before the first question's name there
 * is none; one that points into the name itself would go round for ever.
 *
 * @param at the message's first byte; twelve bytes captured
 * @param end where the captured bytes end, or the message where it ends before
 * @param complete whether the message ends at `end`; false where the snapshot length cut it
 */
export function readDnsQuestion(
  bytes: Uint8Array,
  at: number,
  end: number,
  complete: boolean,
): DnsQuestion | undefined {
  if (readUint16(bytes, at + DnsField.QuestionCount) === 0) return undefined;
  const overrun = complete ? 'malformed' : 'cut';
  let name = '';
  let nameLength = 1;
  let position = at + DNS_HEADER_LENGTH;
  for (;;) {
    if (position >= end) return { name, type: undefined, defect: overrun };
    const length = bytes[position]!;
    if (length === 0) break;
    nameLength += length + 1;
    if (length > MAX_LABEL_LENGTH || nameLength > MAX_NAME_LENGTH) {
      return { name, type: undefined, defect: 'malformed' };
    }
    const labelEnd = position + 1 + length;
    const label = escapeLabel(bytes, position + 1, Math.min(labelEnd, end));
    name = name === '' ? label : `${name}.${label}`;
    if (labelEnd > end) return { name, type: undefined, defect: overrun };
    position = labelEnd;
  }
  if (name === '') name = '.';
  const afterName = position + 1;
  if (afterName + 2 > end) return { name, type: undefined, defect: overrun };
  return { name, type: readUint16(bytes, afterName), defect: undefined };
}

/**
 * Where the first question's name ends (the place of its final zero), for a message in which it is
 * whole, is followed by a type, isn't the root, and is shown as it stands: no character of a label needs an escape.
 * Otherwise −1. Allocates nothing. The parameters are those of `readDnsQuestion`.
 */
export function findPlainName(bytes: Uint8Array, at: number, end: number): number {
  if (readUint16(bytes, at + DnsField.QuestionCount) === 0) return -1;
  const start = at + DNS_HEADER_LENGTH;
  let position = start;
  for (;;) {
    if (position >= end) return -1;
    const length = bytes[position]!;
    if (length === 0) break;
    const labelEnd = position + 1 + length;
    if (length > MAX_LABEL_LENGTH || labelEnd > end) return -1;
    for (let i = position + 1; i < labelEnd; i += 1) if (!isPlain(bytes[i]!)) return -1;
    position = labelEnd;
  }
  const isWhole = position + 1 - start <= MAX_NAME_LENGTH && position + 3 <= end;
  return position > start && isWhole ? position : -1;
}

function isPlain(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== FULL_STOP && byte !== BACKSLASH;
}

const labelCharacters: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte <= 0x20 || byte >= 0x7f) return `\\${byte.toString().padStart(3, '0')}`;
  const character = String.fromCharCode(byte);
  return character === '.' || character === '\\' ? `\\${character}` : character;
});

function escapeLabel(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at += 1) text += labelCharacters[bytes[at]!];
  return text;
}

const typeNames: ReadonlyMap<number, string> = new Map([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [13, 'HINFO'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [35, 'NAPTR'],
  [43, 'DS'],
  [46, 'RRSIG'],
  [47, 'NSEC'],
  [48, 'DNSKEY'],
  [50, 'NSEC3'],
  [52, 'TLSA'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
  [250, 'TSIG'],
  [251, 'IXFR'],
  [252, 'AXFR'],
  [255, 'ANY'],
  [257, 'CAA'],
]);

/** A record type's name, or `TYPEn` (RFC 3597 §5) where gapcap has none. */
export function dnsTypeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}

const responseCodeNames: readonly string[] = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];

/** A response code's name, or `RCODEn` where IANA has none below 16. */
export function dnsResponseCodeName(code: number): string {
  return responseCodeNames[code] ?? `RCODE${code}`;
}

const opcodeNames: readonly string[] = [
  'query',
  'iquery',
  'status',
  'opcode 3',
  'notify',
  'update',
  'stateful',
];

/** An opcode in a word, such as `update`. */
export function dnsOpcodeName(opcode: number): string {
  return opcodeNames[opcode] ?? `opcode ${opcode}`;
}
