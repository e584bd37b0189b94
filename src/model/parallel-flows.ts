/** Several like flows side by side, and an end to any traffic. */

import type { FrameSizes } from './frame-sizes.js';
import { Random } from './random.js';
import { type FlowShape, flowTraffic, mergeTraffic, type Traffic } from './traffic.js';

/** What the flows have in common. */
export interface ParallelFlowsOptions {
  /** How each flow's frames follow each other; the rate is that of all flows together. */
  readonly shape: FlowShape;
  readonly sizes: FrameSizes;
  /** How many flows, from 1. */
  readonly flows: number;
  /** No frame comes at or after this time; no limit where not given. */
  readonly endNs?: number;
  /** At most so many frames in all; no limit where not given. */
  readonly frames?: number;
  /** The same seed gives the same traffic. */
  readonly seed: number;
}

/**
 * Flows that share a rate. A single one begins at 0; of several each begins at a moment of its own,
 * random within one period, so that they don't run in step.
 *
 * @throws {ArgumentError} as `flowTraffic`
 */
export function parallelFlows(options: ParallelFlowsOptions): Traffic {
  const { shape, sizes, flows, endNs, frames, seed } = options;
  const end = {
    ...(endNs === undefined ? {} : { endNs }),
    ...(frames === undefined ? {} : { frames }),
  };
  if (flows === 1) return flowTraffic({ shape, sizes, ...end }, seed);
  const shared: FlowShape = { ...shape, ratePps: shape.ratePps / flows };
  const random = new Random(seed);
  const traffic = Array.from({ length: flows }, () => {
    const startNs = Math.floor(random.nextFraction() * periodNs(shared));
    return flowTraffic({ shape: shared, sizes, startNs, ...end }, random.next32());
  });
  return limitTraffic(mergeTraffic(traffic), end);
}

/** After how long a flow does the same again, on average. */
function periodNs(shape: FlowShape): number {
  return shape.kind === 'bursts' ? shape.onNs + shape.offNs : 1e9 / shape.ratePps;
}

/** The same arrivals up to a number of frames or a time, whichever comes first. */
export function limitTraffic(
  traffic: Traffic,
  limits: { readonly frames?: number; readonly endNs?: number },
): Traffic {
  const { frames, endNs } = limits;
  if (frames === undefined && endNs === undefined) return traffic;
  return new LimitedTraffic(
    traffic,
    frames ?? Number.POSITIVE_INFINITY,
    endNs ?? Number.POSITIVE_INFINITY,
  );
}

class LimitedTraffic implements Traffic {
  readonly #traffic: Traffic;
  readonly #endNs: number;
  #left: number;

  constructor(traffic: Traffic, frames: number, endNs: number) {
    this.#traffic = traffic;
    this.#left = frames;
    this.#endNs = endNs;
  }

  get timeNs(): number {
    return this.#traffic.timeNs;
  }

  get length(): number {
    return this.#traffic.length;
  }

  get flow(): number {
    return this.#traffic.flow;
  }

  next(): boolean {
    if (this.#left <= 0 || !this.#traffic.next() || this.#traffic.timeNs >= this.#endNs) {
      this.#left = 0;
      return false;
    }
    this.#left--;
    return true;
  }
}
