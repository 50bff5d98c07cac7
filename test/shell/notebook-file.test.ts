/** Notebook files: reading, writing, and that writing again what was read changes nothing. */
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FileCell,
  formatNotebook,
  type Notebook,
  parseNotebook,
  runnable,
} from '../../src/shell/notebook-file.ts';

const example = `-- ---
-- title: 动量
-- params:
--   code: sh.600519
--   since: 2024-01-02
--   note: "a: b # c"
-- ---

-- %% [markdown]
-- # 动量
--
-- * one

-- %% refresh [duckline]
-- fetch $code --from -1y

-- %% 一年涨幅 name="ups"
select '贵州茅台' as 名称,
  '
-- %% no marker in a quote
' as quoted;

-- %% setup role="init"
-- a comment of the statement
select 1;
`;

describe('a notebook file', () => {
  it('is read as head and cells', () => {
    const { head, cells } = parseNotebook(example);
    expect(head).toEqual({
      title: '动量',
      params: [
        ['code', 'sh.600519'],
        ['since', '2024-01-02'],
        ['note', 'a: b # c'],
      ],
    });
    expect(cells.map(({ kind, title, name }) => [kind, title, name])).toEqual([
      ['markdown', null, null],
      ['duckline', 'refresh', null],
      ['sql', '一年涨幅', 'ups'],
      ['sql', 'setup', null],
    ]);
    expect(cells[0]?.text).toBe('# 动量\n\n* one');
    expect(cells[1]?.text).toBe('fetch $code --from -1y');
    expect(cells[2]?.text).toContain('-- %% no marker');
    expect(cells[3]?.attributes).toEqual(['role="init"']);
  });

  it('is written back byte by byte', () => {
    expect(formatNotebook(parseNotebook(example))).toBe(example);
  });

  it('without a marker is one cell', () => {
    expect(parseNotebook('select 1;\nselect 2;\n').cells).toMatchObject([{ bare: true, text: 'select 1;\nselect 2;' }]);
    expect(parseNotebook('\n \n').cells).toEqual([]);
  });

  it('runs with its commands, at the same places', () => {
    const text = runnable(example);
    expect(text).toHaveLength(example.length);
    expect(text.split('\n')[14]).toBe('   fetch $code --from -1y');
    expect(text.split('\n')[15]).toBe('');
    expect(text.split('\n')[13]).toBe(';--%% refresh [duckline]');
  });

  it('is run by the engine alone', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const statements = await connection.extractStatements(example);
    expect(statements.count).toBe(2);
    const rows = await (await statements.prepare(0)).run();
    expect(await rows.getRows()).toEqual([['贵州茅台', '\n-- %% no marker in a quote\n']]);
  });

  it('of Windows, with a byte-order mark, is read alike', () => {
    expect(parseNotebook(`\ufeff${example.replaceAll('\n', '\r\n')}`)).toEqual(parseNotebook(example));
  });
});

const words = fc.array(
  fc.constantFrom(
    '-- %%',
    '-- %% x',
    '-- ---',
    "'",
    '"',
    '$$',
    '/*',
    '*/',
    '--',
    ';',
    '\n',
    '\n\n',
    ' ',
    '茅台',
    'select 1',
    '[markdown]',
    'name="x"',
    '\\',
    ':',
    '#',
    '“',
    '\t',
  ),
  { maxLength: 14 },
);
const text = words.map(parts => parts.join(''));
const cell: fc.Arbitrary<FileCell> = fc.record({
  kind: fc.constantFrom('sql' as const, 'markdown' as const, 'duckline' as const),
  title: fc.option(text),
  name: fc.option(fc.constantFrom('ups', '动量', 'a"b')),
  attributes: fc.constantFrom([], ['role="init"']),
  text,
});
const notebook: fc.Arbitrary<Notebook> = fc.record({
  head: fc.option(
    fc.record({
      title: fc.option(text),
      params: fc.array(fc.tuple(fc.constantFrom('code', 'n', '代码'), fc.oneof(text, fc.string())), { maxLength: 3 }),
    }),
  ),
  cells: fc.array(cell, { maxLength: 5 }),
});

it('once written is the same after every reading and writing', () => {
  fc.assert(
    fc.property(notebook, given => {
      const once = formatNotebook(given);
      expect(formatNotebook(parseNotebook(once))).toBe(once);
    }),
    { numRuns: 2000 },
  );
});

it('keeps the cells and the values of its head', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(
          "select '\n-- %% x\n';",
          'select 1\n\n  from t;',
          'select $$\n-- %%\n$$;',
          "-- it's\nselect 2;",
        ),
        { minLength: 1, maxLength: 4 },
      ),
      fc.array(fc.tuple(fc.constantFrom('code', 'n'), fc.string()), { maxLength: 2 }),
      (texts, params) => {
        const cells = texts.map(sql => ({ kind: 'sql' as const, title: null, name: null, attributes: [], text: sql }));
        const read = parseNotebook(formatNotebook({ head: { title: null, params }, cells }));
        expect(read.cells.map(one => one.text)).toEqual(texts);
        expect(read.head?.params ?? []).toEqual(params);
      },
    ),
    { numRuns: 500 },
  );
});
