/** The memory through which encoded bytes reach the compressing thread; either side has its view of it. */

/** Bytes of one slot: what is compressed at a time. Each makes a gzip member that is whole by itself. */
export const SLOT_BYTES = 1_048_576;

const SLOT_COUNT = 24;
/** Words: submitted, completed, failed, the taker's thread, then kind, file and length of each slot. */
const HEADER_WORDS = 4;
const SLOT_WORDS = 3;
const SUBMITTED = 0;
const COMPLETED = 1;
const FAILED = 2;
const TAKER = 3;
const POSITION_AT = (HEADER_WORDS + SLOT_COUNT * SLOT_WORDS) * 4;
const DATA_AT = 4096;
/** Time between two looks at a taker that takes nothing, in milliseconds. */
const PATIENCE_MS = 100;

/** What a slot asks for. */
export const SlotKind = {
  /** Compress the bytes and write them. */
  Data: 0,
  /** The same; they are the file's first. */
  FirstData: 1,
  /** Say that everything before is written. */
  Mark: 2,
  /** End the thread. */
  Stop: 3,
} as const;

/** One slot as it lies in the queue. */
export interface QueueSlot {
  /** One of `SlotKind`. */
  readonly kind: number;
  /** The file's descriptor, which both threads share with the process. */
  readonly fd: number;
  readonly bytes: Uint8Array;
  /** Its number, from 0. */
  readonly number: number;
}

/**
 * A queue of slots between one thread that puts and one that takes. Numbers of slots wrap after 2^31 of
 * them, which is 2 PiB.
 */
export class GzipQueue {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  /** How far the file of the slot completed last is written, and that file's descriptor. */
  readonly #position: Float64Array;

  /** @param memory of the other side; new memory without it */
  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(DATA_AT + SLOT_COUNT * SLOT_BYTES);
    this.#words = new Int32Array(this.memory, 0, DATA_AT / 4);
    this.#position = new Float64Array(this.memory, POSITION_AT, 2);
  }

  /** Slots put so far. */
  get submitted(): number {
    return Atomics.load(this.#words, SUBMITTED);
  }

  /** Slots done with so far; stays behind for ever after a failure. */
  get completed(): number {
    return Atomics.load(this.#words, COMPLETED);
  }

  /** The error number with which the taker gave up; 0: it hasn't. */
  get failed(): number {
    return Atomics.load(this.#words, FAILED);
  }

  /** Bytes that are whole in that file, once the taker gave up or is gone. */
  wholeBytes(fd: number): number {
    return this.#position[1] === fd ? this.#position[0]! : 0;
  }

  /** The system's number of the taker's thread; 0 before it has begun. */
  get takerThread(): number {
    return Atomics.load(this.#words, TAKER);
  }

  /** To be set by the taker when it begins. */
  set takerThread(thread: number) {
    Atomics.store(this.#words, TAKER, thread);
  }

  /**
   * Puts a slot, waiting while the queue is full.
   *
   * @param bytes at most `SLOT_BYTES`; copied
   * @param isTakerAlive asked now and then while waiting; where it isn't, it counts as given up
   * @returns its number; undefined where the taker has given up
   */
  put(
    kind: number,
    fd: number,
    bytes: Uint8Array,
    isTakerAlive: () => boolean = () => true,
  ): number | undefined {
    const number = this.submitted;
    for (;;) {
      if (this.failed !== 0) return undefined;
      const { completed } = this;
      if (number - completed < SLOT_COUNT) break;
      const waited = Atomics.wait(this.#words, COMPLETED, completed, PATIENCE_MS);
      if (waited === 'timed-out' && !isTakerAlive()) return undefined;
    }
    const at = this.#slotAt(number);
    this.#words[at] = kind;
    this.#words[at + 1] = fd;
    this.#words[at + 2] = bytes.length;
    new Uint8Array(this.memory, this.#dataAt(number), bytes.length).set(bytes);
    Atomics.store(this.#words, SUBMITTED, number + 1);
    Atomics.notify(this.#words, SUBMITTED);
    return number;
  }

  /** Waits for the next slot; call `complete` when done with it. */
  take(): QueueSlot {
    const { completed } = this;
    while (this.submitted === completed) Atomics.wait(this.#words, SUBMITTED, completed);
    return this.slot(completed);
  }

  /** A slot that is between `completed` and `submitted`. */
  slot(number: number): QueueSlot {
    const at = this.#slotAt(number);
    const bytes = new Uint8Array(this.memory, this.#dataAt(number), this.#words[at + 2]!);
    return { kind: this.#words[at]!, fd: this.#words[at + 1]!, bytes, number };
  }

  /**
   * The slot taken last is done with: its memory may be used again.
   *
   * @param fd its file; −1 where that is finished
   * @param position bytes in that file now
   */
  complete(fd: number, position: number): void {
    this.#position[0] = position;
    this.#position[1] = fd;
    Atomics.add(this.#words, COMPLETED, 1);
    Atomics.notify(this.#words, COMPLETED);
  }

  /** The taker gives up; what it hasn't completed stays where it is. */
  fail(errno: number): void {
    Atomics.store(this.#words, FAILED, errno);
    Atomics.notify(this.#words, COMPLETED);
  }

  #slotAt(number: number): number {
    return HEADER_WORDS + (number % SLOT_COUNT) * SLOT_WORDS;
  }

  #dataAt(number: number): number {
    return DATA_AT + (number % SLOT_COUNT) * SLOT_BYTES;
  }
}
