/** Ways to damage a file, each by its own luck; a seed makes them come again. */

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Luck {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % Math.max(limit, 1);
  }

  /** One of the values. */
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

const EXTREMES = [0, 1, 3, 4, 8, 11, 12, 28, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000];
const MORE_EXTREMES = [0xfffffffc, 0xffffffff, 0x0a0d0d0a, 0x1a2b3c4d, 0x4d3c2b1a, 0x00fffff0];

type Mutation = (bytes: Uint8Array, luck: Luck, others: readonly Uint8Array[]) => Uint8Array;

const mutations: readonly Mutation[] = [
  // a bit turned
  (bytes, luck) => {
    const copy = bytes.slice();
    const at = luck.below(copy.length);
    if (copy.length > 0) copy[at]! ^= 1 << luck.below(8);
    return copy;
  },
  // a byte overwritten
  (bytes, luck) => {
    const copy = bytes.slice();
    if (copy.length > 0) copy[luck.below(copy.length)] = luck.below(256);
    return copy;
  },
  // a word overwritten by an extreme, mostly where words are
  (bytes, luck) => {
    const copy = bytes.slice();
    if (copy.length < 4) return copy;
    const spot = luck.below(copy.length - 3);
    const at = luck.below(4) === 0 ? spot : spot & ~3;
    const value = luck.of([...EXTREMES, ...MORE_EXTREMES]);
    new DataView(copy.buffer).setUint32(at, value, luck.below(2) === 0);
    return copy;
  },
  // a word made a little more or less
  (bytes, luck) => {
    const copy = bytes.slice();
    if (copy.length < 4) return copy;
    const view = new DataView(copy.buffer);
    const at = luck.below(copy.length - 3) & ~3;
    const little = luck.below(2) === 0;
    view.setUint32(at, view.getUint32(at, little) + luck.of([-4, -1, 1, 4, 256]), little);
    return copy;
  },
  // cut off
  (bytes, luck) => bytes.slice(0, luck.below(bytes.length + 1)),
  // a piece taken out
  (bytes, luck) => {
    const at = luck.below(bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(at + luck.below(64)));
  },
  // a piece twice
  (bytes, luck) => {
    const at = luck.below(bytes.length);
    const piece = bytes.subarray(at, at + 4 * luck.below(64));
    return joined(bytes.subarray(0, at), piece, bytes.subarray(at));
  },
  // random bytes put in
  (bytes, luck) => {
    const at = luck.below(bytes.length);
    const noise = Uint8Array.from({ length: luck.below(40) }, () => luck.below(256));
    return joined(bytes.subarray(0, at), noise, bytes.subarray(at));
  },
  // the beginning of one file and the end of another
  (bytes, luck, others) => {
    const other = luck.of(others);
    const at = luck.below(bytes.length) & ~3;
    return joined(bytes.subarray(0, at), other.subarray(luck.below(other.length) & ~3));
  },
];

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Damages a file in one to eight ways. */
export function mutate(seeds: readonly Uint8Array[], luck: Luck): Uint8Array {
  let bytes = luck.of(seeds);
  for (let left = 1 + luck.below(8); left > 0; left--) {
    bytes = luck.of(mutations)(bytes, luck, seeds);
  }
  return bytes;
}
