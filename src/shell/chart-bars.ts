/** The bars of one security as candles, read from the file in the chart's adjustment. */
import type { DuckDBTimestampValue } from '@duckdb/node-api';
import type { Candle } from '../chart/candle.ts';
import type { CandleChart } from '../chart/candle-chart.ts';
import type { Code } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import { Problem } from '../market/problem.ts';
import type { Database } from '../store/database.ts';
import { readDate } from '../store/values.ts';
import type { Adjust, ChartPeriod } from './chart-words.ts';

/** Table or view without its adjustment, and what a person calls it. */
const tables: Readonly<Record<ChartPeriod, readonly [table: string, words: string]>> = {
  d: ['daily', 'daily'],
  w: ['weekly', 'weekly'],
  m: ['monthly', 'monthly'],
  '5': ['min5', '5 min'],
  '15': ['min15', '15 min'],
  '30': ['min30', '30 min'],
  '60': ['min60', '60 min'],
};

export interface BarsWanted {
  readonly code: Code;
  readonly period: ChartPeriod;
  readonly adjust: Adjust;
  readonly from: IsoDate | null;
  readonly to: IsoDate | null;
  /** Newest bars at most. */
  readonly limit: number;
}

/**
 * Candles of a security, oldest first. `whole` tells that the range was asked for.
 * @throws Problem `failed` where no bar of it is stored, or where its factors are missing.
 */
export async function readCandles(
  database: Database,
  wanted: BarsWanted,
  name: string | null,
  signal?: AbortSignal,
): Promise<CandleChart> {
  const { code, period, adjust, from, to, limit } = wanted;
  const [table, words] = tables[period];
  const candles = await barsOf(database, wanted, adjust, signal);
  if (candles.length === 0) throw await nothingStored(database, wanted, table, name);
  if (adjust !== 'none' && candles.every(({ close }) => close === null)) {
    throw new Problem('failed', `${code} has bars but no factor history, so ${adjust} prices are not known.`, {
      next: `fetch ${code} brings it; chart ${code} --adjust none shows prices as traded`,
    });
  }
  const whole = from !== null || to !== null;
  return { code, name, period: words, adjust, candles, whole: whole && candles.length < limit };
}

async function barsOf(
  database: Database,
  { code, period, from, to, limit }: BarsWanted,
  adjust: Adjust,
  signal: AbortSignal | undefined,
): Promise<Candle[]> {
  const [table] = tables[period];
  const view = adjust === 'none' ? table : `${table}_${adjust}`;
  const minutes = table.startsWith('min');
  const derived = period === 'w' || period === 'm';
  const { rows } = await database.pool.query(
    `select b.date, ${minutes ? 'b.time' : 'null'}, b.open, b.high, b.low, b.close,
        ${minutes ? 'lag(b.close) over (order by b.time)' : 'b.pre_close'}, b.volume,
        ${minutes || derived ? 'false' : 'b.is_suspended'},
        ${minutes || derived ? 'false' : 'f.ex_date is not null'}
      from (
        select * from ${view}
        where code = $code and date >= coalesce($from, date '1900-01-01') and date <= coalesce($to, date '9999-12-31')
        order by date desc${minutes ? ', time desc' : ''} limit $limit) b
      ${minutes || derived ? '' : 'left join adj_factors f on f.code = b.code and f.ex_date = b.date'}
      order by b.date${minutes ? ', b.time' : ''}`,
    { code, from, to, limit },
    { tag: 'chart', lane: 'read', ...(signal ? { signal } : {}) },
  );
  const exDays = derived ? await exDatesOf(database, code) : [];
  let before = '';
  return rows.map(([date, time, open, high, low, close, preClose, volume, suspended, ex]) => {
    const day = readDate(date) ?? '';
    const at = minutes ? stampOf(time as DuckDBTimestampValue) : day;
    const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
    const isEx = derived ? exDays.some(exDay => exDay > before && exDay <= day && before !== '') : ex === true;
    before = day;
    return {
      from: at,
      to: at,
      open: number(open),
      high: number(high),
      low: number(low),
      close: number(close),
      preClose: number(preClose),
      volume: Number(volume ?? 0),
      isEx,
      isSuspended: suspended === true,
    };
  });
}

async function exDatesOf(database: Database, code: Code): Promise<readonly string[]> {
  const { rows } = await database.pool.query('select ex_date from adj_factors where code = $code', { code });
  return rows.map(([date]) => readDate(date) ?? '');
}

/** Wall clock of Shanghai: `2026-11-20 10:30`. */
function stampOf({ micros }: DuckDBTimestampValue): string {
  return new Date(Number(micros / 1000n)).toISOString().slice(0, 16).replace('T', ' ');
}

async function nothingStored(
  database: Database,
  { code, from, to, period }: BarsWanted,
  table: string,
  name: string | null,
): Promise<Problem> {
  const { rows } = await database.pool.query(
    `select min(date), max(date) from ${table} where code = $code`,
    { code },
    { tag: 'chart' },
  );
  const [first, last] = (rows[0] ?? []).map(value => readDate(value));
  const what = `${code}${name ? ` ${name}` : ''}`;
  const fetched = period === 'w' || period === 'm' || period === 'd' ? '' : ` --period ${period}`;
  if (!first || !last) {
    return new Problem('failed', `no ${table} bars of ${what} are stored.`, {
      next: `fetch ${code}${fetched} --from -1y`,
    });
  }
  return new Problem(
    'failed',
    `no ${table} bars of ${what} are stored between ${from ?? first} and ${to ?? last}; those from ${first} to ${last} are.`,
    { next: `gaps ${code} tells what is missing` },
  );
}
