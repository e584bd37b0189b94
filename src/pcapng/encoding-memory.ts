/** Memory that blocks are encoded to. */

import { ArgumentError, UnsupportedError } from '../core/errors.js';
import { type EncodingMemory, SLACK_WORDS } from '../core/frame-run.js';

const MIN_BUFFER_BYTES = 64;

/**
 * Memory for so many bytes of blocks, with `SLACK_WORDS` more behind them.
 *
 * @param bufferBytes a multiple of 4 from 64 on
 * @throws {UnsupportedError} `NOT_LITTLE_ENDIAN` on a big-endian machine
 * @throws {ArgumentError} `BAD_BUFFER_SIZE`
 */
export function allocateEncodingMemory(bufferBytes: number): EncodingMemory {
  if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) {
    throw new UnsupportedError(
      'NOT_LITTLE_ENDIAN',
      "Can't write pcapng on a big-endian machine: frames are laid out in host order.",
      { feature: 'little-endian byte order' },
    );
  }
  if (
    !Number.isSafeInteger(bufferBytes) ||
    bufferBytes < MIN_BUFFER_BYTES ||
    bufferBytes % 4 !== 0
  ) {
    throw new ArgumentError(
      'BAD_BUFFER_SIZE',
      `Can't encode into a buffer of ${bufferBytes} bytes.`,
      {
        argument: 'bufferBytes',
        value: bufferBytes,
        expected: `a multiple of 4, at least ${MIN_BUFFER_BYTES}`,
      },
    );
  }
  const memory = new ArrayBuffer(Math.ceil(bufferBytes / 8) * 8 + SLACK_WORDS * 4);
  return {
    bytes: new Uint8Array(memory),
    words: new Int32Array(memory),
    longs: new BigInt64Array(memory),
  };
}
