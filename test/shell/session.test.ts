/** A prompt without a screen, on a real file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quit } from '../../commands/quit.ts';
import { runs } from '../../commands/runs.ts';
import { tables } from '../../commands/tables.ts';
import { readSettings } from '../../src/config/settings.ts';
import type { ProblemView, ResultView, View } from '../../src/output/view.ts';
import { createEngine, type Engine } from '../../src/shell/engine.ts';
import { openHistory } from '../../src/shell/history.ts';
import { createJobs } from '../../src/shell/jobs.ts';
import { createRegistry } from '../../src/shell/registry.ts';
import { type CellEnd, openSession, type Session } from '../../src/shell/session.ts';

let folder: string;
let engine: Engine;
let session: Session;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'duckline-session-'));
  const environment = { HOME: folder };
  const settings = readSettings({ db: join(folder, 'market.duckdb') }, environment);
  engine = createEngine({ settings, environment, version: '0.1.0', program: '' });
  session = openSession({
    engine,
    registry: createRegistry([quit, runs, tables]),
    jobs: createJobs({ background: true, now: Date.now }),
    history: openHistory(join(folder, 'history')),
    interactive: true,
    print: () => undefined,
  });
});

afterEach(async () => {
  await session.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Cell extends CellEnd {
  readonly views: readonly View[];
}

async function run(text: string): Promise<Cell> {
  const views: View[] = [];
  const end = await session.submit(text, { onView: view => views.push(view) }).done;
  return { ...end, views };
}

async function rows(text: string): Promise<unknown[][]> {
  const { views } = await run(text);
  return (views.find(({ kind }) => kind === 'result') as ResultView).rows.map(row => row.map(String));
}

async function problem(text: string): Promise<ProblemView> {
  const { views } = await run(text);
  const last = views.at(-1);
  if (last?.kind !== 'problem') throw new Error(`no problem but ${last?.kind}`);
  return last;
}

function marked({ place }: ProblemView): string {
  return place === null ? '' : [...place.text].slice(place.column - 1, place.column - 1 + place.length).join('');
}

describe('a prompt', () => {
  it('tells how far a statement is where the engine knows, and forgets it with its end', async () => {
    await run('create table wide as select range as n, hash(range) as h from range(4_000_000);');
    let told: number | null = null;
    const asked = session.submit('select count(distinct h), count(distinct n), max(md5(h::varchar)) from wide;', {
      onView: () => undefined,
    });
    await expect
      .poll(
        () => {
          told ??= asked.percent;
          return told ?? (asked.state === 'ended' ? -1 : null);
        },
        { timeout: 20_000, interval: 2 },
      )
      .not.toBeNull();
    asked.cancel();
    await asked.done;
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThanOrEqual(100);
    expect(asked.percent).toBeNull();
    expect(await rows('select 42;')).toEqual([['42']]);
  });

  it('runs a list in order, one view each, and stops at the first that fails', async () => {
    const { views, exitCode } = await run(
      'select 1; create table t (i int); insert into t values (1), (2); selct; select 2;',
    );
    expect(views.map(({ kind }) => kind)).toEqual(['result', 'changed', 'changed', 'problem']);
    expect(views[1]).toMatchObject({ what: 'create', changed: null });
    expect(views[2]).toMatchObject({ what: 'insert', changed: 2 });
    expect(views[3]).toMatchObject({ statement: 'statement 4 of 5' });
    expect(exitCode).toBe(2);
    expect(await rows('select count(*) from t')).toEqual([['2']]);
  });

  it('counts the rows of a table that is made of a query, and of no other', async () => {
    const { views } = await run(
      'create table a (i int); create table b as select 1 as i; create table c as from b where false;',
    );
    expect(views.map(view => (view.kind === 'changed' ? view.changed : view))).toEqual([null, 1, 0]);
  });

  it('keeps temporary tables, variables and an open transaction from cell to cell', async () => {
    await run('create temp table mine as select 1 as i;');
    await run('set variable x = 5;');
    await run('create table kept (i int); begin; insert into kept values (1);');
    expect(session.status().transaction).toBe('open');
    expect(await rows("select i, getvariable('x') from mine")).toEqual([['1', '5']]);
    await run('rollback;');
    expect(session.status().transaction).toBe('none');
    expect(await rows('select count(*) from kept')).toEqual([['0']]);
  });

  it('numbers its cells and keeps them in the history', async () => {
    expect(session.submit('select 1;', { onView: () => undefined }).cell).toBe(1);
    expect((await run('select\n 2;')).exitCode).toBe(0);
    expect(session.status().nextCell).toBe(3);
    expect(session.history.entries).toEqual(['select 1;', 'select\n 2;']);
  });

  it('queues what is typed while a statement runs, and cancels it alone', async () => {
    const views: View[] = [];
    const long = session.submit('select count(*) from range(100000000000) a, range(1000) b;', {
      onView: view => views.push(view),
    });
    const next = session.submit('select 2;', { onView: view => views.push(view) });
    await expect.poll(() => engine.opened?.pool.status().running ?? 0).toBeGreaterThan(0);
    expect(session.submissions.map(({ state }) => state)).toEqual(['running', 'queued']);
    long.cancel();
    expect(await long.done).toMatchObject({ cancelled: true, exitCode: 130 });
    expect(await next.done).toMatchObject({ exitCode: 0 });
    expect(views.map(({ kind }) => kind)).toEqual(['problem', 'result']);
    expect(session.submissions).toEqual([]);
  });

  it('cancels what still waits', async () => {
    const long = session.submit('select count(*) from range(100000000000) a, range(1000) b;', {
      onView: () => undefined,
    });
    const next = session.submit('create table never (i int);', { onView: () => undefined });
    next.cancel();
    long.cancel();
    expect(await next.done).toMatchObject({ cancelled: true });
    expect((await problem('from never;')).problem.message).toMatch(/there is no table never/);
  });

  it('reads a large result only as far as it is shown', async () => {
    const { views } = await run('from range(1000000000);');
    const [view] = views as [ResultView];
    expect(view.rows).toHaveLength(1000);
    expect(view.complete).toBe(false);
    expect(view.total).toBeGreaterThan(1000);
    expect(await rows('select 1')).toEqual([['1']]);
  });

  it('counts what it reads to the end', async () => {
    const { views } = await run('from range(5000);');
    expect(views[0]).toMatchObject({ kind: 'result', total: 5000, complete: true });
  });

  it('runs commands, with or without a dot, beside statements', async () => {
    const { views } = await run('runs\n.tables daily\nselect 1;');
    expect(views.map(({ kind }) => kind)).toEqual(['runs', 'tables', 'result']);
  });

  it('suggests the command that was meant', async () => {
    const view = await problem('rusn');
    expect(view.problem).toMatchObject({
      kind: 'usage',
      message: 'there is no command rusn.',
      next: 'did you mean runs ?',
    });
    expect((await problem('selct 1;')).problem.next).toBe('did you mean select ?');
  });

  it('leaves with quit', async () => {
    expect(await run('quit')).toMatchObject({ leave: true, exitCode: 0 });
    expect(await run('exit;')).toMatchObject({ leave: true, exitCode: 0 });
  });

  it('folds the punctuation of Chinese input methods', async () => {
    expect(await rows('select ‘贵州；茅台’， 1；')).toEqual([['贵州；茅台', '1']]);
  });
});

describe('a failed statement', () => {
  it.each([
    ["select '贵州茅台' as 名称, 收盘价x from daily;", 'daily has no column 收盘价x', '收盘价x', ['close', '收盘价']],
    ['select vlome from daily;', 'daily has no column vlome', 'vlome', ['volume']],
    ['select trade_dta from daily;', 'daily has no column trade_dta', 'trade_dta', ['date', 'trade_date']],
    ['select nmae from instruments;', 'instruments has no column nmae', 'nmae', ['name', 'code']],
    ['select pctChg from daily;', 'daily has no column pctChg', 'pctChg', ['pct_chg']],
    ['select d.clse from daily d join instruments i using (code);', 'd has no column clse', 'clse', ['close']],
    ['select 1;\nfrom dayly;', 'there is no table dayly', 'dayly', ['daily']],
    ['select clsoe(1);', 'there is no function clsoe', 'clsoe', []],
    ['select *\n  frm daily;', 'the statement cannot be read from daily on', 'daily', []],
    ["select '中文', 1 + ;", 'the statement ends before it is complete', '', []],
    ["select 'abc'::int;", "Could not convert string 'abc' to INT32", '::', []],
    ['drop table nope;', 'there is no table nope', 'nope', []],
    ['select code + 1 from daily;', /^No function matches/, '+', []],
  ])('%j names its place and what was meant', async (text, sentence, token, candidates) => {
    const view = await problem(text);
    expect(view.problem.message).toMatch(sentence);
    expect(view.problem.message).not.toMatch(/\n|Candidate/);
    if (token !== '') expect(marked(view)).toBe(token);
    expect(view.candidates).toEqual(expect.arrayContaining(candidates));
  });

  it('says what became of the open transaction', async () => {
    await run('create table t (i int); begin; insert into t values (1);');
    expect((await problem('selct 1 from t;\n')).problem.kind).toBe('usage');
    expect((await problem('select x from t;')).problem.next).toMatch(/goes on: commit keeps/);
    expect((await problem("select error('boom') from t;")).problem.next).toMatch(/lost: rollback/);
    expect(session.status().transaction).toBe('aborted');
    expect((await problem('commit;')).problem.message).toMatch(/nothing of it is stored/);
    expect(session.status().transaction).toBe('none');
    expect(await rows('select count(*) from t')).toEqual([['0']]);
  });

  it('leaves the shape of our tables alone', async () => {
    for (const text of [
      'drop table daily;',
      'alter table main.daily add column x int;',
      'drop schema meta cascade;',
      'create or replace view daily_qfq as select 1;',
    ]) {
      expect((await problem(text)).problem).toMatchObject({ kind: 'refused' });
    }
    expect((await run('create table mine as from daily; drop table mine;')).exitCode).toBe(0);
  });

  it.each([
    "select * from daily where code in ('sh.000009', '600519');",
    'select * from daily where code = 600519;',
    "select * from daily d join instruments i on d.code = i.code and d.code = '600519';",
    "select * from daily d where '600519' = d.code;",
    'select * from daily where "code" = \'600519\';',
  ])('hints at the bare code of %j', async text => {
    const { views } = await run(text);
    expect(views[0]).toMatchObject({ hints: ["codes are stored as sh.600519; bars('600519') takes any form"] });
  });

  it.each([
    "select * from daily where close = '600519';",
    "select * from daily where source = '600519' and code = 'sh.1';",
  ])('has no such hint for %j', async text => {
    expect((await run(text)).views[0]).toMatchObject({ hints: [] });
  });

  it('says in place of a failed cast that a code is text', async () => {
    await run("insert into instruments (code) values ('sh.600519');");
    const view = await problem('select * from instruments where code = 600519;');
    expect(view.problem).toMatchObject({
      message: 'code is text and 600519 a number',
      next: "codes are stored as sh.600519; bars('600519') takes any form",
    });
    expect(marked(view)).toBe('600519');
    expect(
      (await problem("select 'x'::int, code from instruments where code = 'sh.600519';")).problem.next,
    ).toBeUndefined();
  });

  it('hints at bare codes that can never match', async () => {
    const { views } = await run("select * from daily where code in ('600519', '000001');");
    expect(views[0]).toMatchObject({ hints: ["codes are stored as sh.600519; bars('600519') takes any form"] });
    const other = await run("select * from daily where code = 'sh.600519';");
    expect(other.views[0]).toMatchObject({ hints: [] });
  });

  it('holds the right to write until the transaction ends', async () => {
    await run("insert into instruments (code) values ('sh.600519');");
    expect(engine.opened?.pool.status().writer).toBeNull();
    await run("begin; update instruments set name = '贵州茅台' where code = 'sh.600519';");
    expect(engine.opened?.pool.status().writer).toBe('[2]');
    await run('commit;');
    expect(engine.opened?.pool.status().writer).toBeNull();
    expect(await rows('select name from instruments')).toEqual([['贵州茅台']]);
  });
});
