/** What Node's functions throw where the system refuses something, as an error of this library. */

import { SystemCallError } from './errors.js';

/** An error of Node's, or the same fields of it that came from another thread. */
export interface ErrnoFields {
  /** The kernel's name for the reason, such as `ENOENT`. */
  readonly code?: string | undefined;
  /** The error number, as Node has it (negative) or as the kernel has it. */
  readonly errno?: number | undefined;
  /** The call that failed. */
  readonly syscall?: string | undefined;
}

/** What to say of it beside the reason. */
export interface ErrnoErrorDetails {
  /** The call that failed, in place of the one the error names. */
  readonly syscall?: string | undefined;
  /** What to do next, as one sentence. */
  readonly hint?: string | undefined;
}

/**
 * Makes a `SystemCallError` of an error that Node's functions have thrown. Code, number and call are
 * the error's; where it has none, `EIO`, 0 and `open`. The error itself is kept as the cause.
 *
 * @param error what was caught, or its fields from another thread, which are no cause
 * @param say the message for this code, ending in a full stop
 */
export function errnoError(
  error: unknown,
  say: (code: string) => string,
  { syscall, hint }: ErrnoErrorDetails = {},
): SystemCallError {
  const fields = error as ErrnoFields;
  const code = fields.code ?? 'EIO';
  return new SystemCallError(code, say(code), {
    syscall: syscall ?? fields.syscall ?? 'open',
    errno: Math.abs(fields.errno ?? 0),
    ...(hint === undefined ? {} : { hint }),
    ...(error instanceof Error ? { cause: error } : {}),
  });
}
