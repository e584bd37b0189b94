/**
 * A source of frames made by hand, for tests of whatever consumes the frame contract.
 *
 * Frames are given as plain objects and kept as typed arrays, so that the batch is as strict as a
 * real one: bytes lie at odd places in shared memory, fields are only valid between two `next()`,
 * and the memory of one batch is overwritten by the following `read`.
 *
 *     const source = new FakeSource({ frames: [{ timeNs: 5n, lostBefore: exactLoss(40) }] });
 *     const batch = source.read(0);
 *     while (batch.next()) ledger.book(batch);
 */

import type {
  CaptureInterface,
  FrameBatch,
  FrameSource,
  ReceiveCounters,
} from '../../src/core/frame.js';
import type { Loss } from '../../src/core/loss.js';

/** One frame of a fake source; what is left out has the value named. */
export interface FakeFrame {
  /** Nanoseconds since 1970; default: 1 µs after the frame before it (the first: 0). */
  timeNs?: bigint;
  /** Default: 0. */
  interfaceId?: number;
  /** The bytes present; default: 4 bytes with the frame's index, most significant first. */
  bytes?: Uint8Array;
  /** Default: the length of `bytes`. */
  originalLength?: number;
  /** As `FrameBatch.flags`; default: 0. */
  flags?: number;
  /** Default: none known. */
  lostBefore?: Loss;
}

/** What a fake source is made of. */
export interface FakeSourceOptions {
  frames: readonly FakeFrame[];
  /** Default: one Ethernet interface for each id that the frames use, named eth0, eth1, … */
  interfaces?: readonly CaptureInterface[];
  /** Frames per batch; default: 3. */
  batchSize?: number;
  /** The totals per interface; default: none. */
  counters?: readonly ReceiveCounters[];
}

/** An interface with the fields that a test cares about, the others unknown. */
export function fakeInterface(
  id: number,
  fields: Partial<CaptureInterface> = {},
): CaptureInterface {
  return {
    id,
    name: `eth${id}`,
    linkType: 1,
    snapshotLength: 0,
    description: undefined,
    filter: undefined,
    speedBps: undefined,
    macAddress: undefined,
    ...fields,
  };
}

/** A batch over arrays; position −1 is before the first frame. */
class FakeBatch implements FrameBatch {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly #frames: readonly FakeFrame[];
  readonly #numbers: Float64Array;
  readonly #count: number;
  #at = -1;

  constructor(frames: readonly FakeFrame[], memory: ArrayBuffer, firstIndex: number) {
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory);
    this.#frames = frames;
    this.#count = frames.length;
    this.#numbers = new Float64Array(frames.length * 5);
    let offset = 2;
    frames.forEach((frame, i) => {
      const bytes = frame.bytes ?? indexBytes(firstIndex + i);
      const timeNs = frame.timeNs!;
      this.bytes.set(bytes, offset);
      this.#numbers.set(
        [
          offset,
          bytes.length,
          frame.originalLength ?? bytes.length,
          Number(timeNs / 1_000_000_000n),
          Number(timeNs % 1_000_000_000n),
        ],
        i * 5,
      );
      offset += bytes.length;
    });
  }

  next(): boolean {
    if (this.#at >= this.#count - 1) return false;
    this.#at++;
    return true;
  }

  get byteOffset(): number {
    return this.#numbers[this.#at * 5]!;
  }
  get capturedLength(): number {
    return this.#numbers[this.#at * 5 + 1]!;
  }
  get originalLength(): number {
    return this.#numbers[this.#at * 5 + 2]!;
  }
  get seconds(): number {
    return this.#numbers[this.#at * 5 + 3]!;
  }
  get nanoseconds(): number {
    return this.#numbers[this.#at * 5 + 4]!;
  }
  get interfaceId(): number {
    return this.#frames[this.#at]!.interfaceId ?? 0;
  }
  get flags(): number {
    return this.#frames[this.#at]!.flags ?? 0;
  }
  get lostBefore(): Loss | undefined {
    return this.#frames[this.#at]!.lostBefore;
  }
}

/** Yields the frames it was given, in batches, then ends. Records whether it was closed. */
export class FakeSource implements FrameSource {
  readonly interfaces: readonly CaptureInterface[];
  readonly fill: number | undefined = undefined;
  closed = false;
  #frames: readonly FakeFrame[];
  readonly #batchSize: number;
  readonly #counters: readonly ReceiveCounters[];
  readonly #memory: ArrayBuffer;
  #given = 0;

  constructor(options: FakeSourceOptions) {
    let timeNs = -1000n;
    this.#frames = options.frames.map((frame) => {
      timeNs = frame.timeNs ?? timeNs + 1000n;
      return { ...frame, timeNs };
    });
    const idCount = Math.max(0, ...options.frames.map((frame) => (frame.interfaceId ?? 0) + 1));
    this.interfaces =
      options.interfaces ?? Array.from({ length: idCount }, (_, id) => fakeInterface(id));
    this.#batchSize = options.batchSize ?? 3;
    this.#counters = options.counters ?? [];
    const longest = Math.max(4, ...options.frames.map((frame) => frame.bytes?.length ?? 4));
    this.#memory = new ArrayBuffer((2 + longest * this.#batchSize + 3) & ~3);
  }

  get ended(): boolean {
    return this.#given >= this.#frames.length;
  }

  read(_timeoutMs: number): FrameBatch {
    new Uint8Array(this.#memory).fill(0xee);
    const first = this.#given;
    const frames = this.#frames.slice(first, first + this.#batchSize);
    this.#given += frames.length;
    return new FakeBatch(frames, this.#memory, first);
  }

  stop(): void {
    this.#frames = this.#frames.slice(0, this.#given);
  }

  counters(interfaceId: number): ReceiveCounters | undefined {
    return this.#counters[interfaceId];
  }

  close(): void {
    this.closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function indexBytes(index: number): Uint8Array {
  return Uint8Array.of(index >>> 24, index >>> 16, index >>> 8, index);
}
