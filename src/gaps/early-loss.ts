/** Loss before the socket: counted by network card, driver or host, never part of a gap. */

/** Frames that were lost before any socket could see them, between two readings of a counter. */
export interface EarlyLoss {
  /**
   * `interface`: in the network card or its driver. `backlog`: in the softnet backlog, which all
   * interfaces of a host share; nobody knows whose frames they were.
   */
  readonly where: 'interface' | 'backlog';
  /** The interface that counted; for `backlog` the one at which it was recorded. */
  readonly interfaceId: number;
  /** Frames, at least: some drivers count events. */
  readonly lost: number;
  /** Reading before, in nanoseconds since 1970-01-01 UTC; undefined where the file has no start. */
  readonly startNs: bigint | undefined;
  /** Reading after. */
  readonly endNs: bigint;
  /**
   * Numbers of two frames of the file between which it happened, of whichever interface, as far as
   * their times say; undefined: unknown, or with no frame before or after it.
   */
  readonly after: number | undefined;
  readonly before: number | undefined;
}

/** One reading of the counters, as totals since the start. */
export interface EarlyLossReading {
  readonly interfaceId: number;
  readonly timestampNs: bigint;
  /** When counting began, where known. */
  readonly startNs: bigint | undefined;
  readonly interfaceDropped: number | undefined;
  readonly backlogDropped: number | undefined;
}

/** Losses kept one by one; further ones go into the last of their kind. */
const MOST_LOSSES = 10_000;
/** Seconds of which the first frame is remembered. */
const MOST_SECONDS = 128;
const NS_PER_SECOND = 1_000_000_000n;

interface OpenLoss extends EarlyLoss {
  lost: number;
  endNs: bigint;
  before: number | undefined;
}

/**
 * Turns consecutive readings into losses, and the frames between them into places.
 *
 * Frames are placed by the second of their time, so that a place is up to a second wider than the
 * bracket of times. Cost: a comparison a frame.
 */
export class EarlyLossTracker {
  readonly #losses: OpenLoss[] = [];
  /** Losses that no frame has followed yet. */
  #open: OpenLoss[] = [];
  /** The first frame of each of the last seconds. */
  readonly #seconds: { readonly seconds: number; readonly number: number }[] = [];
  readonly #last = new Map<string, { readonly count: number; readonly timeNs: bigint }>();
  #newestSecond = -1;
  #lastNumber = 0;

  /** The losses so far, in the order of their readings. */
  get losses(): readonly EarlyLoss[] {
    return this.#losses;
  }

  /** Takes a frame, by its time and number. */
  frame(seconds: number, number: number): void {
    this.#lastNumber = number;
    if (seconds <= this.#newestSecond) return;
    this.#newestSecond = seconds;
    this.#seconds.push({ seconds, number });
    if (this.#seconds.length > MOST_SECONDS) this.#seconds.shift();
    if (this.#open.length === 0) return;
    for (const loss of this.#open) {
      if (BigInt(seconds) > loss.endNs / NS_PER_SECOND) loss.before = number;
    }
    this.#open = this.#open.filter(({ before }) => before === undefined);
  }

  /** Takes a reading. */
  reading(reading: EarlyLossReading): void {
    this.#count('interface', reading, reading.interfaceDropped);
    this.#count('backlog', reading, reading.backlogDropped);
  }

  #count(where: EarlyLoss['where'], reading: EarlyLossReading, count: number | undefined): void {
    if (count === undefined) return;
    const { interfaceId, timestampNs: endNs } = reading;
    const key = `${where} ${interfaceId}`;
    const last = this.#last.get(key);
    this.#last.set(key, { count, timeNs: endNs });
    // A counter that went back began anew.
    const lost = count - (last === undefined || last.count > count ? 0 : last.count);
    if (lost === 0) return;
    if (this.#losses.length >= MOST_LOSSES) {
      const latest = this.#losses.findLast(
        (one) => one.where === where && one.interfaceId === interfaceId,
      );
      if (latest !== undefined) {
        latest.lost += lost;
        latest.endNs = endNs;
        latest.before = undefined;
        if (!this.#open.includes(latest)) this.#open.push(latest);
        return;
      }
    }
    const startNs = last?.timeNs ?? reading.startNs;
    const place = { after: this.#lastFrameBefore(startNs), before: this.#firstFrameAfter(endNs) };
    const loss: OpenLoss = { where, interfaceId, lost, startNs, endNs, ...place };
    this.#losses.push(loss);
    if (loss.before === undefined) this.#open.push(loss);
  }

  #lastFrameBefore(timeNs: bigint | undefined): number | undefined {
    if (timeNs === undefined) return undefined;
    const second = Number(timeNs / NS_PER_SECOND);
    const index = this.#seconds.findLastIndex(({ seconds }) => seconds <= second);
    const mark = this.#seconds[index];
    if (mark === undefined) return undefined;
    // The first frame of that very second may be later; the one right before it isn't.
    const next = mark.seconds === second ? mark.number : this.#seconds[index + 1]?.number;
    const after = next === undefined ? this.#lastNumber : next - 1;
    return after === 0 ? undefined : after;
  }

  #firstFrameAfter(timeNs: bigint): number | undefined {
    const second = Number(timeNs / NS_PER_SECOND);
    return this.#seconds.find(({ seconds }) => seconds > second)?.number;
  }
}
