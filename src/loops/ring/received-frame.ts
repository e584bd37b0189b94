/**
 * Where everything lies in a frame of a TPACKET_V3 ring.
 *
 * Source: include/uapi/linux/if_packet.h (struct tpacket3_hdr, struct sockaddr_ll behind it).
 */

/** offset_to_first_pkt of struct tpacket_block_desc. */
export const FIRST_FRAME = 16;

// struct tpacket3_hdr
/** Bytes to the next header of the block; 0 in its last frame. */
export const NEXT = 0;
export const SECONDS = 4;
export const NANOSECONDS = 8;
export const CAPTURED = 12;
export const ORIGINAL = 16;
export const STATUS = 20;
/** Bytes from the header to the frame, 16 bits. */
export const OFFSET = 24;
const VLAN_TCI = 32;
const VLAN_TPID = 36;
/** sll_pkttype of the struct sockaddr_ll that follows it at 48. */
export const KIND = 58;

/** The kernel took a VLAN tag out. */
export const STATUS_VLAN_VALID: u32 = 0x10;
const STATUS_VLAN_TPID_VALID: u32 = 0x40;
const DEFAULT_TPID: u32 = 0x8100;
export const TAG_LENGTH: u32 = 4;
/** The tag stands behind them. */
export const MAC_ADDRESSES_LENGTH: u32 = 12;

/** A frame's time, in nanoseconds. */
export function timeOf(header: usize): u64 {
  return <u64>load<u32>(header, SECONDS) * 1_000_000_000 + <u64>load<u32>(header, NANOSECONDS);
}

/**
 * Puts the tag back that the kernel took out of a frame.
 *
 * @param from where the frame begins then: `TAG_LENGTH` bytes before where it does now, where there is room
 */
export function putTagBack(header: usize, from: usize, status: u32): void {
  store<u64>(from, load<u64>(from, 4));
  store<u32>(from, load<u32>(from, 12), 8);
  const tpid =
    (status & STATUS_VLAN_TPID_VALID) !== 0 ? <u32>load<u16>(header, VLAN_TPID) : DEFAULT_TPID;
  store<u16>(from, bswap<u16>(<u16>tpid), 12);
  store<u16>(from, bswap<u16>(load<u16>(header, VLAN_TCI)), 14);
}
