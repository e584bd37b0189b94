/** `gapcap doctor --probe`, and captures on a kernel that failed it. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { probePrivateNetwork } from '../../src/lab/private-network.js';
import { runGapcap } from '../cli/gapcap-process.js';
import { projectFiles } from '../support/project-files.js';

const network = probePrivateNetwork();
if (!network.available && process.env['GAPCAP_REQUIRE_LIVE'] === '1') throw network.error;

interface ListedGap {
  readonly lost: number;
  readonly certainty: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

describe('gapcap doctor --probe', { skip: !network.available && network.error.message }, () => {
  let state: string;
  before(() => {
    state = mkdtempSync(join(tmpdir(), 'gapcap-state-'));
  });
  after(() => rmSync(state, { recursive: true }));

  const record = (): string => join(state, 'gapcap/kernel-probe.json');
  const environment = (): NodeJS.ProcessEnv => ({ ...process.env, XDG_STATE_HOME: state });

  it('says of each sentence whether it holds, and keeps it for this kernel', async () => {
    const run = await runGapcap(['doctor', '--probe', '--json'], {
      env: environment(),
      timeout: 120_000,
    });
    const result = JSON.parse(run.stdout);
    assert.equal(result.kernel, release());
    assert.equal(result.kept, record());
    const documented = projectFiles('docs', 'kernel-assumptions.md')[0]!.text;
    for (const { sentence, holds, seen } of result.sentences) {
      assert.ok(documented.includes(`| ${sentence} |`), `no row: ${sentence}`);
      assert.equal(seen === null, holds);
    }
    assert.ok(result.sentences.length > 10);
    // On the kernels that the project is tested with all hold.
    assert.equal(run.status, 0, run.stdout);
    assert.deepEqual(JSON.parse(readFileSync(record(), 'utf8')).failed, []);
  });

  for (const engine of ['ring', 'socket']) {
    it(`takes 'exact' back where one failed, and the law still holds (${engine})`, async () => {
      const sentence = 'a ring loses frames only at the boundary between two blocks';
      mkdirSync(join(state, 'gapcap'), { recursive: true });
      const failed = [{ sentence, engine: 'both' }];
      writeFileSync(record(), JSON.stringify({ release: release(), machine: arch(), failed }));
      const file = join(state, `${engine}.pcapng`);
      const args = ['demo', '--engine', engine, '--frames', '300000', '-w', file];
      await runGapcap(args, { env: environment(), timeout: 60_000 });
      const listed = await runGapcap(['gaps', '--json', file]);
      assert.equal(listed.status, 0, listed.stderr);
      const { gaps, lost, frames, interfaces } = JSON.parse(listed.stdout);
      assert.ok(gaps.length > 0);
      for (const gap of gaps as ListedGap[]) {
        assert.equal(gap.certainty, 'bounded');
        assert.equal(gap.atLeast, 0);
        assert.ok(gap.atMost! >= gap.lost && gap.atMost! <= lost);
      }
      assert.equal(interfaces[0].received, frames + lost);
    });
  }

  it('says at the start of a capture why no gap will be exact, and nothing on another kernel', async () => {
    const args = ['capture', '-i', 'lo', '-a', 'duration:0.1', '-w', '/dev/null'];
    const wrapper = [...(network.available ? network.command : []), 'sh', '-c'];
    const inside = [...wrapper, 'ip link set lo up; exec "$@"', 'sh'];
    const doubted = await runGapcap(args, { env: environment(), wrapper: inside });
    assert.match(doubted.stderr, /doesn't keep what exact gaps rest on .*boundary.*no gap is told/);
    const other = readFileSync(record(), 'utf8').replace(release(), 'another');
    writeFileSync(record(), other);
    const sure = await runGapcap(args, { env: environment(), wrapper: inside });
    assert.doesNotMatch(sure.stderr, /rest on/);
    assert.equal(sure.status, 0, sure.stderr);
  });
});
