/** The least buffer that loses none of some traffic, found by simulating it. */

import { leastReceiveBuffer } from './queue-simulation.js';
import type { ReaderOptions } from './reader.js';
import { type BufferOptions, type Need, type SimulationResult, simulate } from './simulation.js';
import type { Traffic } from './traffic.js';

/** What to look for. */
export interface FindBufferOptions {
  /** Gives the same traffic from its beginning, at each call. */
  readonly traffic: () => Traffic;
  /** What kind of buffer; its size (`receiveBufferBytes`, `blockCount`) is the largest allowed. */
  readonly buffer: BufferOptions;
  readonly reader?: ReaderOptions;
}

/** What was found. */
export interface FoundBuffer {
  /**
   * The least buffer that loses nothing: bytes of a socket's receive buffer (sk_rcvbuf; SO_RCVBUF
   * takes half of it), or blocks of the ring. Undefined: the largest allowed one loses frames.
   */
  readonly size: number | undefined;
  /** The moment that sets it; undefined where no frame arrived. */
  readonly need: Need | undefined;
  /** The simulation with that buffer, or with the largest one where none is enough. */
  readonly result: SimulationResult;
}

/**
 * The least buffer that loses nothing; the next smaller one loses frames.
 *
 * Cost: one simulation for a socket. For a ring one and as many as it takes to see that fewer blocks
 * aren't enough, mostly one: a smaller ring may freeze and thaw again before a frame comes, so what
 * the large ring used is only an upper bound.
 *
 * @throws {ArgumentError} as `simulate`
 */
export function findBuffer(options: FindBufferOptions): FoundBuffer {
  const { buffer } = options;
  const largest = run(options, buffer);
  const { need } = largest;
  if (largest.dropped > 0) return { size: undefined, need, result: largest };
  if (need === undefined) return { size: smallest(buffer), need, result: largest };
  if (buffer.kind === 'socket') {
    const size = Math.max(need.size, smallest(buffer));
    const result = run(options, { ...buffer, receiveBufferBytes: size });
    return { size, need, result };
  }
  let size = Math.min(need.size, buffer.blockCount);
  let result = run(options, { ...buffer, blockCount: size });
  while (size > 1) {
    const smaller = run(options, { ...buffer, blockCount: size - 1 });
    if (smaller.dropped > 0) break;
    size--;
    result = smaller;
  }
  return { size, need: { ...need, size }, result };
}

function run(options: FindBufferOptions, buffer: BufferOptions): SimulationResult {
  const { traffic, reader = {} } = options;
  return simulate({ traffic: traffic(), buffer, reader });
}

/** The least size that `simulate` takes. */
function smallest(buffer: BufferOptions): number {
  return buffer.kind === 'ring' ? 1 : leastReceiveBuffer(buffer);
}
