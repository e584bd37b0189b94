/** The program that takes frames out of a modelled buffer: how fast it works, and when it doesn't. */

import { ArgumentError } from '../core/errors.js';
import { Random } from './random.js';

/** A time in which the reader doesn't run: it was preempted, stopped, or waited for a disk. */
export interface Stall {
  /** When it begins, in virtual nanoseconds. */
  readonly atNs: number;
  /** How long it lasts. */
  readonly lengthNs: number;
}

/** When the reader stalls. */
export type StallOptions =
  /** For `lengthNs` every `everyNs`, first at `firstNs` (`everyNs` where not given). */
  | {
      readonly kind: 'periodic';
      readonly everyNs: number;
      readonly lengthNs: number;
      readonly firstNs?: number;
    }
  /** Times between stalls, and their lengths, of exponential distributions with these means. */
  | {
      readonly kind: 'random';
      readonly everyNs: number;
      readonly lengthNs: number;
      readonly seed: number;
    }
  /** At given times; overlapping ones run together. */
  | { readonly kind: 'list'; readonly stalls: readonly Stall[] };

/** How a reader works. Without any member it takes every frame at once and never stalls. */
export interface ReaderOptions {
  /** Frames it handles a second; each costs 1 / this, besides its bytes. */
  readonly framesPerSecond?: number;
  /** Bytes it handles a second, captured ones. */
  readonly bytesPerSecond?: number;
  /** From the first frame (or block) in an empty buffer to the reader's first look; 0. */
  readonly wakeUpNs?: number;
  /** Frames that one recvmmsg takes out of a socket at most; 1 where not given. Rings: a block. */
  readonly batch?: number;
  readonly stalls?: StallOptions;
}

/** A reader's own clock: it tells when a piece of work is done. */
export class Reader {
  readonly wakeUpNs: number;
  readonly batch: number;
  readonly #perFrameNs: number;
  readonly #perByteNs: number;
  readonly #nextStall: () => Stall | undefined;
  #stallStartNs = Number.POSITIVE_INFINITY;
  #stallEndNs = Number.POSITIVE_INFINITY;

  /** @throws {ArgumentError} `BAD_READER` */
  constructor(options: ReaderOptions = {}) {
    this.#perFrameNs = 1e9 / above0('framesPerSecond', options.framesPerSecond);
    this.#perByteNs = 1e9 / above0('bytesPerSecond', options.bytesPerSecond);
    this.wakeUpNs = from0('wakeUpNs', options.wakeUpNs ?? 0);
    this.batch = above0('batch', options.batch ?? 1);
    this.#nextStall = stallTimes(options.stalls);
    this.#step();
  }

  /** Nanoseconds of work that frames with so many captured bytes cost. */
  cost(frames: number, bytes: number): number {
    return frames * this.#perFrameNs + bytes * this.#perByteNs;
  }

  /**
   * When work that begins at `fromNs` is done, and the reader runs: stalls put it off.
   *
   * @param fromNs not before the previous call's
   */
  run(fromNs: number, costNs: number): number {
    let atNs = fromNs;
    let left = costNs;
    while (this.#stallEndNs <= atNs) this.#step();
    while (atNs + left >= this.#stallStartNs) {
      left -= Math.max(0, this.#stallStartNs - atNs);
      atNs = this.#stallEndNs;
      this.#step();
    }
    return atNs + left;
  }

  #step(): void {
    const stall = this.#nextStall();
    this.#stallStartNs = stall?.atNs ?? Number.POSITIVE_INFINITY;
    this.#stallEndNs = stall === undefined ? Number.POSITIVE_INFINITY : stall.atNs + stall.lengthNs;
  }
}

function above0(argument: string, value: number | undefined): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  if (value > 0) return value;
  throw new ArgumentError(
    'BAD_READER',
    `A reader can't have ${argument} ${value}. Give a number above 0.`,
    { argument, value, expected: 'above 0' },
  );
}

function from0(argument: string, value: number): number {
  if (value >= 0 && Number.isFinite(value)) return value;
  throw new ArgumentError(
    'BAD_READER',
    `A reader can't have ${argument} ${value}. Give a number from 0.`,
    { argument, value, expected: 'from 0' },
  );
}

/** A function that gives the stalls in order, none overlapping, until there is no further one. */
function stallTimes(options: StallOptions | undefined): () => Stall | undefined {
  switch (options?.kind) {
    case undefined:
      return () => undefined;
    case 'periodic':
      return periodicStalls(options);
    case 'random': {
      const random = new Random(options.seed);
      const everyNs = above0('stalls.everyNs', options.everyNs);
      const meanNs = from0('stalls.lengthNs', options.lengthNs);
      let atNs = 0;
      return () => {
        atNs += random.nextExponential(everyNs);
        const stall: Stall = { atNs, lengthNs: random.nextExponential(meanNs) };
        atNs += stall.lengthNs;
        return stall;
      };
    }
    case 'list':
      return listedStalls(options.stalls);
  }
}

function periodicStalls(options: StallOptions & { kind: 'periodic' }): () => Stall | undefined {
  const { everyNs, lengthNs, firstNs = everyNs } = options;
  from0('stalls.lengthNs', lengthNs);
  from0('stalls.firstNs', firstNs);
  if (!(everyNs > lengthNs)) {
    throw new ArgumentError(
      'BAD_READER',
      `A reader can't stall for ${lengthNs} ns every ${everyNs} ns. Give a longer period.`,
      { argument: 'stalls.everyNs', value: everyNs, expected: `above ${lengthNs}` },
    );
  }
  let count = 0;
  return () => ({ atNs: firstNs + count++ * everyNs, lengthNs });
}

function listedStalls(stalls: readonly Stall[]): () => Stall | undefined {
  const sorted = [...stalls].sort((a, b) => a.atNs - b.atNs);
  for (const { atNs, lengthNs } of sorted) {
    from0('stalls.atNs', atNs);
    from0('stalls.lengthNs', lengthNs);
  }
  let next = 0;
  return () => {
    const first = sorted[next++];
    if (first === undefined) return undefined;
    let endNs = first.atNs + first.lengthNs;
    while (next < sorted.length && sorted[next]!.atNs <= endNs) {
      endNs = Math.max(endNs, sorted[next]!.atNs + sorted[next]!.lengthNs);
      next++;
    }
    return { atNs: first.atNs, lengthNs: endNs - first.atNs };
  };
}
