import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ARCHIVE_TABLES } from '../../../src/archive/archive-table.js';
import { PROJECT_ROOT } from '../../support/project-files.js';

const typeNames = {
  int32: 'INT32',
  int64: 'INT64',
  text: 'STRING',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP',
} as const;

/** The rows of the table under a heading of docs/archive.md. */
function documentedRows(heading: string): string[] {
  const text = readFileSync(join(PROJECT_ROOT, 'docs/archive.md'), 'utf8');
  const section = text.split(`\n### ${heading}\n`)[1]!.split('\n#')[0]!;
  return section.split('\n').filter((line) => line.startsWith('| `'));
}

describe('the tables of the archive', () => {
  for (const { name, columns } of ARCHIVE_TABLES) {
    it(`are documented column by column: ${name}`, () => {
      assert.deepEqual(
        documentedRows(name),
        columns.map(
          (column) =>
            `| \`${column.name}\` | ${typeNames[column.kind]} | ${column.optional ? 'yes' : 'no'} | ${column.meaning} |`,
        ),
      );
    });
  }

  it('have no column twice', () => {
    for (const { columns } of ARCHIVE_TABLES) {
      assert.equal(new Set(columns.map(({ name }) => name)).size, columns.length);
    }
  });
});
