/** The part of the capture that the plots show, and how it moves. */

/** A stretch of time in seconds from the first frame. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Shortest stretch that can be shown, in seconds. */
const LEAST_SPAN = 1e-6;

/** Keeps the range shown inside the whole capture and tells whoever asked when it changes. */
export class ViewRange {
  /** All there is to show. */
  readonly whole: TimeRange;
  #shown: TimeRange;
  readonly #listeners: ((shown: TimeRange) => void)[] = [];

  constructor(whole: TimeRange) {
    this.whole = whole;
    this.#shown = whole;
  }

  get shown(): TimeRange {
    return this.#shown;
  }

  /** Whether all there is is shown. */
  get isWhole(): boolean {
    return this.#shown.from === this.whole.from && this.#shown.to === this.whole.to;
  }

  /** Calls `listener` after each change. */
  onChange(listener: (shown: TimeRange) => void): void {
    this.#listeners.push(listener);
  }

  /** Shows a stretch, moved and cut so that it lies inside the capture. */
  show(from: number, to: number): void {
    const { whole } = this;
    const span = Math.min(Math.max(to - from, LEAST_SPAN), whole.to - whole.from);
    const middle = (from + to) / 2;
    const start = Math.min(Math.max(middle - span / 2, whole.from), whole.to - span);
    // The whole is said exactly, so that it can be told from nearly the whole.
    this.#shown =
      span === whole.to - whole.from
        ? whole
        : { from: start, to: Math.min(start + span, whole.to) };
    for (const listener of this.#listeners) listener(this.#shown);
  }

  showWhole(): void {
    this.show(this.whole.from, this.whole.to);
  }

  /**
   * Zooms.
   *
   * @param factor below 1 shows less time, above 1 more
   * @param around stays where it is on the screen; default: the middle
   */
  zoom(factor: number, around: number = (this.#shown.from + this.#shown.to) / 2): void {
    const { from, to } = this.#shown;
    this.show(around - (around - from) * factor, around + (to - around) * factor);
  }

  /** Moves by a share of what is shown; negative: to earlier times. */
  pan(share: number): void {
    const { from, to } = this.#shown;
    const distance = (to - from) * share;
    this.show(from + distance, to + distance);
  }
}
