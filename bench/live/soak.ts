/**
 * `npm run soak -- [--minutes N] [--folder PATH]`: floods a capture with stalls and a rotating ring of
 * files, with each engine for half of the time (10 minutes in all unless told), and checks the law over
 * all files, every gap, memory and file descriptors. Exit status 1 where something doesn't hold.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runSoak, SOAK_ENGINES } from '../../test/live/soak-run.js';
import { assertSoaked, describeSoak } from '../../test/live/soak-verdict.js';
import { liveUnavailable } from '../../test/support/namespace.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: give a number above 0`);
const obstacle = liveUnavailable();
if (obstacle !== undefined) throw new Error(`Can't soak here: ${obstacle}`);

const folder = mkdtempSync(join(values.folder, 'gapcap-soak-'));
try {
  const engines = Object.keys(SOAK_ENGINES) as (keyof typeof SOAK_ENGINES)[];
  for (const engine of engines) {
    const outcome = await runSoak(
      engine,
      (minutes * 60_000) / engines.length,
      join(folder, engine),
    );
    process.stdout.write(`${engine}: ${describeSoak(outcome)}\n`);
    assertSoaked(outcome);
  }
  process.stdout.write('the law held\n');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
