/**
 * Which test files there are. The source tree says so, not the build folder: a compiled test whose
 * source is gone never runs, and a test that wasn't compiled is noticed.
 */

import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Kinds of test that need a processor and nothing else, so that several files run at a time. */
export const QUICK_KINDS = [
  // The long ones first: the many short ones run beside them, and fill up what is left.
  'property',
  'simulation',
  'conformance',
  'architecture',
  'unit',
] as const;

/**
 * Kinds that start processes and mostly wait for them, each in a network of its own where it has one, or
 * that take a given time: several files run at a time, and nothing in them may depend on how soon a
 * process gets its turn.
 */
export const WAITING_KINDS = ['fuzz', 'cli', 'browser'] as const;

/** Kinds that are sensitive to timing or share the machine's network: one file at a time. */
export const LONE_KINDS = ['platform', 'live'] as const;

/**
 * Files of the lone kinds that mostly wait, as those of the kinds above, and among them what takes
 * longest of all that wait, so that it doesn't begin last.
 */
export const WAITING_FILES: ReadonlySet<string> = new Set([
  'test/fuzz/readers.test.ts',
  'test/live/fleet-locks.test.ts',
  'test/live/faults-process.test.ts',
  'test/cli/capture-files.test.ts',
  'test/cli/hostile-text.test.ts',
  'test/cli/hostile-files.test.ts',
  'test/live/live-page.test.ts',
  'test/browser/report-page.test.ts',
  'test/live/several-interfaces.test.ts',
  'test/live/fleet.test.ts',
  'test/browser/live-page.test.ts',
  'test/live/faults-resources.test.ts',
  'test/live/fifteen-features.test.ts',
  'test/live/infer.test.ts',
  'test/live/extcap.test.ts',
  'test/browser/fleet-page.test.ts',
  'test/cli/capture.test.ts',
  'test/live/faults-output.test.ts',
  'test/live/faults-interface.test.ts',
  'test/cli/simulate.test.ts',
  'test/live/rotation.test.ts',
  'test/live/filters.test.ts',
  'test/live/flood.test.ts',
  'test/live/sources.test.ts',
  'test/live/fleet-names.test.ts',
  'test/live/namespace.test.ts',
  'test/live/archive.test.ts',
  'test/live/private-network.test.ts',
  'test/live/output-folders.test.ts',
  'test/live/privileges-given-up.test.ts',
]);

/** A folder right under `test/` that holds tests. */
export type TestKind =
  | (typeof QUICK_KINDS)[number]
  | (typeof WAITING_KINDS)[number]
  | (typeof LONE_KINDS)[number];

/** Every kind of test, in the order in which they run. */
export const TEST_KINDS: readonly TestKind[] = [...LONE_KINDS, ...WAITING_KINDS, ...QUICK_KINDS];

/** A test's source and what the compiler made of it. */
export interface TestFile {
  /** The folder under `test/` it lies in. */
  readonly kind: TestKind;
  /** Path of the source below the project's root, as people know it: `test/unit/core/x.test.ts`. */
  readonly name: string;
  /** Absolute path of the compiled file. */
  readonly compiled: string;
}

/**
 * Lists the tests of the wanted kinds, in the order in which they run.
 *
 * @param projectRoot the folder that holds `test/`
 * @param buildRoot the folder into which the compiler put `test/`
 * @throws {Error} where a test lies in a folder that is no known kind, or was not compiled
 */
export function findTestFiles(
  projectRoot: string,
  buildRoot: string,
  kinds: ReadonlySet<TestKind>,
): TestFile[] {
  const found: TestFile[] = [];
  for (const path of filesUnder(join(projectRoot, 'test'))) {
    if (!path.endsWith('.test.ts')) continue;
    const name = relative(projectRoot, path);
    const kind = tryParseKind(name.split(sep)[1]!);
    if (kind === undefined) {
      throw new Error(
        `${name} lies in no folder that is run; move it or add its folder to the kinds`,
      );
    }
    if (!kinds.has(kind)) continue;
    const compiled = join(buildRoot, name.replace(/\.ts$/, '.js'));
    if (!existsSync(compiled)) throw new Error(`${name} isn't compiled; run npm run build:test`);
    found.push({ kind, name, compiled });
  }
  return found.sort(
    (a, b) => TEST_KINDS.indexOf(a.kind) - TEST_KINDS.indexOf(b.kind) || compareNames(a, b),
  );
}

/** The kind with that name; undefined where there is none. */
export function tryParseKind(text: string): TestKind | undefined {
  return TEST_KINDS.find((kind) => kind === text);
}

/** Every file below a folder, at any depth; an absent folder holds none. */
export function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function compareNames(a: TestFile, b: TestFile): number {
  return a.name < b.name ? -1 : 1;
}
