/** The next bytes of an input, looked at before they are read. */

/** Reads in order, and can be asked for bytes beforehand. */
export class LookAhead {
  readonly #take: (into: Uint8Array) => number;
  /** What `peek` has taken and `read` has yet to give. */
  #ahead: Uint8Array = new Uint8Array(0);

  /** @param take gives the next bytes, at most as many as `into` holds; 0 at the end */
  constructor(take: (into: Uint8Array) => number) {
    this.#take = take;
  }

  /** How many bytes have been taken and not yet read. */
  get byteCount(): number {
    return this.#ahead.length;
  }

  /** At least the next `byteCount` bytes, which `read` will give again; fewer where there are fewer. */
  peek(byteCount: number): Uint8Array {
    const ahead = new Uint8Array(Math.max(byteCount, this.#ahead.length));
    ahead.set(this.#ahead);
    let length = this.#ahead.length;
    while (length < byteCount) {
      const count = this.#take(ahead.subarray(length));
      if (count === 0) break;
      length += count;
    }
    this.#ahead = ahead.subarray(0, length);
    return this.#ahead;
  }

  /** Reads the next bytes, at most as many as `into` holds; returns how many, 0 at the end. */
  read(into: Uint8Array): number {
    const ahead = this.#ahead;
    if (ahead.length === 0) return this.#take(into);
    const count = Math.min(ahead.length, into.length);
    into.set(ahead.subarray(0, count));
    this.#ahead = ahead.subarray(count);
    return count;
  }
}
