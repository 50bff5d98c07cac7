/** Opening a file: schema, version, origin, and the runs that a dead process left. */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../src/market/problem.ts';
import { metaTables } from '../../src/store/meta-tables.ts';
import { openRun, planRun, readRuns } from '../../src/store/runs.ts';
import { marketTables, schemaVersion } from '../../src/store/schema.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { views } from '../../src/store/views.ts';
import { commit } from '../../src/store/writer.ts';
import { all, ended, Files, now, request, series, startRun } from './fixture.ts';

let files: Files;

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());

const row = { what: 'fetch', source: 'baostock', endpoint: 'x:1', period: 'd', workers: 1, startedAt: now };

async function problem(work: Promise<unknown>): Promise<Problem> {
  const thrown = await work.then(
    () => null,
    error => error as unknown,
  );
  expect(thrown).toBeInstanceOf(Problem);
  return thrown as Problem;
}

describe('the schema', () => {
  it('holds every table and view, with a comment on each of their columns', async () => {
    const database = await files.open();
    const missing = await all(
      database,
      'select schema_name, table_name, column_name from duckdb_columns() where not internal and comment is null',
    );
    expect(missing).toEqual([]);
    const names = (
      await all(
        database,
        'select table_name from duckdb_tables() union all select view_name from duckdb_views() where not internal',
      )
    ).flat();
    for (const { name } of [...metaTables, ...views]) expect(names).toContain(name);
    for (const { base } of marketTables) expect(names).toContain(base.split('.')[1]);
    for (const { name } of views) await database.pool.query(`from ${name}`);
  });

  it('is made once and found again', async () => {
    const path = files.path();
    const first = await files.open({ path });
    const run = await startRun(first);
    await commit(first, request(run, [ended({ bars: series('sh.600519', ['2024-01-02']) })]));
    await first.close();
    const second = await files.open({ path });
    expect(await all(second, 'select close, source from daily')).toEqual([[10, 'baostock']]);
    expect(await all(second, 'select schema_version, made_by from meta.file')).toEqual([[schemaVersion, 'duckline']]);
  });

  it('stands beside the tables of the user, and is refused where theirs has the same name', async () => {
    const path = files.path();
    const first = await files.open({ path });
    await first.pool.execute('create table mine as select 1 as x');
    await first.pool.execute('drop schema meta cascade');
    await first.pool.execute('drop table profit');
    await first.close();
    const refused = await problem(files.open({ path }));
    expect(refused.message).toMatch(/has a table .* of its own/);
  });

  it('of a newer program is refused in one sentence, read-only too', async () => {
    const path = files.path();
    const first = await files.open({ path });
    await first.pool.execute('update meta.file set schema_version = 99');
    await first.close();
    for (const readOnly of [false, true]) {
      const refused = await problem(files.open({ path, readOnly }));
      expect(refused.message).toMatch(/newer duckline.*99/);
      expect(refused.message).not.toMatch(/\n/);
    }
  });

  it('cannot be made read-only', async () => {
    const path = files.path();
    const database = await files.open({ path });
    await database.pool.execute('drop table meta.file');
    await database.close();
    expect((await problem(files.open({ path, readOnly: true }))).next).toMatch(/--read-only/);
  });

  it('is read without writing where the file is opened read-only', async () => {
    const path = files.path();
    await (await files.open({ path })).close();
    const database = await files.open({ path, readOnly: true });
    expect(await readRuns(database)).toEqual([]);
    expect((await problem(openRun(database, row))).kind).toBe('refused');
  });
});

describe('a path', () => {
  it('without a folder, or of a file that is no database, is one sentence', async () => {
    expect((await problem(files.open({ path: files.path('nowhere/x.duckdb') }))).message).toMatch(/nowhere/);
    const path = files.path('notes.txt');
    writeFileSync(path, 'these are notes\n'.repeat(500));
    expect((await problem(files.open({ path }))).message).toMatch(/notes\.txt.*not a database/);
  });
});

describe('the origin', () => {
  it('of the demo is claimed at its start and refuses real runs', async () => {
    const path = files.path();
    const demo = await files.open({ path, origin: 'demo' });
    expect(await openRun(demo, row)).toBe(1);
    await demo.close();
    const refused = await problem(files.open({ path, origin: 'real' }));
    expect(refused.kind).toBe('refused');
    expect(refused.message).toMatch(/demo data.*real data/);
    const plain = await files.open({ path });
    expect((await problem(openRun(plain, row))).message).toMatch(/demo data.*real data/);
    expect(await readRuns(plain)).toHaveLength(1);
  });

  it('of real data is claimed by the first run and refuses the demo', async () => {
    const path = files.path();
    const first = await files.open({ path, origin: 'real' });
    expect(await all(first, 'select origin from meta.file')).toEqual([[null]]);
    await openRun(first, row);
    expect(await all(first, 'select origin from meta.file')).toEqual([['real']]);
    await first.close();
    expect((await problem(files.open({ path, origin: 'demo' }))).message).toMatch(/real data.*demo data/);
  });
});

describe('a run that lost its process', () => {
  it('is closed as abandoned with what was left of it', async () => {
    const path = files.path();
    const first = await files.open({ path });
    const run = await openRun(first, row);
    await planRun(first, run, 10, 3);
    await commit(first, request(run, [ended({ bars: series('sh.600519', ['2024-01-02']) })]));
    const unplanned = await openRun(first, row);
    // What a later process finds: the same rows under another pid.
    await first.pool.execute('update meta.runs set pid = pid + 1');
    await first.close();
    const second = await files.open({ path });
    expect(await readRuns(second)).toMatchObject([
      { run: unplanned, end: 'abandoned', planned: 0, left: 0 },
      {
        run,
        end: 'abandoned',
        planned: 10,
        ok: 1,
        left: 9,
        endedAt: now + 500,
        message: expect.stringContaining('process'),
      },
    ]);
  });

  it('is told apart from one that this process runs, and from one that ended', async () => {
    const path = files.path();
    const first = await files.open({ path });
    const mine = await openRun(first, row);
    await planRun(first, mine, 2, 0);
    const second = await files.open({ path });
    expect(await readRuns(second)).toMatchObject([{ run: mine, end: null, planned: 2, left: 2 }]);
  });
});

describe('the hash of a table', () => {
  it('knows content, not order', async () => {
    const database = await files.open();
    await database.pool.execute('create table a as select i, i / 3.0 as x from range(1000) r(i)');
    await database.pool.execute('create table b as from a order by i desc');
    await database.pool.execute('create table c as select i, if(i = 77, null, x) as x from a');
    await database.pool.execute(
      'create table d as from a union all select * from a where i = 5 union all select * from a where i = 5',
    );
    const hash = (name: string) => tableHash(database, name);
    expect(await hash('b')).toBe(await hash('a'));
    expect(await hash('c')).not.toBe(await hash('a'));
    expect(await hash('d')).not.toBe(await hash('a'));
    await expect(hash('a; drop table a')).rejects.toThrow(/not the name of a table/);
  });
});

it('names the process that holds the file', async () => {
  const path = files.path();
  await (await files.open({ path })).close();
  const script = `const { DuckDBInstance } = require('@duckdb/node-api');
    DuckDBInstance.create(${JSON.stringify(path)}).then(i => { globalThis.i = i; console.log('held'); setInterval(() => {}, 1000); });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise(resolve => child.stdout.once('data', resolve));
    expect((await problem(files.open({ path }))).message).toContain(String(child.pid));
  } finally {
    child.kill('SIGKILL');
    await new Promise(resolve => child.once('exit', resolve));
  }
  await (await files.open({ path })).close();
  rmSync(path);
});
