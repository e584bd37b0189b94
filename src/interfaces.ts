/**
 * The part of the public interface that lists what can be captured from: the same exports as in
 * `index.ts`, without anything that captures.
 */

export { LinkType, linkTypeName } from './core/link-type.js';
export { safeText } from './report/safe-text.js';
export { alignColumns, type TextColumn } from './report/text-table.js';
export { listInterfaces, type SystemInterface } from './sys/capture-interfaces.js';
