/**
 * The part of the public interface that demonstrates: the same exports as in `index.ts`, loss on
 * purpose, judged by the numbers in the frames.
 */

export {
  type DemoOptions,
  type DemoProgress,
  type DemoResult,
  runDemo,
} from './lab/demo.js';
export {
  keepOutcomes,
  type ProbedEngine,
  type ProbeOutcome,
  probeKernel,
} from './lab/kernel-probes.js';
export {
  insidePrivateNetwork,
  type PrivateRunOptions,
  runInPrivateNetwork,
} from './lab/private-network.js';
export { runSimulatedDemo, type SimulatedDemoResult } from './lab/simulated-demo.js';
export {
  type ProbedSentence,
  type ProbeJson,
  probeLines,
  probeVerdict,
  toProbeJson,
} from './report/probe-text.js';

// Telling: text for people, JSON for programs.

export { UnsupportedError } from './core/errors.js';
export { captureSummary, gapSentence } from './report/gap-text.js';
export { toLossJson } from './report/loss-json.js';
export { formatCount, formatCounted } from './report/number-text.js';
