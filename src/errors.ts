/**
 * The part of the public interface that says what failed: the same exports as in `index.ts`, the error
 * classes, the words for a file that the system refuses, and what makes text safe to print.
 */

export {
  AccountingError,
  ArgumentError,
  type ErrorDetails,
  FormatError,
  GapcapError,
  StateError,
  SystemCallError,
  UnsupportedError,
} from './core/errors.js';
export { fileRefusal } from './core/file-refusal.js';
export { safeText } from './report/safe-text.js';
