/** The highest rate at which a tool loses nothing, by bisection with evenly paced floods. */

import type { CaptureTool } from './capture-tools.js';
import { measureRun, type TestBed } from './measured-run.js';

/** Halvings of the interval between a rate that works and one that doesn't. */
const STEPS = 6;

/** What the search found. */
export interface HighestRate {
  readonly tool: string;
  /** Frames a second at which no frame was lost. */
  readonly ratePps: number;
  /** Whether this is all that the flood can send, so that the tool's own limit lies higher. */
  readonly atFullFlood: boolean;
  readonly tried: readonly { readonly ratePps: number; readonly lost: number }[];
}

/**
 * Searches between nothing and the flood's full rate.
 *
 * A buffer hides that a tool is too slow until it is full, so each flood lasts for `seconds` and the
 * answer is for floods of that length.
 */
export async function findHighestRate(
  tool: CaptureTool,
  lengths: readonly number[],
  options: { fullRatePps: number; seconds: number; bed: TestBed },
): Promise<HighestRate> {
  const { fullRatePps, seconds, bed } = options;
  const tried: { ratePps: number; lost: number }[] = [];
  const isLossless = async (asked: number | undefined): Promise<boolean> => {
    const frameCount = Math.round((asked ?? fullRatePps) * seconds);
    const run = await measureRun(
      tool,
      { warmUpCount: 0, frameCount, lengths, ratePps: asked },
      bed,
    );
    tried.push({ ratePps: run.ratePps, lost: run.lost });
    return run.lost === 0;
  };
  if (await isLossless(undefined)) {
    return { tool: tool.name, ratePps: tried[0]!.ratePps, atFullFlood: true, tried };
  }
  let works = 0;
  let loses = tried[0]!.ratePps;
  for (let step = 0; step < STEPS; step++) {
    const middle = (works + loses) / 2;
    if (await isLossless(middle)) works = middle;
    else loses = middle;
  }
  return { tool: tool.name, ratePps: works, atFullFlood: false, tried };
}
