/** The system's clock. */

/** The time of day in nanoseconds since 1970-01-01 UTC, to the millisecond. */
export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
