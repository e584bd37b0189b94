/**
 * The invariant bytes of a frame, condensed into one number: what `InvariantBytes` (heal/invariant-bytes.ts)
 * does, step by step, and says why; a property test holds the two against each other.
 *
 * Offsets are 32-bit numbers, as a file's room is smaller; where a frame ended on the wire is 64 bits long.
 */

// Link types and their headers.
const ETHERNET = 1;
const ETHERNET_HEADER = 14;
const LINUX_SLL = 113;
const SLL_HEADER = 16;
const LINUX_SLL2 = 276;
const SLL2_HEADER = 20;
const NULL = 0;
const NULL_HEADER = 4;
const RAW_IP = 101;
const RAW_IPV4 = 228;
const RAW_IPV6 = 229;

// EtherTypes.
const IPV4 = 0x0800;
const ARP = 0x0806;
const IPV6 = 0x86dd;
const VLAN = 0x8100;
const SERVICE_VLAN = 0x88a8;
const OLD_SERVICE_VLAN = 0x9100;
const VLAN_TAG = 4;
const MOST_VLAN_TAGS = 8;
const MOST_802_3_LENGTH = 1500;

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const ARP_IPV4 = 28;
const MOST_EXTENSIONS = 8;

// Protocols.
const HOP_BY_HOP = 0;
const TCP = 6;
const UDP = 17;
const ROUTING = 43;
const FRAGMENT = 44;
const ICMPV6 = 58;
const DESTINATION_OPTIONS = 60;
const SCTP = 132;

let high: u32 = 0;
let low: u32 = 0;
let most: i32 = 0;

function big16(at: i32): i32 {
  return <i32>bswap<u16>(load<u16>(at));
}

function mix(word: u32): void {
  high = rotl<u32>((high ^ word) * 0x85eb_ca6b, 13);
  const product = (low + word) * 0xc2b2_ae35;
  low = product ^ (product >>> 15);
}

/** Mixes in the bytes from `from` up to `to`. */
function range(from: i32, to: i32): void {
  let upper = high;
  let lower = low;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word = load<u32>(at);
    upper = rotl<u32>((upper ^ word) * 0x85eb_ca6b, 13);
    lower = (lower + word) * 0xc2b2_ae35;
    lower ^= lower >>> 15;
  }
  if (at < to) {
    const rest = to - at;
    let word = (<u32>rest) << 24;
    for (let i = 0; i < rest; i++) word ^= (<u32>load<u8>(at + i)) << (i << 3);
    upper = rotl<u32>((upper ^ word) * 0x27d4_eb2f, 13);
    lower = (lower + word) * 0x1656_67b1;
    lower ^= lower >>> 15;
  }
  high = upper;
  low = lower;
}

function checksumOffset(protocol: i32): i32 {
  switch (protocol) {
    case TCP:
      return 16;
    case UDP:
      return 6;
    case ICMPV6:
      return 2;
    case SCTP:
      return 8;
    default:
      return -1;
  }
}

function transport(at: i32, end: i32, protocol: i32): void {
  const checksumAt = at + checksumOffset(protocol);
  if (checksumAt < at || checksumAt >= end) {
    range(at, end);
    return;
  }
  range(at, checksumAt);
  range(checksumAt + (protocol === SCTP ? 4 : 2), end);
}

/** A payload of which nothing is known to change. */
function opaque(at: i32, end: i32, wireEnd: i64, type: i32): void {
  mix(<u32>type);
  mix(<u32>(wireEnd - at));
  range(at, min(end, at + most));
}

function ipv4(at: i32, end: i32, wireEnd: i64): void {
  const total = big16(at + 2);
  const wanted: i64 = total === 0 ? wireEnd : <i64>(at + total);
  const stop = <i32>min<i64>(min<i64>(<i64>end, wanted), <i64>(at + most));
  mix(total === 0 ? <u32>(wireEnd - at) : 0);
  mix(load<u32>(at) & 0xffff_00ff);
  mix(load<u32>(at + 4));
  mix(load<u32>(at + 8) & 0x0000_ff00);
  const headerEnd = at + (<i32>load<u8>(at) & 0x0f) * 4;
  const isFirst = (big16(at + 6) & 0x1fff) === 0;
  range(at + 12, min(headerEnd, stop));
  transport(headerEnd, stop, isFirst ? <i32>load<u8>(at + 9) : -1);
}

function ipv6(at: i32, end: i32, wireEnd: i64): void {
  const length = big16(at + 4);
  const isJumbo = length === 0;
  const wanted: i64 = isJumbo ? wireEnd : <i64>(at + IPV6_HEADER + length);
  const stop = <i32>min<i64>(min<i64>(<i64>end, wanted), <i64>(at + most));
  mix(isJumbo ? <u32>(wireEnd - at) : 0);
  mix(load<u32>(at) & 0x0000_00f0);
  mix(load<u32>(at + 4) & 0x00ff_ffff);
  range(at + 8, min(at + IPV6_HEADER, stop));
  let next = <i32>load<u8>(at + 6);
  let position = at + IPV6_HEADER;
  for (let count = 0; count < MOST_EXTENSIONS && position + 8 <= stop; count++) {
    const isFragment = next === FRAGMENT;
    const isOther = next === HOP_BY_HOP || next === ROUTING || next === DESTINATION_OPTIONS;
    if (!isFragment && !isOther) break;
    const after = position + (isFragment ? 8 : 8 * (<i32>load<u8>(position + 1) + 1));
    const isFirst = !isFragment || (big16(position + 2) & 0xfff8) === 0;
    next = isFirst ? <i32>load<u8>(position) : -1;
    range(position, min(after, stop));
    position = after;
  }
  transport(position, stop, next);
}

function typed(from: i32, end: i32, wireEnd: i64, typeOrLength: i32): void {
  let at = from;
  let type = typeOrLength;
  for (let tags = 0; tags < MOST_VLAN_TAGS; tags++) {
    if (type !== VLAN && type !== SERVICE_VLAN && type !== OLD_SERVICE_VLAN) break;
    if (at + VLAN_TAG > end) break;
    type = big16(at + 2);
    at += VLAN_TAG;
  }
  if (type === IPV4 && end - at >= IPV4_HEADER) ipv4(at, end, wireEnd);
  else if (type === IPV6 && end - at >= IPV6_HEADER) ipv6(at, end, wireEnd);
  else if (type === ARP) opaque(at, min(end, at + ARP_IPV4), at + ARP_IPV4, type);
  else if (type <= MOST_802_3_LENGTH) opaque(at, min(end, at + type), at + type, 0);
  else opaque(at, end, wireEnd, type);
}

function byVersion(at: i32, end: i32, wireEnd: i64): void {
  const version = at < end ? <i32>load<u8>(at) >>> 4 : 0;
  if (version === 4) typed(at, end, wireEnd, IPV4);
  else if (version === 6) typed(at, end, wireEnd, IPV6);
  else opaque(at, end, wireEnd, 0);
}

function link(start: i32, end: i32, wireEnd: i64, linkType: i32): void {
  if (linkType === ETHERNET && end - start >= ETHERNET_HEADER) {
    typed(start + ETHERNET_HEADER, end, wireEnd, big16(start + 12));
  } else if (linkType === LINUX_SLL && end - start >= SLL_HEADER) {
    typed(start + SLL_HEADER, end, wireEnd, big16(start + 14));
  } else if (linkType === LINUX_SLL2 && end - start >= SLL2_HEADER) {
    typed(start + SLL2_HEADER, end, wireEnd, big16(start));
  } else if (linkType === NULL) byVersion(start + NULL_HEADER, end, wireEnd);
  else if (linkType === RAW_IP || linkType === RAW_IPV4 || linkType === RAW_IPV6) {
    byVersion(start, end, wireEnd);
  } else opaque(start, end, wireEnd, -1 - linkType);
}

/** The last steps of MurmurHash3, and the upper 53 bits of what they give as a whole number. */
function finish(): f64 {
  let upper = high ^ (low * 0x9e37_79b1);
  let lower = low ^ rotl<u32>(upper, 7);
  upper = (upper ^ (upper >>> 16)) * 0x85eb_ca6b;
  upper = (upper ^ (upper >>> 13)) * 0xc2b2_ae35;
  lower = (lower ^ (lower >>> 16)) * 0xc2b2_ae35;
  lower = (lower ^ (lower >>> 13)) * 0x27d4_eb2f;
  upper ^= upper >>> 16;
  lower ^= lower >>> 16;
  return <f64>(((<u64>upper) << 21) | (<u64>lower >>> 11));
}

/**
 * The key of a frame.
 *
 * @param start address of its first byte
 * @param limit how many bytes are looked at
 */
export function keyOf(
  start: i32,
  captured: i32,
  original: u32,
  linkType: i32,
  exact: bool,
  limit: i32,
): f64 {
  high = 0x9e37_79b9;
  low = 0x7f4a_7c15;
  most = limit;
  const end = start + captured;
  if (exact) {
    mix(original);
    range(start, min(end, start + limit));
  } else link(start, end, <i64>start + <i64>original, linkType);
  return finish();
}
