/** Comma-separated values as RFC 4180 writes them, safe to open in a spreadsheet. */

/** What a cell may hold; null and undefined are empty cells, for what isn't known. */
export type CsvCell = string | number | null | undefined;

// OWASP, "CSV Injection": a cell that starts with one of these is taken for a formula, also behind
// spaces, a tab or a line's end, and in their full-width forms.
const FORMULA_START = /^[\s\p{Cc}\u{feff}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/**
 * One row with its line end (CRLF).
 *
 * A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers, negative
 * ones too, stay as they are.
 */
export function csvRow(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA_START.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
