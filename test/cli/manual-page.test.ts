import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { commandList } from '../../src/cli/command-list.js';
import { outlineProgram } from '../../src/cli/command-outline.js';
import { manualPage } from '../../src/cli/manual-page.js';
import { describeProgram } from '../../src/cli/program.js';
import { VERSION } from '../../src/index.js';

const path = resolve(import.meta.dirname, '../../../man/gapcap.1');

describe('man/gapcap.1', () => {
  it("is what 'npm run man' makes of the present definitions", async () => {
    const made = manualPage(outlineProgram(await describeProgram()), VERSION);
    assert.ok(readFileSync(path, 'utf8') === made, "run 'npm run man'");
  });

  it('has every command with its examples', () => {
    const text = readFileSync(path, 'utf8');
    for (const { name } of commandList) {
      const from = text.indexOf(`\n.SS gapcap ${name}\n`);
      assert.ok(from > 0, name);
      const end = text.indexOf('\n.S', from + 1);
      assert.match(text.slice(from, end), /^Examples:$/m, name);
    }
  });

  const missing = spawnSync('groff', ['--version']).error !== undefined;
  it('is formatted without a warning', { skip: missing && 'needs groff' }, () => {
    const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', path], {
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    assert.match(stdout, /frame\.drop_count/);
  });
});

describe('docs/cli.md', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
  const sections = page.split(/^## /m);

  it('names each option of each command in the section of that command', async () => {
    const missing: string[] = [];
    for (const { name, options } of outlineProgram(await describeProgram()).commands) {
      // That has a page of its own, docs/wireshark.md, and its options are for Wireshark.
      if (name === 'extcap') continue;
      const section = sections.find((text) => text.split('\n')[0]!.split(', ').includes(name));
      assert.ok(section !== undefined, name);
      for (const { long, short } of options) {
        const flag = long ?? short!;
        const named = new RegExp(`${flag}(?![\\w-])`);
        if (flag !== '--help' && !named.test(section)) missing.push(`${name} ${flag}`);
      }
    }
    assert.deepEqual(missing, []);
  });
});
