/**
 * Rows into a file, in bounded memory. The engine writes what it writes itself without losing anything: csv, tsv, parquet.
 * The rest goes through the writers of `output/formats.ts`, so that a file holds what `--format` prints.
 */

import { open } from 'node:fs/promises';
import { Problem } from '../market/problem.ts';
import { type ResultWriter, resultWriter } from '../output/formats.ts';
import { htmlPage } from '../output/html-table.ts';
import type { Lease } from '../store/connection.ts';
import type { ExportSource } from './export-source.ts';

export const exportFormats = ['csv', 'tsv', 'json', 'jsonl', 'parquet', 'markdown', 'html', 'svg', 'ipynb'] as const;
export type ExportFormat = (typeof exportFormats)[number];

const endings: Readonly<Record<string, ExportFormat>> = {
  csv: 'csv',
  tsv: 'tsv',
  json: 'json',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
  md: 'markdown',
  markdown: 'markdown',
  html: 'html',
  htm: 'html',
  svg: 'svg',
  ipynb: 'ipynb',
};

export interface ExportTo {
  readonly format: ExportFormat;
  /** `.csv.gz`, `.tsv.gz`. */
  readonly gzip: boolean;
}

/** What a file's ending asks for. @throws Problem `usage` for one that is not written. */
export function formatOfFile(path: string): ExportTo {
  const [, ending = '', gz] = /\.([a-z]+?)(\.gz)?$/i.exec(path) ?? [];
  const format = endings[ending.toLowerCase()];
  if (format && (gz === undefined || format === 'csv' || format === 'tsv')) return { format, gzip: gz !== undefined };
  const known = 'csv, tsv, json, jsonl, parquet, md, html, svg (charts), ipynb, csv.gz, tsv.gz';
  if (/^xlsx?$/i.test(ending)) {
    throw new Problem('usage', 'Excel files are not written here; Excel opens .csv and .html.', {
      next: path.replace(/\.xlsx?$/i, '.csv'),
    });
  }
  if (/^sql$/i.test(ending))
    throw new Problem('usage', 'a notebook of cells is saved, not exported.', { next: `save ${path}` });
  throw new Problem('usage', `the ending of ${path} says no format that can be written: ${known}.`);
}

/** @returns the rows written. @throws Problem of the statement, or `interrupted`; what is written then is the caller's to remove. */
export async function writeRows(
  connection: Lease,
  { sql, values, what }: ExportSource,
  { format, gzip }: ExportTo,
  path: string,
  signal: AbortSignal,
): Promise<number> {
  const bound = Object.keys(values).length > 0 ? values : undefined;
  if (format === 'csv' || format === 'tsv') {
    const options = `format csv, header true, nullstr '', delimiter '${format === 'csv' ? ',' : '\\t'}', compression ${gzip ? 'gzip' : 'none'}`;
    return copied(connection, `copy (${sql}\n) to ${literal(path)} (${options}, use_tmp_file false)`, bound, signal);
  }
  if (format === 'parquet') {
    const options = 'format parquet, compression zstd, use_tmp_file false';
    return copied(connection, `copy (${sql}\n) to ${literal(path)} (${options})`, bound, signal);
  }
  if (format === 'svg' || format === 'ipynb') throw new Problem('usage', `rows are not written as ${format}.`);
  const writer: ResultWriter =
    format === 'html' ? htmlPage(what) : resultWriter(format, { terminal: false, glyphs: true });
  const stream = await connection.stream(sql, bound, { signal });
  let rows = 0;
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(writer.head(stream.names, stream.types));
      for await (const piece of stream) {
        if (signal.aborted) throw new Problem('interrupted', 'cancelled: nothing was written.');
        rows += piece.length;
        await file.writeFile(writer.rows(piece));
      }
      await file.writeFile(writer.end());
    } finally {
      await file.close();
    }
    return rows;
  } finally {
    await stream.close();
  }
}

/** Parquet files in folders `year=2024`, one column a level. @param columns those that the rows have, or of `derived`. */
export async function writePartitions(
  connection: Lease,
  { sql, values }: ExportSource,
  columns: readonly string[],
  path: string,
  signal: AbortSignal,
): Promise<number> {
  const bound = Object.keys(values).length > 0 ? values : undefined;
  const has = await connection.query(`describe (${sql}\n)`, bound, { signal });
  const types = new Map(has.rows.map(row => [String(row[0]).toLowerCase(), String(row[1])]));
  const day = [...types].find(([, type]) => /^(date|timestamp)/i.test(type))?.[0];
  const derived = columns.flatMap(column => {
    if (types.has(column.toLowerCase())) return [];
    const part = column.toLowerCase();
    if (day !== undefined && derivable.has(part)) return [`${part}(${name(day)}) as ${name(part)}`];
    throw new Problem(
      'usage',
      `there is no column ${column} to partition by; there are ${[...types.keys()].join(', ')}.`,
      {
        ...(day === undefined ? {} : { next: `or ${[...derivable].join(', ')} of ${day}` }),
      },
    );
  });
  if (columns.length >= types.size + derived.length) {
    throw new Problem('usage', 'no column is left to write when all are partitioned by.');
  }
  const select = `select *${derived.map(each => `, ${each}`).join('')} from (${sql}\n)`;
  const by = columns.map(column => name(column)).join(', ');
  const options = `format parquet, compression zstd, partition_by (${by}), overwrite_or_ignore true`;
  return copied(connection, `copy (${select}) to ${literal(path)} (${options})`, bound, signal);
}

const derivable = new Set(['year', 'month', 'quarter']);

async function copied(
  connection: Lease,
  sql: string,
  values: ExportSource['values'] | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { rows } = await connection.query(sql, values, { signal });
  return Number(rows[0]?.[0] ?? 0);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function name(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
