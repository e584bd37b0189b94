/**
 * How often each content is in a capture, from above: a count may be too large, never too small. So a
 * content that isn't counted is in none of its frames, wherever and whenever; that needs no clock.
 *
 * A blocked Bloom filter with counters of two bits (Putze, Sanders, Singler: Cache-, Hash- and
 * Space-Efficient Bloom Filters): the three counters of a key lie in one cache line. With 16 counters for each
 * frame, 4 bytes, about one content of 150 is taken for one that is there.
 */

const COUNTERS_A_WORD = 16;
const WORDS_A_BLOCK = 16;
const COUNTERS_A_FRAME = 16;
const LEAST_BLOCKS = 1 << 8;
/** 64 MiB: beyond 16 million frames counts are too large more often, and less is taken for sure. */
const MOST_BLOCKS = 1 << 20;
const MOST = 2;

/** Counts of the contents of a capture's interfaces: 0, 1, or 2 for more. */
export class ContentCounts {
  readonly #words: Uint32Array;
  readonly #blockMask: number;
  /** Word and shift of the three counters of the key looked at. */
  readonly #at = new Uint32Array(3);
  readonly #shift = new Uint8Array(3);

  /** @param frames how many there may be, about */
  constructor(frames: number) {
    const wanted = (frames * COUNTERS_A_FRAME) / (COUNTERS_A_WORD * WORDS_A_BLOCK);
    const blocks = Math.min(Math.max(wanted, LEAST_BLOCKS), MOST_BLOCKS);
    const count = 2 ** Math.ceil(Math.log2(blocks));
    this.#words = new Uint32Array(count * WORDS_A_BLOCK);
    this.#blockMask = count - 1;
  }

  /** Counts a frame of an interface. */
  add(interfaceId: number, key: number): void {
    const count = this.countOf(interfaceId, key);
    if (count === MOST) return;
    for (let i = 0; i < 3; i++) {
      const word = this.#words[this.#at[i]!]!;
      const shift = this.#shift[i]!;
      // Only those that are as low as the lowest: the others were raised by other keys.
      if (((word >>> shift) & 3) === count) this.#words[this.#at[i]!] = word + (1 << shift);
    }
  }

  /** How often an interface has a content: at most so often; 2 stands for any more. */
  countOf(interfaceId: number, key: number): number {
    const low = (key ^ Math.imul(interfaceId, 0x9e3779b1)) | 0;
    const high = (key / 0x1_0000_0000) | 0;
    const hash = Math.imul(low ^ (low >>> 15), 0x85ebca6b);
    const block = ((hash ^ (hash >>> 13)) & this.#blockMask) * WORDS_A_BLOCK;
    const places = Math.imul(high ^ (low >>> 7), 0xc2b2ae35);
    let least = MOST;
    for (let i = 0; i < 3; i++) {
      const place = (places >>> (i * 8 + 8)) & 0xff;
      this.#at[i] = block + (place >>> 4);
      const shift = (place & 15) * 2;
      this.#shift[i] = shift;
      const count = (this.#words[this.#at[i]!]! >>> shift) & 3;
      if (count < least) least = count;
    }
    return least;
  }
}
