/** Every format read back: nothing lost, NULL and '' kept apart. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Format } from '../../src/config/settings.ts';
import { resultWriter } from '../../src/output/formats.ts';
import { Memory } from './rows.ts';
import { type Back, fromHtml, fromLine, fromMarkdown, fromTable } from './tables-back.ts';

let memory: Memory;
let folder: string;

beforeAll(async () => {
  memory = await Memory.open();
  folder = mkdtempSync(join(tmpdir(), 'duckline-formats-'));
});
afterAll(() => {
  memory.close();
  rmSync(folder, { recursive: true, force: true });
});

async function written(format: Format, sql: string, piece = 2, terminal = false): Promise<string> {
  const { names, types, rows } = await memory.result(sql);
  const writer = resultWriter(format, { terminal, glyphs: true });
  let text = writer.head(names, types);
  for (let at = 0; at < rows.length; at += piece) text += writer.rows(rows.slice(at, at + piece));
  return text + writer.end();
}

const hard = `from (values
  (1, '贵州茅台', 0.1::double, 1.230::decimal(18,3), date '2024-01-02', true),
  (2, '', 1e300::double, null, null, false),
  (3, null, '-inf'::double, -0.005::decimal(18,3), date '1990-12-19', null),
  (4, 'a "quoted", text' || chr(10) || 'next', 0.30000000000000004::double, 0::decimal(18,3), null, true),
  (5, 'NULL', 'nan'::double, 1::decimal(18,3), null, null),
  (6, ' blank ', 5e-324::double, 1::decimal(18,3), null, null),
  (9223372036854775807, '|<b>\\', -0.0::double, 999999999999999.999::decimal(18,3), null, null)) t(n, s, x, d, day, b)`;

const sorted = 'select n, s, x, d, day, b';

const types = {
  n: 'BIGINT',
  s: 'VARCHAR',
  x: 'DOUBLE',
  d: 'DECIMAL(18,3)',
  day: 'DATE',
  b: 'BOOLEAN',
};

/** Both ways, with every cell cast from its text to the type that it had. */
async function same(original: string, { names, rows }: Back): Promise<void> {
  expect(names).toEqual(Object.keys(types));
  const literal = (text: string | null): string => (text === null ? 'null' : `'${text.replaceAll("'", "''")}'`);
  const columns = Object.entries(types).map(([name, type]) => `${name}::${type} as ${name}`);
  const back = `select ${columns.join(', ')} from (values ${rows
    .map(row => `(${row.map(text => `${literal(text)}::varchar`).join(', ')})`)
    .join(', ')}) t(${names.join(', ')})`;
  expect(await memory.run(`(${sorted} ${original}) except all (${back})`)).toEqual([]);
  expect(await memory.run(`(${back}) except all (${sorted} ${original})`)).toEqual([]);
}

describe('formats', () => {
  it.each(['csv', 'tsv'] as const)('%s comes back whole', async format => {
    const file = join(folder, `hard.${format}`);
    writeFileSync(file, await written(format, hard));
    const back = `${sorted} from read_csv('${file}', header = true, delim = '${format === 'csv' ? ',' : '\\t'}', quote = '"',
      escape = '"', nullstr = '', allow_quoted_nulls = false, auto_detect = false, columns = {'n': 'BIGINT', 's': 'VARCHAR',
      'x': 'DOUBLE', 'd': 'DECIMAL(18,3)', 'day': 'DATE', 'b': 'BOOLEAN'})`;
    const original = `${sorted} ${hard}`;
    expect(await memory.run(`(${original}) except all (${back})`)).toEqual([]);
    expect(await memory.run(`(${back}) except all (${original})`)).toEqual([]);
  });

  it.each(['json', 'jsonl'] as const)('%s comes back whole', async format => {
    const file = join(folder, `hard.${format}`);
    writeFileSync(file, await written(format, hard));
    const back = `${sorted} from read_json('${file}', format = '${format === 'json' ? 'array' : 'newline_delimited'}',
      columns = {'n': 'BIGINT', 's': 'VARCHAR', 'x': 'DOUBLE', 'd': 'DECIMAL(18,3)', 'day': 'DATE', 'b': 'BOOLEAN'})`;
    expect(await memory.run(`(${sorted} ${hard}) except all (${back})`)).toEqual([]);
    expect(await memory.run(`(${back}) except all (${sorted} ${hard})`)).toEqual([]);
  });

  it.each([
    ['markdown', fromMarkdown],
    ['html', fromHtml],
  ] as const)('%s comes back whole', async (format, read) => {
    const texts = [
      '*a* `b` ~c~ [d](e)',
      '_a_ b_c',
      '&lt; &amp; &',
      ' a ',
      "''NULL''",
      '\\|\\\\|',
      '# x',
      '<br>',
      '😀 é',
      '- 1',
    ];
    const more = texts.map((text, at) => `(${at}, '${text.replaceAll("'", "''")}', null, null, null, null)`);
    const all = `from (select * ${hard} union all from (values ${more.join(', ')}))`;
    await same(all, read(await written(format, all)));
  });

  it('keeps every blank in html', async () => {
    const { rows } = fromHtml(await written('html', "select chr(13) || chr(10) || chr(9) || ' a  b' || chr(13) as s"));
    expect(rows).toEqual([['\r\n\t a  b\r']]);
  });

  it.each([
    ['line', fromLine],
    ['table', fromTable],
  ] as const)('%s, for the eye, comes back where nothing is shown otherwise', async (format, read) => {
    const plain = `from (values
      (1::bigint, 'a b', 0.1::double, 1.230::decimal(18,3), date '2024-01-02', true), (2, '', 'inf', null, null, false),
      (3, null, -2.5, -0.005, date '1990-12-19', null), (4, 'NULL', 'nan', 0, null, true),
      (5, '''NULL''', null, 999999999999999.999, null, null)) t(n, s, x, d, day, b)`;
    await same(plain, read(await written(format, plain)));
  });

  it('keeps digits that JavaScript would lose', async () => {
    const text = await written(
      'json',
      'select 170141183460469231731687303715884105727::hugeint as h, 1.10::decimal(4,2) as d',
    );
    expect(text).toBe('[\n{"h":"170141183460469231731687303715884105727","d":1.10}\n]\n');
  });

  it('writes results without rows', async () => {
    expect(await written('json', 'select 1 as x where false')).toBe('[]\n');
    expect(await written('jsonl', 'select 1 as x where false')).toBe('');
    expect(await written('csv', 'select 1 as x where false')).toBe('x\n');
  });

  it('gives repeated names keys of their own', async () => {
    expect(await written('jsonl', 'select 1 as x, 2 as x, 3 as x_1')).toBe('{"x":1,"x_2":2,"x_1":3}\n');
  });

  it('escapes what a markdown table would read', async () => {
    expect(await written('markdown', "select 'a|b<c' || chr(10) || 'd' as s, 1 as n, null as z")).toBe(
      '| s | n | z |\n| --- | ---: | ---: |\n| a\\|b&lt;c<br>d | 1 | NULL |\n',
    );
  });

  it('writes a record a block in line format', async () => {
    expect(await written('line', "select unnest(['a', null, 'NULL']) as 名称, 1.50::decimal(4,2) as d")).toBe(
      "名称 = a\n   d = 1.50\n\n名称 = NULL\n   d = 1.50\n\n名称 = 'NULL'\n   d = 1.50\n",
    );
  });

  it('shows control characters in fields where the reader is a terminal', async () => {
    expect(await written('csv', "select chr(27) || '[2J' as x", 2, true)).toBe('x\n\\x1b[2J\n');
    expect(await written('csv', "select chr(27) || '[2J' as x")).toBe('x\n\u001b[2J\n');
    expect(await written('line', "select chr(27) || '[2J' as x")).toBe('x = \\x1b[2J\n');
  });

  it('writes a table of any width and length', async () => {
    const text = await written('table', "select range as n, repeat('长', 100) as s from range(20002)", 2048);
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(20_002 + 3);
    expect(lines.at(-1)).toBe(`   20001  ${'长'.repeat(100)}`);
    expect(new Set(lines.slice(3).map(line => line.length))).toEqual(new Set([110]));
  });
});
