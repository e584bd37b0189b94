/**
 * How long the reader of a ring sleeps though frames come.
 *
 * Where blocks fill fast, a short sleep before the wait for the next one lets one wake-up serve several of them. A
 * wake-up does little, but on memory that the frames in between have driven out of the processor's
 * caches: it costs some 50 µs, whatever it serves. So the fewer, the cheaper a frame. What bounds a sleep is
 * the ring: it must take what comes meanwhile, also where that is much more than what came before.
 */

import type { RingGeometry } from '../sys/packet-ring.js';

const LONGEST_MS = 16;
const FASTEST_BYTES_PER_MS = 4_000_000;
/** The timer may close the open block at once, and another within the nap; one must be left to fill. */
const LEAST_BLOCKS = 4;
/** Blocks that fill more slowly than that are waited for one by one. */
const DENSE_MS_PER_BLOCK = 4;
/** A nap lasts as long as so many blocks take to fill at the pace of the last ones. */
const BLOCKS_PER_NAP = 8;
/** What a longer nap than usual may fill at that pace, as a part of the ring. */
const PARTS_OF_RING = 16;

/**
 * The sleeps of one ring's reader, which begin with an empty ring.
 *
 * Blocks are closed when they are full, so a nap is no longer than traffic of 4 GB/s takes to fill half of
 * the ring; or all of it, where at the pace of the last blocks it fills a sixteenth at most, so that only a
 * flood that begins in that very nap comes near the end of the ring. And blocks are closed by the retire timer, however
 * little is in them, so no nap is longer than that. That also keeps naps from adding much to the time that a
 * frame waits in the ring anyway.
 */
export class RingNap {
  /** The longest nap there is, in milliseconds; 0: none. */
  readonly longestMs: number;
  /** The longest one at any pace. */
  readonly usualMs: number;
  readonly #blockCount: number;

  constructor(geometry: RingGeometry) {
    const { blockSizeBytes, blockCount, retireMs } = geometry;
    const fillMs = (blockSizeBytes * blockCount) / FASTEST_BYTES_PER_MS;
    const mostMs = blockCount < LEAST_BLOCKS ? 0 : Math.min(LONGEST_MS, retireMs);
    this.longestMs = Math.min(mostMs, Math.floor(fillMs));
    this.usualMs = Math.min(mostMs, Math.floor(fillMs / 2));
    this.#blockCount = blockCount;
  }

  /**
   * How long to sleep before the next wait, in milliseconds; 0, or a value below 1: not at all.
   *
   * @param msPerBlock how long each of the last blocks took to fill; NaN where there was none
   */
  lengthMs(msPerBlock: number): number {
    if (!(msPerBlock < DENSE_MS_PER_BLOCK)) return 0;
    const partMs = (msPerBlock * this.#blockCount) / PARTS_OF_RING;
    const boundMs = Math.max(this.usualMs, Math.min(this.longestMs, partMs));
    return Math.min(boundMs, msPerBlock * BLOCKS_PER_NAP);
  }
}
