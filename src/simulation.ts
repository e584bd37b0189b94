/**
 * The part of the public interface that simulates: the same exports as in `index.ts`, without native
 * code and without anything that reads files.
 */

// Simulating: traffic, a buffer, a reader; where frames would be lost.

export { type FindBufferOptions, type FoundBuffer, findBuffer } from './model/find-buffer.js';
export type { FrameSizes, WeightedLength } from './model/frame-sizes.js';
export type { SimulatedGap, SimulationListener } from './model/gap-tally.js';
export {
  limitTraffic,
  type ParallelFlowsOptions,
  parallelFlows,
} from './model/parallel-flows.js';
export type { ReaderOptions, Stall, StallOptions } from './model/reader.js';
export { recordedFrames } from './model/recorded-frames.js';
export {
  type Backlog,
  type BufferOptions,
  type Need,
  type Simulation,
  type SimulationOptions,
  type SimulationResult,
  simulate,
  startSimulation,
} from './model/simulation.js';
export { type SweepCell, type SweepOptions, sweep } from './model/sweep.js';
export {
  type FlowOptions,
  type FlowShape,
  flowTraffic,
  mergeTraffic,
  replayTraffic,
  type TimedFrame,
  type Traffic,
} from './model/traffic.js';
export { fixedTruesize, linearTruesize, type Truesize } from './model/truesize.js';
export { ModelSource, type ModelSourceOptions } from './source/model-source.js';

// Telling: text for people, JSON for programs.

export { formatEpochNs } from './core/timestamp.js';
export { toLossJson } from './report/loss-json.js';
export { lossText } from './report/loss-text.js';
export { formatCount, formatCounted, formatShare } from './report/number-text.js';
export { safeText } from './report/safe-text.js';
export { plainStyle } from './report/text-style.js';
export { alignColumns } from './report/text-table.js';
