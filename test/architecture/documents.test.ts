import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { PROJECT_ROOT, type ProjectFile, projectFiles } from '../support/project-files.js';

const pages: ProjectFile[] = [
  ...readdirSync(PROJECT_ROOT)
    .filter((name) => name.endsWith('.md'))
    .map((path) => ({ path, text: readFileSync(join(PROJECT_ROOT, path), 'utf8') })),
  ...projectFiles('docs', '.md'),
];

/** The links of a page that point into the project: file and, where there is one, heading. */
function linksIn({ path, text }: ProjectFile): Array<{ file: string; anchor: string | undefined }> {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#');
      return { file: file === '' ? path : posix.join(posix.dirname(path), file), anchor };
    });
}

/** The anchors that a page's headings make: lower case, words joined by hyphens. */
function anchorsOf(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('the documentation', () => {
  it('links to files and headings that there are', () => {
    assert.ok(pages.length > 5);
    assertNone(
      pages.flatMap((page) =>
        linksIn(page)
          .filter(({ file, anchor }) => {
            if (!existsSync(join(PROJECT_ROOT, file))) return true;
            if (anchor === undefined) return false;
            return !anchorsOf(readFileSync(join(PROJECT_ROOT, file), 'utf8')).has(anchor);
          })
          .map(({ file, anchor }) => `${page.path}: ${file}${anchor ? `#${anchor}` : ''}`),
      ),
    );
  });

  it('is reached from its index, every page of it', () => {
    const index = projectFiles('docs', '.md').filter(({ path }) => path.endsWith('README.md'));
    const linked = new Set(index.flatMap(linksIn).map(({ file }) => posix.normalize(file)));
    assertNone(
      projectFiles('docs', '.md')
        .map(({ path }) => path)
        .filter((path) => path !== 'docs/README.md' && !linked.has(path)),
    );
  });
});
