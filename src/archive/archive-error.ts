/** What the file system refuses, as the errors of this library. */

import { SystemCallError } from '../core/errors.js';

/**
 * An error of Node's file system functions as a `SystemCallError`; any other error as it is.
 *
 * @param what what couldn't be done, without a full stop
 */
export function systemError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const { code = 'EIO', errno = 0, syscall = '', message } = error as NodeJS.ErrnoException;
  const reason = /^[A-Z0-9_]+: ([^,]+)/.exec(message)?.[1] ?? message;
  return new SystemCallError(code, `${what}: ${reason} (${code}).`, {
    syscall,
    errno: Math.abs(errno),
    cause: error,
  });
}
