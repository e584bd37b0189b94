/** How long the reader of a ring may sleep though frames come. */

import type { RingGeometry } from '../sys/packet-ring.js';

const LONGEST_NAP_MS = 8;
const FASTEST_BYTES_PER_MS = 4_000_000;
/** The timer may close the open block at once, and another within the nap; one must be left to fill. */
const LEAST_BLOCKS = 4;

/**
 * The longest sleep that fills no ring which was empty before it, in milliseconds; 0: none.
 *
 * Blocks are closed when they are full, so it is no longer than traffic of 4 GB/s takes to fill half of
 * the ring; and by the retire timer, however little is in them, so it is no longer than that. That also
 * keeps it from adding much to the time that a frame waits in the ring anyway.
 */
export function longestNapMs(geometry: RingGeometry): number {
  const { blockSizeBytes, blockCount, retireMs } = geometry;
  if (blockCount < LEAST_BLOCKS) return 0;
  const halfBytes = (blockSizeBytes * blockCount) / 2;
  return Math.min(LONGEST_NAP_MS, retireMs, Math.floor(halfBytes / FASTEST_BYTES_PER_MS));
}
