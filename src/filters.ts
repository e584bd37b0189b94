/**
 * The part of the public interface that compiles capture filters, and shows them: the same exports as
 * in `index.ts`, without anything that captures.
 */

export { compileLiveFilter, type LiveFilterOptions } from './source/live-filter.js';
export type { FilterInstruction, FilterProgram } from './sys/filter-program.js';
export { type FilterForm, formatFilter, parseFilter } from './sys/filter-text.js';
export { compileExpression } from './sys/libpcap.js';
