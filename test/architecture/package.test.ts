import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertNone } from '../support/assert-none.js';
import { PROJECT_ROOT } from '../support/project-files.js';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const locked = Object.entries(lock.packages);

describe('package-lock.json', () => {
  it('names no registry, so that every machine uses its own', () => {
    assert.ok(locked.length > 10);
    assertNone(locked.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path));
  });

  // npm leaves out what a registry doesn't hold when the file is made, and `npm ci` then refuses it.
  it('holds every optional package, those for other systems too', () => {
    assertNone(
      locked.flatMap(([path, { optionalDependencies = {} }]) =>
        Object.keys(optionalDependencies)
          .filter(
            (name) =>
              lock.packages[`node_modules/${name}`]?.version === undefined &&
              lock.packages[`${path}/node_modules/${name}`]?.version === undefined,
          )
          .map((name) => `${path} wants ${name}`),
      ),
    );
  });
});
