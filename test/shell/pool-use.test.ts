/** The pool as a prompt uses it: the write lane, figures as SQL, release, and an engine that fails for good. Real files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pool as poolCommand } from '../../commands/pool.ts';
import { release } from '../../commands/release.ts';
import { readSettings } from '../../src/config/settings.ts';
import type { ResultView, View } from '../../src/output/view.ts';
import { createEngine, type Engine } from '../../src/shell/engine.ts';
import { noHistory } from '../../src/shell/history.ts';
import { createJobs } from '../../src/shell/jobs.ts';
import { createRegistry } from '../../src/shell/registry.ts';
import { openSession, type Session } from '../../src/shell/session.ts';
import type { ConnectionPool } from '../../src/store/connection.ts';
import { standardSettings } from '../../src/store/database.ts';
import { Instance, openInstance } from '../../src/store/instance.ts';
import { poolColumns } from '../../src/store/pool-figures.ts';

let folder: string;
let file: string;
let engine: Engine;
let session: Session;

function begin(interactive = true): void {
  const environment = { HOME: folder };
  const settings = readSettings({ db: file }, environment);
  engine = createEngine({ settings, environment, version: '0.1.0', program: '' });
  session = openSession({
    engine,
    registry: createRegistry([poolCommand, release]),
    jobs: createJobs({ background: interactive, now: Date.now }),
    history: noHistory,
    interactive,
    redraws: true,
    print: () => undefined,
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'duckline-pool-use-'));
  file = join(folder, 'market.duckdb');
  begin();
});

afterEach(async () => {
  await session.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(text: string): Promise<{ readonly exitCode: number; readonly views: readonly View[] }> {
  const views: View[] = [];
  const { exitCode } = await session.submit(text, { onView: view => views.push(view) }).done;
  return { exitCode, views };
}

async function rows(text: string): Promise<unknown[][]> {
  const { views } = await run(text);
  const result = views.findLast(({ kind }) => kind === 'result') as ResultView | undefined;
  if (!result) throw new Error(`${text}: ${JSON.stringify(views)}`);
  return result.rows.map(row => row.map(value => (value === null ? null : String(value))));
}

/** The sentence of the last view, with what to do next. */
async function said(text: string): Promise<string> {
  const last = (await run(text)).views.at(-1);
  if (last?.kind === 'note') return last.sentence;
  if (last?.kind === 'problem') return `${last.problem.message} | ${last.problem.next}`;
  throw new Error(`${text} said nothing: ${last?.kind}`);
}

async function pool(): Promise<ConnectionPool> {
  return (await engine.database()).pool;
}

function writeLane(connections: ConnectionPool) {
  return connections.status().lanes.find(({ lane }) => lane === 'write');
}

const bar = `insert into daily (code, date, close) values ('sh.600519', date '2024-01-02', 1)`;

describe('the write lane', () => {
  it('is the user’s for the length of a statement that writes to our tables', async () => {
    const connections = await pool();
    await run(bar);
    expect(connections.status().writer).toBeNull();
    expect(await connections.write(lent => lent.execute('update daily set close = 2'))).toBe(1);
  });

  it('is held from the first such write to the end of the transaction, and a job waits for it in sight', async () => {
    const connections = await pool();
    await run(bar);
    await run('begin; select 1;');
    expect(connections.status().writer).toBeNull();
    await run("update daily set close = 3 where code = 'sh.600519';");
    expect(connections.status().writer).toBe('[3]');
    let done = false;
    const storing = connections
      .write(
        lent =>
          lent.execute(
            'merge into daily using (select 4.0 as close) s on true when matched then update set close = s.close',
          ),
        { tag: 'run 1' },
      )
      .then(() => {
        done = true;
      });
    await expect.poll(() => writeLane(connections)?.waiting).toBe(1);
    expect(session.status().notes).toEqual(['a job waits for the transaction of [3]: commit or rollback']);
    await run('select 1');
    expect(done).toBe(false);
    await run('commit');
    await storing;
    expect(session.status().notes).toEqual([]);
    expect(await rows('select close from daily')).toEqual([['4']]);
  });

  it('lets adjusted prices follow factors that a statement wrote, when its transaction has ended', async () => {
    const prices = `select round(q.close, 6), round(h.close, 6) from daily_qfq q join daily_hfq h using (code, date) order by date`;
    await run(
      `insert into daily (code, date, close) values ('sh.600519', '2024-01-02', 12), ('sh.600519', '2024-01-03', 6)`,
    );
    await run(`insert into adj_factors (code, ex_date, hfq_factor) values ('sh.600519', '2024-01-03', 2)`);
    expect(await rows(prices)).toEqual([
      ['6', '12'],
      ['6', '12'],
    ]);
    await run('begin; update adj_factors set hfq_factor = 3;');
    await run('rollback');
    expect(await rows(prices)).toEqual([
      ['6', '12'],
      ['6', '12'],
    ]);
    await run('begin; update adj_factors set hfq_factor = 4;');
    await run('commit');
    expect(await rows(prices)).toEqual([
      ['3', '12'],
      ['6', '24'],
    ]);
    await run('prepare gone as delete from adj_factors');
    await run('execute gone');
    expect(await rows(prices)).toEqual([
      ['12', '12'],
      ['6', '6'],
    ]);
  });

  it('goes back with a rollback, and with an error that ends the transaction', async () => {
    const connections = await pool();
    await run(`begin; ${bar};`);
    expect(connections.status().writer).not.toBeNull();
    await run('rollback');
    expect(connections.status().writer).toBeNull();
    await run("insert into daily (code) values ('no date')");
    expect(connections.status().writer).toBeNull();
    expect(await rows('select count(*) from daily')).toEqual([['0']]);
  });

  it('is taken by what runs a write in another dress', async () => {
    const connections = await pool();
    await run(`begin; prepare p as ${bar}; select 1;`);
    expect(connections.status().writer).toBeNull();
    await run('execute p;');
    expect(connections.status().writer).not.toBeNull();
    await run('rollback; deallocate p;');
    await run(`begin; explain analyze ${bar};`);
    expect(connections.status().writer).not.toBeNull();
    await run('rollback');
  });

  it('leaves the user’s own tables alone, also those that hide ours', async () => {
    const connections = await pool();
    await run('create table mine (code varchar); begin; insert into mine values (1);');
    expect(connections.status().writer).toBeNull();
    await run('commit; create temp table daily as select 1 as i; begin; update daily set i = 2;');
    expect(connections.status().writer).toBeNull();
    await run('update main.daily set close = 2;');
    expect(connections.status().writer).not.toBeNull();
    await run('rollback; drop table daily;');
    expect(await rows('select count(*) from daily')).toEqual([['0']]);
  });

  it('is released first when the shell closes, so that nobody waits for a user who left', async () => {
    const connections = await pool();
    await run(`begin; ${bar};`);
    const storing = connections.write(lent => lent.execute('delete from daily'));
    await expect.poll(() => writeLane(connections)?.waiting).toBe(1);
    await session.close();
    await storing;
    begin();
    expect(await rows('select count(*) from daily')).toEqual([['0']]);
  });

  it.each([
    ['drop table daily', /^daily belongs to duckline.* \| delete from daily where/],
    ['truncate daily', /^daily belongs to duckline.* \| delete from daily where/],
    ['create or replace table main.daily as select 1', /\| create table mine as from daily/],
    ['alter table meta.runs drop column what', /^meta\.runs belongs/],
    ['drop view daily_qfq', /^daily_qfq belongs.* \| create table mine/],
    ['create index i on market.daily (code)', /^daily belongs/],
    ['drop schema meta cascade', /^the schema meta belongs/],
    ['create or replace macro session(n) as n', /^session belongs/],
    ["attach ':memory:' as other; use other; detach market", /not detached.* \| release/],
  ])('refuses %s in one sentence', async (text, sentence) => {
    expect(await said(`${text};`)).toMatch(sentence);
    expect(await rows('select count(*) from market.main.daily_qfq')).toEqual([['0']]);
  });
});

describe('meta.pool', () => {
  it('holds what the pool holds at the moment, and nothing afterwards', async () => {
    const connections = await pool();
    const reader = await connections.acquire({ tag: 'a reader' });
    await reader.query('select 42');
    const sql = 'select size, checked_out, used_percent, preset, engine, running_limit, file from meta.pool';
    const status = connections.status();
    expect(await rows(sql)).toEqual([['5', '2', '13.3', 'default', '1.5.6', String(status.runningLimit), file]]);
    const holders = 'select h.tag, h.lane, h.sql from (select unnest(holders) as h from meta.pool) order by h.lane';
    expect(await rows(holders)).toEqual([
      ['prompt', 'interactive', holders],
      ['a reader', 'read', 'select 42'],
    ]);
    await reader.release();
    expect(await rows('select checked_out from meta.pool')).toEqual([['1']]);
    // Another connection is told nothing rather than something old, and the prompt keeps nothing of it.
    expect((await connections.query('from meta.pool')).rows).toEqual([]);
    expect(await rows("select count(*) from duckdb_variables() where value is not null and value <> 'NULL'")).toEqual([
      ['0'],
    ]);
    expect(await said('release')).toMatch(/closed until/);
  });

  it('has the columns it declares, each with a comment, and no others are handed to it', async () => {
    const { readPool, poolRow } = await import('../../src/shell/pool-figures.ts');
    expect(Object.keys(poolRow(await readPool(engine, session.jobs)))).toEqual(poolColumns.map(([name]) => name));
    expect(
      await rows(
        "select column_name, comment is not null from duckdb_columns() where table_name = 'pool' order by column_index",
      ),
    ).toEqual(poolColumns.map(([name]) => [name, 'true']));
  });

  it('can be asked inside a transaction and after USE', async () => {
    await run('begin');
    expect(await rows('select state from meta.pool')).toEqual([['open']]);
    await run('rollback; use meta;');
    expect(await rows("select writer is null, list_count(lanes) from pool where 'it''s' <> ''")).toEqual([
      ['true', '3'],
    ]);
  });
});

describe('pool', () => {
  it.each([
    ['pool set size 7', /^size is 7, was 5\.$/],
    ['pool set maxOverflow 3', /^max-overflow is 3, was 10\.$/],
    ['pool set timeout 500ms', /^timeout is 500 ms, was 30 s\.$/],
    ['pool set timeout none', /^timeout is none, was 30 s\.$/],
    ['pool set recycle off', /^recycle is off, was 3600 s\.$/],
    ['pool set recycle 10m', /^recycle is 600 s, was 3600 s\.$/],
    ['pool set pre-ping off', /^pre-ping is off, was on\.$/],
    ['pool set reset-on-return renew', /^reset-on-return is renew, was rollback\.$/],
    ['pool preset light', /^preset light: size 2 \+ 3, timeout 10 s, recycle 600 s\.$/],
    ['pool recycle', /^no connection is idle, so none was replaced\.$|^\d+ idle connections? closed/],
    ['pool set size -1', /takes a whole number from 0 to 10000, not -1/],
    ['pool set size 1.5', /takes a whole number/],
    ['pool set timeout soon', /takes a time such as 30s, 500ms or 10m, or none, not soon/],
    ['pool set size', /needs a value; it is 5/],
    ['pool set sise 3', /no setting sise\..*did you mean pool set size/],
    ['pool preset huge', /no pool preset huge\. \| one of default, read, light, import, single/],
    ['pool grow', /knows set, preset and recycle, not grow/],
    ['pool recycle now', /does not know what to do with now/],
  ])('%s', async (text, sentence) => {
    expect(await said(text)).toMatch(sentence);
  });

  it('takes effect at once and is seen', async () => {
    await run('pool set size 7');
    expect((await pool()).status()).toMatchObject({ size: 7, preset: 'custom' });
    await run('pool preset import');
    expect((await pool()).status()).toMatchObject({ size: 3, maxOverflow: 5, preset: 'import', timeoutMs: 60_000 });
    expect((await pool()).options.leakAfterMs).toBe(300_000);
  });

  it('says when more is allowed than the machine runs at once', async () => {
    expect(await said('pool preset read')).toMatch(
      /^preset read: size 10 \+ 20.*30 connections, and this machine runs 18/,
    );
    expect(await said('pool set size 0')).toMatch(/it allows any number of connections/);
    const { views } = await run('pool');
    expect(views[0]).toMatchObject({ kind: 'pool', status: { size: 0 } });
  });

  it('shares one connection with everybody where the preset leaves no other', async () => {
    await run('pool preset single; select 1;');
    const connections = await pool();
    expect(await connections.write(lent => lent.execute('delete from daily'))).toBe(0);
    expect(await rows('select preset, checked_out from meta.pool')).toEqual([['single', '1']]);
    await run('create temp table x as select 5 as i;');
    expect(await rows('select i from x')).toEqual([['5']]);
  });

  it('answers while every connection is at work', async () => {
    const connections = await pool();
    await run('pool preset light; select 1;');
    const stop = new AbortController();
    const long = 'select count(*) from range(100000000000) a, range(1000) b';
    const busy = [1, 2, 3, 4].map(() => connections.query(long, undefined, { signal: stop.signal, tag: 'long' }));
    for (const query of busy) query.catch(() => undefined);
    await expect.poll(() => connections.status().running).toBeGreaterThanOrEqual(3);
    await expect.poll(() => connections.status().waiting).toBe(1);
    const { views } = await run('pool');
    expect(views[0]).toMatchObject({ kind: 'pool', status: { checkedOut: 4, waiting: 1 } });
    expect(await rows('select checked_out, waiting from meta.pool')).toEqual([['4', '1']]);
    stop.abort();
    await Promise.allSettled(busy);
  });

  it('shows itself live until it is cancelled', async () => {
    await run('select 1');
    const views: View[] = [];
    const watching = session.submit('pool --watch', { onView: view => views.push(view) });
    await expect.poll(() => watching.live?.kind).toBe('pool');
    const first = watching.live;
    await expect.poll(() => watching.live !== first).toBe(true);
    expect(views).toEqual([]);
    watching.cancel();
    expect(await watching.done).toMatchObject({ exitCode: 0 });
    expect(views.map(({ kind }) => kind)).toEqual(['pool']);
  });
});

describe('release', () => {
  it('closes the file until the next statement', async () => {
    await run(bar);
    expect(await said('release')).toBe(
      'market.duckdb is closed until the next statement; another program may open it.',
    );
    expect(session.status().notes).toEqual(['file released until the next statement']);
    expect((await run('pool')).views[0]).toMatchObject({ kind: 'pool', status: { state: 'suspended' } });
    expect(await said('release')).toMatch(/is not open here/);
    expect(await rows('select count(*) from daily')).toEqual([['1']]);
    expect(session.status().notes).toEqual([]);
  });

  it.each([
    ['create temp table x as select 1', /temporary tables/, 'drop table x'],
    ['set variable x = 1', /variables/, 'reset variable x'],
    ['begin; select 1', /transaction.*\| commit; or rollback; first/, 'rollback'],
    ["attach ':memory:' as other", /attached database.* \| detach/, 'detach other'],
    ['create schema mine; use mine', /USE/, 'use main'],
  ])('says after %s what keeps it open, until that is gone', async (text, why, undo) => {
    await run(`${text};`);
    expect(await said('release')).toMatch(why);
    await run(`${undo};`);
    expect(await said('release')).toMatch(/closed until/);
  });

  it('is kept from while a job is at work', async () => {
    await run('select 1');
    const letClose = (await pool()).keepOpen('fetch --all is at work');
    expect(await said('release')).toBe('market.duckdb stays open: fetch --all is at work. | cancel  stops a job');
    letClose();
    expect(await said('release')).toMatch(/closed until/);
  });
});

describe('an engine that failed for good', () => {
  it('costs the prompt its connection, not its session, and says so once', async () => {
    await run(`${bar}; create temp table mine as select 1;`);
    await run("begin; update daily set close = 9; set debug_checkpoint_abort = 'before_header'; commit;");
    const broken = await run('checkpoint;');
    expect(broken.exitCode).toBe(1);
    const { views } = await run('select close from daily');
    expect(views.map(view => (view.kind === 'note' ? view.sentence : view.kind))).toEqual([
      expect.stringMatching(
        /^the prompt has a new connection: the engine failed; temporary tables, variables and settings/,
      ),
      'result',
    ]);
    expect((await run('select count(*) from daily')).views.map(({ kind }) => kind)).toEqual(['result']);
    expect((await pool()).status()).toMatchObject({ checkedOut: 1, writer: null });
  });

  it('takes the right to write from a transaction that died with it', async () => {
    await run(`begin; ${bar};`);
    const connections = await pool();
    expect(connections.status().writer).not.toBeNull();
    const instance = await openInstance(file, { settings: standardSettings });
    expect(instance).toBeInstanceOf(Instance);
    instance.break('for the test');
    await instance.close();
    await expect.poll(() => connections.status().writer).toBeNull();
    expect((await run('commit')).views[0]).toMatchObject({ kind: 'note' });
    expect(await rows('select count(*) from daily')).toEqual([['0']]);
  });
});
