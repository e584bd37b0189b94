/** docs/kernel-assumptions.md against the probes: one row for each, and one for each row. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { projectFiles } from '../support/project-files.js';
import { tokenize } from '../support/typescript-tokens.js';

/** Tests in this folder that look at something else than the kernel's ways. */
const NOT_PROBES = new Set(['assumptions', 'layouts', 'rtnetlink']);

interface Probe {
  /** Name of the test's file, without its ending. */
  readonly file: string;
  readonly sentence: string;
}

/** What stands for a number in a sentence: its constant in the source. */
const NUMBERS: ReadonlyMap<string, string> = new Map([[`\${STAMPING_MS}`, '20']]);

/** The names of all tests (`it`) of the probes. */
function findProbes(): Probe[] {
  return projectFiles('test/platform', '.test.ts').flatMap(({ path, text }) => {
    const file = path.replace(/^.*\//, '').replace(/\.test\.ts$/, '');
    if (NOT_PROBES.has(file)) return [];
    const code = tokenize(text).filter(({ kind }) => kind !== 'comment');
    return code
      .filter((_, i) => code[i - 2]?.text === 'it' && code[i - 1]?.text === '(')
      .map((name) => ({ file, sentence: withNumbers(name.text) }));
  });
}

function withNumbers(source: string): string {
  let sentence = source.replace(/^`|`$/g, '').replaceAll("\\'", "'");
  for (const [constant, number] of NUMBERS) sentence = sentence.replace(constant, number);
  return sentence;
}

/** The rows of all tables: first column and last. */
function findRows(): Probe[] {
  const [page] = projectFiles('docs', 'kernel-assumptions.md');
  return page!.text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| sentence |'))
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      assert.equal(cells.length, 6, `four columns: ${line}`);
      assert.ok(
        cells.slice(1, 5).every((cell) => cell !== ''),
        `no empty cell: ${line}`,
      );
      return { sentence: cells[1]!, file: cells[4]! };
    });
}

const asText = ({ file, sentence }: Probe): string => `${file}: ${sentence}`;

describe('docs/kernel-assumptions.md', () => {
  it('has a row for every probe, and a probe for every row', () => {
    const probes = findProbes().map(asText);
    const rows = findRows().map(asText);
    assert.ok(probes.length > 40);
    assertNone([
      ...probes.filter((probe) => !rows.includes(probe)).map((probe) => `no row: ${probe}`),
      ...rows.filter((row) => !probes.includes(row)).map((row) => `no probe: ${row}`),
    ]);
  });

  it("has no row on which the placing of losses rests that 'doctor --probe' leaves out", () => {
    const [page] = projectFiles('docs', 'kernel-assumptions.md');
    const [tables] = page!.text.split('## The model');
    const [source] = projectFiles('src/lab', 'kernel-probes.ts');
    const rows = tables!
      .split('\n')
      .filter((line) => /^\| .*source\/loss-placement\.ts/.test(line));
    assert.ok(rows.length > 8);
    const sentences = rows.map((line) => line.split('|')[1]!.trim());
    assertNone(sentences.filter((sentence) => !source!.text.includes(`'${sentence}'`)));
  });

  it('has no sentence twice', () => {
    const sentences = findRows().map(({ sentence }) => sentence);
    assert.equal(new Set(sentences).size, sentences.length);
  });
});
