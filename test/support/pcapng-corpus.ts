/**
 * The corpus of pcapng files made by hadrielk/pcapng-test-generator: each file in both byte orders,
 * with a text that lists its blocks. Kept beside the project, not in it.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PROJECT_ROOT } from './project-files.js';
import { filesUnder } from './test-files.js';

const FOLDER = join(PROJECT_ROOT, '../shared/corpus/pcapng-test-generator');

/** A file of the corpus with what its text says. */
export interface CorpusFile {
  /** `output_be/basic/test001` */
  readonly name: string;
  readonly path: string;
  readonly description: string;
  /** How often each kind of block occurs, by its abbreviation: SHB, IDB, EPB, … */
  readonly blockCounts: Readonly<Record<string, number>>;
  /** The kinds in the order of the file. */
  readonly blockSequence: readonly string[];
}

/** Why there is no corpus; false where there is one. */
export function corpusMissing(): string | false {
  return existsSync(FOLDER) ? false : 'the corpus of pcapng-test-generator is not there';
}

/** All files of the corpus, by name; none where it is not there. */
export function corpusFiles(): CorpusFile[] {
  if (corpusMissing() !== false) return [];
  return filesUnder(FOLDER)
    .filter((path) => path.endsWith('.pcapng'))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((path) => {
      const text = readFileSync(path.replace(/\.pcapng$/, '.txt'), 'utf8');
      const counts = [...text.matchAll(/^\t([A-Z]+): (\d+)$/gm)];
      const sequence = /^Block sequence: (.*)$/m.exec(text)?.[1] ?? '';
      return {
        name: relative(FOLDER, path).replace(/\.pcapng$/, ''),
        path,
        description: /^Description: (.*)$/m.exec(text)?.[1] ?? '',
        blockCounts: Object.fromEntries(counts.map((match) => [match[1]!, Number(match[2])])),
        blockSequence: sequence.split(', '),
      };
    });
}
