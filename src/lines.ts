/**
 * The part of the public interface that shows frames as lines: the same exports as in `index.ts`,
 * without native code; beside `files.ts`, which reads them.
 */

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
