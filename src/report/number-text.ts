/** Numbers, durations and times as people read them; the same in every locale. */

/** A whole number with commas between groups of three digits: `194,104`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/**
 * A count with its noun: `1 frame`, `2,000 frames`, `0 frames`.
 *
 * @param plural default: the noun with an `s`
 */
export function formatCounted(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** Units of durations below a minute, each a thousand times the one before it. */
const DURATION_UNITS = ['ns', 'µs', 'ms', 's'] as const;

/**
 * A duration with at most four significant digits in a fitting unit: `940 ns`, `12.05 ms`,
 * `1.503 s`; from a minute on `12 min 5 s`, from an hour on `3 h 12 min`.
 *
 * @param durationNs negative where a clock went back; then with a minus sign
 */
export function formatDurationNs(durationNs: bigint): string {
  if (durationNs < 0n) return `-${formatDurationNs(-durationNs)}`;
  const seconds = Number((durationNs + 500_000_000n) / 1_000_000_000n);
  if (seconds >= 3600) {
    const minutes = Math.round(seconds / 60);
    return `${formatCount(Math.floor(minutes / 60))} h ${minutes % 60} min`;
  }
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  let value = Number(durationNs);
  let unit = 0;
  while (unit < DURATION_UNITS.length - 1 && Number(value.toPrecision(4)) >= 1000) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(4))} ${DURATION_UNITS[unit]}`;
}

/**
 * A share in percent with three significant digits: `2.5 %`, `0.0123 %`; never rounded to 0 % or to
 * 100 % where it is neither (`< 0.001 %`, `> 99.9 %`).
 *
 * @param part 0 … whole
 * @param whole above 0
 */
export function formatShare(part: number, whole: number): string {
  if (part === 0) return '0 %';
  if (part === whole) return '100 %';
  const percent = (part / whole) * 100;
  if (percent < 0.001) return '< 0.001 %';
  if (percent > 99.9) return '> 99.9 %';
  return `${Number(percent.toPrecision(3))} %`;
}

/** Where JavaScript's dates end (ECMA-262, "Time Values and Time Range"), from 1970 on either side. */
const LAST_SECOND = 8_640_000_000_000n;

/**
 * A time in UTC: `2026-11-23 03:44:20.089260729`.
 *
 * A time that no calendar has (JavaScript's ends in the year 275,760; a damaged file may say more) is given
 * in seconds: `epoch 20000000000000.000000001`.
 *
 * @param epochNs nanoseconds since 1970-01-01 UTC
 */
export function formatTimeUtc(epochNs: bigint): string {
  const fraction = ((epochNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = (epochNs - fraction) / 1_000_000_000n;
  const digits = fraction.toString().padStart(9, '0');
  if (seconds > LAST_SECOND || seconds < -LAST_SECOND) return `epoch ${seconds}.${digits}`;
  const [date, time] = new Date(Number(seconds) * 1000).toISOString().split('T');
  return `${date} ${time!.slice(0, 8)}.${digits}`;
}
