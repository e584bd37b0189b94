/** Outputs in a folder where everybody may write, with what another user has put there. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openOutput } from '../../src/capture/output-open.js';
import { openSpools } from '../../src/fleet/spool-folders.js';
import { runGapcap } from '../cli/gapcap-process.js';
import { pcapngFile } from '../cli/pcapng-file.js';

const STRANGER = 65_533;
const isRoot = process.geteuid?.() === 0;

describe('root in a folder where everybody may write', { skip: !isRoot && 'needs root' }, () => {
  let top: string;
  let shared: string;
  let precious: string;
  let input: string;
  let other: string;
  before(() => {
    top = mkdtempSync(join(tmpdir(), 'gapcap-shared-'));
    chmodSync(top, 0o755);
    shared = join(top, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    precious = join(top, 'precious');
    writeFileSync(precious, 'precious');
    input = join(top, 'in.pcapng');
    writeFileSync(input, pcapngFile('eth0', [{ timeNs: 1n, lostBefore: 3 }]));
    other = join(top, 'other.pcapng');
    writeFileSync(other, pcapngFile('eth1', [{ timeNs: 1n, lostBefore: 0 }]));
  });
  after(() => rmSync(top, { recursive: true }));

  /** Something that another user has put there. */
  function planted(name: string, kind: 'link' | 'file' | 'folder link'): string {
    const path = join(shared, name);
    if (kind === 'file') writeFileSync(path, 'theirs', { mode: 0o666 });
    else symlinkSync(kind === 'link' ? precious : top, path);
    lchownSync(path, STRANGER, STRANGER);
    return path;
  }

  const commands: readonly [string, (path: string) => string[]][] = [
    ['copy', (path) => ['copy', input, '-w', path]],
    ['merge', (path) => ['merge', input, '-w', path]],
    ['heal', (path) => ['heal', input, other, '-w', path]],
    ['report', (path) => ['report', input, '-o', path]],
    ['simulate', (path) => ['simulate', '--rate', '10', '--frames', '3', '-q', '-w', path]],
    ['capture', (path) => ['capture', '-i', 'lo', '-a', 'duration:0.1', '-w', path]],
  ];
  for (const [name, argumentsFor] of commands) {
    it(`isn't led by a stranger's symbolic link (${name})`, async () => {
      const run = await runGapcap(argumentsFor(planted(`link-${name}`, 'link')));
      assert.notEqual(run.status, 0);
      assert.match(run.stderr, /is a symbolic link of user 65533, in a folder where everybody/);
      assert.equal(readFileSync(precious, 'utf8'), 'precious');
    });
  }

  it("isn't led by a stranger's link to a folder", async () => {
    const path = join(planted('folder', 'folder link'), 'precious');
    const run = await runGapcap(['copy', input, '-w', path]);
    assert.notEqual(run.status, 0);
    assert.match(run.stderr, /symbolic link of user 65533/);
    assert.equal(readFileSync(precious, 'utf8'), 'precious');
  });

  it("isn't led by a stranger's links on the way of tables, nor in the place of one", async () => {
    const archive = join(shared, 'archive');
    const asked = ['export', '--parquet', archive, '--json', input];
    const first = await runGapcap(asked);
    assert.equal(first.status, 0, first.stderr);
    const { outputs } = JSON.parse(first.stdout) as { outputs: readonly string[] };
    assert.ok(outputs.length > 0);
    chmodSync(dirname(outputs[0]!), 0o1777);
    symlinkSync(precious, `${outputs[0]!}.partial`);
    lchownSync(`${outputs[0]!}.partial`, STRANGER, STRANGER);
    const led = await runGapcap(asked);
    assert.notEqual(led.status, 0);
    assert.match(led.stderr, /is a symbolic link of user 65533/);
    const through = join(planted('archive-link', 'folder link'), 'tables');
    const away = await runGapcap(['export', '--parquet', through, input]);
    assert.notEqual(away.status, 0);
    assert.match(away.stderr, /is a symbolic link of user 65533/);
    assert.ok(!existsSync(join(top, 'tables')), 'not even folders are made there');
    assert.equal(readFileSync(precious, 'utf8'), 'precious');
  });

  it("takes no stranger's folder for events that wait for a server", () => {
    for (const kind of ['folder link', 'folder'] as const) {
      const path = join(shared, `spool-${kind}`);
      if (kind === 'folder') mkdirSync(path);
      else symlinkSync(top, path);
      lchownSync(path, STRANGER, STRANGER);
      assert.throws(() => openSpools(path, 0, () => {}), /EACCES|open to other users/);
    }
    const open = join(shared, 'spool-open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    assert.throws(() => openSpools(open, 0, () => {}), /open to other users/);
    const [spool] = openSpools(join(shared, 'spool-own'), 0, () => {});
    assert.equal(lstatSync(spool!.folder).mode & 0o777, 0o700);
    spool!.close();
  });

  it("doesn't give frames to the owner of a file that was there", async () => {
    const path = planted('file', 'file');
    const run = await runGapcap(['copy', input, '-w', path]);
    assert.notEqual(run.status, 0);
    assert.match(run.stderr, /is a file of user 65533/);
    assert.equal(readFileSync(path, 'utf8'), 'theirs');
  });

  it('makes files that nobody else may read, and writes over its own', async () => {
    const path = join(shared, 'own.pcapng');
    for (let time = 0; time < 2; time++) {
      const run = await runGapcap(['copy', input, '-w', path]);
      assert.equal(run.status, 0, run.stderr);
    }
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const link = join(shared, 'own-link');
    symlinkSync(path, link);
    assert.equal((await runGapcap(['copy', input, '-w', link])).status, 0);
    assert.ok(lstatSync(link).isSymbolicLink());
  });

  it('follows links in a folder of its own, and those of the folder’s owner', () => {
    const link = join(top, 'link');
    symlinkSync(precious, link);
    lchownSync(link, STRANGER, STRANGER);
    assert.equal(openOutput(link, { mode: 0o600 }).created, false);
    const theirs = join(top, 'theirs');
    mkdirSync(theirs);
    chmodSync(theirs, 0o1777);
    chownSync(theirs, STRANGER, STRANGER);
    symlinkSync(precious, join(theirs, 'link'));
    lchownSync(join(theirs, 'link'), STRANGER, STRANGER);
    assert.equal(openOutput(join(theirs, 'link'), { mode: 0o600 }).created, false);
    assert.equal(readFileSync(precious, 'utf8'), 'precious');
  });

  it('trusts the user who called sudo', () => {
    const path = planted('sudo', 'file');
    process.env['SUDO_UID'] = String(STRANGER);
    try {
      assert.equal(openOutput(path, { mode: 0o600 }).created, false);
    } finally {
      delete process.env['SUDO_UID'];
    }
    assert.throws(() => openOutput(path, { mode: 0o600 }), { code: 'EACCES' });
  });
});
