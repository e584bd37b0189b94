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

/** Names of the tests, those of a loop over signals one by one. */
const tests = projectFiles('test/live', '.test.ts')
  .filter(({ path }) => /\/faults-[a-z]+\.test\.ts$/.test(path))
  .flatMap(({ text }) =>
    [...text.matchAll(/^ +it\(\s*(['`])(.*?)\1/gms)].map(([, , name]) => name!),
  )
  .flatMap((name) => {
    const [signal] = /\$\{signal\}/.exec(name) ?? [];
    if (signal === undefined) return [name];
    return ['SIGINT', 'SIGTERM', 'SIGHUP'].map((each) => name.replace(signal, each));
  });

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
    assert.deepEqual(inOrder(rows.map((row) => row[4]!)), inOrder(tests));
  });
});
