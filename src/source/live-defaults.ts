/** What a live source has unless asked otherwise; apart from it, for what only names or shows it. */

/** Size of the ring or receive queue, in bytes. */
export const DEFAULT_BUFFER_SIZE_BYTES: number = 64 * 2 ** 20;

/** Longest part of a frame that is kept, in bytes; as dumpcap and tcpdump. */
export const DEFAULT_SNAPSHOT_LENGTH = 262_144;

const PAGE_BYTES = 4096;
const SMALLEST_BLOCK_BYTES = 131_072;
const LARGEST_BLOCK_BYTES = 524_288;
/** Blocks that a ring has at least before they are made larger. */
const FEWEST_BLOCKS = 128;

/**
 * Size of a ring's blocks unless asked otherwise: 128 KiB below a ring of 32 MiB, 256 KiB below 64 MiB,
 * then 512 KiB; half of a ring smaller than 256 KiB. In bytes, a multiple of 4096.
 *
 * What is done once a block, and what its compiling costs, is spread over more frames in a large one.
 * But a slow flow closes a block every retire time, however little is in it: the number of blocks says
 * for how long a reader may stand still then.
 *
 * @param rings with several, which hand on a copy of each block, blocks stay at 128 KiB
 */
export function defaultBlockSize(bufferSizeBytes: number, rings = 1): number {
  const largest = rings === 1 ? LARGEST_BLOCK_BYTES : SMALLEST_BLOCK_BYTES;
  let size = SMALLEST_BLOCK_BYTES;
  while (size < largest && 2 * size * FEWEST_BLOCKS <= bufferSizeBytes) size *= 2;
  const halfInPages = Math.floor(bufferSizeBytes / 2 / PAGE_BYTES) * PAGE_BYTES;
  return Math.max(PAGE_BYTES, Math.min(size, halfInPages));
}
