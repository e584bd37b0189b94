/** Sizes, durations and counts as people type them; every refusal is a `UsageError`. */

import { UsageError } from './usage-error.js';

/** Bytes in one of each unit that a size may be written in. */
export const SizeUnit = {
  Byte: 1,
  /** What dumpcap counts file sizes in. */
  Kilobyte: 1000,
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const;

/** Milliseconds in one of each unit that a duration may be written in. */
export const DurationUnit = {
  Millisecond: 1,
  Second: 1000,
  Minute: 60_000,
  Hour: 3_600_000,
} as const;

const sizeSuffixes: Readonly<Record<string, number>> = {
  b: SizeUnit.Byte,
  k: SizeUnit.KiB,
  m: SizeUnit.MiB,
  g: SizeUnit.GiB,
};

const durationSuffixes: Readonly<Record<string, number>> = {
  ms: DurationUnit.Millisecond,
  s: DurationUnit.Second,
  m: DurationUnit.Minute,
  h: DurationUnit.Hour,
};

/** Longest duration taken, in milliseconds: what a timer of Node can wait (24.8 days). */
const longestDurationMs = 2 ** 31 - 1;

/**
 * Reads a size: a number, perhaps with a fraction, and a suffix `B`, `k`, `M` or `G` (powers of
 * 1024; `KiB`, `MiB`, `GiB` mean the same; case doesn't matter).
 *
 * @param option the option's name, for the message
 * @param bareUnit bytes that a number without suffix counts in
 * @returns whole bytes, above 0; a fraction of a byte is left out
 * @throws {UsageError} where the text is no size, or there isn't a whole byte in it
 */
export function parseSize(text: string, option: string, bareUnit: number): number {
  const match = /^(\d+(?:\.\d+)?)(?:([bkmg])|([kmg])ib)?$/i.exec(text);
  const suffix = (match?.[2] ?? match?.[3])?.toLowerCase();
  const unit = suffix === undefined ? bareUnit : sizeSuffixes[suffix]!;
  const bytes = Math.floor(Number(match?.[1]) * unit);
  if (match === null || bytes <= 0 || !Number.isSafeInteger(bytes)) {
    throw new UsageError(
      `${option}: '${text}' is no size`,
      `Give a number above 0 with a suffix, such as 512k, 64M or 1G; without one it counts in ${unitName(bareUnit)}.`,
    );
  }
  return bytes;
}

/**
 * Reads a duration: a number, perhaps with a fraction, and a unit `ms`, `s`, `m` or `h`.
 *
 * @param option the option's name, for the message
 * @param bareUnit milliseconds that a number without unit counts in
 * @returns whole milliseconds, 1 … 2^31 − 1
 * @throws {UsageError} where the text is no duration, rounds to 0 ms, or is longer than 24 days
 */
export function parseDuration(text: string, option: string, bareUnit: number): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/i.exec(text);
  const suffix = match?.[2]?.toLowerCase();
  const unit = suffix === undefined ? bareUnit : durationSuffixes[suffix]!;
  const milliseconds = Math.round(Number(match?.[1]) * unit);
  const bareName = bareUnit === DurationUnit.Second ? 'seconds' : 'milliseconds';
  if (match === null || milliseconds <= 0) {
    throw new UsageError(
      `${option}: '${text}' is no duration`,
      `Give a number above 0 with a unit, such as 500ms, 1.5s, 10m or 2h; without one it counts in ${bareName}.`,
    );
  }
  if (milliseconds > longestDurationMs) {
    throw new UsageError(
      `${option}: '${text}' is too long`,
      'The longest duration is 596h (24 days).',
    );
  }
  return milliseconds;
}

/**
 * Reads a whole number within a range.
 *
 * @param option the option's name, for the message
 * @throws {UsageError} where the text is no decimal whole number or it lies outside
 */
export function parseCount(
  text: string,
  option: string,
  range: { least: number; most: number },
): number {
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= range.least && count <= range.most)) {
    const tooLarge = /^\d+$/.test(text) && Number(text) > range.least;
    const limits =
      range.most === Number.MAX_SAFE_INTEGER && !tooLarge
        ? `of at least ${range.least}`
        : `from ${range.least} to ${range.most}`;
    throw new UsageError(`${option}: '${text}' won't do`, `Give a whole number ${limits}.`);
  }
  return count;
}

/** A size as people read it, in the largest unit that leaves at least 1: `64 MiB`, `1.5 KiB`. */
export function formatSize(bytes: number): string {
  for (const [name, unit] of Object.entries(SizeUnit).reverse()) {
    if (bytes >= unit && unit >= SizeUnit.KiB)
      return `${Number((bytes / unit).toFixed(1))} ${name}`;
  }
  return `${bytes} bytes`;
}

function unitName(unit: number): string {
  if (unit === SizeUnit.Kilobyte) return 'kB (1000 bytes)';
  return unit === SizeUnit.MiB ? 'MiB' : 'bytes';
}
