/** The compressing thread: takes slots from the queue and writes them as members of a gzip file. */

import { fstatSync, ftruncateSync, readlinkSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { GzipQueue, SlotKind } from './gzip-queue.js';

/**
 * zlib's fastest level: captures compress well at any, and this thread must keep up with the network.
 */
const LEVEL = 1;
/** How long to wait before a write is tried again that a full pipe refused, in milliseconds. */
const RETRY_MS = 1;

const retryClock = new Int32Array(new SharedArrayBuffer(4));

function run(queue: GzipQueue): void {
  /** Bytes in each open file. */
  const positions = new Map<number, number>();
  queue.takerThread = ownThread();
  for (;;) {
    const { kind, fd, bytes, number } = queue.take();
    if (kind === SlotKind.Stop) return;
    if (kind === SlotKind.Mark) {
      positions.delete(fd);
      queue.complete(-1, 0);
      parentPort?.postMessage(number);
    } else {
      const position = positions.get(fd) ?? 0;
      try {
        const end = position + writeAll(fd, gzipSync(bytes, { level: LEVEL }));
        positions.set(fd, end);
        queue.complete(fd, end);
      } catch (error) {
        cut(fd, position);
        const { errno } = error as NodeJS.ErrnoException;
        queue.fail(Math.abs(errno ?? constants.errno.EIO));
        parentPort?.postMessage(undefined);
        return;
      }
    }
  }
}

/** The system's number of this thread: `/proc/thread-self` leads to `PID/task/THREAD`. */
function ownThread(): number {
  return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
}

function writeAll(fd: number, bytes: Uint8Array): number {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') Atomics.wait(retryClock, 0, 0, RETRY_MS);
      else if (code !== 'EINTR') throw error;
    }
  }
  return done;
}

/** Leaves an ordinary file with the members that are whole. */
function cut(fd: number, position: number): void {
  if (fstatSync(fd).isFile()) ftruncateSync(fd, position);
}

run(new GzipQueue(workerData as SharedArrayBuffer));
