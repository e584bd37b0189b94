/**
 * ICMP for IPv4 (RFC 792).
 *
 *      0      1      2          4            6         8
 *     ┌──────┬──────┬──────────┬────────────┬─────────┐
 *     │ type │ code │ checksum │ identifier │ sequence│   (the last two in echo messages)
 *     └──────┴──────┴──────────┴────────────┴─────────┘
 */

/** Byte offsets in the header; `Identifier` and `Sequence` in echo messages, of ICMPv6 too. */
export const IcmpField = { Type: 0, Code: 1, Identifier: 4, Sequence: 6 } as const;

/** ICMP types (IANA "Internet Control Message Protocol (ICMP) Parameters"). */
export const IcmpType = {
  EchoReply: 0,
  Unreachable: 3,
  Redirect: 5,
  Echo: 8,
  TimeExceeded: 11,
} as const;

const typeNames: ReadonlyMap<number, string> = new Map([
  [IcmpType.EchoReply, 'Echo reply'],
  [IcmpType.Unreachable, 'Destination unreachable'],
  [4, 'Source quench'],
  [IcmpType.Redirect, 'Redirect'],
  [IcmpType.Echo, 'Echo request'],
  [9, 'Router advertisement'],
  [10, 'Router solicitation'],
  [IcmpType.TimeExceeded, 'Time exceeded'],
  [12, 'Parameter problem'],
  [13, 'Timestamp request'],
  [14, 'Timestamp reply'],
]);

const unreachableCodes: readonly string[] = [
  'network unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  'fragmentation needed',
  'source route failed',
  'network unknown',
  'host unknown',
  'source host isolated',
  'network prohibited',
  'host prohibited',
  'network unreachable for service',
  'host unreachable for service',
  'communication prohibited',
];

/**
 * A type and code in words, such as `Destination unreachable (port unreachable)`; `Type n` where
 * there are none.
 *
 * @param code -1 where it wasn't captured
 */
export function icmpTypeName(type: number, code: number): string {
  const name = typeNames.get(type) ?? `Type ${type}`;
  if (type === IcmpType.Unreachable && code >= 0) {
    return `${name} (${unreachableCodes[code] ?? `code ${code}`})`;
  }
  if (type === IcmpType.TimeExceeded && code >= 0) {
    return `${name} (${code === 0 ? 'in transit' : code === 1 ? 'reassembly' : `code ${code}`})`;
  }
  return name;
}
