/** From root to the user who is to have the capture. */

import { accessSync, constants } from 'node:fs';
import { errnoError } from '../core/errno-error.js';
import { type Account, actAs, dropPrivileges } from '../sys/privileges.js';
import type { CaptureWriter } from './capture-writer.js';

/**
 * Gives that user the file, and makes the process that user's for good. Interface and file are open
 * and stay so; further files of a series will be created as that user, so the folder is tried before,
 * while the first file can still be taken back.
 *
 * @throws {SystemCallError} `EPERM` where this process isn't root; `EACCES` where the user may not
 *   create files in the folder of a series
 * @throws {StateError} `PRIVILEGES_REMAIN`
 */
export function handOver(account: Account, writer: CaptureWriter | undefined): void {
  if (account.uid === 0) return;
  if (process.geteuid?.() === 0) {
    const folder = writer?.folder;
    if (folder !== undefined) checkFolder(folder, account);
    writer?.giveTo(account.uid, account.gid);
  }
  dropPrivileges(account);
}

function checkFolder(folder: string, account: Account): void {
  try {
    actAs(account, () => accessSync(folder, constants.W_OK | constants.X_OK));
  } catch (error) {
    if (!(error instanceof Error && 'path' in error)) throw error;
    const name = account.name ?? account.uid;
    throw errnoError(
      error,
      (code) => `User ${name} may not create files in '${folder}': ${code}.`,
      {
        syscall: 'open',
        hint: 'Every file after the first is created as that user: choose a folder of theirs, or keep root with -Z root.',
      },
    );
  }
}
