/** What stands under a statement, at the built program: aligned in cells, nothing lost, nothing obeyed, bounded. */
import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home, heldBy, PseudoTerminal, type Row } from './terminal.ts';

let home: Home;
let terminal: PseudoTerminal;

beforeAll(async () => {
  home = new Home();
  terminal = new PseudoTerminal([], { home, columns: 120, rows: 40 });
  await terminal.waitFor('new and empty');
});

afterAll(async () => {
  await terminal.close();
  home.remove();
});

/** What stands under cell `number`. */
function under(number: number): readonly string[] {
  const rows = terminal.everything;
  const from = rows.findLastIndex(row => row.startsWith(`[${number}] ❯ `));
  const to = rows.findLastIndex(row => row.startsWith(`[${number + 1}] ❯`));
  return from < 0 ? [] : rows.slice(from + 1, to).filter(row => row !== '');
}

/** The last row of a statement's answer. */
const ends = /^ {2}(.* · [\d.]+ m?s( · .*)?|error .*)$/;

/** Runs a text at the prompt; the rows that stand under it once as many statements have ended. */
async function answer(text: string, statements = 1): Promise<readonly string[]> {
  const number = Number(/^\[(\d+)\]/.exec(terminal.screen[terminal.cursor.row] ?? '')?.[1]);
  terminal.enter(text);
  await terminal.waitFor(() => under(number).filter(row => ends.test(row)).length === statements, `${statements} ends`);
  await terminal.prompt(number + 1);
  return under(number);
}

/** The row in cells. */
function inCells(pattern: RegExp): Row {
  const row = terminal.rows(pattern).at(-1);
  if (!row) throw new Error(`no row is like ${pattern}`);
  return row;
}

describe('a result', () => {
  it('stands in columns of cells, also with full-width and combining characters and emoji', async () => {
    await answer(
      `select * from (values ('贵州茅台', 1502.00, 'é'), ('ＡＢＣ控股', 9.8, 'cafe' || chr(769)), ('*ST景峰', 3.21, '👨‍👩‍👧')) t(name, close, note);`,
    );
    const rows = [/^ +name +close +note$/, /^ +贵州茅台 +1502/, /^ +ＡＢＣ控股 +9\.8/, /^ +\*ST景峰 +3\.21/].map(
      inCells,
    );
    expect(rows.map(({ starts }) => starts[0])).toEqual([2, 2, 2, 2]);
    expect(new Set(rows.map(({ ends }) => ends[1])).size).toBe(1);
    expect(new Set(rows.map(({ starts }) => starts[2])).size).toBe(1);
  });

  it('loses no digit', async () => {
    const rows = await answer(
      "select 170141183460469231731687303715884105727::hugeint as h, 9223372036854775807 as b, 1.10::decimal(9,2) as d, timestamptz '2024-01-02 03:04:05+00' as t;",
    );
    expect(rows.join('\n')).toContain('170141183460469231731687303715884105727');
    expect(rows.join('\n')).toContain('9223372036854775807');
    expect(rows.join('\n')).toMatch(/ 1\.10 /);
    expect(rows.join('\n')).toContain('2024-01-02 11:04:05+08');
    const nested = await answer("select interval '1 year 2 days' as i, '\\xAA\\x00'::blob as x, [1, NULL] as l;");
    expect(nested.join('\n')).toMatch(/1 year 2 days +\\xAA\\x00 +\[1, NULL\]/);
  });

  it('tells NULL from an empty text and from the text NULL', async () => {
    const rows = await answer("select 1 as n, NULL as a, '' as b, 'NULL' as c;");
    expect(rows.find(row => /^ +1 /.test(row))).toMatch(/^ +1 +NULL +'NULL'$/);
  });

  it('shows escape sequences of the data and obeys none', async () => {
    const before = terminal.everything[0];
    const rows = await answer("select chr(27) || '[2J' || chr(27) || ']0;title' || chr(7) as e;");
    expect(rows.join('\n')).toContain('\\x1b[2J\\x1b]0;title\\x07');
    await expect.poll(() => terminal.everything[0]).toBe(before);
    await expect.poll(() => terminal.raw).not.toContain('\x1b]0;title');
  });

  it('cuts long values, counts what it does not show, and never wraps', async () => {
    const wide = Array.from({ length: 64 }, (_, n) => `${n} as column_${n}`).join(', ');
    const rows = await answer(`select repeat('长', 200) as long, ${wide} from range(1000000);`);
    expect(rows.join('\n')).toMatch(/长…/);
    expect(rows.at(-1)).toMatch(/^ +\d+ of (more than )?[1-9][\d,]{4,} rows/);
    expect(rows.at(-1)).toMatch(/\d+ of 65 columns/);
    expect(rows.length).toBeLessThan(45);
  });

  it('stops at the first statement that fails, with its number, its place and what was meant; the text can be had again', async () => {
    const text = "select 1 as one; select nmae from (select '茅台' as name); select 3 as three;";
    const rows = await answer(text, 2);
    await terminal.waitFor(/did you mean +name/);
    expect(rows.join('\n')).toMatch(/1 row/);
    expect(rows.join('\n')).toMatch(/statement 2/);
    expect(rows.join('\n')).not.toMatch(/three$/m);
    terminal.press('up');
    await terminal.waitFor(({ screen, cursor }) => (screen[cursor.row] ?? '').endsWith('three;'));
    terminal.press('C-c');
    await terminal.prompt();
  });

  it('takes the punctuation of a Chinese input method for what it means', async () => {
    expect((await answer('select ‘茅台；’ as name， 1 ＝ 1 as yes；')).join('\n')).toMatch(/茅台； +true/);
  });

  it('keeps temporary tables, variables, USE and an open transaction', async () => {
    await answer(
      "create temp table mine as select 1 as n; set variable x = 41; attach ':memory:' as other; use other;",
      4,
    );
    expect((await answer("select n + getvariable('x') as sum from temp.mine;")).join('\n')).toMatch(/^ +42$/m);
    expect((await answer('select current_database() as db;')).join('\n')).toMatch(/^ +other$/m);
    await answer('use market; detach other; drop table temp.mine;', 3);
  });

  it('says how long it runs, and how far it is', async () => {
    await answer('create temp table many as select range as n, hash(range) as h from range(6_000_000);');
    terminal.enter(
      'select count(distinct h), count(distinct n), max(md5(h::varchar)), max(sha256(n::varchar)) from many;',
    );
    await terminal.waitFor(/running +\[\d+\] [1-9][\d.]* s · [1-9]\d? %.*Ctrl-C cancels/, 'time and percent');
    terminal.press('C-c');
    await terminal.waitFor(/cancelled after [\d.]+ s/);
    await terminal.waitFor(({ screen }) => !screen.some(row => row.includes('running')), 'the end of it');
    await answer('drop table many;');
  });

  it('costs no memory that stays: after 300 results it holds what it held after 100', async () => {
    const bars = Array.from({ length: 18 }, (_, n) => `range / ${n + 3} as c${n}`).join(', ');
    const hundred = async (): Promise<number> => {
      for (let batch = 0; batch < 10; batch++) {
        const first = Number(/^\[(\d+)\]/.exec(terminal.screen[terminal.cursor.row] ?? '')?.[1]);
        // Each in a cell of its own, whose rows are kept.
        for (let n = 0; n < 10; n++) terminal.enter(`select '${batch} ${n}' as t, ${bars} from range(20);`);
        await terminal.waitFor(() => under(first + 9).some(row => ends.test(row)), 'the last of ten');
        await terminal.prompt(first + 10);
      }
      return heldBy(terminal.pid);
    };
    const early = await hundred();
    await hundred();
    const late = await hundred();
    expect(late).toBeGreaterThan(0);
    // As tables of the engine the kept results alone would be a fourth more.
    expect(late / early).toBeLessThan(1.15);
  });

  it('stands in a history that only its owner reads', () => {
    expect(statSync(home.path('state', 'duckline', 'history')).mode & 0o777).toBe(0o600);
  });
});

describe('64 columns', () => {
  it.each([20, 40, 80])('at %i columns: every row fits, and what is hidden is counted', async columns => {
    const narrow = new PseudoTerminal(['--db', `narrow${columns}.duckdb`], { home, columns, rows: 24 });
    try {
      await narrow.prompt(1);
      const wide = Array.from({ length: 64 }, (_, n) => `'第${n}列' as c${n}`).join(', ');
      narrow.paste(`select ${wide};`);
      narrow.press('enter');
      await narrow.waitFor(({ everything }) => /of\s+64/.test(everything.join('\n')), 'the columns to be counted');
      await narrow.prompt(2);
      const rows = narrow.everything;
      const from = rows.findIndex(row => /^ +c0 /.test(row));
      expect(from).toBeGreaterThan(0);
      expect(rows[from + 2]).toMatch(/^ +第0列/);
      expect(rows.filter(row => row.startsWith('[2]'))).toHaveLength(1);
    } finally {
      await narrow.close();
    }
  });
});
