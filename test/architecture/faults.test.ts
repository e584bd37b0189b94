import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PROJECT_ROOT, projectFiles } from '../support/project-files.js';

/** The columns of each row that names a fault. */
const rows = readFileSync(join(PROJECT_ROOT, 'docs/faults.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  )
  .filter(([first]) => first !== 'fault');

const isOfFaults = (path: string): boolean => /\/faults-[a-z]+\.test\.ts$/.test(path);

/** Names of the tests, those of a loop over signals one by one. */
const tests = namesIn(projectFiles('test/live', '.test.ts').filter(({ path }) => isOfFaults(path)));
/** Those of other files, which may be named too. */
const others = namesIn(
  ['test/live', 'test/cli']
    .flatMap((folder) => projectFiles(folder, '.test.ts'))
    .filter(({ path }) => !isOfFaults(path)),
);

function namesIn(files: readonly { readonly text: string }[]): string[] {
  return files
    .flatMap(({ text }) =>
      [...text.matchAll(/^ +it\(\s*(['`])(.*?)\1/gms)].map(([, , name]) => name!),
    )
    .flatMap((name) => {
      const [signal] = /\$\{signal\}/.exec(name) ?? [];
      if (signal === undefined) return [name];
      return ['SIGINT', 'SIGTERM', 'SIGHUP'].map((each) => name.replace(signal, each));
    });
}

describe('the table of faults', () => {
  it('says of each fault what is kept, what is said, the status and the test', () => {
    assert.ok(rows.length > 20);
    for (const row of rows) {
      assert.equal(row.length, 5, row[0]);
      assert.ok(
        row.every((cell) => cell !== ''),
        row[0],
      );
    }
  });

  it('has a row for each test, and a test for each row', () => {
    const inOrder = (names: readonly string[]): string[] =>
      [...names].sort((a, b) => a.localeCompare(b));
    const named = rows.map((row) => row[4]!);
    const elsewhere = named.filter((name) => !tests.includes(name));
    assert.deepEqual(inOrder(named.filter((name) => tests.includes(name))), inOrder(tests));
    assert.deepEqual(
      elsewhere.filter((name) => !others.includes(name)),
      [],
    );
  });
});
