/** Bytes from one thread to another, in memory of fixed size that both can see. */

const SLOT_COUNT = 4;
const SLOT_BYTES = 256 * 1024;
const REPORT_BYTES = 2048;
/** The words of the control area. */
const Field = { Put: 0, Taken: 1, Ended: 2, Stopped: 3, ReportLength: 4, Lengths: 8 } as const;
const CONTROL_BYTES = 64;
/** The giver's count of what it has read, a 64-bit float. */
const COUNT_AT = CONTROL_BYTES;
const REPORT_AT = COUNT_AT + 8;
const SLOTS_AT = REPORT_AT + REPORT_BYTES;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/**
 * A queue of slots with one giver and one taker, each in a thread of its own.
 *
 * Both wait by blocking their thread: the giver while all slots are full, the taker while all are
 * empty. So the memory is what it is, however far one is ahead of the other. At the end the giver
 * leaves a report, a short text.
 */
export class ByteRing {
  /** What the other thread needs to make its own `ByteRing`. */
  readonly memory: SharedArrayBuffer;
  readonly #control: Int32Array;
  readonly #count: Float64Array;
  readonly #bytes: Uint8Array;
  /** How much of the present slot has been taken. */
  #takenOfSlot = 0;

  /** @param memory of another `ByteRing`; new memory unless given */
  constructor(
    memory: SharedArrayBuffer = new SharedArrayBuffer(SLOTS_AT + SLOT_COUNT * SLOT_BYTES),
  ) {
    this.memory = memory;
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#count = new Float64Array(memory, COUNT_AT, 1);
    this.#bytes = new Uint8Array(memory);
  }

  /** Most bytes that one `put` may be given. */
  get slotBytes(): number {
    return SLOT_BYTES;
  }

  /** What the giver said at its last `put` or `end` that it has read. */
  get count(): number {
    return this.#count[0]!;
  }

  /**
   * Gives bytes, 1 … `slotBytes` of them; waits for an empty slot.
   *
   * @param count any number that the taker should see together with the bytes
   * @returns false where the taker has stopped and wants no more
   */
  put(bytes: Uint8Array, count: number): boolean {
    const control = this.#control;
    for (;;) {
      if (Atomics.load(control, Field.Stopped) === 1) return false;
      const taken = Atomics.load(control, Field.Taken);
      const put = Atomics.load(control, Field.Put);
      if (put - taken < SLOT_COUNT) {
        const slot = put % SLOT_COUNT;
        this.#bytes.set(bytes, SLOTS_AT + slot * SLOT_BYTES);
        control[Field.Lengths + slot] = bytes.length;
        this.#count[0] = count;
        Atomics.store(control, Field.Put, put + 1);
        Atomics.notify(control, Field.Put);
        return true;
      }
      Atomics.wait(control, Field.Taken, taken);
    }
  }

  /** Says that nothing more comes, and why. */
  end(report: string, count: number): void {
    const control = this.#control;
    const text = textEncoder.encode(report).subarray(0, REPORT_BYTES);
    this.#bytes.set(text, REPORT_AT);
    control[Field.ReportLength] = text.length;
    this.#count[0] = count;
    Atomics.store(control, Field.Ended, 1);
    // The taker waits on Put: it has to change for a wait that is about to begin.
    Atomics.add(control, Field.Put, 1);
    Atomics.notify(control, Field.Put);
  }

  /**
   * Takes bytes; waits until there are some.
   *
   * @returns how many; 0 where nothing more comes, see `report`
   */
  take(into: Uint8Array): number {
    const control = this.#control;
    const taken = Atomics.load(control, Field.Taken);
    for (;;) {
      const ended = Atomics.load(control, Field.Ended);
      const put = Atomics.load(control, Field.Put);
      if (put - ended > taken) break;
      if (ended === 1) return 0;
      Atomics.wait(control, Field.Put, put);
    }
    const slot = taken % SLOT_COUNT;
    const length = control[Field.Lengths + slot]!;
    const count = Math.min(into.length, length - this.#takenOfSlot);
    const at = SLOTS_AT + slot * SLOT_BYTES + this.#takenOfSlot;
    into.set(this.#bytes.subarray(at, at + count));
    this.#takenOfSlot += count;
    if (this.#takenOfSlot === length) {
      this.#takenOfSlot = 0;
      Atomics.store(control, Field.Taken, taken + 1);
      Atomics.notify(control, Field.Taken);
    }
    return count;
  }

  /** The giver's last words; undefined while there is more to take. */
  get report(): string | undefined {
    const control = this.#control;
    if (Atomics.load(control, Field.Ended) === 0) return undefined;
    const length = control[Field.ReportLength]!;
    return textDecoder.decode(this.#bytes.slice(REPORT_AT, REPORT_AT + length));
  }

  /** Tells the giver that nothing more is wanted. */
  stop(): void {
    Atomics.store(this.#control, Field.Stopped, 1);
    Atomics.store(this.#control, Field.Taken, Atomics.load(this.#control, Field.Taken) + 1);
    Atomics.notify(this.#control, Field.Taken);
  }
}
