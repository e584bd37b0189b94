import { describe, it } from 'node:test';
import { liveSkip } from '../support/namespace.js';
import { temporaryFolder } from './fault-network.js';
import { runSoak, SOAK_ENGINES } from './soak-run.js';
import { assertSoaked, describeSoak } from './soak-verdict.js';

const { CI, GAPCAP_SOAK_SECONDS } = process.env;
const wanted = GAPCAP_SOAK_SECONDS !== undefined || (CI !== undefined && CI !== '');
const skip = wanted ? liveSkip() : 'takes long: set GAPCAP_SOAK_SECONDS, or run npm run soak';
/** Both engines together. */
const seconds = Number(GAPCAP_SOAK_SECONDS ?? 20);
const folder = temporaryFolder('soak');

describe('a capture under a flood for a long time', { skip }, () => {
  for (const engine of Object.keys(SOAK_ENGINES) as (keyof typeof SOAK_ENGINES)[]) {
    it(`accounts for every frame, and neither memory nor descriptors grow (${engine})`, async (t) => {
      const outcome = await runSoak(engine, (seconds * 1000) / 2, `${folder}/${engine}`);
      t.diagnostic(describeSoak(outcome));
      assertSoaked(outcome);
    });
  }
});
