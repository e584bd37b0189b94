import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { findThrownCodes } from '../support/error-codes.js';
import { PROJECT_ROOT, projectFiles } from '../support/project-files.js';

const page = readFileSync(join(PROJECT_ROOT, 'docs/errors.md'), 'utf8');
const documented = new Set(
  [...page.matchAll(/^\| `(\w+Error)` \| `(\w+)` \|/gm)].map(([, name, code]) => `${name} ${code}`),
);
const thrown = projectFiles('src', '.ts').flatMap(({ path, text }) =>
  findThrownCodes(text).map((made) => ({ ...made, path })),
);
const thrownRows = new Set(thrown.map(({ errorClass, code }) => `${errorClass} ${code}`));

describe('docs/errors.md', () => {
  it('has a row for every code that is thrown', () => {
    assert.ok(thrown.length > 0);
    assertNone([...thrownRows].filter((row) => !documented.has(row) && !row.endsWith('undefined')));
  });

  it('has no row for a code that is never thrown', () => {
    assertNone([...documented].filter((row) => !thrownRows.has(row)));
  });

  it('can be complete, because each code is written where the error is made', () => {
    assertNone(
      thrown
        .filter(({ code }) => code === undefined)
        .map(({ path, errorClass }) => `${path}: new ${errorClass} with a code from elsewhere`),
    );
  });

  it('gives every code to one class', () => {
    const classes = new Map<string, string>();
    for (const { code, errorClass } of thrown) {
      if (code === undefined) continue;
      assert.equal(classes.get(code) ?? errorClass, errorClass, `${code} belongs to two classes`);
      classes.set(code, errorClass);
    }
  });
});

describe('findThrownCodes', () => {
  it('finds the code in whatever way it is written there', () => {
    assert.deepEqual(findThrownCodes("throw new StateError('CLOSED', `at X`, { a: 'B' });"), [
      { errorClass: 'StateError', code: 'CLOSED' },
    ]);
    assert.deepEqual(findThrownCodes("new FormatError(a(b, c) ? 'BAD_A' : 'BAD_B', 'text')"), [
      { errorClass: 'FormatError', code: 'BAD_A' },
      { errorClass: 'FormatError', code: 'BAD_B' },
    ]);
  });

  it('finds the codes that a function is given to make the error with', () => {
    const source = `
      function refuse(code: string, why: string): StateError { return new StateError(code, why); }
      if (a) throw refuse('ONE', 'x');
      throw refuse('OTHER', 'y');`;
    assert.deepEqual(findThrownCodes(source), [
      { errorClass: 'StateError', code: 'ONE' },
      { errorClass: 'StateError', code: 'OTHER' },
    ]);
  });

  it('says when the code comes from elsewhere', () => {
    assert.deepEqual(findThrownCodes("new ArgumentError(code, 'text')"), [
      { errorClass: 'ArgumentError', code: undefined },
    ]);
  });

  it('leaves out comments, types and failed system calls', () => {
    assert.deepEqual(findThrownCodes("// new StateError('A')\nlet a: StateError;"), []);
    assert.deepEqual(findThrownCodes("new SystemCallError('EPERM', 'text')"), []);
  });
});
