import { cut } from '../../domain/failures.js';
import { columnsOf } from './colour.js';

const GAP = '  ';

/**
 * Rows as columns, each as wide as its widest cell. In a terminal a line ends where the terminal does.
 *
 * @param rows - cells without control characters
 */
export function inColumns(rows: readonly (readonly string[])[], width: number | null = columnsOf()): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .map((line) => (width === null ? line : cut(line, width)))
    .join('\n');
}
