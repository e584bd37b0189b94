/**
 * The part of the public interface that captures: the same exports as in `index.ts`, without anything
 * that reads files, shows frames or simulates.
 */

// Capturing: a live interface into a file, a sink, an account.

export type {
  CaptureOptions,
  CaptureProgress,
  CaptureSnapshot,
  FrameSink,
  SessionOptions,
  SeveralInterfaces,
  SourceCaptureOptions,
} from './capture/capture-options.js';
export {
  type CaptureResult,
  CaptureWriteError,
  type EndReason,
} from './capture/capture-result.js';
export type { CaptureFormat, Compression } from './capture/capture-writer.js';
export type { FileAccount } from './capture/file-accounts.js';
export { type OpenedOutput, type OutputOpenOptions, openOutput } from './capture/output-open.js';
export { PostRotate } from './capture/post-rotate.js';
export type { RotationOptions } from './capture/rotation.js';
export { CaptureSession } from './capture/session.js';
export { checkSensorName } from './core/sensor-name.js';
export { DEFAULT_BUFFER_SIZE_BYTES } from './source/live-defaults.js';
export type { LiveTarget } from './source/live-options.js';
export {
  type Engine,
  type LiveSourceOptions,
  openLive,
} from './source/live-source.js';
export { ANY_INTERFACE, findTarget } from './source/live-target.js';
export { type Account, findAccount, tryInvokingAccount } from './sys/privileges.js';

// Telling: text for people, JSON for programs.

export { earlyLossLines } from './report/early-loss-text.js';
export { captureSummary, gapSentence } from './report/gap-text.js';
export { type GapJson, type LossJson, toGapJson, toLossJson } from './report/loss-json.js';
export { formatCount, formatCounted } from './report/number-text.js';
export { safeText } from './report/safe-text.js';
export { type CaptureStatus, statusLine } from './report/status-line.js';
