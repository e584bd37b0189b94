/** Tells capture file formats apart by their first bytes. */

import { isPcapMagic } from '../pcap/file-header.js';

/** What a file's first bytes say it is. */
export type FileFormat = 'pcapng' | 'pcap' | 'gzip' | 'zstd' | 'lz4' | 'unknown';

/** How many first bytes `detectFormat` needs. */
export const FORMAT_PREFIX_BYTES = 4;

/** The first bytes of each format, in file order. */
const MAGICS: readonly (readonly [magic: number, format: FileFormat])[] = [
  [0x0a0d0d0a, 'pcapng'],
  [0x28b52ffd, 'zstd'],
  [0x04224d18, 'lz4'],
];

/**
 * The format of a file.
 *
 * A file of one to three bytes that starts as pcapng does is taken for a pcapng file cut short.
 *
 * @param prefix the file's first bytes, `FORMAT_PREFIX_BYTES` or all it has
 */
export function detectFormat(prefix: Uint8Array): FileFormat {
  if (prefix[0] === 0x1f && prefix[1] === 0x8b) return 'gzip';
  if (prefix.length < FORMAT_PREFIX_BYTES) {
    const cutShort = prefix.length > 0 && prefix.every((byte, i) => byte === [0x0a, 0x0d, 0x0d][i]);
    return cutShort ? 'pcapng' : 'unknown';
  }
  const magic = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0);
  if (isPcapMagic(magic)) return 'pcap';
  return MAGICS.find(([known]) => known === magic)?.[1] ?? 'unknown';
}
