/** What a soak must come to. */

import assert from 'node:assert/strict';
import type { SoakOutcome } from './soak-run.js';

/** What the heap may rise by between two collections. In ten minutes a leak of a byte a frame is more. */
const GROWTH_BYTES = 24 * 2 ** 20;

/**
 * Every frame sent is in one file or one gap, over all files; memory and descriptors stay.
 *
 * @throws {AssertionError} naming what doesn't hold
 */
export function assertSoaked(outcome: SoakOutcome): void {
  const { ended, json, sent, truth, fileCount, grownBytes, descriptors } = outcome;
  assert.equal(ended.status, 0, ended.stderr);
  assert.deepEqual(truth.wrong, []);
  assert.ok(truth.right, `${truth.wrongCount} gaps are wrong`);
  assert.equal(truth.foreignFrames, 0);
  assert.equal(truth.frames, json.frames);
  assert.equal(truth.frames + truth.missingTotal, sent);
  assert.equal(truth.recordedTotal, json.lost);
  assert.equal(json.interfaces[0]!.received, sent);
  assert.ok(truth.gaps > 0, 'nothing was lost, so nothing was tested');
  assert.ok(fileCount > 2, `only ${fileCount} files`);
  assert.ok(grownBytes < GROWTH_BYTES, `memory grew by ${(grownBytes / 2 ** 20).toFixed(1)} MiB`);
  assert.ok(descriptors.last <= descriptors.first, `${JSON.stringify(descriptors)} descriptors`);
}

/** The outcome on one line. */
export function describeSoak({ sent, truth, ...outcome }: SoakOutcome): string {
  const { fileCount, stallCount, grownBytes, descriptors } = outcome;
  return [
    `${sent} frames sent, ${truth.frames} in ${fileCount} files`,
    `${truth.missingTotal} lost in ${truth.gaps} gaps (${truth.exactRight} exact) and the final one`,
    `${stallCount} stalls`,
    `memory ${grownBytes < 0 ? '' : '+'}${(grownBytes / 2 ** 20).toFixed(1)} MiB`,
    `${descriptors.first} and ${descriptors.last} descriptors`,
  ].join('; ');
}
