/** Three ways for encoded bytes to leave a capture: in its thread, through libuv, in a thread of their own. */

import { openSync, write, writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import type { BlockOutput } from '../../src/pcapng/block-encoder.js';

/** How bytes leave. */
export const ARRANGEMENTS = ['here', 'libuv', 'thread'] as const;
/** One of them. */
export type Arrangement = (typeof ARRANGEMENTS)[number];

/** Bytes that the encoder hands on at most, and how many such pieces may wait. */
export const PIECE_BYTES: number = 256 * 1024;
const PIECES = 256;

/** An output that may still have bytes to write when `write` returns. */
export interface ArrangedOutput extends BlockOutput {
  /** Whether `write` may be called now; where not, `room` settles when it may. */
  readonly hasRoom: boolean;
  room(): Promise<void>;
  /** Settles when everything is written. */
  finish(): Promise<void>;
}

/** Opens the file, which may be a pipe, and arranges how it is written. */
export function arrange(arrangement: Arrangement, path: string): ArrangedOutput {
  if (arrangement === 'thread') return new ThreadOutput(path);
  const fd = openSync(path, 'w');
  return arrangement === 'here' ? new DirectOutput(fd) : new PoolOutput(fd);
}

/** Writes where it is called. */
class DirectOutput implements ArrangedOutput {
  readonly #fd: number;
  readonly hasRoom: boolean = true;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(bytes: Uint8Array): void {
    writeAll(this.#fd, bytes);
  }

  async room(): Promise<void> {}

  async finish(): Promise<void> {}
}

/** Copies into a piece of a pool, which libuv's threads write one after the other. */
class PoolOutput implements ArrangedOutput {
  readonly #fd: number;
  readonly #free: Uint8Array[];
  readonly #waiting: Uint8Array[] = [];
  #busy = false;
  #wake: () => void = () => {};

  constructor(fd: number) {
    this.#fd = fd;
    this.#free = Array.from({ length: PIECES }, () => new Uint8Array(PIECE_BYTES));
  }

  get hasRoom(): boolean {
    return this.#free.length > 0;
  }

  write(bytes: Uint8Array): void {
    const piece = this.#free.pop()!.subarray(0, bytes.length);
    piece.set(bytes);
    this.#waiting.push(piece);
    if (!this.#busy) this.#next();
  }

  room(): Promise<void> {
    return this.hasRoom ? Promise.resolve() : this.#woken();
  }

  async finish(): Promise<void> {
    while (this.#busy) await this.#woken();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #next(): void {
    const piece = this.#waiting.shift();
    this.#busy = piece !== undefined;
    if (piece !== undefined) this.#writeFrom(piece, 0);
    this.#wake();
  }

  #writeFrom(piece: Uint8Array, done: number): void {
    write(this.#fd, piece, done, piece.length - done, null, (error, count) => {
      if (error !== null) throw error;
      if (done + count < piece.length) {
        this.#writeFrom(piece, done + count);
        return;
      }
      this.#free.push(new Uint8Array(piece.buffer));
      this.#next();
    });
  }
}

/** Words of the queue's head: pieces given, pieces written, whether no more will come. */
const GIVEN = 0;
const WRITTEN = 1;
const ENDED = 2;

/** Copies into memory shared with a thread, which writes. */
class ThreadOutput implements ArrangedOutput {
  readonly #memory = new SharedArrayBuffer(PIECES * PIECE_BYTES);
  readonly #head = new Int32Array(new SharedArrayBuffer(12));
  readonly #lengths = new Int32Array(new SharedArrayBuffer(PIECES * 4));
  readonly #bytes = new Uint8Array(this.#memory);
  readonly #ended: Promise<void>;

  constructor(path: string) {
    const [head, lengths, memory] = [this.#head, this.#lengths, this.#memory];
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { head, lengths, memory, path } satisfies QueueData,
    });
    this.#ended = new Promise((resolve, reject) => {
      worker.once('exit', () => resolve());
      worker.once('error', reject);
    });
  }

  get hasRoom(): boolean {
    return true;
  }

  write(bytes: Uint8Array): void {
    const given = this.#head[GIVEN]!;
    for (;;) {
      const written = Atomics.load(this.#head, WRITTEN);
      if (given - written < PIECES) break;
      Atomics.wait(this.#head, WRITTEN, written);
    }
    const slot = given % PIECES;
    this.#bytes.set(bytes, slot * PIECE_BYTES);
    this.#lengths[slot] = bytes.length;
    Atomics.store(this.#head, GIVEN, given + 1);
    Atomics.notify(this.#head, GIVEN);
  }

  async room(): Promise<void> {}

  finish(): Promise<void> {
    Atomics.store(this.#head, ENDED, 1);
    Atomics.add(this.#head, GIVEN, 0);
    Atomics.notify(this.#head, GIVEN);
    return this.#ended;
  }
}

interface QueueData {
  readonly head: Int32Array;
  readonly lengths: Int32Array;
  readonly memory: SharedArrayBuffer;
  readonly path: string;
}

function writeQueue({ head, lengths, memory, path }: QueueData): void {
  const fd = openSync(path, 'w');
  for (let written = 0; ; ) {
    const given = Atomics.load(head, GIVEN);
    if (given === written) {
      if (Atomics.load(head, ENDED) === 1) return;
      Atomics.wait(head, GIVEN, given, 20);
      continue;
    }
    const slot = written % PIECES;
    writeAll(fd, new Uint8Array(memory, slot * PIECE_BYTES, lengths[slot]));
    written++;
    Atomics.store(head, WRITTEN, written);
    Atomics.notify(head, WRITTEN);
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

if (!isMainThread) writeQueue(workerData as QueueData);
