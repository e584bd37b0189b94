/**
 * The part of the public interface that shows frames as lines: the same exports as in `index.ts`,
 * without native code; with what it takes to read a file for it, and no more.
 */

export { type FileLossOptions, readFileLoss } from './analysis/file-loss.js';
export type { Gap } from './gaps/gap.js';
export type { LossFacts } from './gaps/loss-facts.js';

export type { FrameJson } from './report/frame-json.js';
export {
  FrameLine,
  type FrameLineOptions,
  type FrameLineStyle,
  type LineFrame,
  plainStyle as plainFrameLineStyle,
} from './report/frame-line.js';
export {
  FrameListing,
  type FrameListingOptions,
  type ListedFrame,
  type ListedInterface,
} from './report/frame-listing.js';
export type { FrameTimeFormat } from './report/frame-time.js';
export { safeText } from './report/safe-text.js';
export { type FileSource, openFile } from './source/file-source.js';
