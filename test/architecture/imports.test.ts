import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { forbiddenImports, layerOf } from '../support/import-check.js';
import { IMPORT_TABLE } from '../support/import-table.js';
import { PROJECT_ROOT, projectFiles } from '../support/project-files.js';

const sources = projectFiles('src', '.ts');

/** Everything a layer may reach through what it may import. */
function reach(layer: string, seen = new Set<string>()): Set<string> {
  for (const next of IMPORT_TABLE.get(layer)?.folders ?? []) {
    if (!seen.has(next)) reach(next, seen.add(next));
  }
  return seen;
}

describe('the layers of src', () => {
  it('are imported only as the table allows', () => {
    assert.ok(sources.length > 5, 'no sources found');
    assertNone(sources.flatMap(forbiddenImports));
  });

  it('have one place that gathers exports', () => {
    const barrels = sources.map(({ path }) => path).filter((path) => path.endsWith('/index.ts'));
    assert.deepEqual(barrels, ['src/index.ts']);
  });

  it('form no cycle in the table', () => {
    for (const layer of IMPORT_TABLE.keys()) {
      assert.ok(!reach(layer).has(layer), `${layer} may reach itself`);
    }
  });

  it('keep the model and the accounting apart, so that one can judge the other', () => {
    assert.ok(!reach('model').has('gaps'));
    assert.ok(!reach('gaps').has('model'));
  });

  it('let native code be called from sys alone', () => {
    const callers = [...IMPORT_TABLE].filter(([, rule]) => rule.packages.includes('koffi'));
    assert.deepEqual(
      callers.map(([layer]) => layer),
      ['sys'],
    );
  });

  it('name every folder of src, and nothing but the index lies beside them', () => {
    for (const { path } of sources) {
      assert.ok(IMPORT_TABLE.has(layerOf(path)), `${path} is in no layer`);
    }
  });
});

describe('the table in docs/architecture.md', () => {
  const page = readFileSync(join(PROJECT_ROOT, 'docs/architecture.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w.]+)` \|[^|]*\| ([^|`]+) \|$/gm)];

  it('says the same', () => {
    for (const [, layer, words] of rows) {
      const rule = IMPORT_TABLE.get(layer!)!;
      assert.ok(rule, `${layer} is no layer`);
      const allowed = [
        ...rule.folders,
        ...rule.packages.filter((name) => !name.startsWith('gapcap/')),
      ];
      const expected = layer === 'index.ts' ? 'all but cli' : allowed.join(', ') || 'nothing';
      assert.equal(words, expected, layer);
    }
  });

  it('has a row for every layer that there is', () => {
    const described = new Set(rows.map(([, layer]) => layer));
    assertNone(sources.map(({ path }) => layerOf(path)).filter((layer) => !described.has(layer)));
  });
});

describe('forbiddenImports', () => {
  const check = (path: string, text: string): string[] => forbiddenImports({ path, text });

  it('accepts what the table allows', () => {
    assert.deepEqual(check('src/gaps/ledger.ts', "import { x } from '../core/loss.js';"), []);
    assert.deepEqual(check('src/gaps/ledger.ts', "import { x } from './gap.js';"), []);
    assert.deepEqual(check('src/sys/libc.ts', "import type koffi from 'koffi';"), []);
    assert.deepEqual(check('src/cli/main.ts', "import { Command } from 'commander';"), []);
    assert.deepEqual(check('src/cli/a.ts', "createRequire(u)('gapcap/package.json');"), []);
    assert.deepEqual(check('src/cli/commands/gaps.ts', "import { x } from '../../index.js';"), []);
    assert.deepEqual(check('src/index.ts', "export { x } from './lab/demo.js';"), []);
  });

  const forbidden: Array<[string, string, string]> = [
    ['the model importing the ledger', 'src/model/ring.ts', "import { x } from '../gaps/gap.js';"],
    ['the ledger importing the model', 'src/gaps/gap.ts', "import { x } from '../model/ring.js';"],
    ['core importing anything', 'src/core/frame.ts', "import { x } from '../gaps/gap.js';"],
    ['a type import', 'src/pcapng/writer.ts', "import type { X } from '../gaps/gap.js';"],
    ['an import inside a type', 'src/core/a.ts', "type X = import('../gaps/gap.js').X;"],
    ['koffi outside sys', 'src/source/a.ts', "import koffi from 'koffi';"],
    ['a part of koffi', 'src/source/a.ts', "import koffi from 'koffi/x';"],
    ['koffi by require', 'src/lab/a.ts', "createRequire(import.meta.url)('koffi');"],
    ['koffi by import()', 'src/capture/a.ts', "await import('koffi');"],
    ['the command line past the index', 'src/cli/a.ts', "import { x } from '../core/frame.js';"],
    ['the command line by the name of the package', 'src/cli/a.ts', "import { x } from 'gapcap';"],
    ['the index importing the command line', 'src/index.ts', "export { x } from './cli/a.js';"],
    ['anything importing the index', 'src/capture/a.ts', "import { x } from '../index.js';"],
    ['a barrel', 'src/gaps/all.ts', "export * from './gap.js';"],
    ['input and output in a format', 'src/pcapng/a.ts', "import { x } from 'node:fs';"],
    ['a Node module without its prefix', 'src/sys/a.ts', "import { x } from 'fs';"],
    ['test code', 'src/lab/a.ts', "import { x } from '../../test/support/hex.js';"],
    ['a worker of another layer', 'src/report/a.ts', "new URL('../lab/flood.js', import.meta.url)"],
    ['a computed name', 'src/capture/a.ts', 'await import(name);'],
    ['an unknown folder', 'src/utils/a.ts', ''],
  ];
  for (const [what, path, text] of forbidden) {
    it(`refuses ${what}`, () => {
      assert.equal(check(path, text).length, 1);
    });
  }
});
