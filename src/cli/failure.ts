/** Every way a command can fail, as one sentence on stderr and an exit status. */

import { ExitStatus } from './exit-status.js';
import { UsageError } from './usage-error.js';

/** Calls by which a file or folder is reached; where they aren't permitted, no right to capture is missing. */
const FILE_CALLS: ReadonlySet<string> = new Set([
  'open',
  'read',
  'mkdir',
  'rename',
  'stat',
  'lstat',
  'unlink',
  'scandir',
]);

/** What the user is told of a failure. */
export interface Failure {
  readonly status: ExitStatus;
  /** One line for stderr without the program's name; undefined where nothing is to be said. */
  readonly message: string | undefined;
}

/**
 * Loads what `describeFailure` needs, for a command that may fail for want of file descriptors: it
 * couldn't be loaded then.
 */
export async function prepareFailure(): Promise<void> {
  await import('../errors.js');
}

/**
 * Says what to tell of an error and which status to end with.
 *
 * A reader that has gone away (`EPIPE` while writing, as under `| head`) is no failure.
 */
export async function describeFailure(error: unknown): Promise<Failure> {
  if (isErrno(error) && error.code === 'EPIPE' && error.syscall === 'write') {
    return { status: ExitStatus.Done, message: undefined };
  }
  const { AccountingError, ArgumentError, GapcapError, SystemCallError, fileRefusal, safeText } =
    await import('../errors.js');
  const sentence = (text: string, hint?: string): string => safeText(joinSentences(text, hint));
  if (error instanceof UsageError) {
    return { status: ExitStatus.Usage, message: sentence(error.message, error.hint) };
  }
  if (error instanceof GapcapError) {
    const message = sentence(error.message, error.hint);
    if (error instanceof ArgumentError) return { status: ExitStatus.Usage, message };
    if (error instanceof AccountingError) {
      return { status: ExitStatus.AccountingMismatch, message };
    }
    const refused = error.code === 'EPERM' || error.code === 'EACCES';
    const permission =
      error instanceof SystemCallError && refused && !FILE_CALLS.has(error.syscall);
    return { status: permission ? ExitStatus.NotPermitted : ExitStatus.Failed, message };
  }
  if (isErrno(error)) {
    // "connect ECONNREFUSED 192.0.2.1:80" and the like are of no file, and have their own words.
    if (!error.message.startsWith(`${error.code}: `)) {
      return { status: ExitStatus.Failed, message: sentence(error.message) };
    }
    const { path, syscall } = error;
    const what = [`Can't ${syscall === 'write' ? 'write to' : syscall}`, path ?? 'a file'];
    const { message, hint } = fileRefusal(error, what.join(' '));
    return { status: ExitStatus.Failed, message: sentence(message, hint) };
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    status: ExitStatus.Failed,
    message: `a fault in gapcap itself; please report it: ${trace.split('\n').map(safeText).join('\n')}`,
  };
}

/** Tells the user of an error on stderr and returns the status to end with. */
export async function reportFailure(error: unknown): Promise<ExitStatus> {
  const failure = await describeFailure(error);
  if (failure.message !== undefined) process.stderr.write(`gapcap: ${failure.message}\n`);
  return failure.status;
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

/** Message and hint on one line, each ending in a full stop. */
function joinSentences(message: string, hint: string | undefined): string {
  const parts = hint === undefined ? [message] : [message, hint];
  return parts.map((part) => (/[.?!]$/.test(part) ? part : `${part}.`)).join(' ');
}
