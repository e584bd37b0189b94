/** Which messages of a run have been taken, so that none counts twice. */

/** Numbers beyond the first missing one that are remembered. */
const MOST_AHEAD = 10_000;

/**
 * The numbers of one run's messages: all up to a mark, and those beyond it one by one.
 *
 * A watcher may begin in the middle of a run: its first number is where it begins.
 */
export class RunNumbers {
  /** Every number up to this one was taken, or came before the beginning. */
  #mark: number;
  readonly #beyond = new Set<number>();

  /** @param first the first number that is met */
  constructor(first: number) {
    this.#mark = first - 1;
  }

  /** Takes a number; false where it was taken before. */
  take(number: number): boolean {
    if (number <= this.#mark || this.#beyond.has(number)) return false;
    this.#beyond.add(number);
    while (this.#beyond.delete(this.#mark + 1)) this.#mark++;
    // A hole that nothing fills: those messages never came.
    while (this.#beyond.size > MOST_AHEAD) {
      this.#mark = Math.min(...this.#beyond);
      this.#beyond.delete(this.#mark);
      while (this.#beyond.delete(this.#mark + 1)) this.#mark++;
    }
    return true;
  }
}
