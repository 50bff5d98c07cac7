/**
 * A file written anew: bars sorted by code and date (those of a full market a year at a time), so that a code's history lies together,
 * and without the room that deleted rows left. It promises:
 *
 * 1. Everything is kept: rows, the user's own tables, views, functions, indexes, comments. Every table of the new file has the
 *    same rows as the old one, compared before the new file takes its place.
 * 2. Until then the old file is untouched; a program that is killed leaves it as it was, and a rest that the next one removes.
 * 3. The old file is held until the new one stands in its place: nobody can write into it meanwhile.
 */
import { chmod, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { Problem } from '../market/problem.ts';
import { type Database, refuseReadOnly } from './database.ts';
import { openingProblem } from './instance.ts';
import { barTables, daily } from './tables.ts';

export interface CompactOptions {
  readonly signal: AbortSignal;
  /** Told before each table. */
  readonly onTable?: (table: string, number: number, of: number) => void;
}

export interface Compacted {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly tables: number;
  readonly rows: number;
}

/** @throws Problem where the file is in use, read-only, in memory, or has no room beside it. */
export async function compact(database: Database, options: CompactOptions): Promise<Compacted> {
  refuseReadOnly(database, 'rewritten');
  const { path, pool } = database;
  if (path === ':memory:') throw new Problem('usage', 'a database in memory has no file to rewrite.');
  let done: Compacted | null = null;
  const { suspended, because } = await pool.whileSuspended(async () => {
    done = await rewrite(await realpath(path), options);
  });
  if (suspended && done) return done;
  throw new Problem('refused', `${basename(path)} is in use: ${because.join('; ')}.`, {
    next: 'end what uses it, then compact',
  });
}

async function rewrite(path: string, options: CompactOptions): Promise<Compacted> {
  const before = await stat(path);
  const fresh = `${path}.compacting`;
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize < before.size) {
    throw new Problem('failed', `${dirname(path)} has no room for a second copy of ${basename(path)}.`, {
      next: 'free some space; the file itself is as it was',
    });
  }
  await remove(fresh);
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: '2GB',
    temp_directory: `${fresh}.tmp`,
  });
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  options.signal.addEventListener('abort', interrupt, { once: true });
  try {
    await attach(connection, path, 'old');
    // Nothing of it may be left in a log: a log would be taken for that of the file which gets its name.
    await connection.run('checkpoint "old"');
    await attach(connection, fresh, 'new');
    const copied = await copy(connection, options);
    await connection.run('checkpoint "new"');
    await connection.run('detach "new"');
    await chmod(fresh, before.mode);
    if (options.signal.aborted) throw new Problem('interrupted', 'cancelled; the file is as it was.');
    // The old file stays ours until the new one has its name.
    if (await stat(`${path}.wal`).catch(() => null)) {
      throw new Problem('failed', `${basename(path)} still has a log beside it.`, { next: 'try again' });
    }
    await rename(fresh, path);
    await connection.run('detach "old"');
    return { bytesBefore: before.size, bytesAfter: (await stat(path)).size, ...copied };
  } catch (thrown) {
    if (options.signal.aborted) throw new Problem('interrupted', 'cancelled; the file is as it was.');
    if (thrown instanceof Problem) throw thrown;
    const said = thrown instanceof Error ? (thrown.message.split('\n', 1)[0] ?? '') : String(thrown);
    throw new Problem('failed', `${basename(path)} could not be written anew: ${said}`, {
      next: 'the file itself is as it was',
      cause: thrown,
    });
  } finally {
    options.signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
    await remove(fresh);
  }
}

async function remove(fresh: string): Promise<void> {
  for (const file of [fresh, `${fresh}.wal`, `${fresh}.tmp`]) await rm(file, { force: true, recursive: true });
}

async function attach(connection: DuckDBConnection, path: string, name: string): Promise<void> {
  try {
    await connection.run(`attach '${path.replaceAll("'", "''")}' as "${name}"`);
  } catch (thrown) {
    throw openingProblem(path, false, thrown);
  }
}

/** Rows of a row group of the engine. */
const rowGroup = 122_880;
/** Daily bars from which their order in years is worth its while: below, a day of the market takes some milliseconds anyhow. */
const slicedFrom = 1_000_000;

interface CopiedTable {
  readonly schema: string;
  readonly table: string;
}

async function copy(
  connection: DuckDBConnection,
  { onTable }: CompactOptions,
): Promise<{ tables: number; rows: number }> {
  await refuseUsedSequences(connection);
  await connection.run('copy from database "old" to "new" (schema)');
  let left: readonly CopiedTable[] = await tablesOf(connection, 'old');
  const all = left.length;
  let rows = 0;
  let number = 0;
  // A table that refers to another one comes after it: what is refused for that is tried again after the others.
  while (left.length > 0) {
    const refused: CopiedTable[] = [];
    let reason: unknown = null;
    for (const table of left) {
      onTable?.(table.table, number + 1, all);
      try {
        await connection.run(`insert into ${name('new', table)} ${await sorted(connection, table)}`);
      } catch (thrown) {
        if (!/foreign key/i.test(String(thrown))) throw thrown;
        refused.push(table);
        reason = thrown;
        continue;
      }
      number++;
      rows += await compared(connection, table);
    }
    if (refused.length === left.length) throw reason;
    left = refused;
  }
  return { tables: all, rows };
}

/** Rows of a table that is the same in both files. */
async function compared(connection: DuckDBConnection, table: CopiedTable): Promise<number> {
  const of = (file: string): string =>
    `select count(*), coalesce(sum(hash(t)::hugeint), 0), coalesce(bit_xor(hash(t)), 0) from ${name(file, table)} t`;
  const reader = await connection.runAndReadAll(`${of('old')} union all ${of('new')}`);
  const [old, fresh] = reader.getRows().map(row => row.map(String).join(' '));
  if (old === undefined || old !== fresh) {
    throw new Problem('failed', `the copy of ${table.table} was not the same as the table.`, {
      next: 'the file itself is as it was; check looks it over',
    });
  }
  return Number(old.split(' ', 1)[0]);
}

/** The engine cannot set a sequence to where it was. */
async function refuseUsedSequences(connection: DuckDBConnection): Promise<void> {
  const reader = await connection.runAndReadAll(
    `select sequence_name from duckdb_sequences() where database_name = 'old' and last_value is not null`,
  );
  const [first] = reader.getRows();
  if (!first) return;
  throw new Problem('failed', `the sequence ${String(first[0])} is in use, and a copy of it would begin anew.`, {
    next: 'drop it, or leave the file as it is',
  });
}

async function tablesOf(connection: DuckDBConnection, file: string): Promise<CopiedTable[]> {
  const reader = await connection.runAndReadAll(
    `select schema_name, table_name from duckdb_tables() where database_name = '${file}' and not internal order by all`,
  );
  return reader.getRows().map(([schema, table]) => ({ schema: String(schema), table: String(table) }));
}

/**
 * The rows of a table in the order of their copy. Bars are sorted by code and date. In a table of daily bars so large that the order
 * is felt, that is done for every year of as many codes as fill a row group: see `year-slices.ts` for the reason.
 */
async function sorted(connection: DuckDBConnection, table: CopiedTable): Promise<string> {
  const from = name('old', table);
  const bars = barTables.find(({ base }) => base === `${table.schema}.${table.table}`);
  if (!bars) return `select * from ${from}`;
  const key = bars.key.map(column => `t."${column}"`).join(', ');
  const reader = await connection.runAndReadAll(`select count(*) > ${slicedFrom} from ${from}`);
  if (bars !== daily || reader.getRows()[0]?.[0] !== true) return `select * from ${from} t order by ${key}`;
  return `select t.* from ${from} t join (
      select code, sum(count(*)) over (order by code) // ${rowGroup} as stretch from ${from} group by code) s on s.code = t.code
    order by s.stretch, year(t.date), ${key}`;
}

function name(file: string, { schema, table }: CopiedTable): string {
  return [file, schema, table].map(part => `"${part.replaceAll('"', '""')}"`).join('.');
}
