/** A file written anew: smaller, sorted, and otherwise the same; at every failure the old file as it was. */
import { existsSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compact } from '../../src/store/compact.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { commit } from '../../src/store/writer.ts';
import { all, ended, Files, request, series, startRun } from './fixture.ts';

let files: Files;

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());

const quiet = { signal: new AbortController().signal };

async function filled(path: string): Promise<OpenedDatabase> {
  const database = await files.open({ path });
  const run = await startRun(database);
  const bars = ['sz.000651', 'sh.600519'].flatMap(code => series(code, ['2024-01-03', '2024-01-02']));
  await commit(database, request(run, [ended({ bars })]));
  await database.pool.execute('create table parents (id integer primary key)');
  await database.pool.execute('create table children (parent integer references parents (id), t varchar)');
  await database.pool.execute('insert into parents values (1)');
  await database.pool.execute("insert into children values (1, 'x')");
  await database.pool.execute('create index kids on children (t)');
  await database.pool.execute("comment on table parents is 'of the user'");
  await database.pool.execute('create view cheap as from daily_qfq where close < 100');
  await database.pool.execute('create macro twice(x) as x * 2');
  // Rows that come and go leave room behind.
  await database.pool.execute(
    'create table gone as select range as i, repeat(range::varchar, 20) as t from range(200000)',
  );
  await database.pool.execute('checkpoint');
  await database.pool.execute('drop table gone');
  // Views read back from a file are written a little differently from those just made.
  await database.pool.suspend();
  return database;
}

async function everything(database: OpenedDatabase): Promise<unknown[]> {
  const tables = await all(
    database,
    'select schema_name, table_name from duckdb_tables() where not internal and database_name = current_database() order by all',
  );
  const hashes = [];
  for (const [schema, table] of tables) hashes.push([table, await tableHash(database, `${schema}.${table}`)]);
  const made = await all(
    database,
    `select view_name, sql, comment from duckdb_views() where not internal
    union all select table_name, sql, comment from duckdb_tables() where not internal
    union all select index_name, sql, '' from duckdb_indexes()
    union all select function_name, macro_definition, '' from duckdb_functions() where not internal order by all`,
  );
  return [hashes, made];
}

describe('compact', () => {
  it('keeps everything, sorts the bars, and gives the room back', async () => {
    const path = files.path();
    const database = await filled(path);
    const before = await everything(database);
    const told: string[] = [];
    const end = await compact(database, { ...quiet, onTable: table => told.push(table) });
    expect(end.bytesAfter).toBeLessThan(end.bytesBefore);
    expect(statSync(path).size).toBe(end.bytesAfter);
    expect(told).toContain('daily');
    expect(await everything(database)).toEqual(before);
    expect(await all(database, 'select code, date::varchar from daily')).toEqual([
      ['sh.600519', '2024-01-02'],
      ['sh.600519', '2024-01-03'],
      ['sz.000651', '2024-01-02'],
      ['sz.000651', '2024-01-03'],
    ]);
    expect(readdirSync(dirname(path)).filter(name => name.includes('compacting'))).toEqual([]);
    // The file goes on as a usual one: written to, closed, opened.
    await database.pool.execute('insert into parents values (2)');
    await database.close();
    expect(await all(await files.open({ path }), 'select count(*) from parents')).toEqual([[2]]);
  });

  it('sorts the bars of a large market year by year, for as many codes as fill a row group', async () => {
    const path = files.path();
    const database = await files.open({ path });
    // 250 codes of 4,200 days, as they would come by date.
    await database.pool.execute(
      `insert into daily (code, date, close)
      select 'sh.' || (600000 + c), date '2010-01-01' + d::integer, c from range(4200) days(d), range(250) codes(c)`,
    );
    const before = await tableHash(database, 'main.daily');
    await compact(database, quiet);
    expect(await tableHash(database, 'main.daily')).toEqual(before);
    const [[first, codes, turns, back]] = (await all(
      database,
      `with placed as (select rowid as place, code, date, lag(code) over w as code_before, lag(date) over w as date_before
        from daily window w as (order by rowid))
      select arg_min(code, place), count(distinct code) filter (where place < 29 * 4200),
        count(*) filter (where year(date) <> year(date_before)),
        count(*) filter (where year(date) = year(date_before) and (code, date) <= (code_before, date_before)) from placed`,
    )) as [[string, number, number, number]];
    expect([first, codes, back]).toEqual(['sh.600000', 29, 0]);
    // Twelve years of nine stretches of codes.
    expect(turns).toBe(9 * 12 - 1);
    await database.close();
  });

  it('leaves a link what it is, and removes what a killed one left', async () => {
    const path = files.path();
    await (await filled(path)).close();
    const link = `${path}.link`;
    symlinkSync(path, link);
    const database = await files.open({ path: link });
    const { writeFileSync } = await import('node:fs');
    writeFileSync(`${path}.compacting`, 'half a copy');
    await compact(database, quiet);
    expect(existsSync(`${path}.compacting`)).toBe(false);
    expect(await all(database, 'select count(*) from daily')).toEqual([[4]]);
  });

  it.each([
    [
      'an open transaction',
      async (database: OpenedDatabase) => {
        const lease = await database.pool.acquire({ lane: 'interactive', tag: 'prompt' });
        await lease.execute('begin');
        return () => lease.release();
      },
      /prompt holds a transaction|in use/,
    ],
    ['a job', async (database: OpenedDatabase) => database.pool.keepOpen('sync 4 is at work'), /sync 4 is at work/],
    [
      'a used sequence',
      async (database: OpenedDatabase) => {
        await database.pool.execute('create sequence counter');
        await database.pool.query("select nextval('counter')");
        return () => undefined;
      },
      /sequence counter/,
    ],
  ] as const)('is refused with %s, and the file is as it was', async (_, hold, sentence) => {
    const path = files.path();
    const database = await filled(path);
    const release = await hold(database);
    await expect(compact(database, quiet)).rejects.toThrow(sentence);
    await release();
    expect(await all(database, 'select count(*) from daily')).toEqual([[4]]);
    expect(existsSync(`${path}.compacting`)).toBe(false);
  });

  it('leaves the file as it was when it is cancelled', async () => {
    const path = files.path();
    const database = await filled(path);
    const before = await everything(database);
    const abort = new AbortController();
    const work = compact(database, { signal: abort.signal, onTable: () => abort.abort() });
    await expect(work).rejects.toThrow(/as it was/);
    expect(await everything(database)).toEqual(before);
    expect(existsSync(`${path}.compacting`)).toBe(false);
  });

  it('keeps whoever asks meanwhile waiting, not failing', async () => {
    const database = await filled(files.path());
    const asked: Promise<unknown>[] = [];
    await compact(database, {
      ...quiet,
      onTable: table => {
        if (table === 'daily') asked.push(all(database, 'select count(*) from daily'));
      },
    });
    expect(await Promise.all(asked)).toEqual([[[4]]]);
  });
});
