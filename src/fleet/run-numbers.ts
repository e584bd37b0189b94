/** Which messages of a run have been taken, so that none counts twice. */

/** Stretches of numbers that are remembered; one, unless messages were lost or changed places. */
const MOST_STRETCHES = 100;

interface Stretch {
  readonly first: number;
  readonly last: number;
}

/**
 * The numbers of one run's messages, as stretches without a hole.
 *
 * Numbers come in whatever order: of messages that were under way when a connection broke, later
 * ones may reach the server first. Where there are very many holes, the lowest ones are taken for filled.
 */
export class RunNumbers {
  /** In rising order, never touching each other. */
  readonly #stretches: Stretch[] = [];

  /** Takes a number; false where it was taken before. */
  take(number: number): boolean {
    const all = this.#stretches;
    let at = all.length;
    while (at > 0 && all[at - 1]!.first > number) at--;
    const [below, above] = [all[at - 1], all[at]];
    if (below !== undefined && number <= below.last) return false;
    const joinsBelow = below?.last === number - 1;
    const joinsAbove = above?.first === number + 1;
    const first = joinsBelow ? below.first : number;
    const last = joinsAbove ? above.last : number;
    const start = joinsBelow ? at - 1 : at;
    all.splice(start, Number(joinsBelow) + Number(joinsAbove), { first, last });
    if (all.length > MOST_STRETCHES) {
      const [lowest, next] = all;
      all.splice(0, 2, { first: lowest!.first, last: next!.last });
    }
    return true;
  }
}
