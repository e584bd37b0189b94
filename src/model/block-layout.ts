/** How TPACKET_V3 lays frames out in a block: which frame still fits, and what of it is kept. */

import { ArgumentError } from '../core/errors.js';

/** Bytes before the first frame of a block: sizeof(struct tpacket_block_desc), 8-aligned. */
export const BLOCK_HEADER_LENGTH = 48;
/** V3_ALIGNMENT in net/packet/af_packet.c: frame slots start at multiples of it. */
const SLOT_ALIGNMENT = 8;
/** TPACKET_ALIGNMENT in include/uapi/linux/if_packet.h. */
const HEADER_ALIGNMENT = 16;
/** sizeof(struct tpacket3_hdr); a multiple of HEADER_ALIGNMENT. */
const FRAME_HEADER_LENGTH = 48;
/** sizeof(struct sockaddr_ll). */
const ADDRESS_LENGTH = 20;
/** The least room that the kernel keeps for a link-layer header before the network header. */
const LEAST_MAC_LENGTH = 16;
const PAGE_SIZE = 4096;

/** What a ring's set-up (struct tpacket_req3, PACKET_RESERVE) says about the layout. */
export interface BlockLayoutOptions {
  /** tp_block_size: bytes of a block; a multiple of 4096. */
  readonly blockSize: number;
  /** PACKET_RESERVE: bytes kept free before each frame's network header; 0 where not given. */
  readonly reserveBytes?: number;
  /** tp_sizeof_priv: bytes of each block that the kernel leaves to the application. */
  readonly privateBytes?: number;
  /** Length of the link-layer header; 14 (Ethernet) where not given. */
  readonly macLength?: number;
}

/** Where frames go in a block. */
export interface BlockLayout {
  readonly blockSize: number;
  /** Where the first frame's header is in the block. */
  readonly firstFrameOffset: number;
  /** tp_mac: from a frame's header to its first byte. */
  readonly macOffset: number;
  /** max_frame_len: header and bytes of the longest frame that a block takes. */
  readonly longestFrame: number;
}

function align(length: number, alignment: number): number {
  return Math.ceil(length / alignment) * alignment;
}

/**
 * The layout for one set-up.
 *
 * Source: net/packet/af_packet.c, tpacket_rcv() (SOCK_RAW branch), init_prb_bdqc(), BLK_PLUS_PRIV.
 *
 * @throws {ArgumentError} `BAD_BLOCK_SIZE` where the kernel would refuse the set-up with EINVAL;
 *   `BAD_RESERVE` where every frame would be dropped for its network offset
 */
export function blockLayout(options: BlockLayoutOptions): BlockLayout {
  const { blockSize, reserveBytes = 0, privateBytes = 0, macLength = 14 } = options;
  const firstFrameOffset = BLOCK_HEADER_LENGTH + align(privateBytes, SLOT_ALIGNMENT);
  if (!Number.isInteger(blockSize) || blockSize % PAGE_SIZE !== 0 || blockSize < PAGE_SIZE) {
    throw badBlockSize(blockSize, `a multiple of ${PAGE_SIZE} bytes`);
  }
  if (blockSize <= firstFrameOffset) {
    throw badBlockSize(blockSize, `more than the ${firstFrameOffset} bytes of its own header`);
  }
  const networkOffset =
    align(
      FRAME_HEADER_LENGTH + ADDRESS_LENGTH + Math.max(macLength, LEAST_MAC_LENGTH),
      HEADER_ALIGNMENT,
    ) + reserveBytes;
  if (!Number.isInteger(reserveBytes) || reserveBytes < 0 || networkOffset > 0xffff) {
    throw new ArgumentError(
      'BAD_RESERVE',
      `Can't reserve ${reserveBytes} bytes before each frame. Give a number from 0 to 65,000.`,
      { argument: 'reserveBytes', value: reserveBytes, expected: '0 … 65,000' },
    );
  }
  return {
    blockSize,
    firstFrameOffset,
    macOffset: networkOffset - macLength,
    longestFrame: blockSize - firstFrameOffset,
  };
}

function badBlockSize(value: number, expected: string): ArgumentError {
  return new ArgumentError(
    'BAD_BLOCK_SIZE',
    `A ring block can't have ${value} bytes. Give ${expected}.`,
    { argument: 'blockSize', value, expected },
  );
}

/**
 * Bytes of a frame that a block keeps: all of it, or what the longest slot has room for.
 *
 * Source: net/packet/af_packet.c, tpacket_rcv(), "packet too big, clamped".
 *
 * @param length what the filter lets through of the frame, in bytes
 */
export function keptLength(layout: BlockLayout, length: number): number {
  return Math.max(0, Math.min(length, layout.longestFrame - layout.macOffset));
}

/**
 * Bytes that a frame takes in a block: its header, its link-layer address, its bytes, and padding.
 *
 * @param kept what `keptLength` gave
 */
export function slotLength(layout: BlockLayout, kept: number): number {
  return align(Math.min(layout.macOffset + kept, layout.longestFrame), SLOT_ALIGNMENT);
}
