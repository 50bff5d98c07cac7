/** A part's columns as plain values, for expectations: dates and times as text, NULL as null. */
import type { Column } from '../../src/market/columns.ts';
import type { Part } from '../../src/source/source.ts';

export function plainColumns(part: Part | undefined): Record<string, unknown[]> {
  const { rows, columns } = part?.batch ?? { rows: 0, columns: {} };
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      Array.from({ length: rows }, (_, row) => plain(column, row)),
    ]),
  );
}

function plain(column: Column, row: number): unknown {
  if (column.kind === 'text') return column.values[row];
  if (column.valid?.[row] === 0) return null;
  const value = column.values[row];
  if (value === undefined) throw new Error('a column is shorter than its batch');
  if (column.kind === 'flag') return value === 1;
  if (column.kind === 'date') return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10);
  if (column.kind === 'timestamp') return new Date(Number(value) / 1000).toISOString().replace('T', ' ').slice(0, 19);
  return value;
}
