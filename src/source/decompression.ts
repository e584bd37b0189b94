/** What the thread that decompresses is told, and what it reports at its end. */

import * as zlib from 'node:zlib';

/** The compressions that can be read, where the runtime has them. */
export type Compression = 'gzip' | 'zstd';

/** What a decompressing thread is started with. */
export interface DecompressionOrder {
  /** Of a `ByteRing`. */
  readonly memory: SharedArrayBuffer;
  readonly compression: Compression;
  readonly fd: number;
  /** For messages. */
  readonly path: string;
  /** The file's first bytes, which have been read from `fd` already. */
  readonly prefix: Uint8Array;
}

/** How decompression ended; JSON in the ring's report. */
export type DecompressionReport =
  | { readonly outcome: 'complete' | 'truncated' }
  | { readonly outcome: 'damaged'; readonly reason: string }
  | {
      readonly outcome: 'failed';
      readonly code: string;
      readonly message: string;
      readonly syscall: string;
      readonly errno: number;
    };

/** A transform that decompresses what is written to it. */
export type Decompressor = zlib.Gunzip;

type ZstdMaker = (options: { chunkSize: number }) => Decompressor;

/** Makes a decompressor; undefined where this runtime has none (zstd: Node before 22.15). */
export function tryCreateDecompressor(
  compression: Compression,
  chunkSize: number,
): Decompressor | undefined {
  if (compression === 'gzip') return zlib.createGunzip({ chunkSize });
  const { createZstdDecompress } = zlib as { createZstdDecompress?: ZstdMaker };
  return createZstdDecompress?.({ chunkSize });
}
