/** Builds one block with options, byte by byte: for the blocks that are written a few times a file. */

import { ArgumentError } from '../core/errors.js';
import { CommonOption } from './constants.js';

const MAX_OPTION_BYTES = 0xffff;
const textEncoder = new TextEncoder();

/**
 * A little-endian block under construction: fixed fields first, then options, then `finish`.
 *
 * Grows as needed; costs microseconds, so frames on the hot path are encoded elsewhere.
 */
export class BlockBuilder {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #hasOptions: boolean = false;

  /** Appends an unsigned 16-bit field. */
  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  /** Appends an unsigned 32-bit field. */
  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** Appends an unsigned 64-bit field. */
  u64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, value, true);
    this.#length += 8;
  }

  /** Appends a timestamp as its two halves, the upper one first, whatever the byte order. */
  timestamp(ticks: bigint): void {
    this.u32(Number((ticks >> 32n) & 0xffff_ffffn));
    this.u32(Number(ticks & 0xffff_ffffn));
  }

  /**
   * Appends an option and pads it to 32 bits.
   *
   * @throws {ArgumentError} `OPTION_TOO_LONG` above 65,535 bytes
   */
  option(code: number, value: Uint8Array): void {
    if (value.length > MAX_OPTION_BYTES) {
      throw new ArgumentError(
        'OPTION_TOO_LONG',
        `Can't write a pcapng option of ${value.length} bytes. Shorten it to ${MAX_OPTION_BYTES} bytes or fewer.`,
        {
          argument: `option ${code}`,
          value: value.length,
          expected: `at most ${MAX_OPTION_BYTES} bytes`,
        },
      );
    }
    this.#startOption(code, value.length);
    this.#reserve(value.length + 3);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    while (this.#length % 4 !== 0) this.#bytes[this.#length++] = 0;
  }

  /** Appends a text option; nothing where the text is undefined. */
  textOption(code: number, text: string | undefined): void {
    if (text !== undefined) this.option(code, textEncoder.encode(text));
  }

  /** Appends a 32-bit option. */
  u32Option(code: number, value: number): void {
    this.#startOption(code, 4);
    this.u32(value);
  }

  /** Appends a 64-bit count; nothing where it is undefined. */
  u64Option(code: number, value: bigint | number | undefined): void {
    if (value === undefined) return;
    this.#startOption(code, 8);
    this.u64(BigInt(value));
  }

  /** Appends a time as high and low half; nothing where it is undefined. */
  timestampOption(code: number, ticks: bigint | undefined): void {
    if (ticks === undefined) return;
    this.#startOption(code, 8);
    this.timestamp(ticks);
  }

  /** Appends bytes that are no option, and pads them to 32 bits. */
  padded(bytes: Uint8Array): void {
    this.#reserve(bytes.length + 3);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    while (this.#length % 4 !== 0) this.#bytes[this.#length++] = 0;
  }

  /** Appends options that are encoded already, padding included; nothing where there are none. */
  encodedOptions(options: Uint8Array): void {
    if (options.length === 0) return;
    this.#hasOptions = true;
    this.#reserve(options.length);
    this.#bytes.set(options, this.#length);
    this.#length += options.length;
  }

  /** The bytes so far, with the options ended by opt_endofopt; for callers that frame them. */
  finishBody(): Uint8Array {
    if (this.#hasOptions) this.u32(CommonOption.End);
    return this.#bytes.subarray(0, this.#length);
  }

  /** The whole block: type, length, what was appended, length again. */
  finish(blockType: number): Uint8Array {
    const body = this.finishBody();
    const block = new Uint8Array(body.length + 12);
    const view = new DataView(block.buffer);
    view.setUint32(0, blockType, true);
    view.setUint32(4, block.length, true);
    block.set(body, 8);
    view.setUint32(block.length - 4, block.length, true);
    return block;
  }

  #startOption(code: number, length: number): void {
    this.#hasOptions = true;
    this.u16(code);
    this.u16(length);
  }

  #reserve(byteCount: number): void {
    const needed = this.#length + byteCount;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
