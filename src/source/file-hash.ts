/** Hashes of a file as it is stored, in one pass. */

import { createHash, getHashes } from 'node:crypto';
import { FileInput } from './file-input.js';

/** What is computed, as far as the runtime has it: those that capinfos shows. */
const ALGORITHMS = ['sha256', 'ripemd160', 'sha1'] as const;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads a whole file and hashes it, compressed or not as it is stored.
 *
 * @returns hexadecimal hashes by name: `sha256`, `ripemd160` (where the runtime has it), `sha1`
 * @throws {SystemCallError} where it can't be read
 */
export function hashFile(path: string): Record<string, string> {
  const available = new Set(getHashes().map((name) => name.toLowerCase()));
  const hashes = ALGORITHMS.filter((name) => available.has(name)).map(
    (name) => [name, createHash(name)] as const,
  );
  using input = new FileInput(path);
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let count = input.read(chunk); count > 0; count = input.read(chunk)) {
    for (const [, hash] of hashes) hash.update(chunk.subarray(0, count));
  }
  return Object.fromEntries(hashes.map(([name, hash]) => [name, hash.digest('hex')]));
}
