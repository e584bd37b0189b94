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
function fraction(nanoseconds: number): string {
  const microseconds = (nanoseconds / 1000) | 0;
  const milliseconds = (microseconds / 1000) | 0;
  return `${triples[milliseconds]}${triples[microseconds - milliseconds * 1000]}${triples[nanoseconds - microseconds * 1000]}`;
}

/** Writes times in one format; keeps the text of the last second, which most frames share. */
export class FrameTimeText {
  readonly #format: FrameTimeFormat;
  #firstSeconds = -1;
  #firstNanoseconds = 0;
  #lastSeconds = -1;
  #lastText = '';

  constructor(format: FrameTimeFormat) {
    this.#format = format;
  }

  /** Sets the zero of `relative`, where it isn't the first time that is written. */
  startAt(seconds: number, nanoseconds: number): void {
    this.#firstSeconds = seconds;
    this.#firstNanoseconds = nanoseconds;
  }

  /**
   * The time as text, with nine digits after the point. The first call sets the zero of `relative`.
   *
   * @param seconds since 1970-01-01 UTC (u32)
   * @param nanoseconds 0 … 999,999,999
   */
  text(seconds: number, nanoseconds: number): string {
    if (this.#format === 'relative') return this.#relative(seconds, nanoseconds);
    if (seconds !== this.#lastSeconds) {
      this.#lastSeconds = seconds;
      this.#lastText = this.#format === 'epoch' ? `${seconds}.` : `${timeOfDay(seconds)}.`;
    }
    return this.#lastText + fraction(nanoseconds);
  }

  /** Appends what `text` returns, without making a string of it where that is possible. */
  write(seconds: number, nanoseconds: number, out: AsciiWriter): void {
    if (this.#format === 'relative' || seconds !== this.#lastSeconds) {
      out.text(this.text(seconds, nanoseconds));
      return;
    }
    out.text(this.#lastText);
    out.padded(nanoseconds, 9);
  }

  #relative(seconds: number, nanoseconds: number): string {
    if (this.#firstSeconds < 0) {
      this.#firstSeconds = seconds;
      this.#firstNanoseconds = nanoseconds;
    }
    let wholeSeconds = seconds - this.#firstSeconds;
    let rest = nanoseconds - this.#firstNanoseconds;
    const isNegative = wholeSeconds < 0 || (wholeSeconds === 0 && rest < 0);
    if (isNegative) {
      wholeSeconds = -wholeSeconds;
      rest = -rest;
    }
    if (rest < 0) {
      wholeSeconds -= 1;
      rest += NS_PER_SECOND;
    }
    return `${isNegative ? '-' : ''}${wholeSeconds}.${fraction(rest)}`;
  }
}

function timeOfDay(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number): string => `${value}`.padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
