/** Programs that gapcap starts: few, named in three files, and never through a shell. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { PROJECT_ROOT, projectFiles } from '../support/project-files.js';

/** Files that start programs, and which: docs in SECURITY.md. */
const STARTERS: readonly string[] = [
  'src/capture/post-rotate.ts', // what --postrotate names
  'src/cli/extcap-install.ts', // tshark
  'src/lab/private-network.ts', // unshare, Node
];

const sources = projectFiles('src', '.ts');

describe('programs that are started', () => {
  it('are started by the files named in SECURITY.md', () => {
    const found = sources.filter(({ text }) => text.includes('child_process'));
    assert.deepEqual(new Set(found.map(({ path }) => path)), new Set(STARTERS));
    const page = readFileSync(join(PROJECT_ROOT, 'SECURITY.md'), 'utf8');
    for (const path of STARTERS) assert.ok(page.includes(path), path);
  });

  it('are never started through a shell', () => {
    const taken = /import \{([^}]*)\} from 'node:child_process'/;
    const wrong = sources
      .filter(({ text }) => text.includes('child_process'))
      .filter(({ text }) => {
        const names = taken.exec(text)?.[1] ?? 'exec';
        return (
          /\bshell\b\s*:/.test(text) ||
          !names.split(',').every((name) => /^\s*(type \w+|spawn|spawnSync)\s*$/.test(name))
        );
      })
      .map(({ path }) => path);
    assertNone(wrong);
  });

  it('evaluate no text as a program', () => {
    const wrong = sources
      .filter(({ path }) => !path.includes('src/page/'))
      .filter(({ text }) => /\beval\(|new Function\(|from 'node:vm'|\brunInContext\b/.test(text))
      .map(({ path }) => path);
    assertNone(wrong);
  });
});
