/**
 * Results as streams of text: a writer gets the head, then pieces of rows, and gives back what to write; it holds no more
 * than one piece. NULL and '' are kept apart in every format:
 *
 * - `csv`, `tsv`: NULL is an empty field, '' is `""`; lines end in `\n`; RFC 4180 quoting, of `#` too, as the engine writes it.
 * - `json`: one array of objects; `jsonl`: an object a line. NULL is null. Numbers keep every digit.
 * - `markdown`: a table; NULL is `NULL`, the text NULL is 'NULL'; what Markdown would obey is escaped, line ends are `<br>`.
 * - `html`: a `<table>`; NULL is `<td class="null">`, numbers are `class="number"`.
 * - `line`: `name = value`, a blank row between records; NULL is NULL, the text NULL is 'NULL'.
 * - `table`: as on the screen, of unlimited width; widths are those of the first rows (20,000), later cells are never cut.
 */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { Format } from '../config/settings.ts';
import { cellWidth, padStartCells } from './cells.ts';
import { htmlTable } from './html-table.ts';
import type { Screen } from './line.ts';
import { columnCells } from './result-cells.ts';
import { planLines, tableLines } from './result-table.ts';
import { shown } from './shown.ts';
import { lineText } from './spans.ts';
import { isNumeric, isText, jsonString, textOf, valueJson, valueText } from './value.ts';

type Row = readonly DuckDBValue[];

export interface ResultWriter {
  head(names: readonly string[], types: readonly DuckDBType[]): string;
  rows(rows: readonly Row[]): string;
  end(): string;
}

export interface WriterOptions {
  /** The text goes to a terminal: control characters in fields are shown, not written. */
  readonly terminal: boolean;
  readonly glyphs: boolean;
}

export function resultWriter(format: Format, options: WriterOptions): ResultWriter {
  switch (format) {
    case 'csv':
      return separated(',', options);
    case 'tsv':
      return separated('\t', options);
    case 'json':
      return jsonArray();
    case 'jsonl':
      return jsonLines();
    case 'markdown':
      return markdown();
    case 'html':
      return htmlTable();
    case 'line':
      return records();
    case 'table':
      return wideTable(options);
  }
}

function separated(separator: ',' | '\t', { terminal }: WriterOptions): ResultWriter {
  let columns: readonly ReturnType<typeof textOf>[] = [];
  const special = separator === ',' ? /^$|[",#\r\n]/ : /^$|["\t#\r\n]/;
  const field = (text: string): string => {
    const safe = terminal ? shown(text) : text;
    return special.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return {
    head(names, types) {
      columns = types.map(textOf);
      return `${names.map(field).join(separator)}\n`;
    },
    rows(rows) {
      let text = '';
      for (const row of rows) {
        for (let at = 0; at < columns.length; at++) {
          const value = row[at];
          const column = columns[at] as (typeof columns)[number];
          if (at > 0) text += separator;
          if (value === null || value === undefined) continue;
          text += column.plain ? column.text(value) : field(column.text(value));
        }
        text += '\n';
      }
      return text;
    },
    end: () => '',
  };
}

function objectsOf(names: readonly string[], types: readonly DuckDBType[]): (row: Row) => string {
  const keys = distinct(names).map(name => `${jsonString(name)}:`);
  return row =>
    `{${row.map((value, index) => (keys[index] ?? '') + valueJson(value, types[index] as DuckDBType)).join(',')}}`;
}

/** Names of a result may repeat; the keys of an object may not: `x`, `x_1`. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set(names);
  const used = new Set<string>();
  return names.map(name => {
    let unique = name;
    for (let n = 1; used.has(unique) || (unique !== name && taken.has(unique)); n++) unique = `${name}_${n}`;
    used.add(unique);
    return unique;
  });
}

function jsonArray(): ResultWriter {
  let object: (row: Row) => string = () => '';
  let first = true;
  return {
    head(names, types) {
      object = objectsOf(names, types);
      return '[';
    },
    rows(rows) {
      if (rows.length === 0) return '';
      const text = (first ? '\n' : ',\n') + rows.map(object).join(',\n');
      first = false;
      return text;
    },
    end: () => (first ? ']\n' : '\n]\n'),
  };
}

function jsonLines(): ResultWriter {
  let object: (row: Row) => string = () => '';
  return {
    head(names, types) {
      object = objectsOf(names, types);
      return '';
    },
    rows: rows => rows.map(row => `${object(row)}\n`).join(''),
    end: () => '',
  };
}

/** Text that Markdown reads as that text: emphasis, code, links, tags, entities and blanks at the ends are none of its own. */
export function markdownText(text: string): string {
  return shown(text)
    .replace(/[\\|*`~[\]]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&')
    .replace(/&(?=#?\w+;)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/^ +| +$/g, blanks => '&#32;'.repeat(blanks.length));
}

function markdown(): ResultWriter {
  let types: readonly DuckDBType[] = [];
  const field = (text: string): string =>
    text
      .split(/\r\n|\n|\r/)
      .map(markdownText)
      .join('<br>');
  const row = (fields: readonly string[]): string => `| ${fields.join(' | ')} |\n`;
  return {
    head(names, columnTypes) {
      types = columnTypes;
      return row(names.map(field)) + row(types.map(type => (isNumeric(type) ? '---:' : '---')));
    },
    rows: rows =>
      rows
        .map(values =>
          row(
            values.map((value, index) => {
              const type = types[index] as DuckDBType;
              const text = valueText(value, type);
              if (text === null) return 'NULL';
              return isText(type) && /^'*NULL'*$/.test(text) ? `'${text}'` : field(text);
            }),
          ),
        )
        .join(''),
    end: () => '',
  };
}

function records(): ResultWriter {
  let labels: readonly string[] = [];
  let types: readonly DuckDBType[] = [];
  let first = true;
  return {
    head(names, columnTypes) {
      types = columnTypes;
      const texts = names.map(shown);
      const width = Math.max(0, ...texts.map(cellWidth));
      labels = texts.map(text => padStartCells(text, width));
      return '';
    },
    rows(rows) {
      let text = '';
      for (const row of rows) {
        if (!first) text += '\n';
        first = false;
        for (const [index, value] of row.entries()) {
          const type = types[index] as DuckDBType;
          const cell = valueText(value, type);
          const safe = cell === null ? 'NULL' : isText(type) && /^'*NULL'*$/.test(cell) ? `'${cell}'` : shown(cell);
          text += `${labels[index] ?? ''} = ${safe}\n`;
        }
      }
      return text;
    },
    end: () => '',
  };
}

const measuredRows = 20_000;

function wideTable({ glyphs }: WriterOptions): ResultWriter {
  const screen: Screen = {
    columns: Number.POSITIVE_INFINITY,
    rows: Number.POSITIVE_INFINITY,
    glyphs,
    colour: false,
  };
  let names: readonly string[] = [];
  let types: readonly DuckDBType[] = [];
  let waiting: Row[] = [];
  let flushed = false;
  let widths: readonly number[] = [];
  const flush = (): string => {
    flushed = true;
    const lines = planLines(names, waiting, screen) ?? tableLines(names, types, waiting, screen);
    widths = names.map((name, index) => {
      const cells = columnCells(
        waiting.map(row => row[index] ?? null),
        types[index] as DuckDBType,
        name,
      );
      return cells.reduce((most, { text }) => Math.max(most, cellWidth(text)), cellWidth(shown(name)));
    });
    waiting = [];
    return lines.map(line => `${lineText(line)}\n`).join('');
  };
  return {
    head(columnNames, columnTypes) {
      names = columnNames;
      types = columnTypes;
      return '';
    },
    rows(rows) {
      if (!flushed) {
        for (const row of rows) waiting.push(row);
        return waiting.length >= measuredRows ? flush() : '';
      }
      return rows.map(row => laterRow(row, names, types, widths)).join('');
    },
    end: () => (flushed || names.length === 0 ? '' : flush()),
  };
}

function laterRow(row: Row, names: readonly string[], types: readonly DuckDBType[], widths: readonly number[]): string {
  const cells = row.map((value, index) => {
    const type = types[index] as DuckDBType;
    const text = columnCells([value], type, names[index] ?? '')[0]?.text ?? '';
    const pad = ' '.repeat(Math.max(0, (widths[index] ?? 0) - cellWidth(text)));
    return isNumeric(type) ? pad + text : text + pad;
  });
  return `  ${cells.join('  ').trimEnd()}\n`;
}
