/** Decimal digits of whole numbers, from a table of three-digit groups. */

const groups: readonly string[] = Array.from({ length: 1000 }, (_, value) =>
  `${value}`.padStart(3, '0'),
);

const small: readonly string[] = Array.from({ length: 1000 }, (_, value) => `${value}`);

/**
 * The digits of a whole number, 0 … 4,294,967,295.
 *
 * The same text as `String(value)`, several times faster for numbers that differ from line to line,
 * such as TCP sequence numbers: the engine keeps texts only of small numbers it has met lately.
 */
export function decimal(value: number): string {
  if (value < 1000) return small[value]!;
  const thousands = Math.floor(value / 1000);
  const low = groups[value - thousands * 1000]!;
  if (thousands < 1000) return small[thousands]! + low;
  const millions = Math.floor(thousands / 1000);
  const middle = groups[thousands - millions * 1000]!;
  if (millions < 1000) return small[millions]! + middle + low;
  const billions = Math.floor(millions / 1000);
  return small[billions]! + groups[millions - billions * 1000]! + middle + low;
}
