/** Loss over buffer size and traffic rate: one simulation for each pair. */

import type { ReaderOptions } from './reader.js';
import { type BufferOptions, type SimulationResult, simulate } from './simulation.js';
import type { Traffic } from './traffic.js';

/** What to sweep over. */
export interface SweepOptions {
  /** The rows. */
  readonly buffers: readonly BufferOptions[];
  /** The columns: frames a second, or whatever `traffic` takes the numbers for. */
  readonly rates: readonly number[];
  /** Gives the traffic of one column from its beginning, at each call. */
  readonly traffic: (rate: number) => Traffic;
  readonly reader?: ReaderOptions;
  /** Is told after each simulation how many of them are done. */
  readonly progress?: (done: number, total: number) => void;
}

/** One buffer at one rate. */
export interface SweepCell {
  readonly buffer: BufferOptions;
  /** The column's number, as given. */
  readonly rate: number;
  readonly result: SimulationResult;
  /** dropped / received, 0 … 1; undefined where nothing was received. */
  readonly lossShare: number | undefined;
}

/**
 * Simulates every buffer at every rate.
 *
 * @returns a row for each buffer, in it a cell for each rate
 * @throws {ArgumentError} as `simulate`
 */
export function sweep(options: SweepOptions): SweepCell[][] {
  const { buffers, rates, traffic, reader = {}, progress } = options;
  const total = buffers.length * rates.length;
  let done = 0;
  return buffers.map((buffer) =>
    rates.map((rate) => {
      const result = simulate({ traffic: traffic(rate), buffer, reader });
      progress?.(++done, total);
      const lossShare = result.received === 0 ? undefined : result.dropped / result.received;
      return { buffer, rate, result, lossShare };
    }),
  );
}
