/** The files of a folder that are no bars: lists, the calendar, factors, and any other table in the provider's columns. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Message, messages, splitNames } from '../../source/baostock/messages.ts';
import type { Row, Series } from '../market.ts';
import { brokenCsv, readCsv } from './file.ts';

/** Which files hold which list. */
const lists: Readonly<Record<string, RegExp>> = {
  query_hs300_stocks: /^constituents-hs300-.*\.csv$/,
  query_sz50_stocks: /^constituents-sz50-.*\.csv$/,
  query_zz500_stocks: /^constituents-zz500-.*\.csv$/,
  query_st_stocks: /^st-.*\.csv$/,
  query_starst_stocks: /^starst-.*\.csv$/,
  query_terminated_stocks: /^terminated-.*\.csv$/,
  query_suspended_stocks: /^suspended-.*\.csv$/,
};

/** Paths of a folder's files whose names match, in the order of their names. */
export function filesOf(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder)
    .filter(name => pattern.test(name))
    .sort()
    .map(name => join(folder, name));
}

/** Rows of a file whose header must be the message's columns, with `before` in front of them. */
export function rowsOf(path: string, message: Message, before: readonly string[] = []): readonly Row[] {
  const file = readCsv(path);
  const columns = [...before, ...splitNames(message.names ?? '')];
  if (file.columns.join() !== columns.join()) throw brokenCsv(path, 1, `the columns are not ${columns.join()}`);
  return file.rows;
}

/** Rows by method. Those of `query_all_stock` begin with the day that they are of. */
export function readTables(folder: string): Map<string, readonly Row[]> {
  const tables = new Map<string, readonly Row[]>();
  for (const message of Object.values(messages) as readonly Message[]) {
    const { method } = message;
    if (method === 'query_adjust_factor') continue;
    const pattern = lists[method];
    const paths = pattern ? filesOf(folder, pattern) : [];
    const own = join(folder, `${method}.csv`);
    if (existsSync(own)) paths.push(own);
    const before = method === 'query_all_stock' ? ['day'] : [];
    if (paths.length > 0) {
      tables.set(
        method,
        paths.flatMap(path => rowsOf(path, message, before)),
      );
    }
  }
  return tables;
}

/** Factor rows by code, ascending by ex-date. */
export function readFactors(folder: string): Map<string, Row[]> {
  const byCode = new Map<string, Row[]>();
  for (const path of filesOf(folder, /^(adjust-factor.*|query_adjust_factor)\.csv$/)) {
    for (const row of rowsOf(path, messages.query_adjust_factor)) {
      const own = byCode.get(row[0] as string) ?? [];
      own.push(row);
      byCode.set(row[0] as string, own);
    }
  }
  for (const rows of byCode.values()) rows.sort(([, a = ''], [, b = '']) => (a < b ? -1 : a > b ? 1 : 0));
  return byCode;
}

/** Rows of `trade-dates.csv`; without it, every day from the first to the last of `daysWithBars`. */
export function readTradeDates(folder: string, daysWithBars: () => ReadonlySet<string>): Series {
  const path = join(folder, 'trade-dates.csv');
  const rows = existsSync(path)
    ? [...rowsOf(path, messages.query_trade_dates)].sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
    : everyDay(daysWithBars());
  return {
    columns: ['calendar_date', 'is_trading_day'],
    length: rows.length,
    dateAt: index => rows[index]?.[0] as string,
    row: index => rows[index] as Row,
  };
}

function everyDay(open: ReadonlySet<string>): Row[] {
  const sorted = [...open].sort();
  const rows: Row[] = [];
  const last = Date.parse(sorted.at(-1) as string);
  for (let ms = Date.parse(sorted[0] as string); ms <= last; ms += 86_400_000) {
    const date = new Date(ms).toISOString().slice(0, 10);
    rows.push([date, open.has(date) ? '1' : '0']);
  }
  return rows;
}
