/** Which statements write, and to what: by the words alone, then against what names mean on a connection. */
import { describe, expect, it } from 'vitest';
import { mayBeOwn, type NameScope, ownName } from '../../src/shell/own-tables.ts';
import { writeTargetOf } from '../../src/shell/write-target.ts';

function told(sql: string): string | null {
  const target = writeTargetOf(sql);
  return target && `${target.touch} ${target.kind} ${target.name.join('.')}`;
}

describe('the target of a statement', () => {
  it.each([
    ['insert into daily values (1)', 'daily'],
    ['INSERT OR REPLACE INTO Daily BY NAME select 1', 'daily'],
    ['insert or ignore into market.main.daily (code, date) values (1, 2)', 'market.main.daily'],
    ["insert into 'daily' values (1)", 'daily'],
    ['insert into "Daily" select * from other', 'daily'],
    ['insert into "a.b"."c""d" select 1', 'a.b.c"d'],
    ['insert /* into other */ into daily -- into third\n values (1)', 'daily'],
    ['with a as (insert) insert into daily from a', 'daily'],
    ['with recursive a(n) as (select 1), b as not materialized (select 2) update daily set turn = 1', 'daily'],
    ['with delete as (select 1), "update" as (select 2) insert into daily from delete', 'daily'],
    ['with a(n, m) using key (n) as materialized (select (1), 2) merge into daily d using a on true', 'daily'],
    ['update daily set close = (select max(close) from other)', 'daily'],
    ['update meta.runs as r set what = 1 from daily', 'meta.runs'],
    ['delete from daily using other where true', 'daily'],
    ['delete from only daily', 'daily'],
    ['merge into main.daily as d using other o on d.code = o.code when matched then delete', 'main.daily'],
    ["copy daily from 'a.csv' (header)", 'daily'],
    ["copy daily (code, date) from 'a.csv'", 'daily'],
    ['explain analyze insert into daily values (1)', 'daily'],
    ['explain (analyze, format json) delete from daily', 'daily'],
    ['prepare p as insert into daily values ($1)', 'daily'],
    ['prepare p(int, date) as update daily set close = $1', 'daily'],
  ])('%s writes rows', (sql, name) => {
    expect(told(sql)).toBe(`rows table ${name}`);
  });

  it.each([
    ['drop table daily', 'table daily'],
    ['drop table if exists main."daily" cascade', 'table main.daily'],
    ['drop view daily_qfq', 'table daily_qfq'],
    ['drop schema meta cascade', 'schema meta'],
    ['drop macro table session', 'macro session'],
    ['alter table if exists daily add column x int', 'table daily'],
    ['alter view daily_qfq rename to y', 'table daily_qfq'],
    ['create table daily as select 1', 'table daily'],
    ['create or replace table market.main.daily (i int)', 'table market.main.daily'],
    ['create or replace temp view daily as select 1', 'table daily'],
    ['create view if not exists v as select * from a join daily on true', 'table v'],
    ['create or replace macro session(n) as n', 'macro session'],
    ['create function yi(n) as table select * from daily', 'macro yi'],
    ['create unique index i on daily (code, date)', 'table daily'],
    ['create index if not exists i on meta.runs using art (run)', 'table meta.runs'],
    ['truncate table daily', 'table daily'],
    ['truncate main.daily', 'table main.daily'],
    ["comment on table daily is 'x'", 'table daily'],
    ["comment on column main.daily.close is 'x'", 'table main.daily'],
    ['detach database if exists market', 'database market'],
    ['detach market', 'database market'],
  ])('%s changes a shape', (sql, target) => {
    expect(told(sql)).toBe(`shape ${target}`);
  });

  it.each([
    'select * from daily',
    'from daily',
    '(select 1) union all (from daily)',
    'with a as (select * from daily) select * from a',
    'explain insert into daily values (1)',
    'explain analyze select * from daily',
    "copy daily to 'a.csv'",
    "copy (select * from daily) to 'a.csv'",
    "copy daily (code) to 'from.csv'",
    'describe daily',
    'set variable daily = 1',
    "select 'insert into daily'",
    'create sequence s',
    "create secret s (type s3, scope 'daily')",
    'attach $$x$$ as daily',
    'drop index i',
    'checkpoint',
    'insert',
    'update',
    'with',
    '',
  ])('%s writes to nothing of a name', sql => {
    expect(told(sql)).toBeNull();
  });

  it('knows what fills a whole database', () => {
    expect(told('copy from database a to market')).toBe('rows database market');
    expect(told("import database 'folder'")).toBe('rows database ');
  });
});

const scope: NameScope = { own: 'market', database: 'market', schema: 'main', temporary: new Set() };

function ours(sql: string, where: Partial<NameScope> = {}): string | null {
  const target = writeTargetOf(sql);
  if (!target) return null;
  const name = ownName(target, { ...scope, ...where });
  if (name !== null) expect(mayBeOwn(target)).toBe(true);
  return name;
}

describe('ours among them', () => {
  it.each([
    ['insert into daily values (1)', 'daily'],
    ['insert into main.daily values (1)', 'daily'],
    ['insert into market.daily values (1)', 'daily'],
    ['insert into market.main.daily values (1)', 'daily'],
    ['delete from meta.failures', 'meta.failures'],
    ['drop view weekly_hfq', 'weekly_hfq'],
    ['drop view meta.pool', 'meta.pool'],
    ['drop schema market.meta cascade', 'the schema meta'],
    ['drop macro yi', 'yi'],
    ['create table daily (i int)', 'daily'],
    ['detach market', 'the database'],
    ['copy from database a to market', 'the database'],
  ])('%s', (sql, name) => {
    expect(ours(sql)).toBe(name);
  });

  it.each([
    'insert into mine values (1)',
    'insert into other.main.daily values (1)',
    'insert into other.daily values (1)',
    'insert into failures values (1)',
    'create temp table daily as select 1',
    'create table mine.daily (i int)',
    'drop schema mine',
    'drop macro daily',
    'detach other',
  ])('%s is the user’s', sql => {
    expect(ours(sql)).toBeNull();
  });

  it('follows USE and temporary tables as the engine does', () => {
    expect(ours('insert into daily values (1)', { database: 'other' })).toBeNull();
    expect(ours('insert into market.daily values (1)', { database: 'other' })).toBe('daily');
    expect(ours('drop table daily', { schema: 'mine' })).toBeNull();
    expect(ours('delete from runs', { schema: 'meta' })).toBe('meta.runs');
    const temporary = new Set(['daily']);
    expect(ours('drop table daily', { temporary })).toBeNull();
    expect(ours('drop table main.daily', { temporary })).toBe('daily');
    expect(ours('create or replace table daily (i int)', { temporary })).toBe('daily');
  });
});
