/** The bounded gaps of one interface: what their marks say, and the sums they are held to. */

/** What a mark says: `gapcap: bounded, at least A and at most B …; the sum over group G is exact`. */
export interface BoundedMark {
  readonly atLeast: number;
  readonly atMost: number;
  readonly group: number;
}

/** A group whose numbers don't add up. */
export interface WrongSum {
  readonly group: number;
  readonly missing: number;
  readonly recorded: number;
}

/** How every comment begins that marks a gap as bounded. */
export const BOUNDED_PREFIX = 'gapcap: bounded';

const COMMENT =
  /^gapcap: bounded, at least (\d+) and at most (\d+) frames lost here; the sum over group (\d+) is exact$/;

/** Reads a mark; undefined where the comment isn't exactly of the form. */
export function tryReadMark(comment: string): BoundedMark | undefined {
  const match = COMMENT.exec(comment);
  if (match === null) return undefined;
  return { atLeast: Number(match[1]), atMost: Number(match[2]), group: Number(match[3]) };
}

/** Sums what is missing and what is recorded over each group of one interface. */
export class BoundedGroups {
  readonly #sums = new Map<number, { missing: number; recorded: number }>();
  readonly #unjudged = new Set<number>();

  /** Groups seen so far. */
  get count(): number {
    return this.#sums.size;
  }

  /** Adds one gap of a group. */
  add(group: number, missing: number, recorded: number): void {
    const sum = this.#sums.get(group) ?? { missing: 0, recorded: 0 };
    sum.missing += missing;
    sum.recorded += recorded;
    this.#sums.set(group, sum);
  }

  /** Says that part of a group lies where nobody knows what is missing; its sum isn't checked. */
  leaveOut(group: number): void {
    this.#unjudged.add(group);
  }

  /** The groups whose sums differ. */
  wrongSums(): WrongSum[] {
    return [...this.#sums]
      .filter(([group, sum]) => sum.missing !== sum.recorded && !this.#unjudged.has(group))
      .map(([group, sum]) => ({ group, ...sum }));
  }
}
