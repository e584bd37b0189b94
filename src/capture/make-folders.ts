/** Folders on the way to a file. */

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those on its way; one that is there stays as it is.
 *
 * Node's own way (`recursive`) never ends where a folder takes no other and says ENOENT, as /proc and
 * automounted ones do (Node 20 to 24).
 *
 * @param mode of those that are made, before the process's mask; 0o777 unless given
 * @throws {NodeJS.ErrnoException} where it can't be made
 */
export function makeFolders(folder: string, mode = 0o777): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (isFolder(folder)) return;
    const parent = dirname(folder);
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolders(parent, mode);
    // Once: where somebody takes the parent away meanwhile, that is the error.
    mkdirSync(folder, { mode });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
