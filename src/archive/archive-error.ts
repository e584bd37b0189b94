/** What the file system refuses, as the errors of this library. */

import { errnoError } from '../core/errno-error.js';

/**
 * An error of Node's file system functions as a `SystemCallError`; any other error as it is.
 *
 * @param what what couldn't be done, without a full stop
 */
export function systemError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const reason = /^[A-Z0-9_]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
  return errnoError(error, (code) => `${what}: ${reason} (${code}).`);
}
