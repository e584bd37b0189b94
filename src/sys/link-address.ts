/** What rtnetlink says about one IP address of an interface (RTM_NEWADDR). */

import { parseAttributes, viewOf } from './netlink-message.js';

/** An IP address that an interface has. */
export interface LinkAddress {
  /** The number of the interface. */
  readonly linkIndex: number;
  readonly family: 4 | 6;
  /** As text; IPv6 in the canonical form of RFC 5952. */
  readonly address: string;
  /** Bits of the address that name its network. */
  readonly prefixLength: number;
}

const AF_INET = 2;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

/** struct ifaddrmsg: u8 family, u8 prefix length, u8 flags, u8 scope, u32 interface. */
const IFADDRMSG_BYTES = 8;

/** Reads the payload of an RTM_NEWADDR message. */
export function parseAddress(payload: Uint8Array): LinkAddress {
  const view = viewOf(payload);
  const attributes = parseAttributes(payload.subarray(IFADDRMSG_BYTES));
  // On a point-to-point interface IFA_ADDRESS is the other end's; IFA_LOCAL is always our own.
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS) ?? new Uint8Array(0);
  const isIpv4 = view.getUint8(0) === AF_INET;
  return {
    linkIndex: view.getUint32(4, true),
    family: isIpv4 ? 4 : 6,
    address: isIpv4 ? bytes.join('.') : formatIpv6(bytes),
    prefixLength: view.getUint8(1),
  };
}

/** An IPv6 address in the canonical form of RFC 5952, section 4. @param bytes 16 of them */
export function formatIpv6(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(2 * i));
  const zeros = longestZeroRun(groups);
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  // Section 4.2.2: a single zero group isn't shortened.
  if (zeros.length < 2) return text(groups);
  return `${text(groups.slice(0, zeros.start))}::${text(groups.slice(zeros.start + zeros.length))}`;
}

/** The first of the longest runs of zero groups (RFC 5952 section 4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}
