/** The project's own files, for the tests that look at its shape. */

import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { filesUnder } from './test-files.js';

/** The folder that holds package.json. */
export const PROJECT_ROOT: string = resolve(import.meta.dirname, '../../..');

/** A text file of the project. */
export interface ProjectFile {
  /** Path below the project's root: `src/core/frame.ts`. */
  readonly path: string;
  readonly text: string;
}

/** Every file below a folder of the project whose name ends with `ending`. */
export function projectFiles(folder: string, ending: string): ProjectFile[] {
  return filesUnder(join(PROJECT_ROOT, folder))
    .filter((path) => path.endsWith(ending))
    .map((path) => ({
      path: relative(PROJECT_ROOT, path),
      text: readFileSync(path, 'utf8'),
    }));
}
