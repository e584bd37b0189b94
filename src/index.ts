/** gapcap's public interface, grouped by task. */

// Capturing: a live interface into a file, a sink, an account.

export type {
  CaptureCounts,
  CaptureOptions,
  CaptureProgress,
  CaptureSnapshot,
  FrameSink,
  InterfaceCounts,
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
export { numberedFileName } from './capture/file-name.js';
export { type OpenedOutput, type OutputOpenOptions, openOutput } from './capture/output-open.js';
export { PostRotate } from './capture/post-rotate.js';
export type { RotationOptions } from './capture/rotation.js';
export { CaptureSession } from './capture/session.js';
export { checkSensorName } from './core/sensor-name.js';
export { VERSION } from './core/version.js';
export { DEFAULT_BUFFER_SIZE_BYTES } from './source/live-defaults.js';
export { compileLiveFilter, type LiveFilterOptions } from './source/live-filter.js';
export type { LiveTarget } from './source/live-options.js';
export {
  type Engine,
  type LiveSourceOptions,
  openLive,
} from './source/live-source.js';
export { ANY_INTERFACE, findTarget } from './source/live-target.js';
export { listInterfaces, type SystemInterface } from './sys/capture-interfaces.js';
export type { FanoutMode } from './sys/fanout.js';
export type { Direction, FilterInstruction, FilterProgram } from './sys/filter-program.js';
export { type FilterForm, formatFilter, parseFilter } from './sys/filter-text.js';
export { type Account, findAccount, tryInvokingAccount } from './sys/privileges.js';
export { listTimeStampTypes, type TimeStampType } from './sys/time-stamping.js';

// Reading files: frames, and what is recorded of those that are missing.

export {
  type FileFacts,
  type FileFactsOptions,
  type InterfaceFacts,
  readFileFacts,
} from './analysis/file-facts.js';
export { type FileLossOptions, readFileLoss } from './analysis/file-loss.js';
export {
  type LossRecord,
  type RecordedGapsOptions,
  type RecordedStatistics,
  readRecordedGaps,
} from './analysis/recorded-gaps.js';
export { tryParseLossComment } from './pcapng/loss-options.js';
export { CaptureFile, openCapture } from './source/capture-file.js';
export { hashFile } from './source/file-hash.js';
export { FileSource, type FileSourceOptions, openFile } from './source/file-source.js';

// Copying and merging: files cut, filtered, converted, with every recorded loss in them.

export { copyCaptures } from './edit/copy-captures.js';
export type {
  AnonymiseOptions,
  CopyOptions,
  CopyProgress,
  CopyResult,
} from './edit/copy-options.js';
export { FrameRanges } from './edit/frame-ranges.js';
export { mergeCaptures } from './edit/merge-captures.js';
export type { CopyFormat } from './edit/output-file.js';
export type { SelectionOptions } from './edit/selection.js';
export { parseTimeBound, type TimeBound } from './edit/time-bound.js';
export { compileExpression } from './sys/libpcap.js';

// Healing: gaps of one capture filled with frames of another.

export { healCapture } from './heal/heal-captures.js';
export {
  type HealedGapJson,
  type HealJson,
  type HealSourceJson,
  toHealJson,
} from './heal/heal-json.js';
export type {
  HealedGap,
  HealOptions,
  HealProgress,
  HealResult,
  HealSource,
} from './heal/heal-options.js';

// Inferring: loss deduced from TCP, and how it fits what is recorded.

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
export type { EarlyLoss } from './gaps/early-loss.js';
export { type Gap, gapDurationNs, isFinalGap, isPossibleGap } from './gaps/gap.js';
export type { LossFacts } from './gaps/loss-facts.js';

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

// Demonstrating: loss on purpose, judged by the numbers in the frames.

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

// Reporting: one capture over time, with what lay around its gaps.

export {
  type DescribedGap,
  type ReportFacts,
  type ReportOptions,
  readFileReport,
  readReport,
} from './analysis/capture-report.js';
export type { GapSide, NearbyFlow, NearbyFrame } from './analysis/gap-surroundings.js';
export { Timeline, type TimelineFacts, type UntimedCounts } from './analysis/timeline.js';
export { htmlPage } from './report/html-page.js';
export { REPORT_TABLES, type ReportTable, reportCsv } from './report/report-csv.js';
export { toReportJson } from './report/report-facts-json.js';
export type {
  GapReportJson,
  GapSideJson,
  InterfaceReportJson,
  ReportJson,
  TimelineJson,
} from './report/report-json.js';

// Telling: text for people, JSON for programs.

export { earlyLossLines, earlyLossSentence } from './report/early-loss-text.js';
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
export { captureSummary, gapSentence, lossShare } from './report/gap-text.js';
export { type InfoJson, toInfoJson } from './report/info-json.js';
export { type InfoTextOptions, infoText } from './report/info-text.js';
export {
  type DamageJson,
  type EarlyLossJson,
  type GapJson,
  type InterfaceLossJson,
  type LossJson,
  toGapJson,
  toLossJson,
} from './report/loss-json.js';
export { type LossTextOptions, lossText } from './report/loss-text.js';
export { formatCount, formatCounted, formatShare } from './report/number-text.js';
export { safeText } from './report/safe-text.js';
export { type CaptureStatus, statusLine } from './report/status-line.js';
export { plainStyle, type TextStyle } from './report/text-style.js';
export { alignColumns, type TextColumn } from './report/text-table.js';

// Looking at the host: what on it makes frames go missing.

export { type DiagnosisOptions, diagnose } from './doctor/diagnose.js';
export type { Diagnosis, Finding, Severity } from './doctor/finding.js';
export { type DoctorJson, toDoctorJson } from './report/doctor-json.js';
export { doctorText } from './report/doctor-text.js';
export type { CgroupLimits } from './sys/cgroup.js';
export type { DriverSettings } from './sys/ethtool.js';
export { type HostFacts, readHostFacts, type SoftnetFacts } from './sys/host-facts.js';
export type { HostPaths } from './sys/host-files.js';
export type { HostInterfaceFacts } from './sys/interface-facts.js';

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
export { fileRefusal } from './core/file-refusal.js';
