/** The order of the table's rows. */

import type { PlacedGap } from './report-view.js';

/** One column of the table of gaps. */
export interface Column {
  readonly key: string;
  readonly heading: string;
  readonly title: string;
  /** Whether its cells are aligned to the right, and sorted from the largest first. */
  readonly numeric: boolean;
  readonly text: (gap: PlacedGap) => string;
  /** What rows are sorted by; null where it isn't known, which comes last in either direction. */
  readonly value: (gap: PlacedGap) => number | string | null;
}

/** By which column and in which direction the table is sorted. */
export interface SortOrder {
  readonly key: string;
  readonly descending: boolean;
}

/** The gaps sorted by a column; equal ones in the order of the file. */
export function sortBy(
  gaps: readonly PlacedGap[],
  column: Pick<Column, 'value'>,
  descending: boolean,
): PlacedGap[] {
  const keyed = gaps.map((gap) => ({ gap, value: column.value(gap) }));
  keyed.sort((a, b) => {
    if (a.value === null || b.value === null) {
      if (a.value !== b.value) return a.value === null ? 1 : -1;
      return a.gap.index - b.gap.index;
    }
    const order = a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
    if (order !== 0) return descending ? -order : order;
    return a.gap.index - b.gap.index;
  });
  return keyed.map(({ gap }) => gap);
}
