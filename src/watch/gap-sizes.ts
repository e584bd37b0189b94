/** The classes of size that gaps are counted in. */

/** The most frames lost in a gap of each class; larger gaps are in a class of their own behind them. */
export const GAP_SIZE_BOUNDS: readonly number[] = [
  1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
];

/** The class of a gap: a position in `GAP_SIZE_BOUNDS`, or the position behind its end. */
export function gapSizeIndex(lost: number): number {
  let index = 0;
  while (index < GAP_SIZE_BOUNDS.length && lost > GAP_SIZE_BOUNDS[index]!) index++;
  return index;
}
