/**
 * Row rules for raw bars: what cannot be true is kept out of the table, whole and with its reason; what is odd is kept and
 * counted. Runs in a worker over typed columns; whether a day is a session needs the calendar, which `rejectClosed` is given
 * where that is known.
 *
 * Rejected: a date or code that was not asked for; a price that is missing, not finite or not above 0; high below, or low above,
 * another price of the row; negative volume or amount; a key that comes twice with different values (all of its rows).
 * Equal rows that come twice are one row, silently.
 */
import { type Code, classify } from './code.ts';
import type { Batch, Column, Rejected } from './columns.ts';
import { fromDays, type IsoDate, toDays } from './date.ts';
import type { Period } from './period.ts';
import { isSound } from './sound-bars.ts';

export interface AskedBars {
  /** `null` for an answer about the whole market. */
  readonly code: Code | null;
  readonly period: Period;
  readonly from: IsoDate;
  readonly to: IsoDate;
}

export const oddities = [
  'average price outside low and high',
  'traded without volume',
  'pct_chg is not close against pre_close',
] as const;
export type Oddity = (typeof oddities)[number];

export interface QualityWarning {
  readonly rule: Oddity;
  readonly rows: number;
  /** The first row it was seen in: `sh.600519 2024-01-02`. */
  readonly first: string;
}

export interface Reviewed {
  /** The same batch where nothing was rejected. */
  readonly kept: Batch;
  readonly rejected: readonly Rejected[];
  /** Looked for when it is read. */
  readonly warnings: readonly QualityWarning[];
}

const priceNames = ['open', 'high', 'low', 'close'] as const;

/**
 * @param batch Columns of our bar tables: `code`, `date`, prices, `volume`, `amount`, and `time` for minutes.
 * @param raw The provider's cells of a row, joined as JSON.
 */
export function reviewBars(batch: Batch, asked: AskedBars, raw: (row: number) => string): Reviewed {
  const [from, to] = [toDays(asked.from), toDays(asked.to)];
  if (asked.code !== null && isSound(batch, asked.code, from, to)) return reviewed(batch, [], asked);
  const bars = barsOf(batch);
  const reasons = new Map<number, string>();
  for (let row = 0; row < batch.rows; row++) {
    const reason = flaw(bars, row, asked.code, from, to);
    if (reason !== null) reasons.set(row, reason);
  }
  const dropped = doubles(batch, bars, asked, reasons);
  const rejected = [...reasons.keys()]
    .sort((a, b) => a - b)
    .map(row => ({ code: bars.code(row), at: at(bars, row), reason: reasons.get(row) as string, raw: raw(row) }));
  const keep = (row: number): boolean => !reasons.has(row) && !dropped.has(row);
  const kept = reasons.size + dropped.size === 0 ? batch : pick(batch, keep);
  return reviewed(kept, rejected, asked);
}

function reviewed(kept: Batch, rejected: readonly Rejected[], asked: AskedBars): Reviewed {
  return {
    kept,
    rejected,
    get warnings() {
      return oddRows(barsOf(kept), asked, kept.rows);
    },
  };
}

/**
 * Bars of days on which there was no session, kept out. Their cells are written as they were typed, in the batch's order.
 *
 * @param isClosed of days since 1970-01-01; false where nothing is known
 * @param code of bars that came without a column of codes
 */
export function rejectClosed(
  batch: Batch,
  isClosed: (day: number) => boolean,
  code: Code | null,
): Pick<Reviewed, 'kept' | 'rejected'> {
  const { date } = batch.columns;
  if (date?.kind !== 'date' || !date.values.some(isClosed)) return { kept: batch, rejected: [] };
  const bars = barsOf(batch);
  const closed = (row: number): boolean => {
    const day = bars.day(row);
    return day !== null && isClosed(day);
  };
  const rejected = Array.from({ length: batch.rows }, (_, row) => row)
    .filter(closed)
    .map(row => ({
      code: bars.code(row) ?? code,
      at: at(bars, row),
      reason: 'that day was no session',
      raw: JSON.stringify(Object.values(batch.columns).map(column => written(column, row))),
    }));
  return { kept: pick(batch, row => !closed(row)), rejected };
}

function written(column: Column, row: number): string {
  const value = cell(column, row);
  if (value === null) return '';
  if (column.kind === 'date') return fromDays(value as number);
  if (column.kind === 'timestamp') return minuteText(value as bigint);
  return String(value);
}

interface Bars {
  readonly batch: Batch;
  code(row: number): string | null;
  day(row: number): number | null;
  time(row: number): bigint | null;
  price(name: (typeof priceNames)[number], row: number): number | null;
  number(name: string, row: number): number | null;
}

function barsOf(batch: Batch): Bars {
  const { columns } = batch;
  const value = (name: string, row: number): string | number | bigint | null => cell(columns[name], row);
  return {
    batch,
    code: row => value('code', row) as string | null,
    day: row => value('date', row) as number | null,
    time: row => value('time', row) as bigint | null,
    price: (name, row) => value(name, row) as number | null,
    number: (name, row) => {
      const found = value(name, row);
      return found === null ? null : Number(found);
    },
  };
}

function cell(column: Column | undefined, row: number): string | number | bigint | null {
  if (column === undefined) return null;
  if (column.kind === 'text') return column.values[row] ?? null;
  return column.valid !== null && column.valid[row] === 0 ? null : (column.values[row] ?? null);
}

function flaw(bars: Bars, row: number, code: Code | null, from: number, to: number): string | null {
  const found = bars.code(row);
  if (found === null) return 'the code is missing';
  if (code !== null && found !== code) return `the code is not ${code}, which was asked`;
  const day = bars.day(row);
  if (day === null) return 'the date is missing';
  if (day < from || day > to) return `the date is outside ${fromDays(from)} to ${fromDays(to)}, which was asked`;
  const time = bars.batch.columns.time;
  if (time !== undefined && bars.time(row) === null) return 'the time is missing';
  return priceFlaw(bars, row) ?? quantityFlaw(bars, row);
}

function priceFlaw(bars: Bars, row: number): string | null {
  const prices: number[] = [];
  for (const name of priceNames) {
    const price = bars.price(name, row);
    if (price === null || !Number.isFinite(price)) return `${name} is missing`;
    if (price <= 0) return `${name} is not above 0`;
    prices.push(price);
  }
  const [open, high, low, close] = prices as [number, number, number, number];
  if (high < Math.max(open, close, low)) return 'high is below another price';
  if (low > Math.min(open, close)) return 'low is above another price';
  return null;
}

function quantityFlaw(bars: Bars, row: number): string | null {
  for (const name of ['volume', 'amount']) {
    const quantity = bars.number(name, row);
    if (quantity === null) continue;
    if (!Number.isFinite(quantity)) return `${name} is not finite`;
    if (quantity < 0) return `${name} is negative`;
  }
  return null;
}

/** Adds rows of keys with different values to `reasons`; returns the rows that merely repeat an earlier one. */
function doubles(batch: Batch, bars: Bars, asked: AskedBars, reasons: Map<number, string>): Set<number> {
  const repeats = new Set<number>();
  if (isAscending(batch, bars, asked)) return repeats;
  const rowsOf = new Map<string, number[]>();
  for (let row = 0; row < batch.rows; row++) {
    if (reasons.has(row)) continue;
    const key = `${bars.code(row)} ${bars.time(row) ?? bars.day(row)}`;
    const rows = rowsOf.get(key);
    if (rows) rows.push(row);
    else rowsOf.set(key, [row]);
  }
  for (const rows of rowsOf.values()) {
    const [first, ...others] = rows as [number, ...number[]];
    if (others.every(other => sameRow(batch, first, other))) for (const other of others) repeats.add(other);
    else
      for (const row of rows)
        reasons.set(
          row,
          `the same ${bars.time(row) === null ? 'day' : 'minute'} came ${rows.length} times with different values`,
        );
  }
  return repeats;
}

/** True where keys strictly ascend, which is how answers normally come: no key can be there twice. */
function isAscending(batch: Batch, bars: Bars, asked: AskedBars): boolean {
  if (asked.code === null) return false;
  for (let row = 1; row < batch.rows; row++) {
    const [before, now] = [bars.time(row - 1) ?? bars.day(row - 1), bars.time(row) ?? bars.day(row)];
    if (before === null || now === null || before >= now) return false;
  }
  return true;
}

function sameRow(batch: Batch, a: number, b: number): boolean {
  return Object.values(batch.columns).every(column => Object.is(cell(column, a), cell(column, b)));
}

function at(bars: Bars, row: number): string | null {
  const time = bars.time(row);
  if (time !== null) return minuteText(time);
  const day = bars.day(row);
  return day === null ? null : fromDays(day);
}

function minuteText(time: bigint): string {
  return new Date(Number(time / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
}

/** The rows of a batch for which `keep` is true, in their order. */
export function pick(batch: Batch, keep: (row: number) => boolean): Batch {
  const rows: number[] = [];
  for (let row = 0; row < batch.rows; row++) if (keep(row)) rows.push(row);
  const columns = Object.entries(batch.columns).map(([name, column]) => [name, pickColumn(column, rows)] as const);
  return { rows: rows.length, columns: Object.fromEntries(columns) };
}

function pickColumn(column: Column, rows: readonly number[]): Column {
  if (column.kind === 'text') return { kind: 'text', values: rows.map(row => column.values[row] ?? null) };
  const { values, valid } = column;
  const picked = values.slice(0, rows.length);
  for (const [index, row] of rows.entries()) picked[index] = values[row] as never;
  const pickedValid = valid === null ? null : Uint8Array.from(rows, row => valid[row] ?? 0);
  return { kind: column.kind, values: picked, valid: pickedValid } as Column;
}

function oddRows(bars: Bars, asked: AskedBars, rows: number): QualityWarning[] {
  const counts = new Map<Oddity, { rows: number; first: number }>();
  const kinds = new Map<string, boolean>();
  const isPriced = (code: string): boolean => {
    const known = kinds.get(code);
    if (known !== undefined) return known;
    const priced = classify(code as Code).kind !== 'index';
    kinds.set(code, priced);
    return priced;
  };
  for (let row = 0; row < rows; row++) {
    const odd = oddity(bars, row, asked.period, isPriced(bars.code(row) as string));
    if (odd === null) continue;
    const seen = counts.get(odd);
    if (seen) seen.rows++;
    else counts.set(odd, { rows: 1, first: row });
  }
  return [...counts].map(([rule, { rows: seen, first }]) => ({
    rule,
    rows: seen,
    first: `${bars.code(first)} ${at(bars, first)}`,
  }));
}

function oddity(bars: Bars, row: number, period: Period, isPriced: boolean): Oddity | null {
  const close = bars.price('close', row) as number;
  if (isPriced && bars.number('is_suspended', row) !== 1) {
    const volume = bars.number('volume', row);
    const amount = bars.number('amount', row);
    if (volume !== null && amount !== null && volume > 0) {
      const average = amount / volume;
      const low = bars.price('low', row) as number;
      const high = bars.price('high', row) as number;
      if (average < low * 0.99 || average > high * 1.01) return oddities[0];
    }
    if (period === 'd' && volume === 0) return oddities[1];
  }
  const preClose = bars.number('pre_close', row);
  const change = bars.number('pct_chg', row);
  if (preClose !== null && preClose > 0 && change !== null) {
    if (Math.abs((close / preClose - 1) * 100 - change) > 0.01) return oddities[2];
  }
  return null;
}
