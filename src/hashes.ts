/**
 * The part of the public interface that hashes files: the same export as in `index.ts`, apart from
 * `files.ts` because it loads cryptography.
 */

export { hashFile } from './source/file-hash.js';
