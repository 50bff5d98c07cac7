/** Every file that `export` writes, read back and compared both ways. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prompt } from '../shell/prompt.ts';

let prompt: Prompt;

beforeAll(async () => {
  prompt = new Prompt();
  await prompt.run(`create table hard as from (values
    (1, '贵州茅台', 0.1::double, 1.230::decimal(38,3), date '2024-01-02', true, 170141183460469231731687303715884105727::hugeint),
    (2, '', 1e300::double, null, null, false, null),
    (3, null, '-inf'::double, -0.005::decimal(38,3), date '1990-12-19', null, -1::hugeint),
    (4, 'a "quoted", text' || chr(10) || 'next', 0.30000000000000004::double, 0::decimal(38,3), null, true, 0::hugeint),
    (5, 'NULL', 'nan'::double, 12345678901234567890123456789012345.678::decimal(38,3), null, null, null),
    (6, ' blank ' || chr(9), 5e-324::double, 1::decimal(38,3), null, null, null),
    (9223372036854775807, '|<b>\\', -0.0::double, 1::decimal(38,3), null, null, null)) t(n, s, x, d, day, b, h);
    create table nested as select 1 as n, [1, null, 3] as list, {'a': 'x, y', 'b': null} as struct,
      '2024-01-02 09:30:00+08'::timestamptz as moment, interval '3 months 2 days' as i, '\\xAA\\x00'::blob as raw;`);
});
afterAll(() => prompt.close());

const columns = `{'n': 'BIGINT', 's': 'VARCHAR', 'x': 'DOUBLE', 'd': 'DECIMAL(38,3)', 'day': 'DATE', 'b': 'BOOLEAN', 'h': 'HUGEINT'}`;
const csv = (delimiter: string): string =>
  `header = true, delim = '${delimiter}', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, auto_detect = false, columns = ${columns}`;

async function same(one: string, other: string): Promise<void> {
  expect(await prompt.rows(`(${one}) except all (${other});`)).toEqual([]);
  expect(await prompt.rows(`(${other}) except all (${one});`)).toEqual([]);
}

describe('export', () => {
  it.each([
    ['hard.csv', (file: string) => `from read_csv('${file}', ${csv(',')})`],
    ['hard.tsv', (file: string) => `from read_csv('${file}', ${csv('\\t')})`],
    ['hard.csv.gz', (file: string) => `from read_csv('${file}', ${csv(',')})`],
    ['hard.json', (file: string) => `from read_json('${file}', format = 'array', columns = ${columns})`],
    ['hard.jsonl', (file: string) => `from read_json('${file}', format = 'newline_delimited', columns = ${columns})`],
    ['hard.parquet', (file: string) => `from '${file}'`],
  ])('writes %s so that it comes back whole', async (name, reading) => {
    const file = prompt.path(name);
    const { exitCode, views } = await prompt.run(`export hard ${file}`);
    expect(exitCode).toBe(0);
    expect(views.at(-1)).toMatchObject({ kind: 'list', object: { file, rows: 7 } });
    await same('from hard', reading(file));
  });

  it('keeps lists, structs, instants, intervals and bytes', async () => {
    const types = `{'n': 'INTEGER', 'list': 'INTEGER[]', 'struct': 'STRUCT(a VARCHAR, b INTEGER)', 'moment': 'TIMESTAMPTZ', 'i': 'INTERVAL', 'raw': 'VARCHAR'}`;
    for (const ending of ['csv', 'jsonl', 'parquet']) {
      const file = prompt.path(`nested.${ending}`);
      await prompt.run(`export nested ${file}`);
      const reading = {
        csv: `read_csv('${file}', header = true, auto_detect = false, nullstr = '', quote = '"', escape = '"', columns = ${types})`,
        jsonl: `read_json('${file}', format = 'newline_delimited', columns = ${types})`,
        parquet: `'${file}'`,
      }[ending];
      await same(
        'select n, list, struct, moment, i, raw from nested',
        `select n, list, struct, moment, i, raw::blob from ${reading}`,
      );
    }
  });

  it('writes an html page and a markdown table with NULL and an empty text apart', async () => {
    await prompt.run(`export hard ${prompt.path('hard.html')}`);
    const page = readFileSync(prompt.path('hard.html'), 'utf8');
    const cells = [...page.matchAll(/<td(?: class="(\w+)")?>(.*?)<\/td>/g)];
    expect(cells).toHaveLength(49);
    expect(cells.filter(([, kind]) => kind === 'null')).toHaveLength(15);
    expect(page).toContain('<td>NULL</td>');
    expect(page).toContain('<td></td>');
    expect(page).toContain('&lt;b&gt;');
    expect(page).toContain('12345678901234567890123456789012345.678');
    await prompt.run(`export "from hard where n < 4" ${prompt.path('hard.md')}`);
    expect(readFileSync(prompt.path('hard.md'), 'utf8').split('\n')).toHaveLength(6);
  });

  it('exports a cell, the last result, a query with parameters, and what an open transaction sees', async () => {
    const { cell } = await prompt.run('select n * 2 as twice from hard where n < 4;');
    await prompt.run(`export ${cell} ${prompt.path('cell.csv')}`);
    expect(readFileSync(prompt.path('cell.csv'), 'utf8')).toBe('twice\n2\n4\n6\n');
    await prompt.run('select 7 as x;');
    await prompt.run(`export ${prompt.path('last.jsonl')}`);
    expect(readFileSync(prompt.path('last.jsonl'), 'utf8')).toBe('{"x":7}\n');
    await prompt.run('let least 5');
    await prompt.run(`export "select n from hard where n >= $least and n < 7" ${prompt.path('param.csv')}`);
    expect(readFileSync(prompt.path('param.csv'), 'utf8')).toBe('n\n5\n6\n');
    await prompt.run('begin; create table mine as select 1 as x;');
    await prompt.run(`export mine ${prompt.path('mine.csv')}`);
    await prompt.run('rollback;');
    expect(readFileSync(prompt.path('mine.csv'), 'utf8')).toBe('x\n1\n');
  });

  it('never takes the place of a file by surprise, and leaves nothing of an export that failed or was cancelled', async () => {
    const file = prompt.path('kept.csv');
    writeFileSync(file, 'mine');
    expect((await prompt.problem(`export hard ${file}`)).message).toContain('exists');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await prompt.run(`export hard ${file} --force`);
    expect(readFileSync(file, 'utf8')).toContain('贵州茅台');
    const failing = `"select case when range = 900000 then error('broken') else range::varchar end from range(1000000)"`;
    for (const ending of ['csv', 'json', 'parquet']) {
      expect((await prompt.problem(`export ${failing} ${prompt.path(`broken.${ending}`)}`)).message).toContain(
        'broken',
      );
      const submission = prompt.session.submit(
        `export "select sum(a.range * b.range) over () from range(1000000) a, range(100000) b" ${prompt.path(`long.${ending}`)}`,
        { onView: () => undefined },
      );
      while (submission.startedAt === null) await new Promise(resolve => setImmediate(resolve));
      submission.cancel();
      expect(await submission.done).toMatchObject({ exitCode: 130 });
    }
    expect(readdirSync(prompt.folder).filter(name => /broken|long|part/.test(name))).toEqual([]);
  });

  it('refuses what it cannot write, with what to do', async () => {
    expect(await prompt.problem(`export hard ${prompt.path('hard.xlsx')}`)).toMatchObject({ kind: 'usage' });
    expect((await prompt.problem('export "delete from hard" gone.csv')).message).toContain('gives no rows');
    expect((await prompt.problem('export haard gone.csv')).next).toBe('did you mean hard ?');
    expect((await prompt.problem(`export hard ${prompt.path('none')}/x.csv`)).kind).toBe('failed');
    expect(existsSync('gone.csv')).toBe(false);
  });

  it('writes a folder of partitions, which only such a folder gives way to', async () => {
    await prompt.run(`create table bars as select date '2022-11-01' + range::int as date, range as n from range(100);`);
    const folder = prompt.path('bars');
    const { views } = await prompt.run(`export bars ${folder} --partition-by year,month`);
    expect(views.at(-1)).toMatchObject({ object: { rows: 100, partitionBy: ['year', 'month'] } });
    expect(readdirSync(folder).sort()).toEqual(['year=2022', 'year=2023']);
    await same('from bars', `select date, n from read_parquet('${folder}/**/*.parquet', hive_partitioning = true)`);
    expect((await prompt.problem(`export bars ${folder} --partition-by year`)).kind).toBe('refused');
    await prompt.run(`export bars ${folder} --partition-by year --force`);
    expect(readdirSync(`${folder}/year=2022`).every(name => name.endsWith('.parquet'))).toBe(true);
    mkdirSync(prompt.path('home'));
    writeFileSync(prompt.path('home/letter.txt'), 'mine');
    expect((await prompt.problem(`export bars ${prompt.path('home')} --partition-by year --force`)).kind).toBe(
      'refused',
    );
    expect(readFileSync(prompt.path('home/letter.txt'), 'utf8')).toBe('mine');
  });
});
