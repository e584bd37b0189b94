/**
 * Packets byte by byte, for tests and benches. Written on its own after the RFCs, so that what it
 * builds can judge what src/headers reads; imports nothing from src.
 */

/** Bytes from hex with `#` comments to the line's end: hex`0800 # IPv4`. */
export function hex(parts: TemplateStringsArray, ...values: readonly string[]): Uint8Array {
  const digits = String.raw(parts, ...values)
    .replaceAll(/#[^\n]*/g, '')
    .replaceAll(/\s/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hex: ${digits}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** All parts, one after the other. */
export function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Two bytes, most significant first. */
export function u16(value: number): readonly number[] {
  return [Math.floor(value / 256) % 256, value % 256];
}

/** Four bytes, most significant first. */
export function u32(value: number): readonly number[] {
  return [...u16(Math.floor(value / 65536)), ...u16(value % 65536)];
}

/** `n` bytes 1, 2, 3, … */
export function counting(n: number): Uint8Array {
  return Uint8Array.from({ length: n }, (_, index) => (index + 1) % 256);
}

/** Ethernet II header (or 802.3, if `type` is a length) before `payload`. */
export function ethernet(type: number, payload: Uint8Array): Uint8Array {
  return join(hex`02005e100001`, hex`02005e2000f2`, u16(type), payload);
}

/** A VLAN tag, without the type before it. */
export function vlanTag(id: number, innerType: number, payload: Uint8Array): Uint8Array {
  return join(u16(0x2000 + id), u16(innerType), payload);
}

/** What `ipv4` takes; all of it has defaults. */
export interface Ipv4Options {
  readonly source?: readonly number[];
  readonly destination?: readonly number[];
  /** A multiple of four bytes. */
  readonly options?: Uint8Array;
  /** In bytes, a multiple of eight. */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  /** Instead of the right one. */
  readonly totalLength?: number;
  readonly ttl?: number;
}

/** IPv4 header with a right checksum before `payload`. */
export function ipv4(protocol: number, payload: Uint8Array, o: Ipv4Options = {}): Uint8Array {
  const options = o.options ?? new Uint8Array(0);
  const headerLength = 20 + options.length;
  const fragment = (o.fragmentOffset ?? 0) / 8 + (o.moreFragments === true ? 0x2000 : 0);
  const header = join(
    [0x40 + headerLength / 4, 0x00],
    u16(o.totalLength ?? headerLength + payload.length),
    u16(0x1c46),
    u16(fragment),
    [o.ttl ?? 61, protocol],
    u16(0),
    o.source ?? [192, 0, 2, 17],
    o.destination ?? [198, 51, 100, 234],
    options,
  );
  header.set(u16(checksum(header)), 10);
  return join(header, payload);
}

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at]! * 256 + bytes[at + 1]!;
  while (sum > 0xffff) sum = (sum % 65536) + Math.floor(sum / 65536);
  return 0xffff - sum;
}

/** Source and destination of `ipv6` when none are given: 2001:db8::a1:17 and 2001:db8:5::ea. */
export const ipv6Source: Uint8Array = hex`20010db8 00000000 00000000 00a10017`;
export const ipv6Destination: Uint8Array = hex`20010db8 00050000 00000000 000000ea`;

/** IPv6 header before `payload`. */
export function ipv6(nextHeader: number, payload: Uint8Array, payloadLength?: number): Uint8Array {
  return join(
    hex`60012345`,
    u16(payloadLength ?? payload.length),
    [nextHeader, 59],
    ipv6Source,
    ipv6Destination,
    payload,
  );
}

/** What `tcp` takes; all of it has defaults. */
export interface TcpOptions {
  readonly ports?: readonly [number, number];
  readonly sequence?: number;
  readonly acknowledgment?: number;
  /** Twelve bits. */
  readonly flags?: number;
  readonly window?: number;
  /** A multiple of four bytes. */
  readonly options?: Uint8Array;
}

/** TCP header before `payload`; the checksum is left at zero. */
export function tcp(payload: Uint8Array, o: TcpOptions = {}): Uint8Array {
  const options = o.options ?? new Uint8Array(0);
  const [source, destination] = o.ports ?? [51234, 443];
  return join(
    u16(source),
    u16(destination),
    u32(o.sequence ?? 0x9a3b5c7d),
    u32(o.acknowledgment ?? 0x12f4d6e8),
    u16((5 + options.length / 4) * 4096 + (o.flags ?? 0x018)),
    u16(o.window ?? 0xfaf0),
    u16(0),
    u16(0),
    options,
    payload,
  );
}

/** UDP header before `payload`; the checksum is left at zero. */
export function udp(
  ports: readonly [number, number],
  payload: Uint8Array,
  length: number = payload.length + 8,
): Uint8Array {
  return join(u16(ports[0]), u16(ports[1]), u16(length), u16(0), payload);
}

/** A name as DNS carries it, without compression. */
export function dnsName(name: string): Uint8Array {
  const labels = name.split('.').map((label) => join([label.length], Buffer.from(label)));
  return join(...labels, [0]);
}

/** A DNS message with one question in class IN. */
export function dnsMessage(flags: number, name: Uint8Array, type: number): Uint8Array {
  return join(u16(0xbeef), u16(flags), u16(1), u16(0), u16(0), u16(0), name, u16(type), u16(1));
}

/** An ARP packet for IPv4 over Ethernet: 02:00:5e:20:00:f2 at 192.0.2.17 asks for 192.0.2.99. */
export function arp(operation: number): Uint8Array {
  return join(
    hex`0001 0800 06 04`,
    u16(operation),
    hex`02005e2000f2 c0000211 000000000000 c0000263`,
  );
}
