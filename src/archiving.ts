/**
 * The part of the public interface that writes capture files as tables: the same exports as in
 * `index.ts`, without native code.
 */

export { ARCHIVE_TABLES, type ArchiveColumn, type ArchiveTable } from './archive/archive-table.js';
export {
  type ExportOptions,
  type ExportProgress,
  type ExportResult,
  exportCapture,
} from './archive/export-capture.js';
