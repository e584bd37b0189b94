/** What healing claims, under captures that are as unlike each other as they may be. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from '../support/fixed-check.js';
import { plans } from '../support/heal-plan.js';
import { runTrial } from '../support/heal-trial.js';

describe('what healing claims, whatever the captures are like', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-heal-adverse-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('never invents a frame, never gives one twice, and proves only what is so', async () => {
    const numRuns = Number(process.env['GAPCAP_HEAL_RUNS'] ?? 300);
    let filled = 0;
    let proved = 0;
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const counts = await runTrial(folder, plan);
        filled += counts.filled;
        proved += counts.proved;
      }),
      { numRuns },
    );
    assert.ok(filled > numRuns && proved > 0, `${filled} frames filled in, ${proved} gaps proved`);
  });
});
