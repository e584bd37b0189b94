/** How much healing fills in of what could be, in captures that are like those that people have. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { healKinds } from '../support/heal-kinds.js';
import { runTrial } from '../support/heal-trial.js';

const TRIALS = 5;

describe('healing fills in nearly all frames that the other capture has', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-heal-share-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const { name, plan, least } of healKinds) {
    if (least === undefined) continue;
    it(`with ${name}`, async () => {
      let filled = 0;
      let findable = 0;
      for (let seed = 1; seed <= TRIALS; seed++) {
        const counts = await runTrial(folder, { ...plan, seed });
        filled += counts.filled;
        findable += counts.findable;
      }
      assert.ok(findable > 100, `${findable} frames to be found`);
      assert.ok(filled >= findable * least, `${filled} of ${findable}`);
    });
  }
});
