/** What `help recipes` and the README show is run as it stands, on the demo market. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recipes } from '../../src/shell/help-recipes.ts';
import { wordsOf } from '../../src/shell/words.ts';
import { Home, root } from '../slice/program.ts';

let home: Home;
beforeAll(() => {
  home = new Home();
});
afterAll(() => home.close());

describe('help', () => {
  it('shows recipes that find rows as they stand', async () => {
    const { out: text } = await home.run(['help', 'recipes']);
    for (const { title, sql } of recipes) {
      expect(text).toContain(title);
      for (const row of sql) expect(text).toContain(row.trim());
    }
    const { out, err, code } = await home.run([
      '--demo',
      '--json',
      ...recipes.flatMap(({ sql }) => ['-c', sql.join('\n')]),
    ]);
    expect([code, code === 0 ? '' : err]).toEqual([0, '']);
    const results = out
      .trim()
      .split(/(?<=^\])\n/m)
      .map(part => JSON.parse(part) as unknown[]);
    expect(results).toHaveLength(recipes.length);
    for (const [index, rows] of results.entries())
      expect([recipes[index]?.title, rows.length > 0]).toEqual([recipes[index]?.title, true]);
  }, 120_000);
});

/** Lines of the README that are not run, and why. */
const left: readonly (readonly [RegExp, string])[] = [
  [/^npm /, 'starts what the tests are run by'],
  [/^duckline(?:\s+#.*)?$/, 'asks the public host'],
  [/^duckline fetch 600519 --from 2015/, 'asks the public host'],
  [/^duckline fetch --all/, 'asks the public host'],
  [/^duckline gateway/, 'serves until it is ended; gateway tests run it'],
];

describe('README', () => {
  const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```\w*\n(.*?)^```/gms)].map(
    ([, body]) => body ?? '',
  );

  it('shows texts for the prompt that run', async () => {
    const prompts = blocks.filter(body => !/^(npm|duckline|[{#])/m.test(body) && !body.startsWith('-- ---'));
    expect(prompts.length).toBeGreaterThan(3);
    // Where cells are named by their numbers, each line is a cell, and a session of its own.
    const numbered = prompts.filter(body => /^(let|rerun|name) /m.test(body));
    const others = prompts.filter(body => !numbered.includes(body)).join('\n');
    writeFileSync(home.path('readme.sql'), others.replace(/^quit$/gm, ''));
    const whole = await home.run(['--demo', '-f', 'readme.sql']);
    expect([whole.code, whole.code === 0 ? '' : whole.err]).toEqual([0, '']);
    for (const body of numbered) {
      const cells = body.split('\n').filter(row => row !== '');
      const { err, code } = await home.run(['--demo', ...cells.flatMap(row => ['-c', row])]);
      expect([code, code === 0 ? '' : err]).toEqual([0, '']);
    }
  }, 180_000);

  it('shows a notebook that runs', async () => {
    const notebooks = blocks.filter(body => body.startsWith('-- ---'));
    for (const [index, body] of notebooks.entries()) {
      writeFileSync(home.path(`notebook${index}.sql`), body);
      const { err, code } = await home.run(['--demo', 'run', `notebook${index}.sql`]);
      expect([code, code === 0 ? '' : err]).toEqual([0, '']);
    }
  }, 120_000);

  it('shows command lines that run', async () => {
    writeFileSync(home.path('notes.sql'), 'select 1;\n');
    const rows = blocks.flatMap(body => body.split('\n')).filter(row => row.startsWith('duckline'));
    const run = rows.filter(row => !left.some(([form]) => form.test(row)));
    expect(run.length).toBeGreaterThan(1);
    for (const row of run) {
      const [, ...words] = wordsOf(row.replace(/\s+#.*$/, ''));
      const { code, err } = await home.run(['--demo', ...words]);
      expect([row, code, code === 0 ? '' : err]).toEqual([row, 0, '']);
    }
  }, 120_000);
});
