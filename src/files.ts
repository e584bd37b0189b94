/**
 * The part of the public interface that reads and describes files: the same exports as in `index.ts`,
 * without anything that captures, simulates, shows frames or loads native code. It is there for programs that start
 * often or run on other systems, and for gapcap's own commands on files.
 */

// Reading files: frames, and what is recorded of those that are missing.

export {
  type FileFacts,
  type FileFactsOptions,
  type InterfaceFacts,
  readFileFacts,
} from './analysis/file-facts.js';
export { type FileLossOptions, readFileLoss } from './analysis/file-loss.js';
export { CaptureFile, openCapture } from './source/capture-file.js';
export { FileSource, type FileSourceOptions, openFile } from './source/file-source.js';

// Frames: what every source yields.

export {
  type CaptureInterface,
  copyFrame,
  type Frame,
  type FrameBatch,
  type FrameBlocks,
  FrameFlags,
  type FrameSource,
  type QueueCounters,
  type ReceiveCounters,
} from './core/frame.js';
export type { FrameSums } from './core/frame-sums.js';
export { LinkType, linkTypeName } from './core/link-type.js';
export { formatEpochNs, toEpochNs, tryParseEpochNs } from './core/timestamp.js';

// Loss: gaps, and the accounts they are in.

export { type Certainty, exactLoss, type Loss } from './core/loss.js';
export type { CaptureAccount, InterfaceAccount } from './gaps/account.js';
export { type Gap, gapDurationNs, isFinalGap, isPossibleGap } from './gaps/gap.js';
export type { LossFacts } from './gaps/loss-facts.js';

// Telling: text for people, JSON for programs.

export { gapSentence, lossShare } from './report/gap-text.js';
export { type InfoJson, toInfoJson } from './report/info-json.js';
export { type InfoTextOptions, infoText } from './report/info-text.js';
export {
  type DamageJson,
  type GapJson,
  type InterfaceLossJson,
  type LossJson,
  toLossJson,
} from './report/loss-json.js';
export { type LossTextOptions, lossText } from './report/loss-text.js';
export { formatCount, formatCounted, formatShare } from './report/number-text.js';
export { safeText } from './report/safe-text.js';
export { plainStyle, type TextStyle } from './report/text-style.js';

// Errors: match on `code`, print `message` and `hint`.

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
