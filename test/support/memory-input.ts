/** An input over bytes in memory, for tests of parsers. */
export class MemoryInput {
  readonly #bytes: Uint8Array;
  readonly #pieceBytes: number;
  #at = 0;

  /** @param pieceBytes the most that one `read` gives, as a pipe would */
  constructor(bytes: Uint8Array, pieceBytes: number = Number.MAX_SAFE_INTEGER) {
    this.#bytes = bytes;
    this.#pieceBytes = pieceBytes;
  }

  read(into: Uint8Array): number {
    const count = Math.min(into.length, this.#pieceBytes, this.#bytes.length - this.#at);
    into.set(this.#bytes.subarray(this.#at, this.#at + count));
    this.#at += count;
    return count;
  }
}
