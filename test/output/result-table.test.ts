/** Results as tables: aligned in cells, never wider than the screen, nothing lost without being counted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellWidth } from '../../src/output/cells.ts';
import { resultLines } from '../../src/output/result-table.ts';
import { Memory, screen, texts, widest, widths } from './rows.ts';

let memory: Memory;

beforeAll(async () => {
  memory = await Memory.open();
});
afterAll(() => memory.close());

const market = `from (values
  ('宁德时代', 412.3, 3.12, 0.71, 68.42),
  ('贵州茅台', 1502.0, 0.4, 0.19, 35.17),
  ('平安银行', 11.52, -0.35, 0.44, 9.8),
  ('*ST景峰', 3.21, 0.0, null, 0.0)) t(name, close, pct_chg, turn, yi)
  select name, close::double as close, pct_chg::double as pct_chg, turn::double as turn, yi::double as yi`;

describe('a result as a table', () => {
  it('stands as the analyst expects it', async () => {
    expect(texts(resultLines(await memory.result(market), screen(100)))).toEqual([
      '  name        close  pct_chg    turn      yi',
      '  varchar    double   double  double  double',
      '  宁德时代   412.30    +3.12    0.71   68.42',
      '  贵州茅台  1502.00    +0.40    0.19   35.17',
      '  平安银行    11.52    -0.35    0.44    9.80',
      '  *ST景峰      3.21     0.00    NULL    0.00',
      '  4 rows · 12 ms',
    ]);
  });

  it.each(widths)('never exceeds %d columns, whatever stands in it', async columns => {
    const views = await Promise.all(
      [
        market,
        "select repeat('很长的名字', 50) as 名称, repeat('x', 500) as y, 1 as n",
        'select repeat(\'名\', 80) as "a very long heading for a column of numbers", 170141183460469231731687303715884105727::hugeint as h, h, h',
        'select * from (select 1 as a1, 2 as a2, 3 as a3, 4 as a4, 5 as a5, 6 as a6, 7 as a7, 8 as a8, 9 as a9), range(60)',
        "select 'e\u0301👨‍👩‍👧🇨🇳ｆｕｌｌ' as x, chr(27) || '[31mred' as y",
      ].map(sql => memory.result(sql)),
    );
    for (const view of views) expect(widest(resultLines(view, screen(columns)))).toBeLessThan(columns);
  });

  it('cuts no character of many parts, marks where it cuts, and cuts nothing that fits', async () => {
    const cell = async (sql: string): Promise<string> => {
      const lines = texts(resultLines(await memory.result(`select ${sql} as x`), screen(60)));
      return (lines[2] ?? '').trim();
    };
    expect(await cell("repeat('e\u0301', 50)")).toBe('e\u0301'.repeat(50));
    expect(await cell("repeat('👨‍👩‍👧', 20)")).toBe('👨‍👩‍👧'.repeat(20));
    expect(await cell("repeat('👨‍👩‍👧', 1000)")).toMatch(/^(👨‍👩‍👧){27,28}…$/u);
    expect(await cell("['e\u0301', repeat('e\u0301', 200)]")).toMatch(/^\[e\u0301, (e\u0301)+…$/u);
  });

  it('counts what it leaves out in the narrowest window, and says how to see it', async () => {
    const view = await memory.result("select 12345678901234567890::hugeint as a, 'x' as b");
    const foot = texts(resultLines(view, screen(20), { opens: 'F3 opens it whole' }))
      .slice(3)
      .map(row => row.trimEnd());
    expect(foot).toEqual(['  1 row · 1 of 2', '  columns · F3']);
  });

  it('keeps every column aligned in cells', async () => {
    const view = await memory.result(
      "from (values ('宁德', 1.5, 'x'), ('ab', 22.25, '景峰'), ('e\u0301', null, null)) t(n, v, w) select n, v::double as v, w",
    );
    const lines = texts(resultLines(view, screen(80))).slice(0, -1);
    const ends = lines.slice(1).map(line => cellWidth(/^.*?(double|\d\d|NULL)(?= |$)/.exec(line)?.[0] ?? ''));
    expect(new Set(ends)).toEqual(new Set([17]));
    expect(lines.slice(1)).toEqual([
      '  varchar  double  varchar',
      '  宁德       1.50  x',
      '  ab        22.25  景峰',
      '  e\u0301          NULL  NULL',
    ]);
  });

  it('counts the rows and columns that it leaves out', async () => {
    const columns = Array.from({ length: 18 }, (_, n) => `range * 1000000 as column${n}`).join(', ');
    const view = { ...(await memory.result(`select ${columns} from range(60)`)), total: 1_000_000, ms: 31 };
    const lines = texts(resultLines(view, screen(100, 28), { opens: 'F3 opens it whole' }));
    expect(lines).toHaveLength(20 + 2 + 1);
    expect(lines.at(-1)).toBe('  20 of 1,000,000 rows · 9 of 18 columns · 31 ms · F3 opens it whole');
  });

  it('says that there are more rows than were read', async () => {
    const view = { ...(await memory.result('from range(3)')), total: 65_536, complete: false };
    expect(texts(resultLines(view, screen(80))).at(-1)).toBe('  3 of more than 65,536 rows · 12 ms');
  });

  it('tells NULL from the text NULL and from an empty text', async () => {
    const lines = resultLines(
      await memory.result("from (values (null), ('NULL'), (''), ('''NULL''')) t(x)"),
      screen(80),
    );
    expect(texts(lines).slice(2, -1)).toEqual(['  NULL', "  'NULL'", '  ', "  ''NULL''"]);
    expect(lines[2]?.at(-1)?.role).toBe('dim');
    expect(lines[3]?.at(-1)?.role).toBeUndefined();
  });

  it('loses no digit of integers and decimals', async () => {
    const view = await memory.result(
      'select -170141183460469231731687303715884105727::hugeint as h, 12345678901234567890.123456789::decimal(38,9) as d',
    );
    expect(texts(resultLines(view, screen(100)))[2]).toBe(
      '  -170141183460469231731687303715884105727  12345678901234567890.123456789',
    );
  });

  it.each([
    ['(0.1::double + 0.2::double), 1501.9999999999998::double', ['0.3', '1502.0']],
    ['1e-9::double, 1502::double', ['1e-09', '1502']],
    ['1e300::double, 2.5::double', ['1e+300', '2.5']],
    ["'nan'::double, '-inf'::double", ['nan', '-inf']],
    ['0.1::float, 412.3::float', ['0.1', '412.3']],
    ['100::double, 0::double', ['100', '0']],
    ['0.0123456789::double, 0.1::double', ['0.012346', '0.100000']],
  ])('shows the doubles %s with one number of decimals', async (values, wanted) => {
    const view = await memory.result(`select unnest([${values}]) as x`);
    expect(
      texts(resultLines(view, screen(80)))
        .slice(2, -1)
        .map(line => line.trim()),
    ).toEqual(wanted);
  });

  it('shows control characters instead of obeying them', async () => {
    const view = await memory.result(
      'select chr(27) || \'[2J\' || chr(10) || chr(155) || chr(8238) as x, 1 as "a\u001bb"',
    );
    const text = texts(resultLines(view, screen(80))).join('\n');
    expect(text).toContain('\\x1b[2J\\n\\x9b\\u202e');
    expect(text).toContain('a\\x1bb');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it('draws a rule where there is no colour, and ASCII twins where glyphs are not to be had', async () => {
    const view = await memory.result("select repeat('长', 60) as x");
    const lines = texts(resultLines(view, { ...screen(40, 30, false), colour: false }));
    expect(lines[2]).toMatch(/^ {2}-+$/);
    expect(lines[3]).toMatch(/长~$/);
    expect(lines.at(-1)).toBe('  1 row | 12 ms');
  });

  it('shows a query plan as text', async () => {
    const lines = texts(resultLines(await memory.result('explain select 42'), screen(80)));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.join('\n')).toMatch(/PROJECTION/);
    expect(lines.join('')).not.toContain('\\n');
  });

  it('shows a result without rows and its head', async () => {
    expect(texts(resultLines(await memory.result('select 1 as x where false'), screen(80)))).toEqual([
      '        x',
      '  integer',
      '  0 rows · 12 ms',
    ]);
  });
});
