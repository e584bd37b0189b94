/** A point in time as people write it: a date, seconds since 1970, or a distance from the first frame. */

import { ArgumentError } from '../core/errors.js';
import { tryParseEpochNs } from '../core/timestamp.js';

/** A point in time. */
export interface TimeBound {
  /** Whether `ns` counts from the first frame; else from 1970-01-01 UTC. */
  readonly relative: boolean;
  /** Nanoseconds. */
  readonly ns: bigint;
}

const UNITS_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const DATE =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?:(:\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * Reads a point in time: `2026-11-22T08:31:00.5Z` (without zone: local time; a day alone: its beginning),
 * `1795355060.5` (seconds since 1970), or `+1.5s` (after the first frame; units ns, us, ms, s, m, h; seconds without one).
 *
 * @throws {ArgumentError} `BAD_TIME`
 */
export function parseTimeBound(text: string): TimeBound {
  const distance = /^\+(\d{1,12})(?:\.(\d{1,9}))?(ns|us|ms|s|m|h)?$/.exec(text);
  if (distance !== null) {
    const unit = UNITS_NS[distance[3] ?? 's']!;
    const fraction = BigInt((distance[2] ?? '').padEnd(9, '0'));
    return { relative: true, ns: BigInt(distance[1]!) * unit + (fraction * unit) / 1_000_000_000n };
  }
  const ns = text.startsWith('-') ? undefined : (tryParseEpochNs(text) ?? tryParseDate(text));
  if (ns !== undefined) return { relative: false, ns };
  throw new ArgumentError('BAD_TIME', `'${text}' is no time.`, {
    argument: 'time',
    value: text,
    expected: 'a date such as 2026-11-22T08:31:00.5Z, seconds since 1970, or +1.5s',
    hint: 'Write a date such as 2026-11-22T08:31:00.5Z, seconds since 1970, or +1.5s after the first frame.',
  });
}

function tryParseDate(text: string): bigint | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, date, minutes = '00:00', seconds = ':00', fraction = '', zone = ''] = match;
  // Date.parse() takes 30 February for 2 March.
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date!)) return undefined;
  const milliseconds = Date.parse(`${date}T${minutes}${seconds}${zone}`);
  if (!Number.isInteger(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
