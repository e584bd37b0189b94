/**
 * ICMPv6 (RFC 4443), neighbour discovery (RFC 4861) and multicast listeners (RFC 2710, RFC 3810).
 *
 * Type and code lie as in ICMP for IPv4; neighbour messages have the target's address at byte 8.
 */

/** Byte offset of the target address in neighbour solicitation and advertisement (RFC 4861 §4.3). */
export const ICMPV6_TARGET_OFFSET = 8;

/** ICMPv6 types (IANA "ICMPv6 Parameters"). */
export const Icmpv6Type = {
  Unreachable: 1,
  PacketTooBig: 2,
  TimeExceeded: 3,
  Echo: 128,
  EchoReply: 129,
  RouterSolicitation: 133,
  RouterAdvertisement: 134,
  NeighborSolicitation: 135,
  NeighborAdvertisement: 136,
} as const;

const typeNames: ReadonlyMap<number, string> = new Map([
  [Icmpv6Type.Unreachable, 'Destination unreachable'],
  [Icmpv6Type.PacketTooBig, 'Packet too big'],
  [Icmpv6Type.TimeExceeded, 'Time exceeded'],
  [4, 'Parameter problem'],
  [Icmpv6Type.Echo, 'Echo request'],
  [Icmpv6Type.EchoReply, 'Echo reply'],
  [130, 'Multicast listener query'],
  [131, 'Multicast listener report'],
  [132, 'Multicast listener done'],
  [Icmpv6Type.RouterSolicitation, 'Router solicitation'],
  [Icmpv6Type.RouterAdvertisement, 'Router advertisement'],
  [Icmpv6Type.NeighborSolicitation, 'Neighbor solicitation'],
  [Icmpv6Type.NeighborAdvertisement, 'Neighbor advertisement'],
  [137, 'Redirect'],
  [143, 'Multicast listener report v2'],
]);

const unreachableCodes: readonly string[] = [
  'no route',
  'administratively prohibited',
  'beyond scope of source address',
  'address unreachable',
  'port unreachable',
  'source address failed policy',
  'route rejected',
];

/**
 * A type and code in words, such as `Destination unreachable (no route)`; `Type n` where there are
 * none.
 *
 * @param code -1 where it wasn't captured
 */
export function icmpv6TypeName(type: number, code: number): string {
  const name = typeNames.get(type) ?? `Type ${type}`;
  if (type === Icmpv6Type.Unreachable && code >= 0) {
    return `${name} (${unreachableCodes[code] ?? `code ${code}`})`;
  }
  if (type === Icmpv6Type.TimeExceeded && code >= 0) {
    return `${name} (${code === 0 ? 'in transit' : code === 1 ? 'reassembly' : `code ${code}`})`;
  }
  return name;
}

/** Whether the type carries the address it asks about or tells about. */
export function hasIcmpv6Target(type: number): boolean {
  return type === Icmpv6Type.NeighborSolicitation || type === Icmpv6Type.NeighborAdvertisement;
}
