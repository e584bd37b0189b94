/** Files that somebody planted where gapcap is run, or in PATH: none of them is used. */

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runGapcap } from './gapcap-process.js';
import { pcapngFile } from './pcapng-file.js';

describe('planted files', () => {
  let folder: string;
  let trap: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-planted-'));
    trap = join(folder, 'sprung');
    for (const name of ['libpcap.so.1', 'libpcap.so.0.8', 'libpcap.so', 'libc.so.6']) {
      writeFileSync(join(folder, name), 'not a library');
    }
    const module = `require('node:fs').writeFileSync(${JSON.stringify(trap)}, '');`;
    for (const name of ['commander', 'koffi', 'gapcap', 'uplot']) {
      const packageFolder = join(folder, 'node_modules', name);
      mkdirSync(packageFolder, { recursive: true });
      writeFileSync(join(packageFolder, 'index.js'), module);
      writeFileSync(join(packageFolder, 'package.json'), `{"name":"${name}","version":"9.9.9"}`);
    }
    writeFileSync(join(folder, '.npmrc'), 'node-options=--require=./node_modules/gapcap');
    for (const name of ['unshare', 'tshark', 'sh', 'node', 'true']) {
      writeFileSync(join(folder, name), `#!/bin/sh\n: > '${trap}'\n`);
      chmodSync(join(folder, name), 0o755);
    }
    writeFileSync(join(folder, 'x.pcapng'), pcapngFile('eth0', [{ timeNs: 1n }]));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('in the folder where it is run are left alone: libraries, modules', async () => {
    for (const args of [
      ['--version'],
      ['gaps', 'x.pcapng'],
      ['copy', 'x.pcapng', '-f', 'tcp', '-w', 'y.pcapng'],
      ['doctor'],
    ]) {
      const run = await runGapcap(args, { cwd: folder });
      assert.equal(existsSync(trap), false, args.join(' '));
      assert.doesNotMatch(run.stderr, /fault in gapcap|invalid ELF/);
    }
  });

  const isRoot = process.geteuid?.() === 0;
  it('in PATH are left alone by root', { skip: !isRoot && 'needs root' }, async () => {
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, HOME: folder };
    await runGapcap(['demo', '--frames', '1000', '-w', join(folder, 'demo.pcapng')], { env });
    await runGapcap(['extcap', '--uninstall'], { env });
    assert.equal(existsSync(trap), false);
  });
});
