/** A copy of Node that was given a capability, started by a user who plants code in the environment. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

describe('a copy of Node with CAP_NET_RAW', () => {
  let folder: string;
  let node: string;
  let obstacle: string | undefined;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-planted-'));
    chmodSync(folder, 0o755);
    node = join(folder, 'node-capture');
    copyFileSync(process.execPath, node);
    chmodSync(node, 0o755);
    const granted = spawnSync('setcap', ['cap_net_raw+ep', node]);
    if (granted.status !== 0) obstacle = 'needs root, setcap and a file system that keeps it';
    writeFileSync(join(folder, 'planted.cjs'), "require('fs').writeSync(2, 'planted ran')");
  });
  after(() => rmSync(folder, { recursive: true }));

  it('runs nothing that NODE_OPTIONS names, unlike any other Node', (t) => {
    if (obstacle !== undefined) {
      t.skip(obstacle);
      return;
    }
    const show = "console.log(require('fs').readFileSync('/proc/self/status', 'utf8'))";
    const run = (program: string): { stdout: string; stderr: string } =>
      spawnSync(
        'setpriv',
        ['--reuid', '65533', '--regid', '65533', '--clear-groups', program, '-e', show],
        {
          encoding: 'utf8',
          cwd: '/',
          env: { PATH: process.env['PATH'], NODE_OPTIONS: `--require ${folder}/planted.cjs` },
        },
      );
    const capable = run(node);
    assert.match(capable.stdout, /^CapEff:\t0*2000$/m);
    assert.equal(capable.stderr, '');
    copyFileSync(node, `${node}-plain`);
    chmodSync(`${node}-plain`, 0o755);
    assert.equal(run(`${node}-plain`).stderr, 'planted ran');
  });
});
