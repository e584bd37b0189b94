/**
 * The part of the public interface that lists what can be captured from: the same exports as in
 * `index.ts`, without anything that captures.
 */

export { LinkType, linkTypeName } from './core/link-type.js';
export { VERSION } from './core/version.js';
export { safeText } from './report/safe-text.js';
export { alignColumns, type TextColumn } from './report/text-table.js';
export type { LiveTarget } from './source/live-options.js';
export { ANY_INTERFACE, findTarget } from './source/live-target.js';
export { listInterfaces, type SystemInterface } from './sys/capture-interfaces.js';
export { listTimeStampTypes, type TimeStampType } from './sys/time-stamping.js';
