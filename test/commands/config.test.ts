/** Settings, aliases and the notebook of a start, through a prompt and through the built program. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListView } from '../../src/output/view.ts';
import { Prompt } from '../shell/prompt.ts';
import { Home } from '../slice/program.ts';

let home: Home;

beforeAll(() => {
  home = new Home({ DUCKLINE_API_KEY: 's3cret' });
  mkdirSync(home.path('config/duckline'), { recursive: true });
});
afterAll(() => home.close());

describe('config', () => {
  it('says where each setting came from, and no secret', async () => {
    writeFileSync(home.path('config/duckline/config.json'), '{\n  "theme": "dark",\n  "db": "mine.duckdb"\n}\n');
    const { out, code, err } = await home.run(['--workers', '1', 'config', '--json']);
    expect([code, err]).toEqual([0, '']);
    const { settings } = JSON.parse(out);
    const of = (name: string) => settings.find((setting: { name: string }) => setting.name === name);
    expect(of('db')).toMatchObject({ value: 'mine.duckdb', from: 'file' });
    expect(of('db').place).toBe(`${home.path('config/duckline/config.json')}:3`);
    expect(of('workers')).toEqual({ name: 'workers', value: '1', from: 'flag', place: '--workers' });
    expect(of('format')).toMatchObject({ from: 'default' });
    expect(out).not.toContain('s3cret');
  });

  it('ends with 2 for a file that holds a mistake', async () => {
    writeFileSync(home.path('duckline.json'), '{"wokers": 2}');
    const { code, err } = await home.run(['config']);
    expect(code).toBe(2);
    expect(err).toContain('duckline.json:1');
    writeFileSync(home.path('duckline.json'), '{}');
  });
});

describe('alias', () => {
  it('is kept, runs its text with what follows, and goes away', async () => {
    const prompt = new Prompt();
    await prompt.run(`alias two = "select 2 as n, 'a;b' as s"`);
    expect(await prompt.rows('two')).toEqual([['2', 'a;b']]);
    expect(await prompt.rows('two where true')).toEqual([['2', 'a;b']]);
    await prompt.run('alias k "two"');
    expect(await prompt.rows('k')).toEqual([['2', 'a;b']]);
    await prompt.run('alias a "b"');
    await prompt.run('alias b "a"');
    expect((await prompt.problem('a')).message).toContain('means itself');
    const { views } = await prompt.run('alias');
    expect((views.at(-1) as ListView).object.aliases).toEqual({
      a: 'b',
      b: 'a',
      k: 'two',
      two: "select 2 as n, 'a;b' as s",
    });
    await prompt.run('alias two --clear');
    expect((await prompt.problem('two')).message).toContain('there is no command two');
    expect((await prompt.problem('alias select "x"')).message).toContain('begins a statement');
    expect((await prompt.problem('alias fetch "x"')).message).toContain('is a command');
    await prompt.close();
  });
});

describe('rc', () => {
  it('runs before the first cell, and its failure is told and stops nothing', async () => {
    const prompt = new Prompt({
      rc: { name: 'rc.sql', text: 'create temp macro twice(x) as 2 * x;\nmode line\nfrom nowhere;' },
    });
    const { view } = await prompt.session.greeting({ columns: 80, rows: 24, glyphs: true, colour: false });
    expect(
      view
        .flat()
        .map(({ text }) => text)
        .join(' '),
    ).toMatch(/rc\.sql.*nowhere/s);
    const { cell } = await prompt.run('select twice(4);');
    expect(cell).toBe(1);
    expect(await prompt.rows('select twice(4);')).toEqual([['8']]);
    expect(prompt.session.mode.format).toBe('line');
    await prompt.close();
  });
});
