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
      const target = posix.join(posix.dirname(path), specifier).replace(/\.(js|wasm)$/, '.ts');
      // What a loop is made of is compiled into it.
      if (specifier.endsWith('.wasm')) seen.add(target);
      else loadedWith(target, seen);
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

/** The parts of the public interface that are in the index as well. */
const parts = [
  ...['demonstration', 'diagnosis', 'editing', 'errors', 'files', 'filters', 'hashes'],
  'healing',
  ...['inference', 'interfaces', 'lines', 'live', 'reporting', 'simulation'],
].map((name) => `src/${name}.ts`);

describe('a part of the public interface', () => {
  it('has nothing that the index lacks', () => {
    const whole = new Set(exportedNames('src/index.ts'));
    for (const part of parts) {
      const names = exportedNames(part);
      assert.ok(names.length > 0, part);
      assertNone(names.filter((name) => !whole.has(name)).map((name) => `${part}: ${name}`));
    }
  });

  it('is an entry of the package, under its own name', () => {
    const { exports } = JSON.parse(sourceText('package.json')) as {
      exports: Record<string, { default: string }>;
    };
    for (const part of parts) {
      const name = posix.basename(part, '.ts');
      assert.equal(exports[`./${name}`]?.default, `./dist/${name}.js`);
    }
  });

  /** What each part leaves out, as the beginning of a path or a package's name. */
  const without: Record<string, readonly string[]> = {
    'src/errors.ts': ['src/sys/', 'src/source/', 'src/pcapng/', 'koffi'],
    'src/interfaces.ts': ['src/capture/', 'src/pcapng/', 'src/analysis/', 'src/sys/libpcap.ts'],
    'src/filters.ts': ['src/capture/', 'src/pcapng/', 'src/analysis/', 'src/sys/packet-ring.ts'],
    'src/live.ts': ['src/analysis/', 'src/headers/', 'src/model/', 'src/lab/', 'src/edit/'],
    'src/inference.ts': ['src/sys/', 'src/capture/', 'src/model/', 'src/lab/'],
    'src/simulation.ts': ['src/sys/', 'src/capture/', 'src/analysis/', 'src/pcapng/'],
    'src/reporting.ts': ['src/sys/', 'src/capture/', 'src/model/', 'src/lab/'],
    'src/diagnosis.ts': ['src/capture/', 'src/pcapng/', 'src/analysis/', 'src/lab/'],
  };
  for (const [part, prefixes] of Object.entries(without)) {
    it(`loads nothing of what it has no use for: ${part}`, () => {
      const loaded = [...loadedWith(part)];
      assert.ok(loaded.length > 2, 'nothing was found');
      assertNone(loaded.filter((path) => prefixes.some((prefix) => path.startsWith(prefix))));
    });
  }
});

describe('gapcap/files and gapcap/lines', () => {
  for (const entry of ['src/files.ts', 'src/lines.ts']) {
    it(`load no native code and no package: ${entry}`, () => {
      const loaded = [...loadedWith(entry)];
      assert.ok(loaded.length > 10, 'nothing was found');
      assertNone(loaded.filter((path) => path.startsWith('src/sys/') || !path.startsWith('src/')));
    });
  }

  it('have no native code behind the parts that copy and heal files', () => {
    for (const part of ['src/editing.ts', 'src/healing.ts']) {
      assertNone([...loadedWith(part)].filter((path) => path.startsWith('src/sys/')));
    }
  });

  it('keep the dissection of frames away from what only reads files', () => {
    assertNone([...loadedWith('src/files.ts')].filter((path) => path.startsWith('src/headers/')));
  });
});
