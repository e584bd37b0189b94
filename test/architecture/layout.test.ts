import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { layerOf } from '../support/import-check.js';
import { PROJECT_ROOT, projectFiles } from '../support/project-files.js';
import { tokenize } from '../support/typescript-tokens.js';

const MAX_LINES = 500;

/** Files that may be longer, each with its reason. */
const LONG_FILES = new Map<string, string>([]);

/** Names of folders that say nothing of what is in them. */
const EMPTY_WORDS = /^(utils?|helpers?|misc|common|shared|lib)$/;

/** The names of the kernel's interface: they stay where the kernel is dealt with. */
const KERNEL_NAME = /^(tp_\w+|T?PACKET_[A-Z]\w*|SO_[A-Z]\w*|sockaddr_ll)$/;
const KERNEL_LAYERS = new Set(['sys', 'source', 'model', 'lab']);

const sources = projectFiles('src', '.ts');
const all = [...sources, ...['test', 'bench', 'examples'].flatMap((f) => projectFiles(f, '.ts'))];

describe('the layout of the project', () => {
  it('has no folder without a subject', () => {
    assertNone(
      all
        .map(({ path }) => path)
        .filter((path) => path.split('/').some((p) => EMPTY_WORDS.test(p))),
    );
  });

  it(`has no file of more than ${MAX_LINES} lines without a reason`, () => {
    assertNone(
      all
        .map(({ path, text }) => ({ path, lineCount: text.split('\n').length - 1 }))
        .filter(({ path, lineCount }) => lineCount > MAX_LINES !== LONG_FILES.has(path))
        .map(({ path, lineCount }) => `${path}: ${lineCount} lines`),
    );
  });

  it('has every unit test at the path of what it tests', () => {
    assertNone(
      projectFiles('test/unit', '.test.ts')
        .map(({ path }) => path)
        .filter((path) => {
          const source = path.replace(/^test\/unit/, 'src').replace(/\.test\.ts$/, '.ts');
          return !existsSync(join(PROJECT_ROOT, source));
        }),
    );
  });

  it("keeps the kernel's names where the kernel is dealt with", () => {
    assertNone(
      sources
        .filter(({ path }) => !KERNEL_LAYERS.has(layerOf(path)))
        .flatMap(({ path, text }) =>
          tokenize(text)
            .filter(({ kind, text: word }) => kind === 'word' && KERNEL_NAME.test(word))
            .map(({ text: word }) => `${path}: ${word}`),
        ),
    );
  });
});
