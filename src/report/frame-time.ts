/** The time column of a line: time of day, seconds since the first frame, or seconds since 1970. */

import type { AsciiWriter } from '../analysis/ascii-writer.js';
import { NS_PER_SECOND } from '../core/timestamp.js';

/**
 * How a line's time is written.
 *
 * `local`: time of day in the system's time zone, `12:01:02.123456789`. `relative`: seconds since
 * the first frame given, `0.000128704`; negative for a frame older than the first. `epoch`: seconds
 * since 1970-01-01 UTC, `1795355060.089260729`.
 */
export type FrameTimeFormat = 'local' | 'relative' | 'epoch';

const triples: readonly string[] = Array.from({ length: 1000 }, (_, value) =>
  `${value}`.padStart(3, '0'),
);

/** Nine digits of nanoseconds, 0 … 999,999,999. */
function fractionText(nanoseconds: number): string {
  const microseconds = (nanoseconds / 1000) | 0;
  const milliseconds = (microseconds / 1000) | 0;
  return `${triples[milliseconds]}${triples[microseconds - milliseconds * 1000]}${triples[nanoseconds - microseconds * 1000]}`;
}

/** Writes times in one format; keeps the text of the last second, which most frames share. */
export class FrameTimeText {
  /** What stands before the point, for the time opened last: 0 … 2^32 − 1; two of one value, one text. */
  wholeSeconds = 0;
  /** What stands after it, as nanoseconds. */
  fraction = 0;
  /** Whether a minus stands before all. */
  isNegative: boolean = false;
  readonly #format: FrameTimeFormat;
  #firstSeconds = -1;
  #firstNanoseconds = 0;
  #headSeconds = -1;
  #head = '';

  constructor(format: FrameTimeFormat) {
    this.#format = format;
  }

  /** Sets the zero of `relative`, where it isn't the first time that is written. */
  startAt(seconds: number, nanoseconds: number): void {
    this.#firstSeconds = seconds;
    this.#firstNanoseconds = nanoseconds;
  }

  /**
   * Takes a time. The first call sets the zero of `relative`.
   *
   * @param seconds since 1970-01-01 UTC (u32)
   * @param nanoseconds 0 … 999,999,999
   */
  open(seconds: number, nanoseconds: number): void {
    if (this.#format === 'relative') {
      this.#openRelative(seconds, nanoseconds);
      return;
    }
    this.wholeSeconds = seconds;
    this.fraction = nanoseconds;
  }

  /** The time opened last up to its point, that included; without the minus. */
  head(): string {
    const { wholeSeconds } = this;
    if (wholeSeconds !== this.#headSeconds) {
      this.#headSeconds = wholeSeconds;
      this.#head = `${this.#format === 'local' ? timeOfDay(wholeSeconds) : wholeSeconds}.`;
    }
    return this.#head;
  }

  /** The time as text, with nine digits after the point; the parameters are those of `open`. */
  text(seconds: number, nanoseconds: number): string {
    this.open(seconds, nanoseconds);
    return `${this.isNegative ? '-' : ''}${this.head()}${fractionText(this.fraction)}`;
  }

  /** Appends what `text` returns, without making a string of it. */
  write(seconds: number, nanoseconds: number, out: AsciiWriter): void {
    this.open(seconds, nanoseconds);
    if (this.isNegative) out.text('-');
    out.text(this.head());
    out.nine(this.fraction);
  }

  #openRelative(seconds: number, nanoseconds: number): void {
    if (this.#firstSeconds < 0) {
      this.#firstSeconds = seconds;
      this.#firstNanoseconds = nanoseconds;
    }
    let wholeSeconds = seconds - this.#firstSeconds;
    let rest = nanoseconds - this.#firstNanoseconds;
    this.isNegative = wholeSeconds < 0 || (wholeSeconds === 0 && rest < 0);
    if (this.isNegative) {
      wholeSeconds = -wholeSeconds;
      rest = -rest;
    }
    if (rest < 0) {
      wholeSeconds -= 1;
      rest += NS_PER_SECOND;
    }
    this.wholeSeconds = wholeSeconds;
    this.fraction = rest;
  }
}

function timeOfDay(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number): string => `${value}`.padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
