/** Bars of a folder of CSV files: one file a code, read when it is asked for, the newest used ones kept. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOfFrequency, splitNames } from '../../source/baostock/messages.ts';
import type { Frequency, Row, Series } from '../market.ts';
import { asDate } from '../published.ts';
import { brokenCsv, readCsv } from './file.ts';

const mostFilesHeld = 128;

/** Folder names: `daily-raw`, `min5-qfq`, `weekly-raw` … */
export function folderName(frequency: Frequency): string {
  return { d: 'daily', w: 'weekly', m: 'monthly', '5': 'min5', '15': 'min15', '30': 'min30', '60': 'min60' }[frequency];
}

/** Files of a folder that are named by a code; none where there is no such folder. */
export function codeFiles(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder).filter(name => /^s[hz]\.\d{6}\.csv$/.test(name));
  return new Map(names.sort().map(name => [name.slice(0, 9), join(folder, name)]));
}

/** A bar file as rows in the provider's order of columns; columns that the file lacks are empty. */
function readBars(path: string, code: string, frequency: Frequency): Series {
  const file = readCsv(path);
  const columns = splitNames(fieldsOfFrequency[frequency] as string);
  const places = columns.map(name => file.columns.indexOf(name));
  for (const name of ['date', 'open', 'high', 'low', 'close']) {
    if (!file.columns.includes(name)) throw brokenCsv(path, 1, `the column ${name} is missing`);
  }
  const unknown = file.columns.find(name => !columns.includes(name));
  if (unknown !== undefined) throw brokenCsv(path, 1, `the column ${unknown} is none of the provider's`);
  const same = places.every((place, i) => place === i);
  const rows: readonly Row[] = same
    ? file.rows
    : file.rows.map(row =>
        places.map((place, i) => (columns[i] === 'code' ? code : place < 0 ? '' : (row[place] ?? ''))),
      );
  const [date, own] = [columns.indexOf('date'), columns.indexOf('code')];
  for (const [i, row] of rows.entries()) {
    const day = row[date] as string;
    if (asDate(day) !== day) throw brokenCsv(path, file.lineOf(i), `“${day}” is no date`);
    if (i > 0 && day < (rows[i - 1]?.[date] as string)) throw brokenCsv(path, file.lineOf(i), 'the dates do not rise');
    if (frequency === 'd' && i > 0 && day === rows[i - 1]?.[date]) {
      throw brokenCsv(path, file.lineOf(i), `${day} stands there twice`);
    }
    if (row[own] !== code) throw brokenCsv(path, file.lineOf(i), `the code is ${row[own]}, not ${code}`);
  }
  return {
    columns,
    length: rows.length,
    dateAt: index => rows[index]?.[date] as string,
    row: index => rows[index] as Row,
  };
}

export class BarFiles {
  private readonly held = new Map<string, Series>();

  /** @throws Problem naming file and line. */
  read(path: string, code: string, frequency: Frequency): Series {
    const found = this.held.get(path) ?? readBars(path, code, frequency);
    this.held.delete(path);
    this.held.set(path, found);
    if (this.held.size > mostFilesHeld) this.held.delete(this.held.keys().next().value as string);
    return found;
  }
}
