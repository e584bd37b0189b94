/**
 * The part of the public interface that reports on a capture as a whole: the same exports as in
 * `index.ts`, without native code.
 */

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
export { safeText } from './report/safe-text.js';
export { FileSource, type FileSourceOptions, openFile } from './source/file-source.js';
