/**
 * A file of daily bars, read by the engine as text cells and handed on as typed rows in order of code and date. CSV in UTF-8 or, as
 * Chinese programs often write it, in GB18030; Parquet. Nothing of a file is trusted: paths are bound, cells are cast one by one.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readCode } from '../market/code.ts';
import { Problem } from '../market/problem.ts';
import type { Database } from '../store/database.ts';
import { readText } from '../store/values.ts';
import { expressionsOf, flawOf, formOf, type ImportForm } from './import-forms.ts';

export interface OpenedFile {
  readonly path: string;
  readonly name: string;
  readonly form: ImportForm;
  readonly headers: readonly string[];
  /** Text to read the rows with: a table function of the engine over a bound path. */
  readonly reader: string;
  /** What is bound in it. */
  readonly bound: { readonly path: string };
  /** Of the whole file, where rows name none: as typed or from the file's name. */
  readonly code: string | null;
  /** As typed, where rows name theirs: those of other codes are kept out. */
  readonly only: string | null;
  close(): Promise<void>;
}

/** Bytes looked at in one piece. */
const sniffed = 64 * 1024;

/** @param code of all rows, as typed. @throws Problem `usage` for a file that cannot be read or is of no known form. */
export async function openImport(database: Database, path: string, code: string | undefined): Promise<OpenedFile> {
  const name = basename(path);
  const found = await stat(path).catch(() => null);
  if (!found) throw new Problem('usage', `${path} does not exist.`, { next: 'import FILE.csv' });
  if (!found.isFile()) throw new Problem('usage', `${path} is no file.`, { next: `import ${path}/*.csv` });
  if (found.size === 0) throw new Problem('usage', `${name} is empty.`);
  const parquet = /\.(parquet|pq)$/i.test(path);
  const text = parquet ? null : await asUtf8(path);
  const read = text?.path ?? path;
  const reader = parquet
    ? 'read_parquet($path)'
    : 'read_csv($path, header = true, all_varchar = true, strict_mode = false, null_padding = true)';
  const close = async (): Promise<void> =>
    void (text?.folder && (await rm(text.folder, { recursive: true, force: true })));
  try {
    const headers = await headersOf(database, reader, read, name);
    const form = formOf(headers, name);
    const own = form.code !== null && headers.includes(form.code);
    const given = own ? null : (code ?? codeOfName(name));
    if (!own && given === null) {
      throw new Problem('usage', `${name} does not say which code its rows are of.`, {
        next: `import ${path} --code 600519`,
      });
    }
    const file = {
      path,
      name,
      form,
      headers,
      reader,
      bound: { path: read },
      code: given,
      only: own ? (code ?? null) : null,
      close,
    };
    await refuseAdjusted(database, file);
    return file;
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function headersOf(database: Database, reader: string, path: string, name: string): Promise<string[]> {
  try {
    const { rows } = await database.pool.query(`describe from ${reader}`, { path }, { tag: 'import' });
    return rows.map(([header]) => (readText(header) ?? '').trim());
  } catch (thrown) {
    const said = thrown instanceof Error ? (thrown.message.split('\n', 1)[0] ?? '') : String(thrown);
    throw new Problem('usage', `${name} cannot be read: ${said}`, {
      next: 'CSV with a header row, or Parquet',
      cause: thrown,
    });
  }
}

/** `sh.600519.csv`, `600519.SH.csv`, `600519.csv`, `600519_daily.csv`. */
function codeOfName(name: string): string | null {
  const bare = name.replace(/\.(csv|txt|tsv|parquet|pq)$/i, '');
  for (const text of [bare, /(?:(?:sh|sz|bj)[._]?)?\d{6}(?:[._](?:sh|sz|bj|ss))?/i.exec(bare)?.[0] ?? '']) {
    if (text !== '' && readCode(text.replace('_', '.')).kind === 'code') return text.replace('_', '.');
  }
  return null;
}

/**
 * The path of the same text in UTF-8: the file's own where it is, else a private copy. The whole file is looked through: names
 * and remarks in Chinese may come late in it.
 */
async function asUtf8(path: string): Promise<{ readonly path: string; readonly folder: string | null }> {
  const encoding = (await wideEncoding(path)) ?? ((await isChinese(path)) ? 'gb18030' : null);
  if (encoding === null) return { path, folder: null };
  const folder = await mkdtemp(join(tmpdir(), 'duckline-import-'));
  const copy = join(folder, 'rows.csv');
  const decoder = new TextDecoder(encoding);
  const decode = new Transform({
    transform: (chunk: Buffer, _, done) => done(null, decoder.decode(chunk, { stream: true })),
    flush: done => done(null, decoder.decode()),
  });
  await pipeline(createReadStream(path), decode, createWriteStream(copy, { mode: 0o600 }));
  return { path: copy, folder };
}

/** UTF-16 by the mark that it begins with, as spreadsheets write "Unicode text"; a workbook is no text at all. */
async function wideEncoding(path: string): Promise<'utf-16le' | 'utf-16be' | null> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const begin = buffer.toString('latin1');
    if (begin === 'PK\x03\x04' || begin === '\xd0\xcf\x11\xe0') {
      throw new Problem('usage', `${basename(path)} is a workbook, and no text.`, { next: 'save its sheet as CSV' });
    }
    if (begin.startsWith('\xff\xfe')) return 'utf-16le';
    return begin.startsWith('\xfe\xff') ? 'utf-16be' : null;
  } finally {
    await file.close();
  }
}

/**
 * Whether a text is GB18030: its first bytes beyond ASCII are no UTF-8. Where they are, and later ones are not, it is UTF-8 with
 * a damage, which the engine names.
 */
async function isChinese(path: string): Promise<boolean> {
  // A character may be cut at the end of a chunk: streaming forgives that.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of createReadStream(path, { highWaterMark: sniffed })) {
    try {
      if (/[^\0-\x7f]/.test(decoder.decode(chunk as Buffer, { stream: true }))) return false;
    } catch {
      return true;
    }
  }
  try {
    decoder.decode();
    return false;
  } catch {
    return true;
  }
}

/** Adjusted prices would be stored as if they were traded, and nothing could tell later. */
async function refuseAdjusted(database: Database, { name, form, headers, reader, bound }: OpenedFile): Promise<void> {
  if (!form.adjusted || !headers.includes(form.adjusted.header)) return;
  const { header, none } = form.adjusted;
  const { rows } = await database.pool.query(
    `select min("${header}") from ${reader} where "${header}" <> '${none}'`,
    bound,
    { tag: 'import' },
  );
  const other = readText(rows[0]?.[0]);
  if (other === null) return;
  throw new Problem('usage', `${name} holds adjusted prices (${header} ${other}); bars are stored as traded.`, {
    next: `ask its provider with ${header} ${none}; adjusted prices are views here`,
  });
}

/** The query of all rows of a file in order: code as written, date, what its cells have wrong, our columns, and the cells as JSON. */
export function rowsOf({ form, headers, reader, code }: OpenedFile): string {
  const expressions = expressionsOf(form, headers);
  const date = `"${form.date}"`;
  const written = code === null ? `cast("${form.code}" as varchar)` : '$code';
  const compact = `regexp_replace(trim(cast(${date} as varchar)), '[.]0$', '')`;
  const day = `coalesce(try_cast(${date} as date), try_cast(try_strptime(${compact}, '%Y%m%d') as date), try_cast(try_strptime(${compact}, '%Y/%m/%d') as date))`;
  const cells = headers.map(header => `"${header.replaceAll('"', '""')}"`).join(', ');
  return `select ${written} as code_, ${day} as date_, cast(${date} as varchar) as written_, ${flawOf(form, headers)} as flaw_,
      ${Object.entries(expressions)
        .map(([column, sql]) => `${sql} as "${column}"`)
        .join(', ')},
      to_json([${cells.replace(/"([^"]|"")*"/g, column => `cast(${column} as varchar)`)}]) as raw_
    from ${reader} order by code_, date_`;
}
