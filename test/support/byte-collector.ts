/** An output that keeps what it is given, for tests of encoders. */
export class ByteCollector {
  /** What each call of `write` gave, copied. */
  readonly writes: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.writes.push(bytes.slice());
  }

  /** All bytes so far, one after the other. */
  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.writes));
  }
}
