/** EtherType numbers: what a link header says comes next (IEEE 802.3, IANA "Ether Types"). */

/** The EtherTypes that gapcap opens, or names on a line. */
export const EtherType = {
  Ipv4: 0x0800,
  Arp: 0x0806,
  WakeOnLan: 0x0842,
  ReverseArp: 0x8035,
  /** IEEE 802.1Q customer tag. */
  Vlan: 0x8100,
  Ipv6: 0x86dd,
  FlowControl: 0x8808,
  SlowProtocols: 0x8809,
  MplsUnicast: 0x8847,
  MplsMulticast: 0x8848,
  PppoeDiscovery: 0x8863,
  PppoeSession: 0x8864,
  Eapol: 0x888e,
  Profinet: 0x8892,
  EtherCat: 0x88a4,
  /** IEEE 802.1ad service tag. */
  ServiceVlan: 0x88a8,
  Lldp: 0x88cc,
  Macsec: 0x88e5,
  Ptp: 0x88f7,
  /** Service tag of switches older than 802.1ad. */
  OldServiceVlan: 0x9100,
} as const;

/** The smallest EtherType; a smaller number in its place is an 802.3 length (IEEE 802.3 §3.2.6). */
export const FIRST_ETHER_TYPE = 0x0600;

const names: ReadonlyMap<number, string> = new Map([
  [EtherType.Ipv4, 'IPv4'],
  [EtherType.Arp, 'ARP'],
  [EtherType.WakeOnLan, 'WOL'],
  [EtherType.ReverseArp, 'RARP'],
  [EtherType.Vlan, 'VLAN'],
  [EtherType.Ipv6, 'IPv6'],
  [EtherType.FlowControl, 'PAUSE'],
  [EtherType.SlowProtocols, 'SLOW'],
  [EtherType.MplsUnicast, 'MPLS'],
  [EtherType.MplsMulticast, 'MPLS'],
  [EtherType.PppoeDiscovery, 'PPPoED'],
  [EtherType.PppoeSession, 'PPPoE'],
  [EtherType.Eapol, 'EAPOL'],
  [EtherType.Profinet, 'PROFINET'],
  [EtherType.EtherCat, 'ECAT'],
  [EtherType.ServiceVlan, 'VLAN'],
  [EtherType.Lldp, 'LLDP'],
  [EtherType.Macsec, 'MACSEC'],
  [EtherType.Ptp, 'PTP'],
  [EtherType.OldServiceVlan, 'VLAN'],
]);

/** A short name such as `LLDP`, or the number as `0x88b5` where gapcap has none. */
export function etherTypeName(etherType: number): string {
  return names.get(etherType) ?? `0x${etherType.toString(16).padStart(4, '0')}`;
}
