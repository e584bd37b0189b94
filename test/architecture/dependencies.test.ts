/** The packages that come along: each pinned, with a reason, under a licence that lets it. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { PROJECT_ROOT } from '../support/project-files.js';

const REGISTRY = 'https://registry.npmjs.org/';
/** Permissive ones. */
const LICENCES: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
]);

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly dev?: true;
  readonly devOptional?: true;
  readonly integrity?: string;
  readonly resolved?: string;
}

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');
const description = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> };
const installed = Object.entries(lock.packages).filter(
  ([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true,
);

describe('runtime dependencies', () => {
  it('are pinned to one version, and installed so', () => {
    for (const [name, version] of Object.entries(description.dependencies)) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
      assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
    }
  });

  it('have a row with version and reason in docs/dependencies.md, and no other has', () => {
    const rows = read('docs/dependencies.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const told = rows.flatMap(([, names, versions, , , why]) => {
      assert.ok(why!.length > 10, names);
      const list = versions!.split(', ');
      return [...names!.matchAll(/`([^`]+)`/g)].map(
        ([, name], i) => [name!, list[i] ?? list[0]!] as const,
      );
    });
    assert.deepEqual(new Map(told), new Map(Object.entries(description.dependencies)));
  });

  it('and what they bring along are under permissive licences, as they say themselves', () => {
    const wrong: string[] = [];
    for (const [path] of installed) {
      const file = join(PROJECT_ROOT, path, 'package.json');
      // Libraries for other machines aren't installed; the lock file says what they are.
      const { license } = existsSync(file)
        ? (JSON.parse(readFileSync(file, 'utf8')) as { license?: string })
        : lock.packages[path]!;
      if (!LICENCES.has(`${license}`)) wrong.push(`${path}: ${license}`);
    }
    assert.ok(installed.length > 10);
    assertNone(wrong);
  });

  it('come from the registry, with checksums', () => {
    const wrong = installed.filter(
      ([, { integrity, resolved }]) =>
        !integrity?.startsWith('sha512-') || !(resolved ?? REGISTRY).startsWith(REGISTRY),
    );
    assertNone(wrong.map(([path]) => path));
  });
});
