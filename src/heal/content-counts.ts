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
const TWO_TO_MINUS_32: number = 2 ** -32;

/** Counts of the contents of a capture's interfaces: 0, 1, or 2 for more. */
export class ContentCounts {
  readonly #words: Int32Array;
  readonly #blockMask: number;
  /** What `#fetch` has read; only so that it has to read it. */
  #fetched = 0;

  /** @param frames how many there may be, about */
  constructor(frames: number) {
    const wanted = (frames * COUNTERS_A_FRAME) / (COUNTERS_A_WORD * WORDS_A_BLOCK);
    const blocks = Math.min(Math.max(wanted, LEAST_BLOCKS), MOST_BLOCKS);
    const count = 2 ** Math.ceil(Math.log2(blocks));
    this.#words = new Int32Array(count * WORDS_A_BLOCK);
    this.#blockMask = count - 1;
  }

  /** Counts a frame of an interface. */
  add(interfaceId: number, key: number): void {
    const words = this.#words;
    const low = lowerOf(interfaceId, key);
    const block = this.#blockOf(low);
    const places = placesOf(low, key);
    const first = (places >>> 8) & 0xff;
    const second = (places >>> 16) & 0xff;
    const third = places >>> 24;
    const count = Math.min(
      counterIn(words, block, first),
      counterIn(words, block, second),
      counterIn(words, block, third),
    );
    if (count >= MOST) return;
    // Only those that are as low as the lowest: the others were raised by other keys.
    raise(words, block, first, count);
    raise(words, block, second, count);
    raise(words, block, third, count);
  }

  /** Counts frames of an interface: the first ones of some keys. */
  addAll(interfaceId: number, keys: Float64Array, count: number): void {
    this.#fetch(interfaceId, keys, count);
    for (let i = 0; i < count; i++) this.add(interfaceId, keys[i]!);
  }

  /** How often an interface has a content: at most so often; 2 stands for any more. */
  countOf(interfaceId: number, key: number): number {
    const words = this.#words;
    const low = lowerOf(interfaceId, key);
    const block = this.#blockOf(low);
    const places = placesOf(low, key);
    return Math.min(
      MOST,
      counterIn(words, block, (places >>> 8) & 0xff),
      counterIn(words, block, (places >>> 16) & 0xff),
      counterIn(words, block, places >>> 24),
    );
  }

  // Blocks lie all over the memory: looked at like this, with nothing to be decided about what is in them, the
  // processor fetches many at a time.
  #fetch(interfaceId: number, keys: Float64Array, count: number): void {
    const words = this.#words;
    let fetched = 0;
    for (let i = 0; i < count; i++)
      fetched |= words[this.#blockOf(lowerOf(interfaceId, keys[i]!))]!;
    this.#fetched |= fetched;
  }

  #blockOf(low: number): number {
    const hash = Math.imul(low ^ (low >>> 15), 0x85ebca6b);
    return ((hash ^ (hash >>> 13)) & this.#blockMask) * WORDS_A_BLOCK;
  }
}

function lowerOf(interfaceId: number, key: number): number {
  return (key ^ Math.imul(interfaceId, 0x9e3779b1)) | 0;
}

/** Places of a key's counters in its block, in the three upper bytes. */
function placesOf(low: number, key: number): number {
  return Math.imul(((key * TWO_TO_MINUS_32) | 0) ^ (low >>> 7), 0xc2b2ae35);
}

function counterIn(words: Int32Array, block: number, place: number): number {
  return (words[block + (place >>> 4)]! >>> ((place & 15) * 2)) & 3;
}

function raise(words: Int32Array, block: number, place: number, count: number): void {
  const at = block + (place >>> 4);
  const shift = (place & 15) * 2;
  const word = words[at]!;
  if (((word >>> shift) & 3) === count) words[at] = word + (1 << shift);
}
