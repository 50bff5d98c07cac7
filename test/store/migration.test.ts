/** Files of older programs: brought up when they are opened, with their rows and the user's own tables as they were. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { definitionsOf, schemaVersion } from '../../src/store/schema.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { commit } from '../../src/store/writer.ts';
import { all, ended, Files, request, series, startRun } from './fixture.ts';

let files: Files;

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());

/** A file with bars, made by this program and then taken back to what an older one had made. */
async function older(...steps: readonly string[]): Promise<{ path: string; hash: string }> {
  const path = files.path();
  const database = await files.open({ path });
  const run = await startRun(database);
  await commit(database, request(run, [ended({ bars: series('sh.600519', ['2024-01-02', '2024-01-03']) })]));
  await database.pool.execute('create table mine as select 42 as x');
  await database.pool.execute('create view cheap as select * from daily_qfq where close < 100');
  const hash = await tableHash(database, 'daily');
  for (const step of steps) await database.pool.execute(step);
  await database.close();
  return { path, hash };
}

const firstVersion = [
  'alter table meta.file drop column definitions',
  'update meta.file set schema_version = 1',
  'drop view meta.pool',
  'drop view limits',
  'drop macro table bars',
  'drop macro yi',
  'drop table meta.lists',
  'alter table meta.quarantine drop column settled_run',
  'alter table meta.runs drop column "left"',
  "create or replace view daily_qfq as select *, 'old' as close_ from daily",
];

async function definitions(database: OpenedDatabase): Promise<unknown[][]> {
  return all(
    database,
    `select 'column', schema_name || '.' || table_name, column_name, data_type, comment from duckdb_columns() where not internal
      and database_name = current_database()
    union all select 'view', schema_name || '.' || view_name, '', sql, comment from duckdb_views() where not internal
    union all select 'macro', function_name, '', macro_definition, '' from duckdb_functions() where not internal
    order by all`,
  );
}

describe('a file of an older version', () => {
  it('has everything that a new one has, and its own rows and tables', async () => {
    const { path, hash } = await older(...firstVersion);
    const database = await files.open({ path });
    expect(await tableHash(database, 'daily')).toBe(hash);
    expect(await all(database, 'select x from mine')).toEqual([[42]]);
    expect(await all(database, 'select count(*) from cheap')).toEqual([[2]]);
    expect(await all(database, 'select schema_version, definitions from meta.file')).toEqual([
      [schemaVersion, definitionsOf()],
    ]);
    await database.pool.execute('drop view cheap');
    await database.pool.execute('drop table mine');
    const fresh = await files.open({});
    expect(await definitions(database)).toEqual(await definitions(fresh));
    expect(await all(database, 'select "left" from meta.runs')).toEqual([[0]]);
  });

  it('is written to once: opened again, it stays as it is', async () => {
    const { path } = await older(...firstVersion);
    await (await files.open({ path })).close();
    const database = await files.open({ path });
    await database.pool.execute("comment on table mine is 'kept'");
    await database.pool.execute('create or replace view limits as select 1 as one');
    await database.close();
    expect(await all(await files.open({ path }), 'from limits')).toEqual([[1]]);
  });

  it('takes the definitions of this program when those of another made it', async () => {
    const { path } = await older('drop view limits', "update meta.file set definitions = 'of another program'");
    const database = await files.open({ path });
    expect((await all(database, 'select is_limit_up from limits')).length).toBe(0);
  });

  it('leaves a table of the user that has the name of a later view of ours', async () => {
    const { path } = await older(...firstVersion, 'create table limits as select 7 as theirs');
    const database = await files.open({ path });
    expect(await all(database, 'select theirs from limits')).toEqual([[7]]);
  });

  it('is refused read-only in one sentence, and opens read-only after that', async () => {
    const { path } = await older(...firstVersion);
    await expect(files.open({ path, readOnly: true })).rejects.toThrow(/of an older version, and read-only cannot/);
    await (await files.open({ path })).close();
    expect(await all(await files.open({ path, readOnly: true }), 'select count(*) from daily')).toEqual([[2]]);
  });
});
