/** Text of CSV files into rows. Cells stay as they stand; quotes, CRLF and a byte order mark are understood. */
import { readFileSync } from 'node:fs';
import { Problem } from '../../market/problem.ts';

export interface CsvFile {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The line of a row, counted from 1. */
  lineOf(row: number): number;
}

export function brokenCsv(path: string, line: number, why: string): Problem {
  return new Problem('failed', `the file ${path} is broken in line ${line}: ${why}`, {
    next: 'correct or remove it, then start the gateway again',
  });
}

/**
 * Reads a whole file with a header line; every row must have as many cells as the header.
 * @throws Problem naming file and line.
 */
export function readCsv(path: string): CsvFile {
  const text = textOf(path).replace(/^\uFEFF/, '');
  const lines: number[] = [];
  const rows: string[][] = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const start = line;
    const { cells, next, lineBreaks, open } = readRow(text, at);
    if (open) throw brokenCsv(path, start, 'a quoted cell does not end');
    at = next;
    line += lineBreaks;
    if (cells.length === 1 && cells[0] === '') continue;
    lines.push(start);
    rows.push(cells);
  }
  const columns = rows.shift();
  if (!columns) throw brokenCsv(path, 1, 'it is empty');
  const short = rows.findIndex(row => row.length !== columns.length);
  if (short >= 0) {
    throw brokenCsv(
      path,
      lines[short + 1] as number,
      `${(rows[short] as string[]).length} cells instead of ${columns.length}`,
    );
  }
  return { path, columns: columns.map(name => name.trim()), rows, lineOf: row => lines[row + 1] as number };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const why =
      thrown instanceof Error ? thrown.message.replace(/^[A-Z]+: /, '').replace(/, \w+ '.*$/, '') : String(thrown);
    throw new Problem('failed', `the file ${path} cannot be read: ${why}`, { cause: thrown });
  }
}

function readRow(text: string, from: number): { cells: string[]; next: number; lineBreaks: number; open: boolean } {
  const end = text.indexOf('\n', from);
  const stop = end < 0 ? text.length : end;
  const plain = text.slice(from, text[stop - 1] === '\r' && stop > from ? stop - 1 : stop);
  if (!plain.includes('"')) return { cells: plain.split(','), next: stop + 1, lineBreaks: 1, open: false };
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  let lineBreaks = 0;
  let at = from;
  for (; at < text.length; at++) {
    const character = text[at] as string;
    if (quoted) {
      if (character === '"' && text[at + 1] === '"') {
        cell += '"';
        at++;
      } else if (character === '"') quoted = false;
      else {
        if (character === '\n') lineBreaks++;
        cell += character;
      }
    } else if (character === '"') quoted = true;
    else if (character === ',') {
      cells.push(cell);
      cell = '';
    } else if (character === '\n') break;
    else if (character !== '\r') cell += character;
  }
  cells.push(cell);
  return { cells, next: at + 1, lineBreaks: lineBreaks + 1, open: quoted };
}
