/** What is offered at a place of a text, from a real file. `|` is the cursor. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetch } from '../../../commands/fetch.ts';
import { help } from '../../../commands/help.ts';
import { runs } from '../../../commands/runs.ts';
import { readSettings } from '../../../src/config/settings.ts';
import { type Completer, createCompleter } from '../../../src/shell/completion/completer.ts';
import { completerParts } from '../../../src/shell/completion/parts.ts';
import { touchedBy } from '../../../src/shell/completion/touched.ts';
import { createEngine, type Engine } from '../../../src/shell/engine.ts';
import { openHistory } from '../../../src/shell/history.ts';
import { createJobs } from '../../../src/shell/jobs.ts';
import { createRegistry } from '../../../src/shell/registry.ts';
import { openSession, type Session } from '../../../src/shell/session.ts';

let folder: string;
let engine: Engine;
let session: Session;
let completer: Completer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'duckline-completion-'));
  const environment = { HOME: folder };
  const settings = readSettings({ db: join(folder, 'market.duckdb') }, environment);
  engine = createEngine({ settings, environment, version: '0.1.0', program: '' });
  session = openSession({
    engine,
    registry: createRegistry([fetch, help, runs]),
    jobs: createJobs({ background: true, now: Date.now }),
    history: openHistory(join(folder, 'history')),
    interactive: true,
    print: () => undefined,
  });
  await run(`insert into instruments (code, name, pinyin, kind, board) values
    ('sh.600519', '贵州茅台', 'gzmt', 'stock', 'main'), ('sh.600000', '浦发银行', 'pfyh', 'stock', 'main'),
    ('sh.000001', '上证指数', 'szzs', 'index', null)`);
  completer = createCompleter(completerParts(session, () => []));
});

afterAll(async () => {
  await session.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(text: string): Promise<void> {
  const { exitCode } = await session.submit(`${text};`, { onView: () => undefined }).done;
  expect(exitCode).toBe(0);
  completer?.changed(touchedBy(text, () => false));
}

async function asked(marked: string) {
  const cursor = marked.indexOf('|');
  return completer.complete(marked.replace('|', ''), cursor, true);
}

async function offered(marked: string): Promise<string[]> {
  return ((await asked(marked))?.candidates ?? []).map(({ insert }) => insert);
}

describe('what a text may have changed', () => {
  const isCommand = (name: string): boolean => name === 'fetch';
  it.each([
    ["select 1; from daily where note = 'create table'; with a as (select 1) from a;", '---'],
    ['explain select 1; describe daily; summarize daily;', '---'],
    ['create table t as select 1;', 't--'],
    ['create or replace temp macro f(x) as x;', 'tf-'],
    ['drop function f;', 'tf-'],
    ['alter table t add column b int;', 't--'],
    ["insert into t select 1; with a as (select 1) insert into t from a; copy t from 'x.csv';", '--r'],
    ['select 1; rollback;', 'tfr'],
    ['use other;', 'tfr'],
    ['explain analyze create table t as select 1;', 'tfr'],
    ['fetch 600519', 'tfr'],
  ])('%s', (text, marks) => {
    const { tables, functions, rows } = touchedBy(text, isCommand);
    expect(`${tables ? 't' : '-'}${functions ? 'f' : '-'}${rows ? 'r' : '-'}`).toBe(marks);
  });
});

describe('an answer while typing', () => {
  it('does not wait for what is read anew, and tells when that is there', async () => {
    const parts = completerParts(session, () => []);
    let open: () => void = () => undefined;
    let late: () => void = () => undefined;
    const told = new Promise<void>(resolve => {
      late = resolve;
    });
    let gate: Promise<void> = Promise.resolve();
    const readOwn: typeof parts.readOwn = async sql => {
      await gate;
      return parts.readOwn(sql);
    };
    const own = createCompleter({ ...parts, readOwn }, () => late());
    const names = async (): Promise<string[]> =>
      ((await own.complete('from newest_', 12))?.candidates ?? []).map(({ insert }) => insert);
    expect(await names()).toEqual([]);
    gate = new Promise(resolve => {
      open = resolve;
    });
    await run('create temp table newest_table as select 1 as n');
    own.changed({ tables: true, functions: false, rows: false });
    expect(await names()).toEqual([]);
    open();
    await told;
    expect(await names()).toEqual(['newest_table']);
    await run('drop table newest_table');
  });
});

describe('completion from a file that was let go', () => {
  it('knows what was read while it was open, asked or not', async () => {
    const pool = engine.opened?.pool;
    const before = completer;
    const cold = createCompleter(completerParts(session, () => []));
    completer = createCompleter(completerParts(session, () => []));
    await completer.warm();
    expect(await pool?.suspend()).toMatchObject({ suspended: true });
    expect(await offered("from daily where code = '贵|'")).toEqual(['sh.600519']);
    expect(await offered('select d.pctc| from daily d')).toEqual(['pct_chg']);
    expect(await offered('fetch gzm|')).toEqual(['sh.600519']);
    expect(pool?.status().state).toBe('suspended');
    expect(await cold.complete('fetch gzm', 9, true)).toBeNull();
    await cold.warm();
    completer = before;
    await run('select 1');
  });
});

describe('completion of statements', () => {
  it.each([
    ['select cl| from daily', 'close'],
    ["select '贵州茅台' as n, d.clo| from daily d", 'close'],
    ['select d.pctc| from daily d', 'pct_chg'],
    ['select 涨跌| from daily', 'pct_chg'],
    ['select 收盘价| from daily', 'close'],
    ['select ts_c| from daily', 'code'],
    ['from da|', 'daily'],
    ['from meta.ru|', 'runs'],
    ['from daily wh|', 'where'],
    ['from daily WH|', 'WHERE'],
    ['with mine as (select close * 2 as twice from daily) select x.tw| from mine x', 'twice'],
    ['with mine as (select 1 as a) from mi|', 'mine'],
    ['select s.tw| from (select close * 2 as twice from daily) s', 'twice'],
    ['insert into daily (pre|', 'pre_close'],
    ['from daily d join instruments i using (co|', 'code'],
    ['select close * 2 as doubled from daily order by dou|', 'doubled'],
    ['select code::varc|', 'varchar'],
    ['select round|', 'round('],
    ['sel|', 'select'],
  ])('%s', async (marked, best) => {
    expect((await offered(marked))[0]).toBe(best);
  });

  it('offers only columns that an alias has', async () => {
    expect(await offered('select i.| from daily d join instruments i using (code)')).not.toContain('close');
    expect(await offered('select i.| from daily d join instruments i using (code)')).toContain('pinyin');
  });

  it('offers nothing in comments, in other strings and for a new name', async () => {
    expect(await asked('-- sel|')).toBeNull();
    expect(await asked('select /* clo|')).toBeNull();
    expect(await asked('select 1 -- clo|')).toBeNull();
    expect(await asked("select 'dai|")).toBeNull();
    expect(await asked("from daily where date > '2024|")).toBeNull();
    expect(await asked('select $$clo|')).toBeNull();
    expect(await asked('select close as cl|')).toBeNull();
    expect(await asked('create table da|')).toBeNull();
  });

  it('knows new and temporary tables at once, quoted where they must be', async () => {
    await run('create table MyBars (Foo int, 中文列 int, "two words" int, "order" int)');
    expect((await offered('from myb|'))[0]).toBe('MyBars');
    expect(await offered('select | from mybars')).toEqual(
      expect.arrayContaining(['Foo', '中文列', '"two words"', '"order"']),
    );
    expect((await offered('select "two| from mybars'))[0]).toBe('"two words"');
    await run('create temp table passing (a int)');
    expect((await offered('from pass|'))[0]).toBe('passing');
    await run('drop table mybars');
    expect(await offered('from myb|')).not.toContain('MyBars');
  });
});

describe('completion of securities', () => {
  it.each(['茅台', 'gzmt', '6005', 'sh.6005', '600519.SH', '贵州'])('finds a code by %s', async typed => {
    expect((await offered(`from daily where code = '${typed}|'`))[0]).toBe('sh.600519');
  });

  it('completes what stands in the quotes, whatever is before them', async () => {
    const text = "select '贵州茅台' as 名称 from daily where code in ('sh.600000', 'gzmt|";
    expect(await asked(text)).toMatchObject({ from: text.indexOf('gzmt'), to: text.indexOf('|'), unasked: true });
    expect((await offered("from bars('600000 茅|'"))[0]).toBe('sh.600519');
    expect(await offered("from instruments where name = 'pfyh|")).toEqual(['浦发银行']);
  });

  it('finds them as arguments', async () => {
    expect((await offered('fetch 600000 茅台|'))[0]).toBe('sh.600519');
  });
});

describe('completion of commands', () => {
  it('offers commands, options that are left, and their values', async () => {
    expect((await offered('fet|'))[0]).toBe('fetch');
    expect((await offered('.fet|'))[0]).toBe('fetch');
    expect(await offered('fetch --pe|')).toEqual(['--period']);
    expect(await offered('fetch --period 5 --pe|')).toEqual([]);
    expect(await offered('fetch --period |')).toContain('15');
    expect(await offered('fetch --from yt|')).toEqual(['ytd']);
    expect((await offered('help fet|'))[0]).toBe('fetch');
  });

  it('offers paths', async () => {
    writeFileSync(join(folder, 'my bars.csv'), '');
    expect(await offered(`copy daily to '${folder}/my|`)).toEqual(['my bars.csv']);
  });
});
