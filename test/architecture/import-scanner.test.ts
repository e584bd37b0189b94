import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findReferences } from '../support/import-scanner.js';
import { tokenize } from '../support/typescript-tokens.js';

function scan(source: string): string[] {
  return findReferences(source).map(({ form, specifier }) => `${form} ${specifier ?? '?'}`);
}

describe('findReferences', () => {
  it('finds each form of import', () => {
    assert.deepEqual(scan("import 'a';"), ['import a']);
    assert.deepEqual(scan('import a from "a";'), ['import a']);
    assert.deepEqual(scan("import type { A } from './a.js';"), ['import ./a.js']);
    assert.deepEqual(scan("import * as a from 'a';"), ['import a']);
    assert.deepEqual(scan("import a, {\n  type B,\n  c as d,\n} from 'a';"), ['import a']);
  });

  it('finds each form of re-export, and no export of something local', () => {
    assert.deepEqual(scan("export * from 'a';"), ['re-export a']);
    assert.deepEqual(scan("export * as b from 'a';"), ['re-export a']);
    assert.deepEqual(scan("export { b, type C } from 'a';"), ['re-export a']);
    assert.deepEqual(scan("export type { C } from 'a';"), ['re-export a']);
    assert.deepEqual(scan("export { b }; import { c } from 'a';"), ['import a']);
    assert.deepEqual(scan("export const from = 'a';"), []);
    assert.deepEqual(scan("export type A = B; const from = 'a';"), []);
    assert.deepEqual(scan("export function f() {} g('from', 'a');"), []);
  });

  it('finds dynamic imports, in types too, and says when the name is computed', () => {
    assert.deepEqual(scan("await import('a');"), ['dynamic a']);
    assert.deepEqual(scan("let a: import('a').A;"), ['dynamic a']);
    assert.deepEqual(scan('await import(name);'), ['dynamic ?']);
  });

  it('finds require and what createRequire makes', () => {
    assert.deepEqual(scan("const a = require('a');"), ['require a']);
    assert.deepEqual(scan("createRequire(import.meta.url)('a') as A"), ['require a']);
    assert.deepEqual(scan('const load = createRequire(import.meta.url);'), []);
  });

  it('finds files named relative to the module, and no other URL', () => {
    assert.deepEqual(scan("new Worker(new URL('./w.js', import.meta.url))"), ['url ./w.js']);
    assert.deepEqual(scan("new URL('./w.js', base)"), []);
    assert.deepEqual(scan('import.meta.url'), []);
  });

  it('sees no code in comments, strings, templates and patterns', () => {
    assert.deepEqual(scan("// import 'a';\n/* import 'b'; */"), []);
    assert.deepEqual(scan('const text = "import \'a\';";'), []);
    assert.deepEqual(scan("const text = `import 'a';`;"), []);
    assert.deepEqual(scan("const pattern = /[/'\"] import 'a'/;"), []);
  });

  it('sees the code inside a template', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source to scan
    assert.deepEqual(scan("`x ${await import('a')} ${`${require('b')}`} y`"), [
      'dynamic a',
      'require b',
    ]);
  });

  it('goes on after what a naive scanner trips over', () => {
    assert.deepEqual(scan("const a = 'it\\'s // no comment'; import 'a';"), ['import a']);
    assert.deepEqual(scan("const a = b / c; import 'a'; const d = e / f;"), ['import a']);
    assert.deepEqual(scan("const a = /\\/\\*/; import 'a'; /* */"), ['import a']);
    assert.deepEqual(scan("const a = '`'; import 'a'; const b = '`';"), ['import a']);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source to scan
    assert.deepEqual(scan("`${{ a: '}' }}`; import 'a';"), ['import a']);
  });

  it('takes a method of that name for what it is', () => {
    assert.deepEqual(scan("loader.import('a'); loader.require('b');"), []);
  });

  it('gives the line', () => {
    assert.equal(findReferences("\n\n  import 'a';")[0]?.line, 3);
  });
});

describe('tokenize', () => {
  it('keeps comments and the places of all tokens', () => {
    const source = "/** Doc. */ const a = 'b'; // c";
    assert.deepEqual(
      tokenize(source).map(({ kind, start }) => [kind, start]),
      [
        ['comment', 0],
        ['word', 12],
        ['word', 18],
        ['punctuation', 20],
        ['string', 22],
        ['punctuation', 25],
        ['comment', 27],
      ],
    );
  });

  it('tells a pattern from a division', () => {
    const kinds = (source: string): string[] => tokenize(source).map(({ kind }) => kind);
    assert.ok(kinds('x = /a b/g;').includes('pattern'));
    assert.ok(kinds('return /a b/;').includes('pattern'));
    assert.ok(!kinds('a / b / c').includes('pattern'));
    assert.ok(!kinds('f(a) / b / c').includes('pattern'));
  });
});
