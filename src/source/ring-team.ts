/**
 * How the threads of several rings start together: in their order into the fanout group, and no ring
 * takes a frame before all are in it.
 *
 * Members share frames by their number, which is the order in which they joined; and while they join,
 * the shares change. So each ring rejects all frames until the last one has joined: from then on a frame
 * has one ring, which takes it or, for a few microseconds more, rejects it.
 */

const TURN = 0;
const GROUP = 1;
const GIVEN_UP = 2;
/** Time between two looks at whether the others have given up, in milliseconds. */
const LOOK_MS = 50;

/** What the threads share. */
export class RingTeam {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** @param memory of the other threads; new memory without it */
  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(16);
    this.#words = new Int32Array(this.memory);
  }

  /** Makes all that wait give up. */
  giveUp(): void {
    Atomics.store(this.#words, GIVEN_UP, 1);
    Atomics.notify(this.#words, TURN);
  }

  /**
   * Joins when all before have, and returns when all behind have.
   *
   * @param index this ring's number, from 0
   * @param join puts the ring into the group of that number, or where undefined into a new one
   * @returns false where another thread could not
   */
  joinInTurn(index: number, count: number, join: (group: number | undefined) => number): boolean {
    if (!this.#waitForTurn(index)) return false;
    const group = join(index === 0 ? undefined : Atomics.load(this.#words, GROUP));
    if (index === 0) Atomics.store(this.#words, GROUP, group);
    Atomics.add(this.#words, TURN, 1);
    Atomics.notify(this.#words, TURN);
    return this.#waitForTurn(count);
  }

  #waitForTurn(turn: number): boolean {
    for (;;) {
      if (Atomics.load(this.#words, GIVEN_UP) !== 0) return false;
      const now = Atomics.load(this.#words, TURN);
      if (now >= turn) return true;
      Atomics.wait(this.#words, TURN, now, LOOK_MS);
    }
  }
}
