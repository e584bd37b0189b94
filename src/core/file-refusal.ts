/** What the system says of a file that it refuses, in words, and what to do then. */

import { type ErrnoErrorDetails, type ErrnoFields, errnoError } from './errno-error.js';
import { SystemCallError } from './errors.js';

/** Why, and what to do; both hold for a file that is to be read, one to be written, and a folder. */
type Words = readonly [reason: string, hint: string];

const CHANGE_PERMISSIONS = 'Change its permissions, or name one that this user may use.';
const MAKE_ROOM = 'Free some, or name one elsewhere.';

const WORDS: Readonly<Record<string, Words>> = {
  ENOENT: ['there is no such file or folder', 'Check the name, and that its folder is there.'],
  EACCES: ['permission denied', CHANGE_PERMISSIONS],
  EPERM: ['not permitted', CHANGE_PERMISSIONS],
  EEXIST: ['there is a file of that name', 'Name another.'],
  EISDIR: ['it is a folder', 'Name a file in it.'],
  ENOTDIR: ['a part of that path is no folder', 'Check the folders in it.'],
  ELOOP: ['its symbolic links lead in a circle', 'Name the file itself.'],
  ENAMETOOLONG: ['the name is too long', 'Name another.'],
  EMFILE: [
    'this process has as many files open as it may',
    'Raise the limit (ulimit -n), or name fewer files.',
  ],
  EROFS: ['that file system is read-only', 'Name one elsewhere.'],
  ENOSPC: ['there is no space left', MAKE_ROOM],
  EDQUOT: ["the user's quota is used up", MAKE_ROOM],
  EIO: ['the disk or the network failed', 'The log of the kernel may say more (dmesg).'],
};

/**
 * Makes a `SystemCallError` of what Node's functions throw where the system refuses a file: the reason
 * in words with its code, and as hint what to do next. For a code without words, those of the system. A
 * `SystemCallError` says all that already, and is returned as it is.
 *
 * @param error what was caught
 * @param what what couldn't be done, with the file's name, such as `Can't open x.pcapng`
 */
export function fileRefusal(
  error: unknown,
  what: string,
  { syscall }: Pick<ErrnoErrorDetails, 'syscall'> = {},
): SystemCallError {
  if (error instanceof SystemCallError) return error;
  const words = WORDS[(error as ErrnoFields).code ?? 'EIO'];
  const told = error instanceof Error ? /^[A-Z0-9_]+: ([^,]+)/.exec(error.message)?.[1] : undefined;
  const reason = words?.[0] ?? told;
  const say = (code: string): string =>
    reason === undefined ? `${what}: ${code}.` : `${what}: ${reason} (${code}).`;
  return errnoError(error, say, { syscall, hint: words?.[1] });
}
