/** A small file that an option names, read whole. */

import { readFileSync } from 'node:fs';

/**
 * Reads a file.
 *
 * @throws {SystemCallError} with the path, the reason and what to do, where it can't be read
 */
export async function readInputFile(path: string): Promise<Buffer> {
  try {
    return readFileSync(path);
  } catch (error) {
    const { fileRefusal } = await import('../errors.js');
    throw fileRefusal(error, `Can't read ${path}`);
  }
}
