/**
 * Walks the blocks of a pcapng file in memory of constant size.
 *
 * Purpose. A capture file is a row of blocks, each with its length at both ends. The parser keeps a
 * piece of the file in one buffer, steps from block to block in it, and says where the present block
 * lies. It copies nothing and makes no object per block, so that whoever decodes frames reads their
 * fields straight from the buffer, by word index. It does no I/O: bytes come from a `BlockInput`.
 *
 * Terms. A *section* starts with a section header block (SHB), which fixes the byte order of every
 * block up to the next SHB; a file may hold several sections of different byte orders. A block is
 * *whole* when all its bytes are in the buffer.
 *
 * Use. `next()` steps to the next whole block; when it returns false, `fill()` throws away what has
 * been stepped over, moves the rest to the front and reads more. So everything that points into the
 * buffer is valid until `fill()`, and only then:
 *
 *     do {
 *       while (parser.next()) decode(parser);
 *     } while (parser.fill());
 *
 * Invariants. A block starts at a multiple of 4 in the file and, as the rest moves to offset 0, also
 * in the buffer: `words` may be indexed by byte offset / 4. The buffer's size is a multiple of 4.
 * The SHB's type reads the same in both byte orders, so a new section is seen whatever the order of
 * the one before.
 *
 * What can go wrong. A length that is no multiple of 4, below 12, above the cap, or not repeated at
 * the block's end is a `FormatError`: nothing after it can be found. A file that ends inside a block
 * isn't an error, as every capture that was cut short ends so: `end` says `truncated` once all
 * whole blocks have been given. Bytes that are missing at the end can't be told from a length that
 * is wrong but below the cap, so that too reads as `truncated`.
 *
 * Limits. The cap is 16 MiB a block by default, which is also Wireshark's for all but D-Bus frames.
 * The buffer grows towards it only as far as bytes really come, by doubling. A section's stated
 * length is not relied upon, since many writers leave it open.
 *
 * Source: draft-ietf-opsawg-pcapng, sections 3.1 and 4.1.
 */

import { FormatError } from '../core/errors.js';
import { BlockType, BYTE_ORDER_MAGIC } from './constants.js';

/** Measured best, by little: bench/micro/source/file-source.bench.ts. */
const DEFAULT_CHUNK_BYTES = 512 * 1024;
const DEFAULT_MAX_BLOCK_BYTES = 16 * 1024 * 1024;
/** Type, length and length again. */
const MIN_BLOCK_BYTES = 12;
const MIN_SECTION_HEADER_BYTES = 28;

/** Where a parser's bytes come from. */
export interface BlockInput {
  /**
   * Puts the next bytes into `into`, waiting for them if need be.
   *
   * @returns how many bytes, at least 1; 0 at the end of the input
   */
  read(into: Uint8Array): number;
}

/** How an input ended: after a whole block, or inside one. */
export type FileEnd = 'complete' | 'truncated';

/** Settings of a `BlockParser`. */
export interface BlockParserOptions {
  /** Size of the buffer in bytes, a multiple of 4 from 64 on; 512 KiB unless given. */
  chunkBytes?: number;
  /** A longer block is taken for a broken file; 16 MiB unless given. */
  maxBlockBytes?: number;
}

/** Steps through the blocks of one input; see the head of this file. */
export class BlockParser {
  /** The buffer; replaced by `fill` when it grows, and by `moveTo`. */
  bytes: Uint8Array;
  /** The buffer as words in host order. */
  words: Int32Array;
  /** Type of the present block. */
  blockType = 0;
  /** Where in `bytes` the present block starts; a multiple of 4. */
  blockStart = 0;
  /** Bytes of the present block, its two lengths included; a multiple of 4. */
  blockLength = 0;
  /** Whether the present section is in the byte order that the host doesn't have. */
  swapped: boolean = false;
  /** Number of the present section, from 0; −1 before the first. */
  section = -1;

  /** A longer block is taken for a broken file. */
  readonly maxBlockBytes: number;
  /** Where in `bytes` the next block starts; moved on by `next` and `take`. */
  nextStart = 0;
  /** Where the bytes in the buffer end. */
  dataEnd = 0;

  readonly #input: BlockInput;
  /** Memory that the buffer lies in, where others have a claim to where that is; see `moveTo`. */
  #room: Uint8Array | undefined = undefined;
  /** Offset in the input of the buffer's first byte. */
  #bufferOffset = 0;
  #inputEnded: boolean = false;

  constructor(input: BlockInput, options: BlockParserOptions = {}) {
    this.#input = input;
    this.maxBlockBytes = options.maxBlockBytes ?? DEFAULT_MAX_BLOCK_BYTES;
    this.bytes = new Uint8Array(((options.chunkBytes ?? DEFAULT_CHUNK_BYTES) + 63) & ~63);
    this.words = new Int32Array(this.bytes.buffer);
  }

  /** Offset of the present block in the input. */
  get blockOffset(): number {
    return this.#bufferOffset + this.blockStart;
  }

  /** How the input ended; undefined while there are bytes to come or blocks to step to. */
  get end(): FileEnd | undefined {
    if (!this.#inputEnded) return undefined;
    return this.nextStart === this.dataEnd ? 'complete' : 'truncated';
  }

  /**
   * Steps to the next block; false where the buffer holds no further whole one.
   *
   * @throws {FormatError} `NOT_PCAPNG`, `BAD_BYTE_ORDER_MAGIC`, `BAD_VERSION`, `BAD_BLOCK_LENGTH`,
   *   `BLOCK_TOO_LONG`
   */
  next(): boolean {
    const at = this.nextStart;
    const available = this.dataEnd - at;
    if (available < MIN_BLOCK_BYTES) return false;
    const words = this.words;
    const index = at >>> 2;
    let type = words[index]!;
    if (type === BlockType.SectionHeader) this.#startSection(index, available);
    else if (this.section < 0) throw this.#notPcapng(at);
    const rawLength = words[index + 1]!;
    let length = rawLength >>> 0;
    if (this.swapped) {
      type = swap32(type);
      length = swap32(rawLength) >>> 0;
    }
    if ((length & 3) !== 0 || length < MIN_BLOCK_BYTES || length > this.maxBlockBytes) {
      throw this.#badLength(at, type >>> 0, length);
    }
    if (length > available) return false;
    if (words[index + (length >>> 2) - 1] !== rawLength)
      throw this.#unequalLengths(at, type, length);
    // A section begins only once its header is whole: until then it may be looked at again.
    if (type === BlockType.SectionHeader) this.section++;
    this.blockType = type >>> 0;
    this.blockStart = at;
    this.blockLength = length;
    this.nextStart = at + length;
    return true;
  }

  /**
   * Steps to the next block as `next` does, where the caller has found all that `next` checks to be
   * in order. Cost: a few stores.
   *
   * @param length its length, in bytes
   */
  take(type: number, length: number): void {
    const at = this.nextStart;
    this.blockType = type;
    this.blockStart = at;
    this.blockLength = length;
    this.nextStart = at + length;
  }

  /**
   * Drops the blocks stepped over and reads more; false at the end of the input (see `end`).
   *
   * Everything that points into `bytes` or `words` is invalid afterwards.
   */
  fill(): boolean {
    if (this.#inputEnded) return false;
    if (this.nextStart > 0) {
      this.bytes.copyWithin(0, this.nextStart, this.dataEnd);
      this.#bufferOffset += this.nextStart;
      this.dataEnd -= this.nextStart;
      this.nextStart = 0;
    }
    if (this.dataEnd === this.bytes.length) this.#grow();
    const count = this.#input.read(this.bytes.subarray(this.dataEnd));
    this.dataEnd += count;
    if (count === 0) this.#inputEnded = true;
    return count > 0;
  }

  /** Bytes that the input has given so far. */
  get bytesRead(): number {
    return this.#bufferOffset + this.dataEnd;
  }

  /** Whether the buffer lies in that memory, from its first byte on. */
  isIn(room: Uint8Array): boolean {
    return this.#room === room;
  }

  /**
   * Moves the buffer to the start of that memory, where it stays while it fits; does nothing where it is
   * too long for it already. What is in it keeps its place, and stays in the old memory, too.
   *
   * @param room starts at a multiple of 4 of its own buffer
   */
  moveTo(room: Uint8Array): void {
    if (this.bytes.length > room.length) return;
    const present = this.bytes.subarray(0, this.dataEnd);
    this.#setBytes(room.subarray(0, this.bytes.length));
    this.bytes.set(present);
    this.#room = room;
  }

  /** A 32-bit field of the buffer in the section's byte order, by word index; as a u32. */
  u32(wordIndex: number): number {
    const word = this.words[wordIndex]!;
    return (this.swapped ? swap32(word) : word) >>> 0;
  }

  /** An error about the present block. */
  error(code: string, message: string): FormatError {
    return this.#error(code, this.blockStart, this.blockType, message);
  }

  /** Takes the byte order from a section header of which at least 12 bytes are there. */
  #startSection(index: number, available: number): void {
    const magic = this.words[index + 2]!;
    if (magic === BYTE_ORDER_MAGIC) this.swapped = false;
    else if (swap32(magic) === BYTE_ORDER_MAGIC) this.swapped = true;
    else {
      throw this.#error(
        'BAD_BYTE_ORDER_MAGIC',
        index * 4,
        BlockType.SectionHeader,
        `is no section header: its byte-order magic is 0x${hex32(magic)}`,
      );
    }
    const length = this.u32(index + 1);
    if (length < MIN_SECTION_HEADER_BYTES) {
      throw this.#badLength(index * 4, BlockType.SectionHeader, length);
    }
    if (available < MIN_SECTION_HEADER_BYTES) return;
    const version = this.u32(index + 3);
    const major = this.swapped ? version >>> 16 : version & 0xffff;
    if (major !== 1) {
      throw this.#error(
        'BAD_VERSION',
        index * 4,
        BlockType.SectionHeader,
        `starts a section of version ${major}, and only version 1 is known`,
      );
    }
  }

  /** Makes room for a block that fills the whole buffer and isn't whole yet. */
  #grow(): void {
    const length = this.bytes.length * 2;
    if (this.#room !== undefined && length <= this.#room.length) {
      this.#setBytes(this.#room.subarray(0, length));
      return;
    }
    const grown = new Uint8Array(length);
    grown.set(this.bytes);
    this.#setBytes(grown);
    this.#room = undefined;
  }

  #setBytes(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }

  #badLength(at: number, type: number, length: number): FormatError {
    if (length > this.maxBlockBytes && (length & 3) === 0) {
      return this.#error(
        'BLOCK_TOO_LONG',
        at,
        type,
        `claims ${length} bytes, more than the ${this.maxBlockBytes} that are believed`,
      );
    }
    return this.#error(
      'BAD_BLOCK_LENGTH',
      at,
      type,
      `claims ${length} bytes, which is ${(length & 3) !== 0 ? 'no multiple of 4' : 'too few for its fields'}`,
    );
  }

  #unequalLengths(at: number, type: number, length: number): FormatError {
    const trailing = this.u32(((at + length) >>> 2) - 1);
    return this.#error(
      'BAD_BLOCK_LENGTH',
      at,
      type >>> 0,
      `is ${length} bytes long by its first length and ${trailing} by its last`,
    );
  }

  #notPcapng(at: number): FormatError {
    return this.#error(
      'NOT_PCAPNG',
      at,
      undefined,
      `is where a pcapng section must start, and it starts with 0x${hex32(this.words[at >>> 2]!)}`,
    );
  }

  #error(code: string, at: number, type: number | undefined, message: string): FormatError {
    const offset = this.#bufferOffset + at;
    const what = type === undefined ? 'Byte' : `Block of type 0x${hex32(type)} at byte`;
    return new FormatError(code, `${what} ${offset} ${message}.`, {
      offset,
      ...(type === undefined ? {} : { blockType: type }),
      ...(this.section < 0 ? {} : { section: this.section }),
      hint: 'The file is damaged from there on; what comes before it has been read.',
    });
  }
}

/** Turns the four bytes of a word round. */
function swap32(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
