/** That a file is damaged, beside what could be read of it. */

import type { FormatError } from '../core/errors.js';

/** One sentence: where, and what that means for everything else that is said of the file. */
export function damageText({ offset }: FormatError): string {
  return `The file is damaged at byte ${offset}: what is said here is of what comes before that.`;
}
