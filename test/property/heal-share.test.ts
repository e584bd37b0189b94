/** How much healing fills in of what could be, in captures that are like those that people have. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AdverseStyle } from '../support/adverse-capture.js';
import type { Plan, View } from '../support/heal-plan.js';
import { runTrial } from '../support/heal-trial.js';

const TRIALS = 5;

const style: AdverseStyle = {
  ...{ bigEndian: false, inMicroseconds: false, link: 'ethernet', snapshotLength: 0 },
  ...{ splitsWires: false, recordsLoss: true, bounded: false, newSectionAt: 0, torn: false },
};

const view: View = {
  ...{ style, lossShare: 1, lossLength: 30, offsetNs: 0, driftPpm: 0, steps: [], jitterNs: 0 },
  ...{ delayShare: 0, delayNs: 0, lostAtEnds: 0, late: 0, early: 0 },
};

const plain: Omit<Plan, 'seed'> = {
  ...{ frames: 2000, alikeShare: 0, lookAlikes: 4, againShare: 0, replayAfter: 0, twinShare: 0 },
  ...{ burst: 1, spacingNs: 20_000, healed: view, donors: [view] },
};

const kinds: readonly (readonly [string, Partial<Plan>])[] = [
  ['one clock', {}],
  ['clocks an hour apart that drift', { donors: [{ ...view, offsetNs: -3.6e12, driftPpm: 60 }] }],
  ['stamps in microseconds', { healed: { ...view, style: { ...style, inMicroseconds: true } } }],
  ['one frame of two that looks like others', { alikeShare: 50 }],
  ['frames sent again', { againShare: 5 }],
  ['frames that come twice', { twinShare: 20 }],
  ['bursts', { burst: 16 }],
  ['stamps that are late now and then', { donors: [{ ...view, delayShare: 3, delayNs: 15_000 }] }],
  ['three sources', { donors: [view, view, view] }],
  ['two wires', { healed: splitting(view), donors: [splitting(view)] }],
  [
    'a source that records no loss',
    { donors: [{ ...view, style: { ...style, recordsLoss: false } }] },
  ],
];

function splitting(of: View): View {
  return { ...of, style: { ...style, splitsWires: true } };
}

describe('healing fills in 98 of 100 frames that the other capture has', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-heal-share-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [kind, plan] of kinds) {
    it(`with ${kind}`, async () => {
      let filled = 0;
      let findable = 0;
      for (let seed = 1; seed <= TRIALS; seed++) {
        const counts = await runTrial(folder, { ...plain, ...plan, seed });
        filled += counts.filled;
        findable += counts.findable;
      }
      assert.ok(findable > 100, `${findable} frames to be found`);
      assert.ok(filled >= findable * 0.98, `${filled} of ${findable}`);
    });
  }
});
