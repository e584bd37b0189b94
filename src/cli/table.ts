/** Tables in columns for a terminal or a pipe. */

/** One column of a table. */
export interface TableColumn {
  readonly heading: string;
  readonly align: 'left' | 'right';
}

/**
 * Lays cells out in columns as wide as their widest cell, two spaces between them, no space at the
 * ends of lines.
 *
 * Widths are counted in code points: right for all text but wide (East Asian) characters.
 *
 * @param rows one cell for each column, free of line feeds
 * @returns lines, each ending in a line feed; the first holds the headings
 */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [columns.map((column) => column.heading), ...rows];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((cells) => codePointCount(cells[index] ?? ''))),
  );
  const layOut = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        const padding = ' '.repeat(widths[index]! - codePointCount(cell));
        return align === 'left' ? cell + padding : padding + cell;
      })
      .join('  ')
      .trimEnd();
  return lines.map((cells) => `${layOut(cells)}\n`).join('');
}

function codePointCount(text: string): number {
  return [...text].length;
}
