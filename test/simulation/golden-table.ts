/** Compares a table with the one kept beside the tests; `UPDATE_GOLDEN=1` writes it anew. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../support/project-files.js';

/** Lays cells out in columns: the first flush left, the others flush right. */
export function layOutTable(rows: readonly (readonly (string | number)[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, `${cell}`.length);
    });
  }
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? `${cell}`.padEnd(widths[i]!) : `${cell}`.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** Asserts that the text is the one in test/simulation/golden/<name>.txt. */
export function assertGolden(name: string, text: string): void {
  const path = join(PROJECT_ROOT, 'test/simulation/golden', `${name}.txt`);
  const { UPDATE_GOLDEN } = process.env;
  if (UPDATE_GOLDEN === '1') writeFileSync(path, text);
  const kept = readFileSync(path, 'utf8');
  assert.equal(text, kept, `the table differs from ${path}; UPDATE_GOLDEN=1 writes it anew`);
}
