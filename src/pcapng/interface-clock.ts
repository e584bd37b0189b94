/** Turns an interface's timestamps into seconds and nanoseconds. */

import { NS_PER_SECOND } from '../core/timestamp.js';
import { DEFAULT_TIMESTAMP_RESOLUTION } from './constants.js';

const TWO_32 = 2 ** 32;
const MAX_SECONDS = TWO_32 - 1;

/**
 * Converts 64-bit counts of an interface's own unit, set by if_tsresol and if_tsoffset.
 *
 * Units of 10^−9 s and coarser decimal ones are converted in numbers, at the cost of a subtraction
 * and a product while frames stay within one second; finer ones and powers of two through bigint,
 * at some hundred nanoseconds a frame. What is finer than a nanosecond is cut off.
 */
export class InterfaceClock {
  /** Seconds since 1970-01-01 UTC of the last conversion that returned true; u32. */
  seconds = 0;
  /** Nanoseconds within that second. */
  nanoseconds = 0;
  /** Ticks a second. */
  readonly unitsPerSecond: bigint;
  readonly #offsetSeconds: bigint;
  /** The same where they are up to 10^9 a second; 0 where bigint is needed. */
  readonly units: number;
  /** Nanoseconds a tick; 0 where bigint is needed. */
  readonly nsPerTick: number;
  /**
   * Where the second of the last conversion started: upper half, −1 before there was one, and lower
   * half. Whoever finds another timestamp less than `units` behind it needs no conversion.
   */
  baseHigh = -1;
  /** See `baseHigh`. */
  baseLow = 0;
  #baseSeconds = 0;

  /**
   * @param resolution if_tsresol: n for 10^−n s, or 0x80 + n for 2^−n s
   * @param offsetSeconds if_tsoffset
   */
  constructor(resolution: number = DEFAULT_TIMESTAMP_RESOLUTION, offsetSeconds: bigint = 0n) {
    const exponent = resolution & 0x7f;
    const binary = (resolution & 0x80) !== 0;
    this.unitsPerSecond = (binary ? 2n : 10n) ** BigInt(exponent);
    this.#offsetSeconds = offsetSeconds;
    const inNumbers = exponent === 0 || (!binary && exponent <= 9);
    this.units = inNumbers ? Number(this.unitsPerSecond) : 0;
    this.nsPerTick = inNumbers ? NS_PER_SECOND / this.units : 0;
  }

  /**
   * Converts a timestamp into `seconds` and `nanoseconds`.
   *
   * @param high upper half, u32
   * @param low lower half, u32
   * @returns false where the time is before 1970 or after 2106, which a u32 can't hold; both fields
   *   are then 0
   */
  convert(high: number, low: number): boolean {
    if (this.units === 0) return this.#setFrom(this.toEpochNs(high, low));
    // Mostly the upper halves are the same, so that a subtraction is all.
    let ticks = low - this.baseLow;
    if (high !== this.baseHigh) ticks += (high - this.baseHigh) * TWO_32;
    if (this.baseHigh < 0 || ticks < 0 || ticks >= this.units) ticks = this.#rebase(high, low);
    const seconds = this.#baseSeconds;
    if (seconds < 0 || seconds > MAX_SECONDS) {
      this.seconds = 0;
      this.nanoseconds = 0;
      return false;
    }
    this.seconds = seconds;
    this.nanoseconds = ticks * this.nsPerTick;
    return true;
  }

  /** The same time as nanoseconds since 1970-01-01 UTC, whatever its range. */
  toEpochNs(high: number, low: number): bigint {
    return this.ticksToEpochNs((BigInt(high) << 32n) | BigInt(low));
  }

  /** Ticks as nanoseconds since 1970-01-01 UTC. */
  ticksToEpochNs(ticks: bigint): bigint {
    return (ticks * 1_000_000_000n) / this.unitsPerSecond + this.#offsetSeconds * 1_000_000_000n;
  }

  #setFrom(epochNs: bigint): boolean {
    const inRange = epochNs >= 0n && epochNs < BigInt(TWO_32) * 1_000_000_000n;
    this.seconds = inRange ? Number(epochNs / 1_000_000_000n) : 0;
    this.nanoseconds = inRange ? Number(epochNs % 1_000_000_000n) : 0;
    return inRange;
  }

  /**
   * Finds the start of a timestamp's second by long division in base 2^16.
   *
   * The divisor is below 2^30, so every step's dividend is below 2^46 and exact.
   *
   * @returns ticks since that start
   */
  #rebase(high: number, low: number): number {
    const units = this.units;
    const middle = (high % units) * 65536 + (low >>> 16);
    const lower = (middle % units) * 65536 + (low & 0xffff);
    const seconds =
      Math.floor(high / units) * TWO_32 +
      Math.floor(middle / units) * 65536 +
      Math.floor(lower / units);
    const ticks = lower % units;
    // Beyond 2^53 the sum rounds, but then it is out of a timestamp's range by far.
    this.#baseSeconds = seconds + Number(this.#offsetSeconds);
    this.baseHigh = low < ticks ? high - 1 : high;
    this.baseLow = low < ticks ? low - ticks + TWO_32 : low - ticks;
    return ticks;
  }
}
