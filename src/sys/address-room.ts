/**
 * Room among the addresses that this process may use (RLIMIT_AS, `ulimit -v`).
 *
 * Node ends the process on the spot where it gets none, in the middle of a capture as well: so what needs
 * many asks here first. Without such a limit, which is usual, there is always room.
 */

import type { Worker } from 'node:worker_threads';
import { UnsupportedError } from '../core/errors.js';
import { THIS_HOST, tryReadText } from './host-files.js';

const MEBIBYTE = 2 ** 20;
/**
 * Bytes that have to be left for Node itself while gapcap works: its heap grows, and the C library takes
 * 64 MiB for a thread that allocates for the first time, where it can (glibc malloc/arena.c, HEAP_MAX_SIZE).
 */
export const SPARE_BYTES: number = 128 * MEBIBYTE;
/** Bytes that a thread takes, 512 MiB of them for V8's code; seen: 656 to 704 MiB on Node 20, 22 and 24. */
const THREAD_BYTES = 720 * MEBIBYTE;

/** For threads that were started and may not have taken theirs yet. */
let pendingBytes = 0;
/** What the process used when the first of those was started. */
let usedBefore = 0;

/** Bytes of addresses that are left to this process; undefined where nothing limits them. Costs some 50 µs. */
export function readAddressRoom(proc: string = THIS_HOST.proc): number | undefined {
  const limits = tryReadText(`${proc}/self/limits`) ?? '';
  const limit = /^Max address space +(\d+) /m.exec(limits)?.[1];
  const used = limit === undefined ? undefined : readUsed(proc);
  if (used === undefined) return undefined;
  const soon = pendingBytes === 0 ? 0 : usedBefore + pendingBytes;
  return Math.max(0, Number(limit) - Math.max(used, soon));
}

/**
 * Makes sure that there is room for something, and that enough is left beside it.
 *
 * @param what the subject of a sentence: "A ring of 64 MiB"
 * @throws {UnsupportedError} `ADDRESS_LIMIT` where there isn't
 */
export function checkAddressRoom(
  what: string,
  sizeBytes: number,
  spareBytes: number = SPARE_BYTES,
): void {
  const room = readAddressRoom();
  const needed = sizeBytes + spareBytes;
  if (room !== undefined && room < needed) throw addressLimitError(what, needed, room);
}

/**
 * Makes sure that there is room for threads before they are started.
 *
 * @param what as for `checkAddressRoom`
 * @param eachBytes what each of them is going to map
 * @throws {UnsupportedError} `ADDRESS_LIMIT` where there isn't
 */
export function checkThreadRoom(what: string, count = 1, eachBytes = 0): void {
  checkAddressRoom(what, count * (THREAD_BYTES + eachBytes));
}

/**
 * Starts a thread, and keeps room for it until it runs: from then on it has taken its own.
 *
 * @param start makes the thread
 */
export function startWithRoom(start: () => Worker): Worker {
  // Before: it may take its addresses while we look.
  const used = readAddressRoom() === undefined ? undefined : readUsed(THIS_HOST.proc);
  const worker = start();
  if (used === undefined) return worker;
  if (pendingBytes === 0) usedBefore = used;
  pendingBytes += THREAD_BYTES;
  let isKept = true;
  const letGo = (): void => {
    if (isKept) pendingBytes -= THREAD_BYTES;
    isKept = false;
  };
  worker.once('online', letGo);
  worker.once('exit', letGo);
  return worker;
}

/** What says that something doesn't fit into the addresses that are left. */
export function addressLimitError(
  what: string,
  neededBytes: number,
  roomBytes: number,
): UnsupportedError {
  const [needed, room] = [Math.ceil(neededBytes / MEBIBYTE), Math.floor(roomBytes / MEBIBYTE)];
  return new UnsupportedError(
    'ADDRESS_LIMIT',
    `${what} needs ${needed} MiB of addresses with what Node may take meanwhile; the limit of this process (ulimit -v) leaves ${room}.`,
    {
      feature: 'address space',
      hint: 'Raise that limit (ulimit -v unlimited); what limits memory without limiting addresses is a control group (MemoryMax=).',
    },
  );
}

function readUsed(proc: string): number | undefined {
  const used = /^VmSize:\s+(\d+) kB/m.exec(tryReadText(`${proc}/self/status`) ?? '')?.[1];
  return used === undefined ? undefined : Number(used) * 1024;
}
