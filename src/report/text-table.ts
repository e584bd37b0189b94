/** Columns of text, aligned with spaces. */

/** One column: its heading and on which side its cells end. */
export interface TextColumn {
  readonly heading: string;
  readonly align: 'left' | 'right';
}

/**
 * Aligns rows under their headings, two spaces between columns, no space at a line's end.
 *
 * Widths are counted in code points, which fits everything but wide East Asian characters.
 *
 * @param rows each with one cell for each column
 * @returns one line for the headings, then one for each row
 */
export function alignColumns(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
): string[] {
  const lines = [columns.map(({ heading }) => heading), ...rows];
  const widths = columns.map((_, i) =>
    lines.reduce((width, cells) => Math.max(width, widthOf(cells[i]!)), 0),
  );
  return lines.map((cells) =>
    columns
      .map(({ align }, i) => pad(cells[i]!, widths[i]!, align))
      .join('  ')
      .trimEnd(),
  );
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(width - widthOf(cell));
  return align === 'right' ? space + cell : cell + space;
}

function widthOf(text: string): number {
  return [...text].length;
}
