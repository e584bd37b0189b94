import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { findReferences } from '../support/import-scanner.js';
import { PROJECT_ROOT } from '../support/project-files.js';

function sourceText(path: string): string {
  return readFileSync(join(PROJECT_ROOT, path), 'utf8');
}

/** Every source file that is loaded with this one, types aside, and every package. */
function loadedWith(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  // What imports only types is gone after compilation.
  const text = sourceText(path).replace(/^(import|export) type [^;]*;/gm, '');
  for (const { specifier } of findReferences(text)) {
    if (specifier === undefined || specifier.startsWith('node:')) continue;
    if (!specifier.startsWith('.')) seen.add(specifier);
    else {
      const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
      loadedWith(target, seen);
    }
  }
  return seen;
}

/** The names that a file exports, as others see them. */
function exportedNames(path: string): string[] {
  return [...sourceText(path).matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap((match) =>
    match[1]!
      .split(',')
      .map((name) =>
        name
          .trim()
          .replace(/^type /, '')
          .replace(/^.* as /, ''),
      )
      .filter((name) => name !== ''),
  );
}

describe('gapcap/files and gapcap/lines', () => {
  for (const entry of ['src/files.ts', 'src/lines.ts']) {
    it(`load no native code and no package: ${entry}`, () => {
      const loaded = [...loadedWith(entry)];
      assert.ok(loaded.length > 10, 'nothing was found');
      assertNone(loaded.filter((path) => path.startsWith('src/sys/') || !path.startsWith('src/')));
    });

    it(`have nothing that the public index lacks: ${entry}`, () => {
      const whole = new Set(exportedNames('src/index.ts'));
      const part = exportedNames(entry);
      assert.ok(part.includes('openFile') || part.includes('plainFrameLineStyle'));
      assertNone(part.filter((name) => !whole.has(name)));
    });
  }

  it('have no native code behind the part that copies files, and nothing the index lacks', () => {
    assertNone([...loadedWith('src/editing.ts')].filter((path) => path.startsWith('src/sys/')));
    const whole = new Set(exportedNames('src/index.ts'));
    assertNone(exportedNames('src/editing.ts').filter((name) => !whole.has(name)));
  });

  it('keep the dissection of frames away from what only reads files', () => {
    assertNone([...loadedWith('src/files.ts')].filter((path) => path.startsWith('src/headers/')));
  });
});
