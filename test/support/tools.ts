/** Outside programs that tests use as oracles. */

import { spawnSync } from 'node:child_process';

/**
 * For a test's options: the reason why it can't run, or false where the program is there. Where
 * nothing may be skipped (GAPCAP_REQUIRE_LIVE=1) it throws instead, so that the run fails.
 */
export function toolSkip(program: string): string | false {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  if (error === undefined) return false;
  const reason = `needs ${program}: ${error.message}`;
  if (process.env['GAPCAP_REQUIRE_LIVE'] === '1') {
    throw new Error(`GAPCAP_REQUIRE_LIVE is set, but a test can't run: ${reason}`);
  }
  return reason;
}
