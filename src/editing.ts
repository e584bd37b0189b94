/**
 * The part of the public interface that copies and merges capture files: the same exports as in
 * `index.ts`, without native code.
 */

export { copyCaptures } from './edit/copy-captures.js';
export type {
  CopyOptions,
  CopyProgress,
  CopyResult,
} from './edit/copy-options.js';
export { FrameRanges } from './edit/frame-ranges.js';
export { mergeCaptures } from './edit/merge-captures.js';
export type { CopyFormat } from './edit/output-file.js';
export { parseTimeBound } from './edit/time-bound.js';
