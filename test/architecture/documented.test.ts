import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { type Declaration, findDeclarations } from '../support/declaration-scanner.js';
import { PROJECT_ROOT, projectFiles } from '../support/project-files.js';
import { tokenize } from '../support/typescript-tokens.js';

/** Members that need no words: JavaScript's own protocols, and what every reader knows. */
const SELF_EVIDENT = new Set<string>([
  '[Symbol.dispose]',
  '[Symbol.iterator]',
  '[Symbol.asyncIterator]',
  'id',
  'index',
  'name',
  'comment',
  'number',
  'heading',
  'align',
]);

/** Constants under the names, and with the words, of the kernel's headers. */
const KERNEL_CONSTANTS = 'src/sys/constants.ts';

interface Located extends Declaration {
  readonly path: string;
}

// A declaration file whose source is gone stays behind in dist until it is cleaned.
const declarations: Located[] = projectFiles('dist', '.d.ts')
  .filter(({ path }) => existsSync(join(PROJECT_ROOT, sourceOf(path))))
  .flatMap(({ path, text }) =>
    findDeclarations(text).map((declaration) => ({ ...declaration, path: sourceOf(path) })),
  );

// Under the names they have inside: `export { a as b }` publishes a.
const publicNames = new Set(
  tokenize(readFileSync(join(PROJECT_ROOT, 'src/index.ts'), 'utf8'))
    .filter(({ kind }) => kind === 'word')
    .map(({ text }) => text),
);

function sourceOf(path: string): string {
  return path.replace(/^dist/, 'src').replace(/\.d\.ts$/, '.ts');
}

/** Whether the text opens with a sentence: a few words that end in a full stop or a colon. */
function hasSentence(doc: string | undefined): boolean {
  return doc !== undefined && /^[^@\s]\S*(\s+\S+)+?[.:!?]\)?(\s|$)/.test(doc);
}

// A word means one thing everywhere, so it is enough to explain a member's name once.
const explainedNames = new Set(
  declarations.flatMap(({ members }) => members.filter(({ doc }) => doc).map(({ name }) => name)),
);

describe('what src exports', () => {
  it('is documented, each declaration with a sentence', () => {
    assert.ok(declarations.length > 20, 'no declarations in dist; run npm run build');
    const silent = declarations.filter(
      ({ path, name, doc }) =>
        path !== KERNEL_CONSTANTS &&
        !hasSentence(doc) &&
        // Of several overloads one has the words.
        !declarations.some((other) => other.name === name && hasSentence(other.doc)),
    );
    assertNone(silent.map(({ path, form, name }) => `${path}: ${form} ${name} has no sentence`));
  });

  it('is documented member by member where it is public', () => {
    const published = declarations.filter(({ name }) => publicNames.has(name));
    assert.ok(published.length > 0, 'src/index.ts exports nothing');
    assertNone(
      published.flatMap((declaration) =>
        declaration.members
          .filter(({ name }) => !SELF_EVIDENT.has(name) && !explainedNames.has(name))
          .map(({ name }) => `${declaration.path}: ${declaration.name}.${name} has no words`),
      ),
    );
  });
});

describe('findDeclarations', () => {
  const source = `
    import type { A } from './a.js';
    /** The file. */
    /** Says what it is. */
    export declare abstract class Box<T extends A> extends Base<T> implements Closer, Disposable {
      #private;
      private secret;
      /** Its size. */
      readonly size: { width: number; height: number };
      /** How full. */
      get fill(): number;
      constructor(size: number);
      static open(path: string): Box;
      [Symbol.dispose](): void;
    }
    export interface Reader { (line: string): void; get: number; }
    /** Not for export. */
    declare const hidden: number;
    // Not a docstring.
    export declare const LIMIT = 5;
    /** A choice. */
    export type Choice = 'a' | { b: string; };
    /** Counts. */
    export declare function count(text: string): number;
    export { hidden as shown } from './b.js';
    export {};
  `;
  const found = findDeclarations(source);

  it('lists what is exported here, with its words', () => {
    assert.deepEqual(
      found.map(({ form, name, doc }) => [form, name, doc]),
      [
        ['class', 'Box', 'Says what it is.'],
        ['interface', 'Reader', undefined],
        ['const', 'LIMIT', undefined],
        ['type', 'Choice', 'A choice.'],
        ['function', 'count', 'Counts.'],
      ],
    );
  });

  it('lists the members that are not private, and the bases', () => {
    assert.deepEqual(found[0]!.members, [
      { name: 'size', doc: 'Its size.' },
      { name: 'fill', doc: 'How full.' },
      { name: 'open', doc: undefined },
      { name: '[Symbol.dispose]', doc: undefined },
    ]);
    assert.deepEqual(found[0]!.bases, ['Base', 'Closer', 'Disposable']);
    assert.deepEqual(
      found[1]!.members.map(({ name }) => name),
      ['()', 'get'],
    );
  });
});
