/** Ranges of bytes of a stream: sorted, disjoint, at most so many. */

/**
 * A set of positions, held as ranges from `start` (in it) to `end` (not in it).
 *
 * Memory is bounded: beyond `limit` ranges the lowest is forgotten, and `forgotten` says so. Cost of
 * each call: proportional to the ranges held.
 */
export class ByteRanges {
  readonly #bounds: number[] = [];
  readonly #limit: number;
  #forgotten = 0;

  /** @param limit ranges held at most */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Ranges held. */
  get count(): number {
    return this.#bounds.length / 2;
  }

  /** Ranges forgotten because there were too many. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Adds a range; what touches or overlaps becomes one. */
  add(start: number, end: number): void {
    if (end <= start) return;
    const bounds = this.#bounds;
    let from = 0;
    while (from < bounds.length && bounds[from + 1]! < start) from += 2;
    let to = from;
    let low = start;
    let high = end;
    while (to < bounds.length && bounds[to]! <= end) {
      low = Math.min(low, bounds[to]!);
      high = Math.max(high, bounds[to + 1]!);
      to += 2;
    }
    bounds.splice(from, to - from, low, high);
    if (this.count > this.#limit) {
      bounds.splice(0, 2);
      this.#forgotten += 1;
    }
  }

  /** Removes everything before a position. */
  removeBelow(position: number): void {
    const bounds = this.#bounds;
    while (bounds.length > 0 && bounds[1]! <= position) bounds.splice(0, 2);
    if (bounds.length > 0 && bounds[0]! < position) bounds[0] = position;
  }

  /** Removes everything. */
  clear(): void {
    this.#bounds.length = 0;
  }

  /** The parts of `start … end` that aren't in the set, in order. */
  missingFrom(start: number, end: number): [start: number, end: number][] {
    const missing: [number, number][] = [];
    const bounds = this.#bounds;
    let at = start;
    for (let i = 0; i < bounds.length && at < end; i += 2) {
      if (bounds[i + 1]! <= at) continue;
      if (bounds[i]! >= end) break;
      if (bounds[i]! > at) missing.push([at, bounds[i]!]);
      at = bounds[i + 1]!;
    }
    if (at < end) missing.push([at, end]);
    return missing;
  }
}
