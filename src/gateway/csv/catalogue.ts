/** Which codes a folder has bars for, and what it knows of them: name, type, first and last day. */
import { join } from 'node:path';
import { messages } from '../../source/baostock/messages.ts';
import type { Row, Series } from '../market.ts';
import { type BarFiles, codeFiles } from './bars.ts';
import { brokenCsv } from './file.ts';
import { filesOf, rowsOf } from './tables.ts';

export interface Entry {
  readonly code: string;
  /** Of its raw daily bars. */
  readonly path: string;
  /** As the provider counts: 1 stock, 2 index, 3 other, 4 convertible bond, 5 fund. */
  readonly type: '1' | '2' | '3' | '4' | '5';
  /** Dates of its first and last bar. */
  readonly first: string;
  readonly last: string;
  /** Of the newest all-stock file; else the code. */
  readonly name: string;
}

export interface Catalogue {
  /** In the order of the codes. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Trade status by day and code, of the days that have an all-stock file. */
  readonly status: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** @throws Problem naming the file and line that is broken. */
export function readCatalogue(folder: string, files: BarFiles): Catalogue {
  const paths = codeFiles(join(folder, 'daily-raw'));
  for (const path of filesOf(folder, /^index-s[hz]\.\d{6}\.csv$/)) paths.set(path.slice(-13, -4), path);
  const { names, status } = readAllStock(folder);
  const entries = new Map<string, Entry>();
  for (const [code, path] of [...paths].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const series = files.read(path, code, 'd');
    if (series.length === 0) throw brokenCsv(path, 1, 'no row follows the header');
    const type = path.startsWith(join(folder, 'index-')) ? '2' : typeOf(code);
    const [first, last] = [series.dateAt(0), series.dateAt(series.length - 1)];
    entries.set(code, { code, path, type, first, last, name: names.get(code) ?? code });
  }
  return { entries, status };
}

/** By the exchanges' ranges of numbers. */
function typeOf(code: string): Entry['type'] {
  if (/^(sh\.000|sz\.399)/.test(code)) return '2';
  if (/^(sh\.5|sz\.15)/.test(code)) return '5';
  if (/^(sh\.11|sz\.12)/.test(code)) return '4';
  return /^(sh\.6|sh\.9|sz\.0|sz\.2|sz\.30)/.test(code) ? '1' : '3';
}

function readAllStock(folder: string) {
  const names = new Map<string, string>();
  const status = new Map<string, Map<string, string>>();
  for (const path of filesOf(folder, /^all-stock-\d{4}-\d\d-\d\d\.csv$/)) {
    const day = new Map<string, string>();
    for (const [code = '', trading = '', name = ''] of rowsOf(path, messages.query_all_stock)) {
      day.set(code, trading);
      names.set(code, name);
    }
    status.set(path.slice(-14, -4), day);
  }
  return { names, status };
}

/** The row of one day; null where the code has none. */
export function rowOn(entry: Entry, date: string, files: BarFiles): Row | null {
  if (date < entry.first || date > entry.last) return null;
  const series: Series = files.read(entry.path, entry.code, 'd');
  for (let low = 0, high = series.length - 1; low <= high; ) {
    const middle = (low + high) >> 1;
    const day = series.dateAt(middle);
    if (day === date) return series.row(middle);
    if (day < date) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}
