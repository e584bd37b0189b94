/** What rtnetlink says about one network interface (RTM_NEWLINK). */

import { attributeText, attributeU32, parseAttributes, viewOf } from './netlink-message.js';

/** A network interface as the kernel describes it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** ARPHRD_ number: 1 Ethernet, 772 loopback, 65534 none (tun), 512 PPP, … */
  readonly arphrd: number;
  /** Set up by the administrator (IFF_UP). */
  readonly up: boolean;
  /** Up and with a carrier (IFF_RUNNING). */
  readonly running: boolean;
  readonly loopback: boolean;
  /** Promiscuous by the administrator's wish; captures that ask for it don't show here. */
  readonly promiscuous: boolean;
  /** IF_OPER_ state by RFC 2863, such as `up` or `down`. */
  readonly operationalState: string;
  readonly mtu: number | undefined;
  /** As `02:00:5e:10:00:01`; undefined where the interface has no address or another kind of it. */
  readonly macAddress: string | undefined;
  /** The administrator's words for it (IFLA_IFALIAS). */
  readonly alias: string | undefined;
  /** What kind of virtual interface it is, such as `veth` or `tun`; undefined for hardware. */
  readonly kind: string | undefined;
  readonly receiveQueueCount: number | undefined;
  readonly transmitQueueCount: number | undefined;
  /** Totals since the interface was made; undefined where the kernel gives none. */
  readonly statistics: LinkStatistics | undefined;
}

/**
 * Counters of one interface: struct rtnl_link_stats64 (include/uapi/linux/if_link.h, which defines
 * each of them), in 64 bits. They count since the interface was made, but for drivers that begin anew
 * when the card is reset, or that have 32 bits and let them wrap.
 */
export interface LinkStatistics {
  readonly receivedPackets: bigint;
  readonly sentPackets: bigint;
  readonly receivedBytes: bigint;
  readonly sentBytes: bigint;
  readonly receiveErrors: bigint;
  readonly sendErrors: bigint;
  /** rx_dropped: not processed after reception, unwanted frames included; not "lost to capture". */
  readonly receiveDropped: bigint;
  /** tx_dropped: dropped on their way out; for veth also those that the other end couldn't take. */
  readonly sendDropped: bigint;
  /** rx_over_errors: events of a full receiver, not frames. */
  readonly receiveOverErrors: bigint;
  /** rx_fifo_errors: events of a full receive FIFO; not one-to-one with frames. */
  readonly receiveFifoErrors: bigint;
  /** rx_missed_errors: frames the device dropped for want of receive buffers. */
  readonly receiveMissed: bigint;
  /** rx_nohandler: received, with nobody to take it; undefined before Linux 4.6. */
  readonly receiveNoHandler: bigint | undefined;
}

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_OPERSTATE = 16;
const IFLA_LINKINFO = 18;
const IFLA_IFALIAS = 20;
const IFLA_STATS64 = 23;
const IFLA_NUM_TX_QUEUES = 31;
const IFLA_NUM_RX_QUEUES = 32;
const IFLA_INFO_KIND = 1;

const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;
const IFF_PROMISC = 0x100;

/** struct ifinfomsg before the attributes. */
const IFINFOMSG_BYTES = 16;

/** IF_OPER_ states in the order of their numbers (include/uapi/linux/if.h). */
const OPERATIONAL_STATES = [
  'unknown',
  'not present',
  'down',
  'lower layer down',
  'testing',
  'dormant',
  'up',
] as const;

/** Reads the payload of an RTM_NEWLINK message. */
export function parseLink(payload: Uint8Array): Link {
  const view = viewOf(payload);
  const attributes = parseAttributes(payload.subarray(IFINFOMSG_BYTES));
  const flags = view.getUint32(8, true);
  const linkInformation = attributes.get(IFLA_LINKINFO);
  const hardwareAddress = attributes.get(IFLA_ADDRESS);
  const state = attributes.get(IFLA_OPERSTATE)?.[0] ?? 0;
  return {
    index: view.getInt32(4, true),
    name: attributeText(attributes.get(IFLA_IFNAME)) ?? '',
    arphrd: view.getUint16(2, true),
    up: (flags & IFF_UP) !== 0,
    running: (flags & IFF_RUNNING) !== 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    promiscuous: (flags & IFF_PROMISC) !== 0,
    operationalState: OPERATIONAL_STATES[state] ?? `state ${state}`,
    mtu: attributeU32(attributes.get(IFLA_MTU)),
    macAddress: hardwareAddress?.byteLength === 6 ? formatMacAddress(hardwareAddress) : undefined,
    alias: attributeText(attributes.get(IFLA_IFALIAS)),
    kind:
      linkInformation === undefined
        ? undefined
        : attributeText(parseAttributes(linkInformation).get(IFLA_INFO_KIND)),
    receiveQueueCount: attributeU32(attributes.get(IFLA_NUM_RX_QUEUES)),
    transmitQueueCount: attributeU32(attributes.get(IFLA_NUM_TX_QUEUES)),
    statistics: parseStatistics(attributes.get(IFLA_STATS64)),
  };
}

/** struct rtnl_link_stats64: u64 numbers in the order of if_link.h; each kernel appends to it. */
function parseStatistics(value: Uint8Array | undefined): LinkStatistics | undefined {
  if (value === undefined || value.byteLength < 23 * 8) return undefined;
  const view = viewOf(value);
  const field = (index: number): bigint => view.getBigUint64(index * 8, true);
  return {
    receivedPackets: field(0),
    sentPackets: field(1),
    receivedBytes: field(2),
    sentBytes: field(3),
    receiveErrors: field(4),
    sendErrors: field(5),
    receiveDropped: field(6),
    sendDropped: field(7),
    receiveOverErrors: field(11),
    receiveFifoErrors: field(14),
    receiveMissed: field(15),
    receiveNoHandler: value.byteLength >= 24 * 8 ? field(23) : undefined,
  };
}

function formatMacAddress(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
