/**
 * The common case of the row rules, column by column: a batch of one code in which nothing is wrong. Says yes only where every
 * row is sound and no key can be there twice; what it does not say yes to is looked at row by row.
 */
import type { Code } from './code.ts';
import type { Batch, Column } from './columns.ts';

/** @param from, to days since 1970, both included. */
export function isSound({ rows, columns }: Batch, code: Code, from: number, to: number): boolean {
  const { date, time, open, high, low, close } = columns;
  if (!isOnly(columns.code, code, rows)) return false;
  if (date?.kind !== 'date' || !isFull(date)) return false;
  for (let row = 0; row < rows; row++) {
    const day = date.values[row] as number;
    if (day < from || day > to) return false;
  }
  if (time !== undefined && (time.kind !== 'timestamp' || !isFull(time))) return false;
  if (!isAscending(time === undefined ? date.values : time.values, rows)) return false;
  return arePrices(rows, open, high, low, close) && isQuantity(columns.volume) && isQuantity(columns.amount);
}

function isOnly(column: Column | undefined, code: Code, rows: number): boolean {
  if (column?.kind !== 'text') return false;
  for (let row = 0; row < rows; row++) if (column.values[row] !== code) return false;
  return true;
}

function isFull(column: Exclude<Column, { kind: 'text' }>): boolean {
  return column.valid === null || !column.valid.includes(0);
}

function isAscending(values: ArrayLike<number> | ArrayLike<bigint>, rows: number): boolean {
  for (let row = 1; row < rows; row++) {
    if ((values[row - 1] as number) >= (values[row] as number)) return false;
  }
  return true;
}

function arePrices(rows: number, ...columns: readonly (Column | undefined)[]): boolean {
  const values = columns.map(column => (column?.kind === 'double' && isFull(column) ? column.values : null));
  const [opens, highs, lows, closes] = values;
  if (!opens || !highs || !lows || !closes) return false;
  for (let row = 0; row < rows; row++) {
    const [open, high, low, close] = [opens[row], highs[row], lows[row], closes[row]] as [
      number,
      number,
      number,
      number,
    ];
    // A NaN fails every comparison.
    if (!(low > 0 && high < Number.POSITIVE_INFINITY)) return false;
    if (!(low <= open && low <= close && open <= high && close <= high)) return false;
  }
  return true;
}

/** NULL, or neither negative nor without end. */
function isQuantity(column: Column | undefined): boolean {
  if (column === undefined) return true;
  if (column.kind === 'bigint') {
    for (const value of column.values) if (value < 0n) return false;
    return true;
  }
  if (column.kind !== 'double') return false;
  const { values, valid } = column;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY) && valid?.[row] !== 0) return false;
  }
  return true;
}
