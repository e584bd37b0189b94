/** Bytes to standard output at once, past Node's streams: for outputs of millions of lines. */

import { writeSync } from 'node:fs';
import { nameStream } from './standard-output.js';

const STANDARD_OUTPUT = 1;
const RETRY_MS = 1;

/**
 * Writes all the bytes, waiting where a pipe is full.
 *
 * @throws the system's error, with the stream as its path; `EPIPE` where the reader has gone
 */
export function writeOutput(bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(STANDARD_OUTPUT, bytes, at);
    } catch (error) {
      // Somebody else has set the pipe or terminal to non-blocking.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw nameStream(error, 'output');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
