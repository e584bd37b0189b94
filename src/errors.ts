/**
 * The part of the public interface that says what failed: the same exports as in `index.ts`, the error
 * classes and what makes their text safe to print.
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
export { safeText } from './report/safe-text.js';
