/** A copy of Node that was given a capability, started by a user who plants code in the environment. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';

/** Prints what the process may do, and which files are mapped into it. */
const SHOW = `
const { readFileSync } = require('fs');
console.log(readFileSync('/proc/self/status', 'utf8') + readFileSync('/proc/self/maps', 'utf8'))`;

describe('a copy of Node with CAP_NET_RAW', () => {
  let folder: string;
  let capable: string;
  let plain: string;
  let obstacle: string | undefined;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-planted-'));
    chmodSync(folder, 0o755);
    [capable, plain] = [join(folder, 'node-capture'), join(folder, 'node-plain')];
    for (const copy of [capable, plain]) {
      copyFileSync(process.execPath, copy);
      chmodSync(copy, 0o755);
    }
    const granted = spawnSync('setcap', ['cap_net_raw+ep', capable]);
    if (granted.status !== 0) obstacle = 'needs root, setcap and a file system that keeps it';
    writeFileSync(join(folder, 'planted.cjs'), "require('fs').writeSync(2, 'planted ran')");
  });
  after(() => rmSync(folder, { recursive: true }));

  function run(program: string, environment: NodeJS.ProcessEnv) {
    const user = ['--reuid', '65533', '--regid', '65533', '--clear-groups'];
    return spawnSync('setpriv', [...user, program, '-e', SHOW], {
      encoding: 'utf8',
      cwd: '/',
      env: { PATH: process.env['PATH'], ...environment },
    });
  }

  /** Shows that a variable brings the file into any other Node, and not into this one. */
  function assertKeptOut(t: TestContext, environment: NodeJS.ProcessEnv, planted: string): void {
    if (obstacle !== undefined) {
      t.skip(obstacle);
      return;
    }
    const other = run(plain, environment);
    assert.ok(other.stdout.includes(planted), `the plant is dead: ${other.stderr}`);
    const { stdout, stderr } = run(capable, environment);
    assert.match(stdout, /^CapEff:\t0*2000$/m);
    assert.ok(!stdout.includes(planted), `${planted} is in the process`);
    assert.ok(stdout.includes(capable), 'the list of mapped files is empty');
    assert.ok(!stderr.includes(planted), stderr);
  }

  it('runs nothing that NODE_OPTIONS names, unlike any other Node', (t) => {
    if (obstacle !== undefined) {
      t.skip(obstacle);
      return;
    }
    const environment = { NODE_OPTIONS: `--require ${folder}/planted.cjs` };
    const mine = run(capable, environment);
    assert.match(mine.stdout, /^CapEff:\t0*2000$/m);
    assert.equal(mine.stderr, '');
    assert.equal(run(plain, environment).stderr, 'planted ran');
  });

  it('loads no library that LD_PRELOAD names, unlike any other Node', (t) => {
    const planted = join(folder, 'planted.so');
    copyFileSync(mathLibrary(), planted);
    assertKeptOut(t, { LD_PRELOAD: planted }, planted);
  });

  it('loads no library from where LD_LIBRARY_PATH leads, unlike any other Node', (t) => {
    const libraries = join(folder, 'libraries');
    mkdirSync(libraries);
    const planted = join(libraries, basename(mathLibrary()));
    copyFileSync(mathLibrary(), planted);
    assertKeptOut(t, { LD_LIBRARY_PATH: libraries }, planted);
  });
});

/** The file of a library that Node itself needs: a copy of it does no harm wherever it is loaded. */
function mathLibrary(): string {
  const maps = readFileSync('/proc/self/maps', 'utf8');
  const path = /\S+\/libm\.so\.\d+$/m.exec(maps)?.[0];
  assert.ok(path !== undefined, 'Node has no libm.so of the system');
  return path;
}
