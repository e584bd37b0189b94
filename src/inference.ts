/**
 * The part of the public interface that infers loss from TCP: the same exports as in `index.ts`, without
 * native code.
 */

export {
  type InferenceFacts,
  type InferOptions,
  inferFileLoss,
  inferLoss,
} from './analysis/infer-loss.js';
export type {
  InferenceLimits,
  InferredFlow,
  InferredLoss,
  LossTallies,
  LossTally,
  TcpLossFacts,
} from './analysis/inferred-loss.js';
export type { GapAgreement, GapRange, LossAgreement } from './analysis/loss-agreement.js';
export { TcpAckLoss, type TcpAckLossOptions } from './analysis/tcp-ack-loss.js';
export type { LossCause, LossReason, TapSide } from './analysis/tcp-finding.js';
export { type InferenceJson, toInferenceJson } from './report/infer-json.js';
export { type InferTextOptions, inferText, lossSentence } from './report/infer-text.js';
export { plainStyle, type TextStyle } from './report/text-style.js';
export { FileSource, type FileSourceOptions, openFile } from './source/file-source.js';
