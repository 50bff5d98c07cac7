/** Results read again a part at a time, on a real pool: every row once, in one order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeptResult } from '../../src/shell/cell-record.ts';
import { type CopyRows, ResultPages, type Sorting } from '../../src/shell/result-pages.ts';
import type { Read } from '../../src/shell/result-reading.ts';
import type { ConnectionPool } from '../../src/store/connection.ts';
import { openPool } from '../../src/store/pool/pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'duckline-pages-'));
const signal = new AbortController().signal;
let pool: ConnectionPool;

beforeAll(async () => {
  pool = await openPool({ path: join(folder, 'pages.duckdb') });
  await pool.execute(
    "create table daily as select 'sz.' || lpad((x % 500)::varchar, 6, '0') as code, (x // 500)::integer as day, x as volume from range(150000) t(x)",
  );
});

afterAll(async () => {
  await pool.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const read: Read = (sql, values, until) => pool.query(sql, values, { signal: until });

async function pagesOf(sql: string, given: Partial<KeptResult> = {}): Promise<ResultPages> {
  const values = given.values ?? {};
  const { names, types } = await pool.query(`from (\n${sql.replace(/;$/, '')}\n) limit 0`, values);
  return new ResultPages({ sql, values: {}, names, types, rows: null, table: null, ...given }, null, read);
}

async function all(pages: ResultPages, sorting: Sorting | null = null, piece = 7001): Promise<string[]> {
  const rows: string[] = [];
  for (;;) {
    const page = await pages.rows(rows.length, piece, sorting, signal);
    rows.push(...page.rows.map(row => row.join(' ')));
    if (page.rows.length < piece) return rows;
  }
}

describe('the rows of a result', () => {
  it.each([
    ['a scan, in its own order', 'select * from daily;', 'own'],
    ['a filter with a comment at its end', "from daily where code <> 'sz.000007' -- not that one", 'own'],
    ['an order with ties', 'select code, volume from daily order by code desc', 'own'],
    ['groups, which have no order', 'select volume, count(*) as n from daily group by volume', 'columns'],
    ['a join', 'select a.code, b.volume from daily a join daily b using (volume)', 'columns'],
  ])('come each once: %s', async (_, sql, order) => {
    const pages = await pagesOf(sql);
    expect(await pages.order()).toBe(order);
    const total = await pages.count(signal);
    const rows = await all(pages);
    expect(rows).toHaveLength(total);
    expect(new Set(rows).size).toBe(total);
    if (order === 'own') {
      const whole = await pool.query(sql.replace(/desc$/, 'desc, volume'));
      expect(rows).toEqual(whole.rows.map(row => row.join(' ')));
    }
  });

  it('come sorted by a column with the ties in their order', async () => {
    const pages = await pagesOf('select * from daily');
    const rows = await all(pages, { column: 1, descending: true }, 40_000);
    const whole = await pool.query('from daily order by day desc, volume');
    expect(rows).toEqual(whole.rows.map(row => row.join(' ')));
  });

  it.each([
    ['select *, if(day % 3 = 0, null, day % 5) as odd from daily', 3],
    ['select day % 7 as odd, count(*) as n, if(day % 2 = 0, null, code) as c from daily group by all', 0],
    ['select day % 7 as odd, count(*) as n, if(day % 2 = 0, null, code) as c from daily group by all', 2],
  ])('are the same from the end of an order as from its beginning: %s by %i', async (sql, column) => {
    const pages = await pagesOf(sql);
    const total = await pages.count(signal);
    for (const descending of [false, true]) {
      const rows = await all(pages, { column, descending }, 40_000);
      for (const [from, count] of [
        [total - 600, 600],
        [total - 3, 600],
        [Math.ceil(total / 2) + 1, 600],
        [Math.floor(total / 2), 600],
      ] as const) {
        const page = await pages.rows(from, count, { column, descending }, signal, total);
        expect(page.from).toBe(from);
        expect(page.rows.map(row => row.join(' '))).toEqual(rows.slice(from, from + count));
      }
    }
  });

  it('stay as they are once they are held, whatever is written, in the order that they had', async () => {
    await pool.execute('create table growing as select range % 7 as a, range as b from range(5000)');
    for (const sql of [
      'from growing where b <> $not',
      'select a, sum(b) as b from growing where b <> $not group by a',
    ]) {
      const pages = await pagesOf(sql, { values: { not: 77 } });
      const order = await pages.order();
      const before = await all(pages, null, 700);
      const sorted = await all(pages, { column: 0, descending: true }, 700);
      const dropped: string[] = [];
      const copy: CopyRows = async (query, values, until) => {
        await pool.execute(`create table held as from (${query})`, values, { signal: until });
        return { table: 'held', drop: async () => void dropped.push('held') };
      };
      expect(await pages.hold(copy, signal)).toBe(true);
      expect(await pages.hold(copy, signal)).toBe(false);
      await pool.execute('insert into growing select -1, -range from range(300)');
      expect(await pages.order()).toBe(order);
      expect(await all(pages, null, 700)).toEqual(before);
      expect(await all(pages, { column: 0, descending: true }, 700)).toEqual(sorted);
      expect(await pages.count(signal)).toBe(before.length);
      await pages.close();
      expect(dropped).toEqual(['held']);
      await pool.execute('drop table held; delete from growing where a < 0');
    }
    await pool.execute('drop table growing');
  });

  it('come with what the parameters were bound to', async () => {
    const pages = await pagesOf('from daily where code = $code', { values: { code: 'sz.000042' } });
    expect(await pages.count(signal)).toBe(300);
    expect(await pages.find('149542', 0, 'down', null, signal)).toBe(299);
  });

  it('are found down and up, whatever the case, in the order that is shown', async () => {
    const pages = await pagesOf('select code, volume from daily');
    expect(await pages.find('SZ.000003', 0, 'down', null, signal)).toBe(3);
    expect(await pages.find('sz.000003', 3, 'down', null, signal)).toBe(503);
    expect(await pages.find('sz.000003', 503, 'up', null, signal)).toBe(3);
    expect(await pages.find('sz.000003', 3, 'up', null, signal)).toBeNull();
    expect(await pages.find("nothing'; drop", 0, 'down', null, signal)).toBeNull();
    expect(await pages.find('sz.000003', 0, 'down', { column: 1, descending: true }, signal)).toBe(496);
  });

  it('are told apart where two columns have one name', async () => {
    const pages = await pagesOf('select code, code from daily limit 3');
    expect(await pages.find('sz.000002', 0, 'down', null, signal)).toBe(2);
  });

  it('are only those that were shown where they cannot be read again', async () => {
    for (const sql of ['select random() from daily', 'select * from _3', 'insert into daily from daily returning *']) {
      const result = { sql, values: {}, names: ['x'], types: [], rows: null, table: null };
      expect(await new ResultPages(result, null, read).order()).toBeNull();
    }
    expect(await pool.query('select count(*) from daily')).toMatchObject({ rows: [[150_000n]] });
  });

  it('are not read on after the end', async () => {
    const pages = await pagesOf('select * from daily, range(100000) order by all');
    const counting = pages.find('nowhere', 0, 'down', null, signal);
    pages.close();
    await expect(counting).rejects.toThrow();
  });
});
