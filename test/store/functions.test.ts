/** The functions of a file, each also called with a table whose columns have the names that stand inside. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { limitPercent, limitPrice } from '../../src/market/limits.ts';
import { macros } from '../../src/store/views.ts';
import { MarketRig } from '../sync/market-rig.ts';

const rig = new MarketRig(makeDemoMarket({ codes: 12, years: 2 }));
let stock = '';
let name = '';

beforeAll(async () => {
  await rig.open();
  await rig.sync({ from: '2025-12-01' });
  [[stock, name]] = (await rig.rows(
    `select code, i.name from adj_factors join instruments i using (code) where ex_date > '2026-01-01' order by code limit 1`,
  )) as [[string, string]];
  const names = [
    'code',
    'date',
    'seq',
    'n_',
    'x_',
    'day_',
    'in_day_',
    'in_seq_',
    'in_text_',
    'in_code_',
    'close',
    'is_open',
  ];
  await rig.database.pool.execute(
    `create table mine as select ${names.map(column => `${column === 'code' ? `'sh.600000'` : column === 'date' || column.includes('day') ? `date '2026-11-16' + i::integer` : column === 'in_text_' || column === 'in_code_' ? `'600000'` : 'i::integer'} as ${column}`).join(', ')} from range(5) r(i)`,
  );
});
afterAll(() => rig.close());

describe('sessions', () => {
  it('are counted from the newest and from any day', async () => {
    expect(await rig.rows(`select session(0)::varchar, session(1)::varchar`)).toEqual([['2026-11-20', '2026-11-19']]);
    expect(
      await rig.rows(
        `select session(date '2026-11-20', 0)::varchar, session('2026-11-22', 0)::varchar, session('2026-11-20', -4)::varchar, session('2026-11-20', 1)::varchar`,
      ),
    ).toEqual([['2026-11-20', '2026-11-20', '2026-11-16', '2026-11-23']]);
  });

  it('follow rows that a statement took out', async () => {
    const newest = await rig.value('select session(0)::varchar');
    await rig.database.pool.execute('create or replace table kept as from daily where date = session(0)');
    await rig.database.pool.execute('delete from daily where date = session(0)');
    expect(await rig.value('select session(0)::varchar')).toBe('2026-11-19');
    await rig.database.pool.execute('insert into daily from kept; drop table kept');
    expect(await rig.value('select session(0)::varchar')).toBe(newest);
  });

  it('take columns of a table with the same names', async () => {
    const shifted = await rig.rows(
      'select session(date, 1)::varchar, session(day_, n_)::varchar, session(seq)::varchar from mine order by date',
    );
    expect(shifted).toEqual([
      ['2026-11-17', '2026-11-16', '2026-11-20'],
      ['2026-11-18', '2026-11-18', '2026-11-19'],
      ['2026-11-19', '2026-11-20', '2026-11-18'],
      ['2026-11-20', '2026-11-24', '2026-11-17'],
      ['2026-11-23', '2026-11-26', '2026-11-16'],
    ]);
  });
});

describe('codes', () => {
  it.each([
    ['600519.SH', 'sh.600519'],
    ['SZ000001', 'sz.000001'],
    ['000001.XSHE', 'sz.000001'],
    ['1.600519', 'sh.600519'],
    ['600519', 'sh.600519'],
    ['000001', 'sz.000001'],
    ['920819', 'bj.920819'],
    ['６００５１９．ＳＨ', 'sh.600519'],
    ['　sh。600519 ', 'sh.600519'],
    ['没有', null],
  ])('%s is %s', async (typed, code) => {
    expect(await rig.value(`select code('${typed}')`)).toBe(code);
  });

  it('are found by name, and take columns of a table with the same names', async () => {
    expect(await rig.value(`select code('${name}')`)).toBe(stock);
    expect(await rig.rows('select distinct code(code), code(in_text_), code(in_code_) from mine')).toEqual([
      ['sh.600000', 'sh.600000', 'sh.600000'],
    ]);
  });
});

describe('bars', () => {
  it('are those of the views, in any adjustment and range', async () => {
    for (const [adjust, view] of [
      ['qfq', 'daily_qfq'],
      ['hfq', 'daily_hfq'],
      ['none', 'daily'],
    ]) {
      const differing = `select count(*), max(abs(b.close / v.close - 1)) < 1e-12 from bars('${name}', adjust := '${adjust}', since := '2026-01-01', until := '2026-06-30') b
        join ${view} v using (code, date)`;
      const rows = await rig.value(
        `select count(*) from daily where code = '${stock}' and date between '2026-01-01' and '2026-06-30'`,
      );
      expect(await rig.rows(differing)).toEqual([[rows, true]]);
    }
    expect(await rig.value(`select count(distinct code) from bars('${stock} 000001.SZ')`)).toBeGreaterThanOrEqual(1);
  });

  it('keep the prices of the anchor as traded', async () => {
    const anchored = `select b.close / d.close from bars('${stock}', anchor := '2025-12-01') b join daily d using (code, date) where date = '2025-12-01'`;
    expect(await rig.value(anchored)).toBeCloseTo(1, 12);
  });

  it('refuse what is no security or adjustment', async () => {
    await expect(rig.rows(`from bars('没有')`)).rejects.toThrow('no one security is called');
    await expect(rig.rows(`from bars('${stock}', adjust := 'x')`)).rejects.toThrow('adjust is qfq');
  });
});

describe('windows', () => {
  it('are NULL until they are full, and stay within a code', async () => {
    const rows = await rig.rows(
      `select ma(close, 3), hhv(close, 2), llv(close, 2), ref(close, 1), ret(close, 1) from (
        select 'a' as code, date '2026-01-01' + i::integer as date, (i + 1)::double as close from range(4) r(i)
        union all select 'b', date '2026-01-01', 100) order by code, date`,
    );
    expect(rows).toEqual([
      [null, null, null, null, null],
      [null, 2, 1, 1, 1],
      [2, 3, 2, 2, 0.5],
      [3, 4, 3, 3, 4 / 3 - 1],
      [null, null, null, null, null],
    ]);
  });

  it('take columns of the names inside', async () => {
    expect(
      await rig.rows(
        'select ma(x_, 2), hhv(n_, 2), llv(x_, 2), ref(x_, 1), ret(seq, 2) from mine order by date limit 3',
      ),
    ).toEqual([
      [null, null, null, null, null],
      [0.5, 1, 0, 0, null],
      [1.5, 2, 1, 1, null],
    ]);
  });
});

describe('limits', () => {
  it('are those of the exchanges’ rules in exact decimals', async () => {
    const rows = await rig.rows(
      `select l.up_limit::double, l.down_limit::double, d.pre_close, i.board, d.is_st, d.date::varchar,
        (select count(*) from calendar c where c.is_open and c.date between i.list_date and d.date), l.is_limit_up, d.close, d.is_suspended
      from limits l join daily d using (code, date) join instruments i using (code)`,
    );
    expect(rows.length).toBeGreaterThan(1_000);
    for (const [up, down, before, board, isSt, date, since, isUp, close, suspended] of rows) {
      const question = { board, date, isSt, ...(Number(since) > 0 && Number(since) < 400 ? { session: since } : {}) };
      const percent = limitPercent(question as never);
      const wanted = percent && [limitPrice(before as number, percent.up), limitPrice(before as number, -percent.down)];
      expect([up, down]).toEqual(wanted ?? [null, null]);
      if (wanted) expect(isUp).toBe(close === wanted[0] && suspended !== true);
    }
  });

  it('count the sessions in a row', async () => {
    await rig.database.pool.execute(
      `update daily set pre_close = 10, close = 11, is_suspended = false, is_st = false where code = '${stock}' and date in ('2026-11-18', '2026-11-19')`,
    );
    await rig.database.pool.execute(
      `update instruments set board = 'main', list_date = '2001-01-02' where code = '${stock}'`,
    );
    expect(
      await rig.rows(
        `select streak, up_limit::varchar from limits where code = '${stock}' and date in ('2026-11-18', '2026-11-19') order by date`,
      ),
    ).toEqual([
      [1, '11.00'],
      [2, '11.00'],
    ]);
  });
});

it('have names of their own', () => {
  const all = macros.map(macro => macro.name);
  expect(new Set(all).size).toBe(all.length);
});
