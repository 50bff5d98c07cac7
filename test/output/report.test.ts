/** Reports of a notebook, as HTML and Markdown, and the way into Jupyter. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commands } from '../../commands/all.ts';
import { proseHtml } from '../../src/output/report/prose.ts';
import { ipynb } from '../../src/shell/notebook-export.ts';
import { createRegistry, isCommandOf } from '../../src/shell/registry.ts';
import { Prompt } from '../shell/prompt.ts';

let prompt: Prompt;

beforeEach(() => {
  prompt = new Prompt();
});

afterEach(() => prompt.close());

const evil = `<script>alert(1)</script>`;
const notes = `-- ---
-- title: 动量 ${evil}
-- params:
--   n: 2
-- ---

-- %% [markdown]
-- # 说明
-- [bad](javascript:alert(1)) <img src=x onerror=alert(1)>

-- %% 结果 name="ups"
select '${evil}' as "<b>x</b>", i as n, null as nothing, '' as empty, 1.5::double as pct_chg from range($n) t(i);

-- %% fails
select nope;

-- %%
select n + 40 as after from _;

-- %% look [duckline]
-- tables
-- chart 'select i as x, i * i as y from range(9) t(i)'
`;

describe('a report', () => {
  it('is one HTML file with all cells, those that failed too, and nothing obeyed or loaded', async () => {
    writeFileSync(prompt.path('notes.sql'), notes);
    const { exitCode } = await prompt.run(
      `report ${prompt.path('notes.sql')} --to ${prompt.path('out.html')} --set n=3`,
    );
    expect(exitCode).toBe(3);
    const html = readFileSync(prompt.path('out.html'), 'utf8');
    expect(html).toContain('<h1>动量 &lt;script&gt;');
    expect(html).toContain('<b>$n</b> 3');
    expect(html).toContain('<h2>结果</h2>');
    expect(html).toContain('&lt;b&gt;x&lt;/b&gt;');
    expect(html).toContain('<td class="n null">NULL</td><td></td><td class="n up">+1.5</td>');
    expect(html).toContain('<p class="foot">3 rows</p>');
    expect(html).toContain('<span class="word">failed</span>');
    expect(html).toContain('<td class="n">40</td>');
    expect(html).toContain('<svg ');
    expect(html).not.toMatch(/<script|<img|<b>x|href="javascript|\s(src|onerror)="/i);
    expect(html.match(/(href|src|url\()[="(]+https?:/g)).toBeNull();
    expect(unbalanced(html)).toEqual([]);
  });

  it('is Markdown by its extension, and takes the place of no file by surprise', async () => {
    writeFileSync(prompt.path('notes.sql'), notes);
    const line = `report ${prompt.path('notes.sql')} --to ${prompt.path('out.md')}`;
    expect((await prompt.run(line)).exitCode).toBe(3);
    const text = readFileSync(prompt.path('out.md'), 'utf8');
    expect(text).toContain('| &lt;b>x&lt;/b> | n | nothing | empty | pct_chg |');
    expect(text).toContain('**failed**');
    expect((await prompt.problem(line)).next).toContain('--force');
    expect((await prompt.problem(`report ${prompt.path('notes.sql')} --to out.pdf`)).message).toContain('neither');
  });

  it('with all cells well ends well', async () => {
    writeFileSync(prompt.path('notes.sql'), 'select 1;');
    expect((await prompt.run(`report ${prompt.path('notes.sql')}`)).exitCode).toBe(0);
    expect(readFileSync(prompt.path('notes.html'), 'utf8')).toContain('<p class="foot">1 row</p>');
  });
});

it('takes prose for what it is and no more', () => {
  const html = proseHtml(
    '## a `b`\n\n* one\n* **two**\n  more\n\n1. x\n\n```\n<i>\n```\n> q\n\n---\ntext *em* & [l](https://a.b/?x="y)\n#no heading',
  );
  expect(html.split('\n')).toEqual([
    '<h2>a <code>b</code></h2>',
    '<ul><li>one</li><li><strong>two</strong> more</li></ul>',
    '<ol><li>x</li></ol>',
    '<pre><code>&lt;i&gt;</code></pre>',
    '<blockquote><p>q</p></blockquote>',
    '<hr>',
    '<p>text <em>em</em> &amp; <a href="https://a.b/?x=&quot;y" rel="noreferrer">l</a>',
    '#no heading</p>',
  ]);
  for (const odd of ['-', '1.', '>', '```', '#', '***', '* ', '[](', '- a\n\n- b'])
    expect(typeof proseHtml(odd)).toBe('string');
});

it('becomes a Jupyter notebook with its outputs', async () => {
  await prompt.run('-- # 说明');
  await prompt.run('tables\nselect 1 as one;');
  await prompt.run('select nope;');
  await prompt.run('name 2 first');
  const isCommand = isCommandOf(createRegistry(commands));
  const text = ipynb(prompt.session.records.slice(0, 3), { isCommand, title: '动量' });
  const notebook = JSON.parse(text);
  expect([notebook.nbformat, notebook.nbformat_minor, notebook.metadata.title]).toEqual([4, 5, '动量']);
  expect(
    notebook.cells.map(({ cell_type, source }: { cell_type: string; source: string[] }) => [
      cell_type,
      source.join(''),
    ]),
  ).toEqual([
    ['markdown', '# 说明'],
    ['code', '%%bash\nduckline tables'],
    ['code', '%%sql\nselect 1 as one;'],
    ['code', '%%sql\nselect nope;'],
  ]);
  expect(notebook.cells[2].metadata).toEqual({ name: 'first' });
  const outputs = notebook.cells[2].outputs.map(({ output_type }: { output_type: string }) => output_type);
  expect(outputs).toEqual(['display_data', 'execute_result']);
  expect(notebook.cells[2].outputs[1].data['text/html'].join('')).toContain('<td class="n">1</td>');
  expect(notebook.cells[3].outputs[0].output_type).toBe('error');
  expect(new Set(notebook.cells.map(({ id }: { id: string }) => id)).size).toBe(4);
  expect(ipynb(prompt.session.records.slice(0, 3), { isCommand, title: '动量' })).toBe(text);
});

/** Tags that are opened and not closed, or closed and not opened. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, end, tag, self] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/gi)) {
    if (self || /^(meta|hr|br|img)$/i.test(tag ?? '')) continue;
    if (end === '') open.push(tag ?? '');
    else if (open.pop() !== tag) wrong.push(`</${tag}>`);
  }
  return [...wrong, ...open];
}
