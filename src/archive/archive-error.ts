/** What the file system refuses, as the errors of this library. */

import { fileRefusal } from '../core/file-refusal.js';

/**
 * An error of Node's file system functions as a `SystemCallError`; any other error as it is.
 *
 * @param what what couldn't be done, without a full stop
 */
export function systemError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return fileRefusal(error, what);
}
