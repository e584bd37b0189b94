/**
 * Whether a run of pairs, place by place, can't be one of look-alikes: two of its contents are in the
 * capture only once, or so many differ that the same would have to be sent again in the same order.
 */

const LEAST_UNIQUE = 2;
const LEAST_DISTINCT = 16;

/** So many pairs on each side of a region are looked at. */
export const SURE_WITHIN = 64;

/** Shown the pairs of a run one by one, says when it is sure. */
export class SureRun {
  readonly #isUnique: (key: number) => boolean;
  readonly #leastDistinct: number;
  readonly #keys = new Set<number>();
  #unique = 0;

  /**
   * @param isUnique whether the capture has a frame of this content once, and no second one
   * @param mayBeShifted whether the clocks may be off: then the length of a run says nothing
   */
  constructor(isUnique: (key: number) => boolean, mayBeShifted: boolean) {
    this.#isUnique = isUnique;
    this.#leastDistinct = mayBeShifted ? Number.POSITIVE_INFINITY : LEAST_DISTINCT;
  }

  /** Takes the next pair's key; gives whether that is enough. */
  add(key: number): boolean {
    this.#keys.add(key);
    if (this.#isUnique(key)) this.#unique++;
    return this.#unique >= LEAST_UNIQUE || this.#keys.size >= this.#leastDistinct;
  }
}
