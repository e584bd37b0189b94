/**
 * Timestamps: two u32 numbers (seconds, nanoseconds) on the frame path, bigint nanoseconds at the
 * edge of the API, decimal strings in JSON. See docs/numbers.md.
 */

/** Nanoseconds in a second. */
export const NS_PER_SECOND = 1_000_000_000;

/** Nanoseconds since 1970-01-01 UTC as one bigint. */
export function toEpochNs(seconds: number, nanoseconds: number): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}

/**
 * A time as JSON and CSV carry it: seconds, a dot, nine digits.
 *
 * @param epochNs nanoseconds since 1970-01-01 UTC; may be negative
 */
export function formatEpochNs(epochNs: bigint): string {
  const sign = epochNs < 0n ? '-' : '';
  const magnitude = epochNs < 0n ? -epochNs : epochNs;
  const seconds = magnitude / 1_000_000_000n;
  const fraction = (magnitude % 1_000_000_000n).toString().padStart(9, '0');
  return `${sign}${seconds}.${fraction}`;
}

/**
 * Reads a time as `formatEpochNs` writes it; undefined where the text is none.
 *
 * @param text seconds, optionally a dot and up to nine digits
 */
export function tryParseEpochNs(text: string): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt(match[2]!) * 1_000_000_000n + BigInt((match[3] ?? '').padEnd(9, '0'));
  return match[1] === '-' ? -magnitude : magnitude;
}
