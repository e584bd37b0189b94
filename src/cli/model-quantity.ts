/** Rates, lengths and short times of a simulation as people type them; every refusal is a `UsageError`. */

import { UsageError } from './usage-error.js';

const nsPerUnit: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1000,
  µs: 1000,
  ms: 1_000_000,
  s: 1_000_000_000,
  m: 60_000_000_000,
  h: 3_600_000_000_000,
};

const rateSuffixes: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * Reads a time with its unit: `50us`, `1.5ms`, `2s`; `0` needs none.
 *
 * @param option the option's name, for the message
 * @returns whole nanoseconds from 0
 * @throws {UsageError} where the text is no such time
 */
export function parseTimeNs(text: string, option: string): number {
  if (text === '0') return 0;
  const match = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)$/i.exec(text);
  const timeNs = Math.round(Number(match?.[1]) * (nsPerUnit[match?.[2]?.toLowerCase() ?? ''] ?? 0));
  if (match === null || !Number.isSafeInteger(timeNs)) {
    throw new UsageError(
      `${option}: '${text}' is no time`,
      'Give a number with a unit, such as 50us, 1.5ms, 2s or 1m.',
    );
  }
  return timeNs;
}

/**
 * Reads a rate: a number above 0, perhaps with a fraction, and a suffix `k`, `M` or `G` (thousands).
 *
 * @param option the option's name, for the message
 * @param unit what there are so many of in a second
 * @throws {UsageError} where the text is no rate above 0
 */
export function parseRate(text: string, option: string, unit: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text);
  const rate = Number(match?.[1]) * (rateSuffixes[match?.[2]?.toLowerCase() ?? ''] ?? 0);
  if (match === null || !(rate > 0)) {
    throw new UsageError(
      `${option}: '${text}' is no rate`,
      `Give a number of ${unit} a second above 0, such as 500, 250k or 1.5M.`,
    );
  }
  return rate;
}

/**
 * Reads a factor or a duration above 0, such as `0.5` or `10`.
 *
 * @throws {UsageError} where the text is none
 */
export function parseFactor(text: string, option: string): number {
  const factor = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(factor > 0)) {
    throw new UsageError(`${option}: '${text}' won't do`, 'Give a number above 0: 0.5, 1, 10.');
  }
  return factor;
}

/** Reads a comma-separated list, each part by the same rule. */
export function parseList<T>(text: string, parse: (part: string) => T): T[] {
  return text.split(',').map((part) => parse(part.trim()));
}
