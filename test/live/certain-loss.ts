/** Floods that captures lose frames of for certain, however busy the machine is. */

import type { TestNetwork } from '../support/namespace.js';
import type { CaptureRun } from './capture-run.js';

/** How to flood. */
export interface CertainLossOptions {
  /** Captures that stand still for a while; each with room for far less than `framesEach`. */
  readonly stopped: readonly CaptureRun[];
  /** Frames of each flood; so many are sent `2 * stops + 1` times. */
  readonly framesEach: number;
  readonly ratePps: number;
  /** How many of the floods find the captures standing still. */
  readonly stops: number;
}

/**
 * Floods again and again, every second time while the captures are stopped. A stall beside a flood
 * that runs on its own may be over before the first frame is sent; a stop that lasts as long as a
 * flood can't miss it. The last flood finds them running, so that a frame follows every loss.
 */
export async function floodWithCertainLoss(
  network: TestNetwork,
  { stopped, framesEach, ratePps, stops }: CertainLossOptions,
): Promise<void> {
  const flood = (): Promise<unknown> => network.flood({ frameCount: framesEach, ratePps });
  await flood();
  for (let stop = 0; stop < stops; stop++) {
    await stopped.reduce((inner, run) => () => run.stopDuring(inner), flood)();
    await flood();
  }
}
