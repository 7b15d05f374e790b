// How does a command print rows? As kubectl does: upper-case heads, three spaces between columns.

/** Lines of a table; every row has as many cells as `heads`. */
export function renderTable(heads: string[], rows: string[][]): string {
  const all = [heads.map((head) => head.toUpperCase()), ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
