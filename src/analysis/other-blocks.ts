/** Counts the blocks of a pcapng file that are neither frames nor descriptions nor statistics. */

import type { FileSourceOptions } from '../source/file-source.js';

type RawBlock = Parameters<NonNullable<FileSourceOptions['onOtherBlock']>>[0];

const NAME_RESOLUTION = 4;
const JOURNAL = 9;
const SECRETS = 10;
const CUSTOM = [0x0bad, 0x40000bad];
const BLOCK_HEADER_BYTES = 8;
const BLOCK_TRAILER_BYTES = 4;
const IPV4_RECORD = 1;
const IPV6_RECORD = 2;

/** How many blocks of each kind a file has. */
export interface OtherBlocks {
  readonly nameResolution: number;
  /** Records in the name resolution blocks that name an IPv4 address. */
  readonly ipv4Names: number;
  /** As `ipv4Names`, for IPv6. */
  readonly ipv6Names: number;
  readonly decryptionSecrets: number;
  readonly custom: number;
  readonly journal: number;
  /** Blocks of any other type. */
  readonly unknown: number;
}

/** Takes blocks one by one; see `FileSourceOptions.onOtherBlock`. */
export class OtherBlockCounter {
  readonly #counts = {
    nameResolution: 0,
    ipv4Names: 0,
    ipv6Names: 0,
    decryptionSecrets: 0,
    custom: 0,
    journal: 0,
    unknown: 0,
  };

  /** The counts so far. */
  get counts(): OtherBlocks {
    return { ...this.#counts };
  }

  /** Counts one block. */
  add(block: RawBlock): void {
    const counts = this.#counts;
    if (block.type === NAME_RESOLUTION) {
      counts.nameResolution++;
      this.#addNames(block);
    } else if (block.type === SECRETS) counts.decryptionSecrets++;
    else if (block.type === JOURNAL) counts.journal++;
    else if (CUSTOM.includes(block.type)) counts.custom++;
    else counts.unknown++;
  }

  // Records of type and length, padded to 32 bits, up to one of type 0
  // (draft-ietf-opsawg-pcapng, section 4.5).
  #addNames({ bytes, byteOrder }: RawBlock): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = bytes.length - BLOCK_TRAILER_BYTES;
    for (let at = BLOCK_HEADER_BYTES; at + 4 <= end; ) {
      const type = view.getUint16(at, byteOrder === 'little');
      const length = view.getUint16(at + 2, byteOrder === 'little');
      if (type === 0) return;
      if (type === IPV4_RECORD) this.#counts.ipv4Names++;
      if (type === IPV6_RECORD) this.#counts.ipv6Names++;
      at += 4 + ((length + 3) & ~3);
    }
  }
}
