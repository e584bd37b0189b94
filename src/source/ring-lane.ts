/**
 * The memory through which one ring's thread hands frames to the thread that merges rings.
 *
 *     0      words: state, slots given, slots taken back, command, thread, whether the taker waits, …
 *     256    numbers: received, dropped, final loss, time at which the ring was last empty, fill
 *     1024   an error as JSON
 *     4096   for each slot 64 bytes: length of its content, and the loss before its first frame
 *     …      the slots: whole enhanced packet blocks, ready to be written
 *
 * A loss is only ever before the first frame of a slot. The giver stores what belongs to a slot and
 * only then counts the slot as given, and the taker reads in the other order; the same holds for totals
 * and the state `Ended`.
 */

import type { Loss } from '../core/loss.js';

const STATE = 0;
const GIVEN = 1;
const TAKEN = 2;
const COMMAND = 3;
const THREAD = 4;
const TAKER_WAITS = 5;
const DOWN = 6;
const ERROR_LENGTH = 7;
const HEADER_WORDS = 64;
const NUMBERS_AT = 256;
const NUMBER_COUNT = 16;
const RECEIVED = 0;
const DROPPED = 1;
const EMPTY_UNTIL = 2;
const FILL = 3;
const FINAL_LOSS = 4;
const ERROR_AT = 1024;
const ERROR_BYTES = 3072;
const SLOT_HEADS_AT = 4096;
const SLOT_HEAD_NUMBERS = 8;
const LENGTH = 0;
const SLOT_LOSS = 1;
/** Time between two looks at a taker that takes nothing, in milliseconds. */
const PATIENCE_MS = 100;

/** Slots of a lane: enough that neither side waits for the other's turn of the event loop. */
const SLOT_COUNT = 16;

/**
 * Longest wait of a ring's thread for a frame, in milliseconds: until then the other rings' frames wait to
 * be merged with this ring's.
 */
export const LANE_READ_MS = 25;

/** How far the thread of a ring is. */
export const LaneState = {
  /** It opens its socket, or waits for the others'. */
  Opening: 0,
  /** It captures. */
  Running: 1,
  /** It has given all it had; its totals stand. */
  Ended: 2,
  /** It could not go on; see `error`. */
  Failed: 3,
} as const;

/** What the thread of a ring is told. */
export const LaneCommand = {
  Run: 0,
  /** End cleanly: give what has been received, then the totals. */
  Stop: 1,
  /** End at once. */
  Close: 2,
} as const;

/** Certainties as numbers; 0 is no loss. */
const NO_LOSS = 0;
const EXACT = 1;
const BOUNDED = 2;

/** One ring's lane; either side makes its own view of the same memory. */
export class RingLane {
  readonly memory: SharedArrayBuffer;
  /** All of it as words. */
  readonly words: Int32Array;
  /** All of it as bytes. */
  readonly bytes: Uint8Array;
  /** All of it as 64-bit words. */
  readonly longs: BigInt64Array;
  readonly #numbers: Float64Array;
  readonly #slotHeads: Float64Array;
  readonly #slotBytes: number;

  private constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(memory);
    this.longs = new BigInt64Array(memory);
    this.#numbers = new Float64Array(memory, NUMBERS_AT, NUMBER_COUNT);
    this.#slotHeads = new Float64Array(memory, SLOT_HEADS_AT, SLOT_COUNT * SLOT_HEAD_NUMBERS);
    this.#slotBytes = Math.floor((memory.byteLength - DATA_AT) / SLOT_COUNT);
  }

  /** @param slotBytes what a slot holds at most, a multiple of 8 */
  static create(slotBytes: number): RingLane {
    return new RingLane(new SharedArrayBuffer(DATA_AT + SLOT_COUNT * slotBytes));
  }

  /** The other side's view. */
  static over(memory: SharedArrayBuffer): RingLane {
    return new RingLane(memory);
  }

  /** Bytes that a slot holds. */
  get slotBytes(): number {
    return this.#slotBytes;
  }

  /** One of `LaneState`. */
  get state(): number {
    return Atomics.load(this.words, STATE);
  }

  set state(state: number) {
    Atomics.store(this.words, STATE, state);
    Atomics.notify(this.words, STATE);
  }

  /** One of `LaneCommand`. */
  get command(): number {
    return Atomics.load(this.words, COMMAND);
  }

  set command(command: number) {
    Atomics.store(this.words, COMMAND, command);
    // A giver may be waiting for room.
    Atomics.notify(this.words, TAKEN);
  }

  /** The system's number of the ring's thread; 0 before it has begun. */
  get thread(): number {
    return Atomics.load(this.words, THREAD);
  }

  set thread(thread: number) {
    Atomics.store(this.words, THREAD, thread);
  }

  /** Whether the interface is down. */
  get down(): boolean {
    return Atomics.load(this.words, DOWN) !== 0;
  }

  set down(down: boolean) {
    Atomics.store(this.words, DOWN, down ? 1 : 0);
  }

  /** What the thread had to say of its end, as JSON; empty: nothing. */
  get error(): string {
    const length = Atomics.load(this.words, ERROR_LENGTH);
    return Buffer.from(this.bytes.slice(ERROR_AT, ERROR_AT + length)).toString('utf8');
  }

  set error(text: string) {
    const bytes = Buffer.from(text).subarray(0, ERROR_BYTES);
    this.bytes.set(bytes, ERROR_AT);
    Atomics.store(this.words, ERROR_LENGTH, bytes.length);
  }

  /** Waits until the state is another one. */
  waitWhileState(state: number, timeoutMs: number): void {
    Atomics.wait(this.words, STATE, state, timeoutMs);
  }

  /** Frames that the kernel offered to the ring, as of the last slot given. */
  get received(): number {
    return this.#numbers[RECEIVED]!;
  }

  /** Frames that it dropped there. */
  get dropped(): number {
    return this.#numbers[DROPPED]!;
  }

  /** How full the ring is, 0 to 1. */
  get fill(): number {
    return this.#numbers[FILL]!;
  }

  /** Sets what the three above give. */
  setCounters(received: number, dropped: number, fill: number): void {
    this.#numbers[RECEIVED] = received;
    this.#numbers[DROPPED] = dropped;
    this.#numbers[FILL] = fill;
  }

  /**
   * No frame older than this is still to come, in milliseconds of the wall clock; to be read before
   * `given`, and set after all older frames were given.
   */
  get emptyUntilMs(): number {
    const value = this.#numbers[EMPTY_UNTIL]!;
    // Orders this load before those that follow it.
    Atomics.load(this.words, GIVEN);
    return value;
  }

  set emptyUntilMs(timeMs: number) {
    this.#numbers[EMPTY_UNTIL] = timeMs;
    Atomics.store(this.words, HEADER_WORDS - 1, 0);
  }

  /** What the ring knows of the loss after its last frame; valid once it has ended. */
  get finalLoss(): Loss | undefined {
    return readLoss(this.#numbers, FINAL_LOSS);
  }

  set finalLoss(loss: Loss | undefined) {
    writeLoss(this.#numbers, FINAL_LOSS, loss);
  }

  /** Slots given so far. */
  get given(): number {
    return Atomics.load(this.words, GIVEN);
  }

  /**
   * Waits until a slot is free.
   *
   * @returns false where the taker has told to close instead
   */
  waitForRoom(): boolean {
    for (;;) {
      const taken = Atomics.load(this.words, TAKEN);
      if (this.given - taken < SLOT_COUNT) return true;
      if (this.command === LaneCommand.Close) return false;
      Atomics.wait(this.words, TAKEN, taken, PATIENCE_MS);
    }
  }

  /**
   * Gives a slot; `waitForRoom` must have said that there is one.
   *
   * @param content at most `slotBytes`; copied
   * @returns whether the taker waits and is to be woken
   */
  give(content: Uint8Array, lossBefore: Loss | undefined): boolean {
    const { given } = this;
    const slot = given % SLOT_COUNT;
    const head = slot * SLOT_HEAD_NUMBERS;
    this.bytes.set(content, DATA_AT + slot * this.#slotBytes);
    this.#slotHeads[head + LENGTH] = content.length;
    writeLoss(this.#slotHeads, head + SLOT_LOSS, lossBefore);
    Atomics.store(this.words, GIVEN, given + 1);
    return this.takerWaits;
  }

  /** Whether the taker has found nothing since it was last woken; asking takes it back. */
  get takerWaits(): boolean {
    return Atomics.exchange(this.words, TAKER_WAITS, 0) !== 0;
  }

  /** Tells the giver that the taker found nothing and wants to be woken. */
  askToBeWoken(): void {
    Atomics.store(this.words, TAKER_WAITS, 1);
  }

  /** Where a given slot begins, as a word index. */
  slotStart(number: number): number {
    return (DATA_AT + (number % SLOT_COUNT) * this.#slotBytes) / 4;
  }

  /** Where its content ends, as a word index. */
  slotEnd(number: number): number {
    const length = this.#slotHeads[(number % SLOT_COUNT) * SLOT_HEAD_NUMBERS + LENGTH]!;
    return this.slotStart(number) + length / 4;
  }

  /** What was lost before its first frame. */
  slotLoss(number: number): Loss | undefined {
    return readLoss(this.#slotHeads, (number % SLOT_COUNT) * SLOT_HEAD_NUMBERS + SLOT_LOSS);
  }

  /** The taker is done with all slots before this number. */
  takeBack(number: number): void {
    Atomics.store(this.words, TAKEN, number);
    Atomics.notify(this.words, TAKEN);
  }
}

const DATA_AT = SLOT_HEADS_AT + SLOT_COUNT * SLOT_HEAD_NUMBERS * 8;

function writeLoss(to: Float64Array, at: number, loss: Loss | undefined): void {
  to[at] = loss === undefined ? NO_LOSS : loss.certainty === 'exact' ? EXACT : BOUNDED;
  if (loss === undefined) return;
  to[at + 1] = loss.lost;
  to[at + 2] = loss.atLeast;
  to[at + 3] = loss.atMost;
  to[at + 4] = loss.group ?? 0;
}

function readLoss(from: Float64Array, at: number): Loss | undefined {
  if (from[at] === NO_LOSS) return undefined;
  const exact = from[at] === EXACT;
  return {
    lost: from[at + 1]!,
    certainty: exact ? 'exact' : 'bounded',
    atLeast: from[at + 2]!,
    atMost: from[at + 3]!,
    group: exact ? undefined : from[at + 4]!,
  };
}
