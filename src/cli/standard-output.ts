/** Standard output, whose reader may leave at any time (`| head`). */

import { printableJson } from './terminal-guard.js';
import { UsageError } from './usage-error.js';

let leaveListener: (() => void) | undefined;

/**
 * Makes a reader that leaves (`EPIPE`; `EIO` where it was a terminal) the quiet end of the process
 * instead of a crash. A command with a listener goes on where only its messages have no reader: it
 * has a file to complete.
 *
 * Writes to pipes and files are synchronous on Linux, so nothing that was written is left behind.
 */
export function endQuietlyWhenReaderLeaves(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') {
        throw nameStream(error, stream === process.stdout ? 'output' : 'error');
      }
      if (leaveListener === undefined) process.exit();
      if (stream === process.stdout) leaveListener();
    });
  }
}

/** The same error, with the standard stream that it is of as its path: the system names none. */
export function nameStream(error: unknown, which: 'output' | 'error'): unknown {
  return Object.assign(error as Error, { path: `standard ${which}` });
}

/**
 * Calls `listener` instead of ending the process when the reader of standard output leaves; for a
 * command that has something to finish first. Replaces the listener before it.
 */
export function onReaderLeft(listener: () => void): void {
  leaveListener = listener;
}

/** Prints a value as one line of JSON that is safe to show on a terminal, too. */
export function writeJson(value: unknown, stream: NodeJS.WriteStream = process.stdout): void {
  stream.write(`${printableJson(value)}\n`);
}

/**
 * Refuses to write a capture file to a terminal: the bytes in it could be commands to that.
 *
 * @param path the file that was asked for; `-` is standard output
 * @param hint what to do instead
 * @throws {UsageError} where it is standard output, and that is a terminal
 */
export function refuseTerminal(
  path: string | undefined,
  hint = 'Give a file, or pipe it into a program.',
): void {
  if (path !== '-' || !process.stdout.isTTY) return;
  throw new UsageError(
    '-w -: standard output is a terminal, which a capture file would garble',
    hint,
  );
}
