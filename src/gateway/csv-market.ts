/**
 * A market from a folder of CSV files. Every cell is served as it stands.
 *
 * | file | served as |
 * |---|---|
 * | `daily-raw/CODE.csv`, `index-CODE.csv` | daily bars; these codes are the catalogue |
 * | `daily-qfq/`, `daily-hfq/`, `min5-raw/` … | adjusted bars, minutes; adjusted ones that are missing are computed |
 * | `trade-dates.csv` | the calendar (without it: the days that have bars) |
 * | `adjust-factor*.csv` | factors |
 * | `all-stock-DATE.csv` | names, and trade status of that day |
 * | `constituents-INDEX-DATE.csv`, `st-DATE.csv`, `starst-…`, `terminated-…`, `suspended-…` | lists |
 * | `METHOD.csv` (`query_profit_data.csv` …) | any other table, in the provider's columns |
 *
 * Files are checked when the gateway starts, so that a broken one is named then and not in mid-run.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../market/problem.ts';
import { type Message, messages, splitNames } from '../source/baostock/messages.ts';
import { adjusted } from './adjusted.ts';
import { brokenCsv, type CsvFile, readCsv } from './csv.ts';
import { BarFiles, codeFiles, folderName } from './csv-bars.ts';
import {
  type AdjustFlag,
  type Frequency,
  frequencies,
  type Known,
  type Market,
  type Row,
  type Series,
} from './market.ts';
import { joinDays, periodIsOver } from './periods.ts';

const suffixes: Readonly<Record<AdjustFlag, string>> = { '1': 'hfq', '2': 'qfq', '3': 'raw' };

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

interface Entry {
  readonly code: string;
  readonly path: string;
  readonly type: '1' | '2' | '3' | '4' | '5';
  readonly first: string;
  readonly last: string;
  name: string;
}

/** @throws Problem for a folder that is missing or has no bars, or a file that is broken, naming the line. */
export function openCsvMarket(folder: string): Market {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Problem('failed', `there is no folder ${folder} to serve`, {
      next: 'name a folder of CSV files with --data, or serve the demo market with --demo',
    });
  }
  const files = new BarFiles();
  const catalogue = readCatalogue(folder, files);
  if (catalogue.size === 0) {
    throw new Problem('failed', `the folder ${folder} holds no bars`, {
      next: 'it needs files like daily-raw/sh.600000.csv or index-sh.000001.csv',
    });
  }
  const barPaths = new Map<string, Map<string, string>>();
  for (const frequency of frequencies) {
    for (const suffix of Object.values(suffixes)) {
      const name = `${folderName(frequency)}-${suffix}`;
      const paths = codeFiles(join(folder, name));
      if (name !== 'daily-raw') for (const [code, path] of paths) files.read(path, code, frequency);
      barPaths.set(name, paths);
    }
  }
  const tables = readTables(folder);
  const allStock = readAllStock(folder, catalogue);
  const factorRows = [...filesOf(folder, /^adjust-factor.*\.csv$/), ...filesOf(folder, /^query_adjust_factor\.csv$/)]
    .flatMap(path => rowsOf(path, messages.query_adjust_factor))
    .sort(([, a = ''], [, b = '']) => (a < b ? -1 : a > b ? 1 : 0));
  const factorsByCode = new Map<string, Row[]>();
  for (const row of factorRows) {
    const code = row[0] as string;
    const own = factorsByCode.get(code);
    if (own) own.push(row);
    else factorsByCode.set(code, [row]);
  }
  const tradeDates = readTradeDates(folder, catalogue, files);
  const open = new Set(tradeDates.rows.filter(([, isOpen]) => isOpen === '1').map(([date]) => date as string));
  const sessions = [...open];

  const factors = (code: string, known: Known) =>
    (factorsByCode.get(code) ?? []).filter(([, date = '']) => date <= known.factors);

  const stored = (code: string, frequency: Frequency, adjust: AdjustFlag): Series | null => {
    const path = barPaths.get(`${folderName(frequency)}-${suffixes[adjust]}`)?.get(code);
    if (path) return files.read(path, code, frequency);
    const entry = catalogue.get(code);
    return frequency === 'd' && entry && (adjust === '3' || entry.type === '2')
      ? files.read(entry.path, code, 'd')
      : null;
  };

  const bars = (code: string, frequency: Frequency, adjust: AdjustFlag, known: Known): Series | null => {
    const own = stored(code, frequency, adjust);
    if (own) return own;
    const raw = stored(code, frequency, '3');
    if (raw) return adjusted(raw, factors(code, known), adjust);
    if (frequency !== 'w' && frequency !== 'm') return null;
    const daily = bars(code, 'd', adjust, known);
    return daily && joinDays(daily, frequency, periodIsOver(sessions, frequency));
  };

  const rowOn = (entry: Entry, date: string): Row | null => {
    if (date < entry.first || date > entry.last) return null;
    const series = files.read(entry.path, entry.code, 'd');
    for (let low = 0, high = series.length - 1; low <= high; ) {
      const middle = (low + high) >> 1;
      const day = series.dateAt(middle);
      if (day === date) return series.row(middle);
      if (day < date) low = middle + 1;
      else high = middle - 1;
    }
    return null;
  };

  const allStockOn = (day: string): Row[] => {
    if (!open.has(day)) return [];
    return [...catalogue.values()].flatMap(entry => {
      const row = rowOn(entry, day);
      return row ? [[entry.code, allStock.get(day)?.get(entry.code) ?? (row[11] || '1'), entry.name]] : [];
    });
  };

  return {
    description: `${catalogue.size} codes of ${folder}`,
    bars,
    barsOn: (date, kind) =>
      [...catalogue.values()].flatMap(entry => {
        const row = entry.type === (kind === 'stock' ? '1' : '5') ? rowOn(entry, date) : null;
        return row ? [row] : [];
      }),
    factors,
    factorsOn: (date, known) => (date > known.factors ? [] : factorRows.filter(([, day]) => day === date)),
    tradeDates: tradeDates.series,
    table: (method, params, known) => {
      const day = params.day ?? '';
      const own = tables.get(method);
      if (method === 'query_all_stock') {
        if (day > known.daily) return [];
        return own ? own.filter(([on]) => on === day).map(row => row.slice(1)) : allStockOn(day);
      }
      if (own) return own;
      if (method !== 'query_stock_basic') return [];
      return [...catalogue.values()].map(entry => [entry.code, entry.name, entry.first, '', entry.type, '1']);
    },
  };
}

function typeOf(code: string): Entry['type'] {
  if (/^(sh\.000|sz\.399)/.test(code)) return '2';
  if (/^(sh\.5|sz\.15)/.test(code)) return '5';
  if (/^(sh\.11|sz\.12)/.test(code)) return '4';
  return /^(sh\.6|sh\.9|sz\.0|sz\.2|sz\.30)/.test(code) ? '1' : '3';
}

function readCatalogue(folder: string, files: BarFiles): Map<string, Entry> {
  const paths = codeFiles(join(folder, 'daily-raw'));
  for (const path of filesOf(folder, /^index-s[hz]\.\d{6}\.csv$/)) paths.set(path.slice(-13, -4), path);
  const catalogue = new Map<string, Entry>();
  for (const [code, path] of [...paths].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const series = files.read(path, code, 'd');
    if (series.length === 0) throw brokenCsv(path, 1, 'no row follows the header');
    const type = path.startsWith(join(folder, 'index-')) ? '2' : typeOf(code);
    const [first, last] = [series.dateAt(0), series.dateAt(series.length - 1)];
    catalogue.set(code, { code, path, type, first, last, name: code });
  }
  return catalogue;
}

/** Trade status by day and code; gives the catalogue its names on the way, the newest file's last. */
function readAllStock(folder: string, catalogue: Map<string, Entry>): Map<string, Map<string, string>> {
  const days = new Map<string, Map<string, string>>();
  for (const path of filesOf(folder, /^all-stock-\d{4}-\d\d-\d\d\.csv$/)) {
    const status = new Map<string, string>();
    for (const [code = '', trading = '', name = ''] of rowsOf(path, messages.query_all_stock)) {
      status.set(code, trading);
      const entry = catalogue.get(code);
      if (entry) entry.name = name;
    }
    days.set(path.slice(-14, -4), status);
  }
  return days;
}

function readTables(folder: string): Map<string, readonly Row[]> {
  const tables = new Map<string, readonly Row[]>();
  for (const message of Object.values(messages) as readonly Message[]) {
    const { method } = message;
    const pattern = lists[method];
    const paths = pattern ? filesOf(folder, pattern) : [];
    const own = join(folder, `${method}.csv`);
    if (method !== 'query_adjust_factor' && existsSync(own)) paths.push(own);
    if (paths.length === 0) continue;
    tables.set(
      method,
      paths.flatMap(path => rowsOf(path, message, method === 'query_all_stock' ? ['day'] : [])),
    );
  }
  return tables;
}

function readTradeDates(
  folder: string,
  catalogue: Map<string, Entry>,
  files: BarFiles,
): { readonly rows: readonly Row[]; readonly series: Series } {
  const path = join(folder, 'trade-dates.csv');
  const rows = existsSync(path)
    ? [...rowsOf(path, messages.query_trade_dates)].sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
    : daysWithBars(catalogue, files);
  const series = {
    columns: ['calendar_date', 'is_trading_day'],
    length: rows.length,
    dateAt: (index: number) => rows[index]?.[0] as string,
    row: (index: number) => rows[index] as Row,
  };
  return { rows, series };
}

function daysWithBars(catalogue: Map<string, Entry>, files: BarFiles): Row[] {
  const days = new Set<string>();
  for (const { path, code } of catalogue.values()) {
    const series = files.read(path, code, 'd');
    for (let index = 0; index < series.length; index++) days.add(series.dateAt(index));
  }
  const sorted = [...days].sort();
  const rows: Row[] = [];
  const last = Date.parse(sorted.at(-1) as string);
  for (let ms = Date.parse(sorted[0] as string); ms <= last; ms += 86_400_000) {
    const date = new Date(ms).toISOString().slice(0, 10);
    rows.push([date, days.has(date) ? '1' : '0']);
  }
  return rows;
}

function filesOf(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder)
    .filter(name => pattern.test(name))
    .sort()
    .map(name => join(folder, name));
}

/** Rows of a file whose header must be the message's columns, `before` in front of them. */
function rowsOf(path: string, message: Message, before: readonly string[] = []): CsvFile['rows'] {
  const file = readCsv(path);
  const columns = [...before, ...splitNames(message.names ?? '')];
  if (file.columns.join() !== columns.join()) throw brokenCsv(path, 1, `the columns are not ${columns.join()}`);
  return file.rows;
}
