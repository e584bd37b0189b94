/** IP protocol numbers (IANA "Assigned Internet Protocol Numbers"), shared by IPv4 and IPv6. */

/** The protocols and IPv6 extension headers that gapcap opens, or names on a line. */
export const IpProtocol = {
  HopByHop: 0,
  Icmp: 1,
  Igmp: 2,
  Ipip: 4,
  Tcp: 6,
  Udp: 17,
  Dccp: 33,
  Ipv6: 41,
  Ipv6Routing: 43,
  Ipv6Fragment: 44,
  Gre: 47,
  Esp: 50,
  Ah: 51,
  Icmpv6: 58,
  NoNext: 59,
  Ipv6DestinationOptions: 60,
  Eigrp: 88,
  Ospf: 89,
  Pim: 103,
  Vrrp: 112,
  L2tp: 115,
  Sctp: 132,
  UdpLite: 136,
} as const;

const names: ReadonlyMap<number, string> = new Map([
  [IpProtocol.HopByHop, 'HOPOPT'],
  [IpProtocol.Icmp, 'ICMP'],
  [IpProtocol.Igmp, 'IGMP'],
  [IpProtocol.Ipip, 'IPIP'],
  [IpProtocol.Tcp, 'TCP'],
  [IpProtocol.Udp, 'UDP'],
  [IpProtocol.Dccp, 'DCCP'],
  [IpProtocol.Ipv6, '6in4'],
  [IpProtocol.Ipv6Routing, 'IPv6-Route'],
  [IpProtocol.Ipv6Fragment, 'IPv6-Frag'],
  [IpProtocol.Gre, 'GRE'],
  [IpProtocol.Esp, 'ESP'],
  [IpProtocol.Ah, 'AH'],
  [IpProtocol.Icmpv6, 'ICMPv6'],
  [IpProtocol.NoNext, 'IPv6'],
  [IpProtocol.Ipv6DestinationOptions, 'IPv6-Opts'],
  [IpProtocol.Eigrp, 'EIGRP'],
  [IpProtocol.Ospf, 'OSPF'],
  [IpProtocol.Pim, 'PIM'],
  [IpProtocol.Vrrp, 'VRRP'],
  [IpProtocol.L2tp, 'L2TP'],
  [IpProtocol.Sctp, 'SCTP'],
  [IpProtocol.UdpLite, 'UDPLite'],
]);

/** A short name such as `TCP`, or `IP-n` where gapcap has none. */
export function ipProtocolName(protocol: number): string {
  return names.get(protocol) ?? `IP-${protocol}`;
}
