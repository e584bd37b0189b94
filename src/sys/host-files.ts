/** Small files of /proc and /sys, where not being there is an answer. */

import { readFileSync } from 'node:fs';

/** Where the kernel's files are; tests put trees of their own in their place. */
export interface HostPaths {
  /** The folder that is /proc. */
  readonly proc: string;
  /** The folder that is /sys. */
  readonly sys: string;
}

/** The host that this process runs on. */
export const THIS_HOST: HostPaths = { proc: '/proc', sys: '/sys' };

/** A file's text; undefined where it can't be read. */
export function tryReadText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** The decimal number that a file holds; undefined where there is none. */
export function tryReadNumber(path: string): number | undefined {
  const text = tryReadText(path)?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
