/** Cells of a session: their results as tables, run again, stale, named, with parameters. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBType } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueText } from '../../src/output/value.ts';
import type { ListView, ResultView } from '../../src/output/view.ts';
import { sweep } from '../../src/shell/spill.ts';
import { Prompt } from './prompt.ts';

let prompt: Prompt;

beforeEach(() => {
  prompt = new Prompt();
});

afterEach(() => prompt.close());

function mine(): string[] {
  return readdirSync(tmpdir()).filter(name => name.startsWith(`duckline-cells-${process.pid}-`));
}

describe('a result', () => {
  it('is a table afterwards, as _ and by its number, without running again', async () => {
    await prompt.run('create sequence s;');
    await prompt.run("select nextval('s') as i, 'x' as t from range(3);");
    expect(await prompt.rows('select i, t from _2 order by i;')).toEqual([
      ['1', 'x'],
      ['2', 'x'],
      ['3', 'x'],
    ]);
    expect(await prompt.rows('select count(*) from _;')).toEqual([['3']]);
    expect(await prompt.rows('select * from _;')).toEqual([['3']]);
    expect(await prompt.rows("select nextval('s');")).toEqual([['4']]);
  });

  it('keeps every type and digit', async () => {
    const types = `170141183460469231731687303715884105727::hugeint as h, 1.10::decimal(38,10) as d, 0.1::float as f,
      timestamp_ns '2024-01-01 01:02:03.123456789' as ns, interval 3 months as iv, [1, null] as l,
      {'a': 1, 'b c': [date '2024-01-02']} as st, map {'k': [1]} as m, 'b'::enum('a', 'b') as e, array_value(1, 2) as ar,
      null as nothing, ''::varchar as empty, '{"a":1}'::json as js, union_value(n := 2) as u`;
    await prompt.run(`select ${types} from range(3);`);
    expect(await prompt.rows(`(from _1 except all select ${types} from range(3));`)).toEqual([]);
    expect(await prompt.rows(`(select ${types} from range(3) except all from _1);`)).toEqual([]);
    const kept = await prompt.rows('select typeof(h), typeof(d), typeof(e), typeof(js), typeof(st) from _1 limit 1;');
    expect(kept).toEqual([['HUGEINT', 'DECIMAL(38,10)', "ENUM('a', 'b')", 'JSON', 'STRUCT(a INTEGER, "b c" DATE[])']]);
  });

  it('says which values no table can keep, and shows them right', async () => {
    expect(await prompt.rows("select row(1, 'x')::varchar, row(1, 'x')[2], [row(2, 'y')]::varchar;")).toEqual([
      ['(1, x)', 'x', '[(2, y)]'],
    ]);
    const { cell, views } = await prompt.run("select row(1, 'x') as r, [row(2, 'y')] as l;");
    const { types, rows } = views[0] as ResultView;
    expect(rows[0]?.map((value, column) => valueText(value, types[column] as DuckDBType))).toEqual([
      '(1, x)',
      '[(2, y)]',
    ]);
    expect(await prompt.problem('from _;')).toMatchObject({
      message: `_ is not at hand: the result of cell ${cell} holds a struct without names, which is not kept.`,
      next: `rerun ${cell}  shows it again`,
    });
    await prompt.run('select [1::variant] as v;');
    expect((await prompt.problem('from _;')).message).toContain('holds a variant, which is not kept');
  });

  it('keeps small results exact in every plain type, at their limits', async () => {
    const values: readonly (readonly [type: string, ...values: string[]])[] = [
      ['boolean', 'true', 'false'],
      ...['tinyint', 'smallint', 'integer', 'bigint'].map(
        (type, place) => [type, `${-(2n ** (8n * 2n ** BigInt(place) - 1n))}`, '1'] as const,
      ),
      ...['utinyint', 'usmallint', 'uinteger', 'ubigint'].map(
        (type, place) => [type, `${2n ** (8n * 2n ** BigInt(place)) - 1n}`, '0'] as const,
      ),
      ['hugeint', '-170141183460469231731687303715884105728', '170141183460469231731687303715884105727'],
      ['uhugeint', '340282366920938463463374607431768211455', '0'],
      ['float', "'-0'", "'nan'", "'-infinity'", '0.1', '16777217'],
      ['double', "'-0'", "'nan'", "'infinity'", '0.1', '5e-324', '1.7976931348623157e308'],
      ['decimal(4,1)', '-999.9', '0.1'],
      ['decimal(9,3)', '-999999.999', '0.001'],
      ['decimal(18,6)', '123456789012.345678', '-0.000001'],
      ['decimal(38,10)', '1234567890123456789012345678.0123456789', '-0.0000000001'],
      ['varchar', "''", "'NULL'", "'贵州茅台 👩‍👩‍👧 é'", "e'\\x1b[31m\\n'"],
      ['date', "'-infinity'", "'infinity'", "'0044-03-15 (BC)'", "'9999-12-31'"],
      ['time', "'00:00:00'", "'23:59:59.999999'"],
      ['timestamp', "'-infinity'", "'infinity'", "'1969-12-31 23:59:59.999999'"],
      ['timestamp_s', "'1969-12-31 23:59:59'"],
      ['timestamp_ms', "'1969-12-31 23:59:59.999'"],
      ['timestamp_ns', "'1969-12-31 23:59:59.999999999'"],
      ['timestamptz', "'2024-01-01 00:00:00.000001+08'", "'infinity'"],
      ['interval', "'1 year 2 months 3 days 04:05:06.000007'", "'-1 day'"],
      ['uuid', "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "'00000000-0000-0000-0000-000000000001'"],
    ];
    const text = ([type, ...all]: (typeof values)[number]): string =>
      `select v from (values ${[...all.map(value => (/^[-\d.e]+$/.test(value) ? `'${value}'` : value)), 'null'].map(value => `(${value}::${type})`).join(', ')}) t(v)`;
    for (const [index, row] of values.entries()) {
      await prompt.run(`${text(row)};`);
      const kept = `_${2 * index + 1}`;
      const [both] = await prompt.rows(
        `select (select list(v) from (${text(row)})) is not distinct from (select list(v) from ${kept}),
           (select list(v::varchar) from (${text(row)})) is not distinct from (select list(v::varchar) from ${kept}),
           (select any_value(typeof(v)) from (${text(row)})) = (select any_value(typeof(v)) from ${kept});`,
      );
      expect([row[0], ...(both ?? [])]).toEqual([row[0], 'true', 'true', 'true']);
    }
  });

  it('keeps texts that are long or hold a NUL, and none at all', async () => {
    await prompt.run("select 'a' || chr(0) || 'b' as t, repeat('贵', 100000) as long;");
    expect(await prompt.rows('select length(t), length(long), ascii(t[2]) from _1;')).toEqual([['3', '100000', '0']]);
    await prompt.run("select 1 as i, 'x' as t where false;");
    expect(await prompt.rows('select count(*), count(t) from _3;')).toEqual([['0', '0']]);
  });

  it('is a table only while it is read, so that hundreds cost the engine nothing', async () => {
    const inEngine = async (): Promise<string[][]> => {
      const { pool } = await prompt.engine.database();
      const { rows } = await pool.query(
        "select table_name from duckdb_tables() where database_name = 'duckline_cells' order by table_oid",
      );
      return rows.map(row => row.map(String));
    };
    for (let count = 1; count <= 30; count++) await prompt.run(`select ${count} as n;`);
    expect(await inEngine()).toEqual([]);
    expect(await prompt.rows('select n from _7;')).toEqual([['7']]);
    expect(await inEngine()).toEqual([['_7']]);
    for (let count = 1; count <= 30; count++) {
      expect(await prompt.rows(`select n from _${count};`)).toEqual([[String(count)]]);
    }
    expect(await inEngine()).toHaveLength(16);
    expect(await prompt.rows('select n from _7;')).toEqual([['7']]);
    expect(
      await prompt.rows(
        `select sum(n) from (${Array.from({ length: 30 }, (_, n) => `from _${n + 1}`).join(' union all ')});`,
      ),
    ).toEqual([['465']]);
    await prompt.run('rerun 1');
    expect(await inEngine()).not.toContainEqual(['_1']);
  });

  it('that was not named before a transaction is read in it, after another one too', async () => {
    await prompt.run('select 1 as i;');
    await prompt.run('select 2 as i;');
    await prompt.run('name 2 Second');
    await prompt.run('begin;');
    expect(await prompt.rows('from _1;')).toEqual([['1']]);
    expect(await prompt.rows('from _SECOND;')).toEqual([['2']]);
    await prompt.run('rollback;');
    expect(await prompt.rows('from _second;')).toEqual([['2']]);
  });

  it('makes room after 200 others, unless it has a name', async () => {
    await prompt.run("select 'named' as word;");
    await prompt.run('name 1 first');
    await prompt.run("select 'oldest' as word;");
    for (let count = 0; count < 200; count++) await prompt.run(`select ${count} as n;`);
    expect((await prompt.problem('from _3;')).message).toContain('not kept any more');
    expect(await prompt.rows('from _first;')).toEqual([['named']]);
    expect(await prompt.rows('from _203;')).toEqual([['199']]);
  });

  it('keeps columns of one name apart', async () => {
    await prompt.run('select 1 as a, 2 as a, 3 as A;');
    expect(await prompt.rows('describe _1;')).toMatchObject(
      [['a'], ['a_1'], ['A_2']].map(([name]) => expect.arrayContaining([name])),
    );
  });

  it('of 100,000 rows is kept whole, of one more it is not, and _ says so', async () => {
    await prompt.run('from range(100000);');
    expect(await prompt.rows('select count(*), sum(range)::bigint from _1;')).toEqual([['100000', '4999950000']]);
    await prompt.run('from range(100001);');
    const problem = await prompt.problem('from _3;');
    expect(problem.message).toContain('cell 3 has more than the 100,000 rows');
    expect(problem.next).toContain('rerun 3');
    expect((await prompt.problem('from _;')).message).toContain('cell 3');
    expect((await prompt.problem('from _99;')).message).toBe('there is no cell 99.');
  });

  it('of a statement that fails half-way is not one: _ is still the one before', async () => {
    await prompt.run('select 7 as i;');
    expect(
      (await prompt.run("select if(range > 5000, error('half-way'), range) as i from range(9000);")).exitCode,
    ).not.toBe(0);
    expect(await prompt.rows('from _;')).toEqual([['7']]);
    expect((await prompt.problem('from _2;')).message).toBe('_2 has no rows: cell 2 had no result.');
    expect((await prompt.problem('_1')).next).toBe('from _1;');
  });

  it('can be read by a later statement of the same cell', async () => {
    expect(await prompt.rows('select 7 as seven; select seven + 1 from _;')).toEqual([['8']]);
  });

  it('is read in a transaction, where one made later is not seen yet', async () => {
    await prompt.run('select 1 as i;');
    await prompt.run('create table t (i int); begin; insert into t from _1;');
    expect(await prompt.rows('from t;')).toEqual([['1']]);
    await prompt.run('select 2 as i;');
    expect((await prompt.problem('from _4;')).message).toContain('newer than what the open transaction sees');
    await prompt.run('commit;');
    expect(await prompt.rows('from _4;')).toEqual([['2']]);
  });

  it('leaves the place of names and a table of the user as they were', async () => {
    await prompt.run('select 1 as i;');
    await prompt.run('create schema mine; use mine; create table _1 (i int);');
    expect(await prompt.rows('from _1;')).toEqual([]);
    expect(await prompt.rows('select current_schema();')).toEqual([['mine']]);
    await prompt.run('use main;');
    await prompt.run('create schema _own; use _own;');
    expect(await prompt.rows('select current_schema();')).toEqual([['_own']]);
    await prompt.run('use main;');
    expect((await prompt.problem('create view v as from _1;')).message).toContain('goes away with this shell');
    expect(await prompt.rows('from _1;')).toEqual([['1']]);
    expect(await prompt.rows("select current_setting('search_path') as p where p like '%duckline%';")).toEqual([]);
  });

  it('does not keep the file open, and is there when it is opened again', async () => {
    await prompt.run('select 42 as i;');
    await prompt.run('from _1;');
    expect((await prompt.run('release')).exitCode).toBe(0);
    expect(prompt.engine.opened?.pool.status().state).toBe('suspended');
    expect(await prompt.rows('from _1;')).toEqual([['42']]);
  });

  it('goes away with the shell', async () => {
    await prompt.run('select 1 as i;');
    await prompt.rows('from _;');
    expect(mine()).toHaveLength(1);
    await prompt.session.close();
    expect(mine()).toEqual([]);
  });

  it('is kept beside a file that is open read-only', async () => {
    await prompt.run('create table t as select 5 as i;');
    await prompt.session.close();
    await prompt.engine.close();
    const reader = new Prompt({}, { folder: prompt.folder, readOnly: true });
    try {
      await reader.run('from t;');
      expect(await reader.rows('select i + 1 from _;')).toEqual([['6']]);
    } finally {
      await reader.close();
    }
  });
});

it('sweeps what a killed shell left, and nothing of one that runs', () => {
  const gone = join(tmpdir(), 'duckline-cells-999999999-x');
  const running = join(tmpdir(), `duckline-cells-${process.ppid}-x`);
  mkdirSync(gone);
  mkdirSync(running, { recursive: true });
  sweep();
  expect([existsSync(gone), existsSync(running)]).toEqual([false, true]);
  rmSync(running, { recursive: true });
});

describe('a cell', () => {
  it('is remembered with its text, rows and what it read', async () => {
    await prompt.run('select 1;\n');
    await prompt.run('selct;');
    const [first, second] = prompt.session.records;
    expect(first).toMatchObject({
      cell: 1,
      run: null,
      text: 'select 1;\n',
      exitCode: 0,
      result: { rows: 1 },
      state: 'ran',
    });
    expect(second).toMatchObject({ cell: 2, exitCode: 2, result: null });
    const { views } = await prompt.run('cells');
    expect((views[0] as ListView).rows.map(([cell, , text]) => [cell, text])).toEqual([
      ['1', 'select 1;'],
      ['2', 'selct;'],
    ]);
  });

  it('runs again in its place', async () => {
    await prompt.run('create table t as select 1 as i;');
    await prompt.run('select count(*) as n from t;');
    await prompt.run('insert into t values (2);');
    expect(await prompt.rows('rerun 2')).toEqual([['2']]);
    expect(await prompt.rows('from _2;')).toEqual([['2']]);
    expect((await prompt.problem('rerun 77')).message).toContain('no cell 77');
  });

  it('is stale once a table that it read was changed, also through a view and a result', async () => {
    await prompt.run('create table t as select 1 as i; create view v as from t; create table other (i int);');
    await prompt.run('select count(*) as n from v;');
    await prompt.run('from other;');
    await prompt.run('select n + 1 from _2;');
    expect(prompt.session.status().notes).toEqual([]);
    await prompt.run('insert into t values (2);');
    await prompt.run('select 1;');
    expect(prompt.session.status().notes).toEqual(['cell 2 is stale']);
    await prompt.run('rerun stale');
    await prompt.run('select 1;');
    expect(prompt.session.status().notes).toEqual(['cell 4 is stale']);
    await prompt.run('rerun stale');
    expect(await prompt.rows('from _4;')).toEqual([['3']]);
    expect(prompt.session.status().notes).toEqual([]);
    expect((await prompt.run('rerun stale')).views).toMatchObject([{ sentence: 'no cell is stale.' }]);
  });

  it('that runs itself again is stopped', async () => {
    await prompt.run('rerun 2');
    await prompt.run('rerun 1');
    expect((await prompt.problem('rerun 2')).message).toContain('runs itself again');
  });

  it('has a name, which is its rows', async () => {
    await prompt.run('select 5 as i;');
    await prompt.run('name 1 momentum');
    expect(await prompt.rows('from _momentum;')).toEqual([['5']]);
    expect(await prompt.rows('rerun momentum')).toEqual([['5']]);
    expect(await prompt.rows('from _momentum;')).toEqual([['5']]);
    await prompt.run('name 4 momentum');
    expect(prompt.session.records.filter(({ name }) => name === 'momentum').map(({ cell }) => cell)).toEqual([4]);
  });

  it('goes back into the editor', async () => {
    await prompt.run('select 1 -- first\n;');
    expect((await prompt.run('edit 1')).edit).toBe('select 1 -- first\n;');
  });
});

describe('a parameter', () => {
  it('is bound by value in SQL: numbers, dates and texts', async () => {
    await prompt.run("let name 'O''Neill; drop table t'");
    await prompt.run('let n 3');
    await prompt.run('let big 170141183460469231731687303715884105727');
    await prompt.run('let since 2024-01-31');
    await prompt.run('let code 600519');
    const values = await prompt.rows(
      'select $name, $n + 1, $big::hugeint, $since + interval 1 month, $code, typeof($n), typeof($since), $N;',
    );
    expect(values).toEqual([
      [
        "O''Neill; drop table t".replace("''", ''),
        '4',
        '170141183460469231731687303715884105727',
        expect.stringContaining('2024-02-29'),
        '600519',
        'INTEGER',
        'DATE',
        '3',
      ],
    ]);
    await prompt.run('create table t as select $n as n;');
    expect(await prompt.rows('from t;')).toEqual([['3']]);
  });

  it('that is unknown is named, with what was probably meant', async () => {
    await prompt.run('let code sh.600519');
    const problem = await prompt.problem('select $cod;');
    expect([problem.message, problem.next]).toEqual(['$cod has no value.', 'did you mean $code ?']);
    await prompt.run('let code --clear');
    expect((await prompt.problem('select $code;')).next).toBe('let code VALUE');
  });

  it('is left alone in a prepared statement, in quotes and in dollar quotes', async () => {
    expect(await prompt.rows('prepare p as select $x + 1; execute p(x := 4);')).toEqual([['5']]);
    expect(await prompt.rows("select '$x', $$ $y $$;")).toEqual([['$x', ' $y ']]);
  });

  it('stands for a whole word of a command', async () => {
    await prompt.run('let cell 1');
    expect((await prompt.run('edit $cell')).edit).toBe('let cell 1');
  });
});
