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
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../market/problem.ts';
import {
  type AdjustFlag,
  type Frequency,
  frequencies,
  type Known,
  type Market,
  type Row,
  type Series,
} from '../market.ts';
import { joinDays, periodIsOver } from '../periods.ts';
import { adjusted } from './adjusted.ts';
import { BarFiles, codeFiles, folderName } from './bars.ts';
import { type Entry, readCatalogue, rowOn } from './catalogue.ts';
import { readFactors, readTables, readTradeDates } from './tables.ts';

const suffixes: Readonly<Record<AdjustFlag, string>> = { '1': 'hfq', '2': 'qfq', '3': 'raw' };

/** @throws Problem for a folder that is missing or has no bars, or a file that is broken, naming the line. */
export function openCsvMarket(folder: string): Market {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Problem('failed', `there is no folder ${folder} to serve`, {
      next: 'name a folder of CSV files with --data, or serve the demo market with --demo',
    });
  }
  const files = new BarFiles();
  const { entries, status } = readCatalogue(folder, files);
  if (entries.size === 0) {
    throw new Problem('failed', `the folder ${folder} holds no bars`, {
      next: 'it needs files like daily-raw/sh.600000.csv or index-sh.000001.csv',
    });
  }
  const catalogue = [...entries.values()];
  const paths = checkedPaths(folder, files);
  const tables = readTables(folder);
  const factorsByCode = readFactors(folder);
  const tradeDates = readTradeDates(folder, () => daysWithBars(catalogue, files));
  const sessions = openDays(tradeDates);
  const open = new Set(sessions);

  const factors = (code: string, known: Known) =>
    (factorsByCode.get(code) ?? []).filter(([, date = '']) => date <= known.factors);

  const stored = (code: string, frequency: Frequency, adjust: AdjustFlag): Series | null => {
    const path = paths.get(`${folderName(frequency)}-${suffixes[adjust]}/${code}`);
    if (path) return files.read(path, code, frequency);
    const entry = entries.get(code);
    if (frequency !== 'd' || !entry || (adjust !== '3' && entry.type !== '2')) return null;
    return files.read(entry.path, code, 'd');
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

  const allStock = (day: string): Row[] => {
    if (!open.has(day)) return [];
    return catalogue.flatMap(entry => {
      const row = rowOn(entry, day, files);
      return row ? [[entry.code, status.get(day)?.get(entry.code) ?? (row[11] || '1'), entry.name]] : [];
    });
  };

  return {
    description: `${entries.size} codes of ${folder}`,
    bars,
    barsOn: (date, kind) =>
      catalogue.flatMap(entry => {
        const row = entry.type === (kind === 'stock' ? '1' : '5') ? rowOn(entry, date, files) : null;
        return row ? [row] : [];
      }),
    factors,
    factorsOn: (date, known) =>
      [...factorsByCode.keys()].flatMap(code => factors(code, known).filter(([, day]) => day === date)),
    tradeDates,
    table: (method, params, known) => {
      const own = tables.get(method);
      if (method === 'query_all_stock') {
        const day = params.day ?? '';
        if (day > known.daily) return [];
        return own ? own.filter(([on]) => on === day).map(row => row.slice(1)) : allStock(day);
      }
      if (own) return own;
      if (method !== 'query_stock_basic') return [];
      return catalogue.map(entry => [entry.code, entry.name, entry.first, '', entry.type, '1']);
    },
  };
}

/** Paths of all bar files but the raw daily ones of the catalogue, each read once to be checked, by `daily-qfq/CODE`. */
function checkedPaths(folder: string, files: BarFiles): Map<string, string> {
  const paths = new Map<string, string>();
  for (const frequency of frequencies) {
    for (const suffix of Object.values(suffixes)) {
      const name = `${folderName(frequency)}-${suffix}`;
      for (const [code, path] of codeFiles(join(folder, name))) {
        if (name !== 'daily-raw') files.read(path, code, frequency);
        paths.set(`${name}/${code}`, path);
      }
    }
  }
  return paths;
}

function daysWithBars(catalogue: readonly Entry[], files: BarFiles): Set<string> {
  const days = new Set<string>();
  for (const { path, code } of catalogue) {
    const series = files.read(path, code, 'd');
    for (let index = 0; index < series.length; index++) days.add(series.dateAt(index));
  }
  return days;
}

function openDays(tradeDates: Series): string[] {
  const open: string[] = [];
  for (let index = 0; index < tradeDates.length; index++) {
    if (tradeDates.row(index)[1] === '1') open.push(tradeDates.dateAt(index));
  }
  return open;
}
