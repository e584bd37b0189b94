/** The findings of one stream, as many as the memory for all streams together allows. */

import type { LossTallies } from './inferred-loss.js';
import { addToTally, noTallies, tallyNameOf } from './loss-tally.js';
import type { FindingSink, TcpFinding } from './tcp-finding.js';

/** What all streams together may keep. */
export interface FindingBudget {
  /** Findings that may still be kept. */
  left: number;
}

/** The longest payload that a frame can have, by the 16 bits of the IP length. */
export const LONGEST_PAYLOAD = 65_535;

/** Keeps findings; beyond the budget only their sums. */
export class StreamFindings implements FindingSink {
  readonly kept: TcpFinding[] = [];
  /** How many aren't kept. */
  omitted = 0;
  /** Their sums; frames at least as if each could hold `LONGEST_PAYLOAD`. */
  omittedTallies: LossTallies = noTallies();
  readonly #budget: FindingBudget;

  constructor(budget: FindingBudget) {
    this.#budget = budget;
  }

  found(finding: TcpFinding): void {
    if (this.#budget.left > 0) {
      this.#budget.left -= 1;
      this.kept.push(finding);
      return;
    }
    this.omitted += 1;
    const name = tallyNameOf(finding.cause, finding.side);
    const segments = segmentsAtLeast(finding, LONGEST_PAYLOAD);
    const added = { count: 1, bytes: finding.bytes, segments };
    this.omittedTallies = addToTally(this.omittedTallies, name, added);
  }
}

/**
 * In how many frames a finding's bytes were at least.
 *
 * @param frameBytes what one frame can hold, above 0
 */
export function segmentsAtLeast(finding: TcpFinding, frameBytes: number): number {
  const segments = Math.ceil((finding.end - finding.start) / frameBytes);
  return finding.sharesSegment ? segments - 1 : segments;
}
