/** Reads the options of a block: for the blocks that come a few times a file. */

import type { BlockParser } from './block-parser.js';
import { CommonOption } from './constants.js';

const textDecoder = new TextDecoder();

/** The options of the parser's present block, read in its section's byte order. */
export class OptionReader {
  readonly #parser: BlockParser;
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  #at: number;
  readonly #end: number;
  #valueAt = 0;
  /** Code of the present option; what it means depends on the block. */
  code: number = 0;
  /** Bytes of its value, padding left out. */
  length = 0;

  /** @param fixedBytes bytes of the block before its options, type and length included */
  constructor(parser: BlockParser, fixedBytes: number) {
    this.#parser = parser;
    this.#view = new DataView(parser.bytes.buffer, parser.bytes.byteOffset);
    this.#littleEndian = !parser.swapped;
    this.#at = parser.blockStart + fixedBytes;
    this.#end = parser.blockStart + parser.blockLength - 4;
  }

  /**
   * Steps to the next option; false after the last, whether or not opt_endofopt is there.
   *
   * @throws {FormatError} `BAD_OPTION_LENGTH` where an option reaches out of its block
   */
  next(): boolean {
    if (this.#end - this.#at < 4) return false;
    this.code = this.#view.getUint16(this.#at, this.#littleEndian);
    this.length = this.#view.getUint16(this.#at + 2, this.#littleEndian);
    if (this.code === CommonOption.End) return false;
    this.#valueAt = this.#at + 4;
    if (this.#valueAt + this.length > this.#end) {
      throw this.#parser.error(
        'BAD_OPTION_LENGTH',
        `has option ${this.code} of ${this.length} bytes, which reaches out of the block`,
      );
    }
    this.#at = this.#valueAt + ((this.length + 3) & ~3);
    return true;
  }

  /** The value as bytes of its own. */
  bytes(): Uint8Array {
    return this.#parser.bytes.slice(this.#valueAt, this.#valueAt + this.length);
  }

  /** The value as UTF-8 text; zeros at its end, which some writers add, are left out. */
  text(): string {
    return decodeText(this.#parser.bytes, this.#valueAt, this.length);
  }

  /** The value as one octet. */
  u8(): number {
    this.#check(1);
    return this.#view.getUint8(this.#valueAt);
  }

  /** The value as an unsigned 64-bit number. */
  u64(): bigint {
    this.#check(8);
    return this.#view.getBigUint64(this.#valueAt, this.#littleEndian);
  }

  /** The value as a signed 64-bit number. */
  i64(): bigint {
    this.#check(8);
    return this.#view.getBigInt64(this.#valueAt, this.#littleEndian);
  }

  /** The value as a time: the upper half comes first in both byte orders. */
  ticks(): bigint {
    this.#check(8);
    const high = this.#view.getUint32(this.#valueAt, this.#littleEndian);
    const low = this.#view.getUint32(this.#valueAt + 4, this.#littleEndian);
    return (BigInt(high) << 32n) | BigInt(low);
  }

  #check(length: number): void {
    if (this.length === length) return;
    throw this.#parser.error(
      'BAD_OPTION_LENGTH',
      `has option ${this.code} of ${this.length} bytes, which must be of ${length}`,
    );
  }
}

/** Decodes UTF-8, leaving out zeros at the end; bytes that are no UTF-8 become U+FFFD. */
export function decodeText(bytes: Uint8Array, start: number, length: number): string {
  let end = start + length;
  while (end > start && bytes[end - 1] === 0) end--;
  return textDecoder.decode(bytes.subarray(start, end));
}
