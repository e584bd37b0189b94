/** The thread that decompresses a file; started by `CompressedInput`. */

import { workerData } from 'node:worker_threads';
import { SystemCallError } from '../core/errors.js';
import { ByteRing } from './byte-ring.js';
import {
  type DecompressionOrder,
  type DecompressionReport,
  tryCreateDecompressor,
} from './decompression.js';
import { readDescriptor } from './file-input.js';

const READ_BYTES = 128 * 1024;
/** What zlib says of input that ends too early. */
const INPUT_ENDED = 'Z_BUF_ERROR';

const order = workerData as DecompressionOrder;
const ring = new ByteRing(order.memory);
const input = new Uint8Array(READ_BYTES);
let fileBytesRead = order.prefix.length;

function finish(report: DecompressionReport): void {
  ring.end(JSON.stringify(report), fileBytesRead);
}

function reportError(error: unknown): void {
  if (error instanceof SystemCallError) {
    const { code, message, syscall, errno } = error;
    finish({ outcome: 'failed', code, message, syscall, errno });
    return;
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === INPUT_ENDED) finish({ outcome: 'truncated' });
  else finish({ outcome: 'damaged', reason: message });
}

function start(): void {
  const decompressor = tryCreateDecompressor(order.compression, ring.slotBytes);
  if (decompressor === undefined) {
    finish({ outcome: 'damaged', reason: `no ${order.compression} in this runtime` });
    return;
  }
  decompressor.on('data', (bytes: Uint8Array) => {
    // Blocks this thread while the ring is full: that is what keeps the memory small.
    if (!ring.put(bytes, fileBytesRead)) process.exit();
  });
  decompressor.on('error', reportError);
  decompressor.on('end', () => finish({ outcome: 'complete' }));
  const writeNext = (error?: Error | null): void => {
    if (error) return;
    try {
      const count = readDescriptor(order.fd, input, order.path);
      fileBytesRead += count;
      // The same memory again: it has been used up when the callback comes.
      if (count === 0) decompressor.end();
      else decompressor.write(input.subarray(0, count), writeNext);
    } catch (failure) {
      reportError(failure);
    }
  };
  decompressor.write(order.prefix, writeNext);
}

start();
