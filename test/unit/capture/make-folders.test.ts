import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makeFolders } from '../../../src/capture/make-folders.js';

describe('makeFolders', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapcap-folders-'));
  after(() => rmSync(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);

  it('makes all that are missing, in the mode that was given, and leaves those that are there', () => {
    makeFolders(path('a/b/c'), 0o700);
    for (const name of ['a', 'a/b', 'a/b/c']) {
      assert.equal(statSync(path(name)).mode & 0o777, 0o700, name);
    }
    makeFolders(path('a/b'), 0o755);
    assert.equal(statSync(path('a/b')).mode & 0o777, 0o700);
  });

  it('says what is in the way, and ends where a folder takes no other', () => {
    writeFileSync(path('file'), '');
    symlinkSync(path('nowhere'), path('link'));
    for (const [name, code] of [
      [path('file'), 'EEXIST'],
      [path('file/x'), 'ENOTDIR'],
      [path('link'), 'EEXIST'],
      ['/proc/gapcap-none', 'ENOENT'],
      ['/proc/gapcap-none/x/y', 'ENOENT'],
    ] as const) {
      assert.throws(() => makeFolders(name), { code }, name);
    }
  });
});
