/** Saving, opening and running notebook files from a session. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Prompt } from './prompt.ts';

let prompt: Prompt;

beforeEach(() => {
  prompt = new Prompt();
});

afterEach(() => prompt.close());

describe('save and open', () => {
  it('write what ran well, and read it back to the same bytes', async () => {
    const file = prompt.path('notes.sql');
    await prompt.run('let code sh.600519');
    await prompt.run('-- # 动量\n--\n-- what it is about');
    await prompt.run("select '贵州茅台' as 名称 -- why\n");
    await prompt.run('tables\nselect 1；select 2;');
    await prompt.run('selct;');
    await prompt.run('name 3 ups');
    expect((await prompt.run(`save ${file} --title 动量`)).exitCode).toBe(0);
    const saved = readFileSync(file, 'utf8');
    expect(saved).toBe(`-- ---
-- title: 动量
-- params:
--   code: sh.600519
-- ---

-- %% [markdown]
-- # 动量
--
-- what it is about

-- %% name="ups"
select '贵州茅台' as 名称 -- why
;

-- %% [duckline]
-- tables

-- %%
select 1;
select 2;
`);
    const other = new Prompt();
    try {
      await other.run(`open ${file}`);
      expect(other.session.records.map(({ cell, state }) => [cell, state])).toEqual([
        [1, 'ran'],
        [2, 'opened'],
        [3, 'opened'],
        [4, 'opened'],
        [5, 'opened'],
      ]);
      expect(await other.rows('rerun 3')).toEqual([['贵州茅台']]);
      expect(await other.rows('select $code, * from _ups;')).toEqual([['sh.600519', '贵州茅台']]);
      const again = other.path('again.sql');
      await other.run(`save ${again} 2-5`);
      expect(readFileSync(again, 'utf8')).toBe(saved);
    } finally {
      await other.close();
    }
  });

  it('ask before taking the place of a file', async () => {
    const file = prompt.path('notes.sql');
    writeFileSync(file, 'mine', { mode: 0o640 });
    await prompt.run('select 1;');
    const problem = await prompt.problem(`save ${file}`);
    expect([problem.kind, problem.next]).toEqual(['refused', `save ${file} --force`]);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await prompt.run(`save ${file} --force`);
    expect(readFileSync(file, 'utf8')).toBe('-- %%\nselect 1;\n');
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it('leave out a text that would run into the next cell', async () => {
    const file = prompt.path('notes.sql');
    await prompt.run("select 'open");
    await prompt.run('select 1;');
    await prompt.run(`save ${file} 1 2`);
    expect(readFileSync(file, 'utf8')).toBe('-- %%\nselect 1;\n');
  });
});

describe('run', () => {
  const notes = `-- ---
-- params:
--   code: sh.600519
-- ---

-- %% [duckline]
-- tables

-- %%
select $code as code, $n + 1 as n
`;

  it('runs SQL and commands with the values of the file, of --set and of the session', async () => {
    writeFileSync(prompt.path('notes.sql'), notes);
    await prompt.run('let n 1');
    await prompt.run('let code sz.000001');
    const { views, exitCode } = await prompt.run(`run ${prompt.path('notes.sql')}`);
    expect(views.map(({ kind }) => kind)).toEqual(['tables', 'result']);
    expect(exitCode).toBe(0);
    expect(await prompt.rows('from _;')).toEqual([['sh.600519', '2']]);
    expect(await prompt.rows(`run ${prompt.path('notes.sql')} --set code=x --set n=41`)).toEqual([['x', '42']]);
    expect(await prompt.rows('select $code, $n;')).toEqual([['sz.000001', '1']]);
  });

  it('names file and line of what fails, and stops there', async () => {
    writeFileSync(
      prompt.path('bad.sql'),
      '-- %%\nselect 1\n\n-- %%\nselect nope;\n-- %%\ncreate table never (i int);\n',
    );
    const { views, exitCode } = await prompt.run(`run ${prompt.path('bad.sql')}`);
    expect(exitCode).not.toBe(0);
    expect(views.at(-1)).toMatchObject({ kind: 'problem', statement: 'bad.sql, statement 2 of 3', place: { line: 5 } });
    expect((await prompt.problem('from never;')).message).toContain('never');
  });

  it('says why a file cannot be read', async () => {
    expect((await prompt.problem('run nowhere.sql')).message).toContain('nowhere.sql cannot be read');
  });
});

describe('a named cell of a file', () => {
  const text = `-- %% first name="ups"
select 7 as v;
select 8 as v; -- the last one counts
-- %% second
select 9 as w;
-- %% third
select v, w from _ups, _;
`;

  it('is its rows for the cells after it, in run and in a report, and for the prompt', async () => {
    writeFileSync(prompt.path('ups.sql'), text);
    const { exitCode, views } = await prompt.run(`run ${prompt.path('ups.sql')}`);
    expect(exitCode).toBe(0);
    expect(views.at(-1)).toMatchObject({ kind: 'result', rows: [[8, 9]] });
    expect(await prompt.rows('from _ups;')).toEqual([['8']]);
    expect((await prompt.run(`report ${prompt.path('ups.sql')} --to ${prompt.path('ups.md')}`)).exitCode).toBe(0);
    expect(readFileSync(prompt.path('ups.md'), 'utf8')).toContain('| 8 | 9 |');
    const { cell } = await prompt.run('select 1 as x;');
    await prompt.run(`name ${cell} ups`);
    expect(await prompt.rows('from _ups;')).toEqual([['1']]);
    await prompt.run(`run ${prompt.path('ups.sql')}`);
    expect(await prompt.rows('from _ups;')).toEqual([['8']]);
  });
});
