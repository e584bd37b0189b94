/** Times of the report as seconds from its first frame, which is what plots count in. */

import { tryParseEpochNs } from '../core/timestamp.js';
import { formatTimeUtc } from '../report/number-text.js';

/** Turns times of the report into positions on the plots and back. */
export class CaptureTimes {
  readonly #originNs: bigint;

  /** @param origin the first frame's time as the report gives it; null: there is none */
  constructor(origin: string | null) {
    this.#originNs = origin === null ? 0n : (tryParseEpochNs(origin) ?? 0n);
  }

  /** Seconds from the first frame; null where the time isn't known. */
  seconds(time: string | null): number | null {
    const ns = time === null ? undefined : tryParseEpochNs(time);
    return ns === undefined ? null : Number(ns - this.#originNs) / 1e9;
  }

  /** The time of day in UTC of a position, cut to what the width of a column can tell apart. */
  timeOfDay(seconds: number, stepSeconds: number): string {
    const text = this.#utc(seconds).slice(11);
    const digits = Math.min(9, Math.max(0, Math.ceil(-Math.log10(stepSeconds))));
    return digits === 0 ? text.slice(0, 8) : text.slice(0, 9 + digits);
  }

  /** Date and time in UTC, with nine digits. */
  dateAndTime(seconds: number): string {
    return this.#utc(seconds);
  }

  #utc(seconds: number): string {
    return formatTimeUtc(this.#originNs + BigInt(Math.round(seconds * 1e9)));
  }
}

/** A length of time as people read it: at most three significant digits. */
export function durationText(seconds: number): string {
  const magnitude = Math.abs(seconds);
  if (magnitude >= 3600) return `${trimmed(seconds / 3600)} h`;
  if (magnitude >= 60) return `${trimmed(seconds / 60)} min`;
  if (magnitude >= 1 || magnitude === 0) return `${trimmed(seconds)} s`;
  if (magnitude >= 1e-3) return `${trimmed(seconds * 1e3)} ms`;
  if (magnitude >= 1e-6) return `${trimmed(seconds * 1e6)} µs`;
  return `${trimmed(seconds * 1e9)} ns`;
}

/** A number with three significant digits and a prefix: `812 k`, `1.05 M`, `0`. */
export function scaledText(value: number): string {
  const units = ['', ' k', ' M', ' G', ' T'];
  let unit = 0;
  let rest = value;
  while (unit < units.length - 1 && Math.abs(Number(rest.toPrecision(3))) >= 1000) {
    rest /= 1000;
    unit++;
  }
  return `${trimmed(rest)}${units[unit]}`;
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}
