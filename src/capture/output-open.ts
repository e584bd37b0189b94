/**
 * Opening a file to write into it, so that root isn't led astray in a folder where everybody may write.
 *
 * In such a folder (sticky and world-writable, as /tmp is) anybody can put a symbolic link, a file or a
 * pipe of the name that root is going to use: root would overwrite what the link points to, or hand the
 * frames to whoever owns the file. Linux refuses that by itself where fs.protected_symlinks,
 * fs.protected_regular and fs.protected_fifos are set (Documentation/admin-guide/sysctl/fs.rst); they are
 * not everywhere, so the same rules are applied here.
 */

import {
  closeSync,
  fstatSync,
  lstatSync,
  constants as open,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, parse, resolve, sep } from 'node:path';
import { SystemCallError } from '../core/errors.js';

/** How to open. */
export interface OutputOpenOptions {
  /** Permissions of a new file. */
  readonly mode: number;
  /** Whether a symbolic link of that name is followed; true unless given. */
  readonly followLinks?: boolean | undefined;
}

/** An open file. */
export interface OpenedOutput {
  /** Its descriptor, for writing; what was in the file is still there. */
  readonly fd: number;
  /** Whether it wasn't there before. */
  readonly created: boolean;
}

/** Sticky, and everybody may write: in it, only a file's owner can take the file away. */
const SHARED_FOLDER = 0o1002;

/**
 * Opens a file for writing, or makes it.
 *
 * @throws {SystemCallError} `EACCES` where this process is root and something on the way belongs to a
 *   stranger, in a folder where everybody may write
 * @throws {Error} the system's, for any other reason
 */
export function openOutput(path: string, options: OutputOpenOptions): OpenedOutput {
  const { mode, followLinks = true } = options;
  const guarded = process.geteuid?.() === 0;
  checkFolders(path);
  const links = followLinks ? 0 : open.O_NOFOLLOW;
  const flags = open.O_WRONLY | open.O_CREAT | links;
  try {
    return { fd: openSync(path, flags | open.O_EXCL, mode), created: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const folder = guarded ? statSync(dirname(path)) : undefined;
  if (folder === undefined || (folder.mode & SHARED_FOLDER) !== SHARED_FOLDER) {
    return { fd: openSync(path, flags, mode), created: false };
  }
  return { fd: openShared(path, followLinks, folder.uid), created: false };
}

/**
 * Opens what is there already. Nothing of it can be exchanged between look and use: nobody but its owner
 * and the folder's can take it away.
 */
function openShared(path: string, followLinks: boolean, folderOwner: number): number {
  const link = lstatSync(path);
  if (link.isSymbolicLink()) {
    if (!isTrusted(link.uid, folderOwner)) throw strangerError(path, link.uid, 'symbolic link');
    return openSync(path, open.O_WRONLY | (followLinks ? 0 : open.O_NOFOLLOW));
  }
  // Asked first: to open a stranger's pipe may wait for ever.
  if (!isTrusted(link.uid, folderOwner)) throw strangerError(path, link.uid, 'file');
  const fd = openSync(path, open.O_WRONLY | open.O_NOFOLLOW);
  const { uid } = fstatSync(fd);
  if (isTrusted(uid, folderOwner)) return fd;
  closeSync(fd);
  throw strangerError(path, uid, 'file');
}

/**
 * Looks at every folder on the way, as root: a link to one of them may be a stranger's as well. For who makes
 * folders before the file; `openOutput` does it by itself.
 *
 * @throws {SystemCallError} `EACCES` as `openOutput`
 */
export function checkFolders(path: string): void {
  if (process.geteuid?.() !== 0) return;
  const whole = resolve(path);
  const { root } = parse(whole);
  let folder = root;
  for (const name of dirname(whole).slice(root.length).split(sep)) {
    if (name === '') continue;
    const next = join(folder, name);
    const link = lstatSync(next, { throwIfNoEntry: false });
    if (link?.isSymbolicLink() === true) {
      const { mode, uid } = statSync(folder);
      const shared = (mode & SHARED_FOLDER) === SHARED_FOLDER;
      if (shared && !isTrusted(link.uid, uid)) throw strangerError(next, link.uid, 'symbolic link');
      folder = realpathSync(next);
    } else {
      folder = next;
    }
  }
}

/** Root itself, the folder's owner, or who became root by sudo. */
function isTrusted(uid: number, folderOwner: number): boolean {
  return uid === 0 || uid === folderOwner || String(uid) === process.env['SUDO_UID'];
}

function strangerError(path: string, uid: number, what: string): SystemCallError {
  return new SystemCallError(
    'EACCES',
    `'${path}' is a ${what} of user ${uid}, in a folder where everybody may write.`,
    {
      syscall: 'open',
      errno: constants.errno.EACCES,
      hint: 'Whoever put it there would decide what root overwrites, or get the frames: remove it, or name a file elsewhere.',
    },
  );
}
