/** Evenings of an analyst: what a sync asks for, and what is stored after it. Gateway, workers and file are real. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { MarketRig } from './market-rig.ts';

const demo = makeDemoMarket({ codes: 40, years: 2 });
const rig = new MarketRig(demo);
const kline = 'query_history_k_data_plus';
const byDate = 'query_daily_history_k_AStock';
const factorsByDate = 'query_daily_adjust_factor';

beforeAll(() => rig.open());
afterAll(() => rig.close());
beforeEach(() => {
  rig.at('2026-11-20T20:00:00');
});

const stockRows = `select count(*) from daily join instruments using (code) where kind = 'stock'`;

/** Bars of stocks that the gateway has between two days. */
function served(from: string, to: string): number {
  return demo.calendar.sessions
    .filter(day => day >= from && day <= to)
    .reduce((sum, day) => sum + demo.barsOn(day, 'stock').length, 0);
}

describe('a sync from nothing', () => {
  it('stores every bar of every stock once, one year back, and then is up to date', async () => {
    await rig.fresh();
    const first = await rig.sync();
    expect(first).toMatchObject({ failed: 0, left: 0, end: 'ok' });
    expect(await rig.value(stockRows)).toBe(served('2025-11-20', '2026-11-20'));
    expect(await rig.value('select count(*) - count(distinct (code, date)) from daily')).toBe(0);
    expect(await rig.value('select max(date)::varchar from daily')).toBe('2026-11-20');

    const again = await rig.sync();
    expect(again).toMatchObject({ planned: 0, rows: 0, requests: 0, end: 'ok', asked: {} });
    const later = await rig.plan();
    expect(later.plan.tasks).toEqual([]);
    expect(later.asked).toEqual({});
  });

  it('takes a new session of the whole market in three requests, and its factors with it', async () => {
    await rig.fresh();
    rig.at('2026-11-19T20:00:00');
    await rig.sync({ from: '2026-10-12' });
    rig.at('2026-11-20T20:00:00');
    const next = await rig.sync();
    expect(next.asked).toEqual({ query_stock_basic: 1, [byDate]: 1, [factorsByDate]: 1 });
    expect(next.requests).toBeLessThanOrEqual(5 + 2);
    expect(next).toMatchObject({ planned: 2, failed: 0, end: 'ok' });
    expect(next.rows).toBe(demo.barsOn('2026-11-20', 'stock').length);
    expect(await rig.value(stockRows)).toBe(served('2026-10-12', '2026-11-20'));
    expect((await rig.sync()).asked).toEqual({});
  });
});

describe('what is missing', () => {
  beforeAll(async () => {
    await rig.fresh();
    rig.at('2026-11-20T20:00:00');
    await rig.sync({ from: '2026-06-01' });
  });

  it('is asked for by date where all miss it', async () => {
    const days = demo.calendar.sessions.filter(day => day >= '2026-09-01' && day <= '2026-09-30');
    await rig.database.pool.execute(`delete from daily where date between '2026-09-01' and '2026-09-30'`);
    const found = await rig.sync();
    expect(found.asked).toEqual({ [byDate]: days.length });
    expect(await rig.value(stockRows)).toBe(served('2026-06-01', '2026-11-20'));
    expect((await rig.sync()).asked).toEqual({});
  });

  it('is asked for by code where three codes miss much, and only their missing sessions', async () => {
    const [one, two, three] = (
      await rig.rows(`select code from daily group by code having count(*) > 100 order by code`)
    ).flat();
    await rig.database.pool.execute(`delete from daily where code in ('${one}', '${two}') and date >= '2026-07-01'`);
    await rig.database.pool.execute(
      `delete from daily where code = '${three}' and date between '2026-08-03' and '2026-08-11'`,
    );
    const { plan } = await rig.plan();
    expect(
      plan.tasks.map(task => (task.kind === 'bars' ? [task.code, task.from, task.to] : task.dataset)).sort(),
    ).toEqual(
      [
        [one, '2026-07-01', '2026-11-20'],
        [two, '2026-07-01', '2026-11-20'],
        [three, '2026-08-03', '2026-08-11'],
      ].sort(),
    );
    expect((await rig.sync()).asked).toEqual({ [kline]: 3 });
    expect(await rig.value(stockRows)).toBe(served('2026-06-01', '2026-11-20'));
    expect((await rig.sync()).asked).toEqual({});
  });

  it('tells of stored bars that came otherwise, and keeps what was stored', async () => {
    const [code] = (
      await rig.rows('select code from daily group by code having count(*) > 100 order by code limit 1')
    ).flat();
    const day = (date: string) => `code = '${code}' and date = '${date}'`;
    const close = await rig.value(`select close from daily where ${day('2026-10-21')}`);
    await rig.database.pool.execute(`update daily set close = close + 1 where ${day('2026-10-21')}`);
    expect(await rig.sync()).toMatchObject({ revised: 0, requests: 0 });
    // One request takes both sessions that are gone, and what lies between them.
    await rig.database.pool.execute(`delete from daily where ${day('2026-10-20')} or ${day('2026-10-22')}`);
    expect(await rig.sync()).toMatchObject({ revised: 1, rows: 3, asked: { [kline]: 1 } });
    expect(await rig.value(`select close from daily where ${day('2026-10-21')}`)).toBe(close);
    expect(
      await rig.rows(
        `select code, "at"::varchar, round((old->>'close')::double - (new->>'close')::double, 6) from meta.revisions where dataset = 'daily'`,
      ),
    ).toEqual([[code, '2026-10-21', 1]]);
  });

  it('is only told by a plan, which writes nothing and touches no bar', async () => {
    await rig.database.pool.execute(`delete from daily where date = '2026-10-20'`);
    const counts = `select (select count(*) from daily), (select count(*) from meta.runs), (select count(*) from meta.coverage),
      (select count(*) from meta.attempts), (select max("at")::varchar from meta.refreshed)`;
    const before = await rig.rows(counts);
    const { plan, asked } = await rig.plan();
    expect(asked).toEqual({});
    expect(plan.lines[0]).toMatchObject({ how: 'by date', sessions: 1, requests: 1 });
    expect(await rig.rows(counts)).toEqual(before);
    await rig.sync();
  });

  it('is told without a file of anything, from the catalogue alone', async () => {
    await rig.fresh();
    const { plan, asked, prepare, codes } = await rig.plan();
    expect(Object.keys(asked).sort()).toEqual(['query_stock_basic', 'query_trade_dates']);
    expect(prepare).toBe(Object.values(asked).reduce((sum, count) => sum + count, 0));
    expect(plan.tasks.length).toBeGreaterThan(30);
    expect(codes).toBeGreaterThan(30);
    expect(await rig.value('select count(*) from instruments')).toBe(0);
    expect(await rig.value('select count(*) from meta.runs')).toBe(0);
    expect(await rig.value('select sum(count) from meta.requests')).toBe(prepare + 2);
  });
});
