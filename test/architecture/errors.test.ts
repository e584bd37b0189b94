import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { findThrownCodes, OWN_ERROR_CLASSES } from '../support/error-codes.js';
import { PROJECT_ROOT, projectFiles } from '../support/project-files.js';

const page = readFileSync(join(PROJECT_ROOT, 'docs/errors.md'), 'utf8');
const documented = new Set(
  [...page.matchAll(/^\| `(\w+Error)` \| `(\w+)` \|/gm)]
    .filter(([, name]) => OWN_ERROR_CLASSES.has(name!))
    .map(([, name, code]) => `${name} ${code}`),
);
const thrown = findThrownCodes(projectFiles('src', '.ts'));
const known = thrown.filter(({ code }) => code !== undefined);
const thrownRows = new Set(known.map(({ errorClass, code }) => `${errorClass} ${code}`));

describe('docs/errors.md', () => {
  it('has a row for every code that is thrown', () => {
    assert.ok(thrown.length > 0);
    assertNone([...thrownRows].filter((row) => !documented.has(row)));
  });

  it('has no row for a code that is never thrown', () => {
    assertNone([...documented].filter((row) => !thrownRows.has(row)));
  });

  it('can be complete, because each code is written down where the error is made', () => {
    assertNone(
      thrown
        .filter(({ code }) => code === undefined)
        .map(({ path, errorClass }) => `${path}: new ${errorClass} with a code from elsewhere`),
    );
  });
});

describe('findThrownCodes', () => {
  const scan = (...texts: string[]): string[] =>
    findThrownCodes(texts.map((text, i) => ({ path: `src/${i}.ts`, text }))).map(
      ({ path, errorClass, code }) => `${path} ${errorClass} ${code}`,
    );

  it('finds the code in whatever way it is written there', () => {
    assert.deepEqual(scan("throw new StateError('CLOSED', `at X`, { a: 'B' });"), [
      'src/0.ts StateError CLOSED',
    ]);
    assert.deepEqual(scan("new FormatError(a(b, c) ? 'BAD_A' : 'BAD_B', 'text')"), [
      'src/0.ts FormatError BAD_A',
      'src/0.ts FormatError BAD_B',
    ]);
  });

  it('finds the codes that a function is given to make the error with', () => {
    const source = `
      function refuse(code: string, why: string): StateError { return new StateError(code, why); }
      if (a) throw refuse('ONE', 'x');
      throw refuse('OTHER', 'y');`;
    assert.deepEqual(scan(source, "refuse('SOMETHING_ELSE');"), [
      'src/0.ts StateError ONE',
      'src/0.ts StateError OTHER',
    ]);
  });

  it('finds the codes that a method is given, in other files too', () => {
    const parser = `class Parser {
      error(code: string): FormatError { return this.#error(code, 1); }
      #error(code: string, at: number): FormatError { return new FormatError(code, 'x', { at }); }
      read(): void { throw this.#error('BAD_START', 2); }
    }`;
    assert.deepEqual(scan(parser, "throw parser.error('BAD_END'); console.error('no code');"), [
      'src/1.ts FormatError BAD_END',
      'src/0.ts FormatError BAD_START',
    ]);
  });

  it('says when the code comes from elsewhere', () => {
    assert.deepEqual(scan("new ArgumentError(codes[i], 'text')"), [
      'src/0.ts ArgumentError undefined',
    ]);
    assert.deepEqual(scan("const code = f(); new ArgumentError(code, 'text')"), [
      'src/0.ts ArgumentError undefined',
    ]);
  });

  it('leaves out comments, types and failed system calls', () => {
    assert.deepEqual(scan("// new StateError('A')\nlet a: StateError;"), []);
    assert.deepEqual(scan("new SystemCallError('EPERM', 'text')"), []);
  });
});
