/** What a provider does to a sync: evenings half published, codes that come and go, rows that cannot be. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import type { Row } from '../../src/gateway/market.ts';
import { MarketRig } from './market-rig.ts';

const demo = makeDemoMarket({ codes: 60, years: 2 });
const rig = new MarketRig(demo);
const kline = 'query_history_k_data_plus';
const byDate = 'query_daily_history_k_AStock';
const factorsByDate = 'query_daily_adjust_factor';
const stocks = demo.listings.filter(({ kind }) => kind === 'stock').map(({ code }) => code);
const known = { today: '2026-11-20', daily: '2026-11-20', factors: '2026-11-20', minutes: '2026-11-20' };
const sessions = demo.calendar.sessions.filter(day => day <= '2026-11-20');

beforeAll(() => rig.open());
afterAll(() => rig.close());

/** A stock that goes ex on a day of the last half year, the day, and the session before it. */
function exDay(): { code: string; day: string; before: string } {
  for (const day of sessions.slice(-120)) {
    const [row] = demo.factorsOn(day, known);
    const before = sessions[sessions.indexOf(day) - 1];
    if (row && before) return { code: row[0] as string, day, before };
  }
  throw new Error('the demo has no dividend in this half year');
}

describe('an evening', () => {
  const { code, day, before } = exDay();
  const from = sessions[sessions.indexOf(day) - 12] as string;

  beforeAll(async () => {
    await rig.fresh();
    rig.at(`${before}T20:00:00`);
    expect(await rig.sync({ from })).toMatchObject({ failed: 0, end: 'ok' });
  });

  it('before 17:30 has no new session', async () => {
    rig.at(`${day}T17:29:00`);
    const { asked, rows } = await rig.sync();
    expect([Object.keys(asked), rows]).toEqual([['query_stock_basic'], 0]);
  });

  it('from 17:30 has the bars, and factors of our own for what went ex', async () => {
    rig.at(`${day}T17:35:00`);
    const before18 = await rig.sync();
    expect(before18.asked).toEqual({ [byDate]: 1 });
    expect(
      await rig.rows(
        `select ex_date::varchar, status from adj_factors where status = 'provisional' and code = '${code}'`,
      ),
    ).toEqual([[day, 'provisional']]);
    const jump = `select abs(d.pre_close / p.close - 1) < 1e-9 from daily_qfq d join daily_qfq p on p.code = d.code and p.date = '${before}'
      where d.code = '${code}' and d.date = '${day}'`;
    expect(await rig.value(jump)).toBe(true);
    expect((await rig.sync()).asked).toEqual({});
  });

  it("from 18:00 has the provider's factors in their place", async () => {
    rig.at(`${day}T18:00:00`);
    expect((await rig.sync()).asked).toEqual({ [factorsByDate]: 1 });
    expect(await rig.value(`select count(*) from adj_factors where status = 'provisional'`)).toBe(0);
    const [row] = demo.factorsOn(day, known);
    expect(
      await rig.value(`select hfq_factor from adj_factors where code = '${code}' and ex_date = '${day}'`),
    ).toBeCloseTo(Number(row?.[3]), 6);
    expect((await rig.sync()).asked).toEqual({});
  });
});

describe('a day of the whole market', () => {
  beforeAll(async () => {
    await rig.fresh();
    rig.at('2026-11-19T20:00:00');
    await rig.sync({ from: '2026-11-02' });
    rig.at('2026-11-20T17:40:00');
  });

  const part = (share: number) => ({
    barsOn: (date: string, kind: 'stock' | 'fund'): readonly Row[] => {
      const rows = demo.barsOn(date, kind);
      return rows.slice(0, Math.floor(rows.length * share));
    },
  });

  it('with far fewer codes than the session before is a failure that advances nothing', async () => {
    await rig.provider(part(0.6));
    const summary = await rig.sync();
    expect(summary).toMatchObject({ planned: 1, ok: 0, failed: 1, rows: 0, end: 'partial' });
    expect(await rig.rows('select dataset, class from meta.failures')).toEqual([['day-bars', 'bad-data']]);
    expect(await rig.value('select message from meta.failures')).toMatch(
      /sent bars of \d+ of \d+ codes for 2026-11-20/,
    );
    expect(await rig.value('select max(date)::varchar from daily')).toBe('2026-11-19');
    expect(await rig.value(`select max(to_date)::varchar from meta.coverage where dataset = 'daily'`)).toBe(
      '2026-11-19',
    );
  });

  it('is asked for again, and settles the failure when it is whole', async () => {
    await rig.provider(part(0));
    expect(await rig.sync()).toMatchObject({ empty: 1, rows: 0 });
    await rig.provider({});
    const summary = await rig.sync();
    expect(summary).toMatchObject({ ok: 1, failed: 0, end: 'ok', asked: { [byDate]: 1 } });
    expect(await rig.rows('from meta.failures')).toEqual([]);
  });

  it('with a few codes less is taken, and asked for again the same evening until it is whole', async () => {
    await rig.fresh();
    await rig.provider(part(0.93));
    rig.at('2026-11-19T20:00:00');
    await rig.sync({ from: '2026-11-02', to: '2026-11-18' });
    await rig.provider();
    await rig.sync();
    await rig.provider(part(0.93));
    rig.at('2026-11-20T17:40:00');
    const late = await rig.sync();
    expect(late).toMatchObject({ ok: 1, failed: 0, asked: { [byDate]: 1 } });
    const missing = demo.barsOn('2026-11-20', 'stock').length - late.rows;
    expect(missing).toBeGreaterThan(2);
    const still = await rig.sync();
    expect(still).toMatchObject({ rows: 0, failed: 1, asked: { [byDate]: 1 } });
    expect(await rig.value('select message from meta.failures')).toMatch(/0 of \d+ codes .* not published in full yet/);
    await rig.provider();
    expect((await rig.sync()).rows).toBe(missing);
    expect((await rig.sync()).asked).toEqual({});
    expect(await rig.rows('from meta.failures')).toEqual([]);
  });

  it('without a listed code is whole; the code is looked at once more and then left alone', async () => {
    await rig.fresh();
    await rig.provider();
    rig.at('2026-11-18T20:00:00');
    await rig.sync({ from: '2026-11-02' });
    const gone = (await rig.value('select max(code) from daily where not is_suspended')) as string;
    await rig.provider({
      barsOn: (date, kind) => demo.barsOn(date, kind).filter(row => !row.includes(gone)),
      bars: (code, ...rest) => {
        const series = demo.bars(code, ...rest);
        if (code !== gone || !series) return series;
        let length = series.length;
        while (length > 0 && series.dateAt(length - 1) > '2026-11-18') length--;
        return { ...series, columns: series.columns, dateAt: i => series.dateAt(i), row: i => series.row(i), length };
      },
    });
    rig.at('2026-11-19T20:00:00');
    expect((await rig.sync()).asked).toMatchObject({ [byDate]: 1 });
    expect((await rig.sync()).asked).toEqual({});
    rig.at('2026-11-20T20:00:00');
    const looked = await rig.sync();
    expect(looked.asked).toMatchObject({ [byDate]: 1, [kline]: 1 });
    expect(await rig.rows('select code, class from meta.failures')).toEqual([[gone, 'bad-data']]);
    expect((await rig.sync()).asked).toEqual({});
  });

  it('keeps a row that cannot be out of the table, alone, and does not ask for it again', async () => {
    await rig.fresh();
    await rig.provider({});
    rig.at('2026-11-19T20:00:00');
    await rig.sync({ from: '2026-11-02' });
    const columns = 'date,code,open,high,low,close,preclose,volume'.split(',');
    const spoiled: readonly ((row: string[]) => string[])[] = [
      row => row.with(columns.indexOf('volume'), 'abc'),
      row => row.with(columns.indexOf('high'), '0.01'),
      row => row.with(0, '2026-11-22'),
    ];
    await rig.provider({
      barsOn: (date, kind) => {
        const rows = demo.barsOn(date, kind);
        if (date !== '2026-11-20' || kind !== 'stock') return rows;
        return [...rows.map((row, index) => spoiled[index]?.([...row]) ?? row), rows.at(-1) as Row];
      },
    });
    rig.at('2026-11-20T20:00:00');
    const summary = await rig.sync();
    expect(summary).toMatchObject({ failed: 0, quarantined: 3, end: 'ok' });
    const all = demo.barsOn('2026-11-20', 'stock').length;
    expect(await rig.value(`select count(*) from daily where date = '2026-11-20'`)).toBe(all - 3);
    expect(await rig.value('select count(*) - count(distinct (code, date)) from daily')).toBe(0);
    expect((await rig.sync()).asked).toEqual({});
  });
});

describe('codes', () => {
  it('that are suspended, new or gone make no gap, and a Beijing or unknown code no request', async () => {
    const [young, old] = stocks as [string, string];
    const within = (code: string, day: string) =>
      !((code === young && day < '2026-11-10') || (code === old && day > '2026-11-06'));
    await rig.fresh();
    await rig.provider({
      table: (method, params, at) =>
        demo
          .table(method, params, at)
          .map(row =>
            method !== 'query_stock_basic'
              ? row
              : row[0] === young
                ? row.with(2, '2026-11-10')
                : row[0] === old
                  ? row.with(3, '2026-11-09').with(5, '0')
                  : row,
          ),
      barsOn: (date, kind) =>
        demo.barsOn(date, kind).filter(row => stocks.every(code => !row.includes(code) || within(code, date))),
    });
    rig.at('2026-11-19T20:00:00');
    const first = await rig.sync({ from: '2026-10-12' });
    expect(first).toMatchObject({ failed: 0, end: 'ok' });
    expect(await rig.rows(`select min(date)::varchar from daily where code = '${young}'`)).toEqual([['2026-11-10']]);
    rig.at('2026-11-20T20:00:00');
    expect(await rig.sync()).toMatchObject({ failed: 0, end: 'ok' });
    expect((await rig.sync()).asked).toEqual({});
    expect((await rig.plan()).plan.lines.at(-1)?.requests).toBe(0);
    await expect(rig.sync({ codes: ['920819'] })).rejects.toMatchObject({ kind: 'usage' });
    const unknown = await rig.sync({ codes: ['sh.609999'], from: '2026-11-02' });
    expect(unknown).toMatchObject({ failed: 1, end: 'partial' });
    expect(await rig.value(`select class from meta.failures where code = 'sh.609999'`)).toBe('unknown-code');
  });

  it('of every kind get the newest session, whichever kind came first that evening', async () => {
    await rig.fresh();
    await rig.provider();
    rig.at('2026-11-19T20:00:00');
    for (const universe of ['stocks', 'index', 'etf']) await rig.sync({ universe: [universe], from: '2026-11-02' });
    rig.at('2026-11-20T20:00:00');
    for (const universe of ['stocks', 'all']) {
      expect(await rig.sync({ universe: [universe] })).toMatchObject({ failed: 0, end: 'ok' });
    }
    expect(
      await rig.rows(`select i.kind, max(date)::varchar from daily join instruments i using (code)
        group by i.code, i.kind having max(date) < (select max(date) from daily) and i.kind <> 'stock'`),
    ).toEqual([]);
    expect((await rig.sync({ universe: ['all'] })).asked).toEqual({});
  });

  it('of a list that is no whole market are left alone where one has no bar of the newest session', async () => {
    await rig.fresh();
    await rig.provider();
    rig.at('2026-11-19T20:00:00');
    const list = stocks.slice(0, 30);
    const path = join(rig.folder, 'thirty.txt');
    writeFileSync(path, list.join('\n'));
    const gone = list.at(-1) as string;
    await rig.sync({ universe: [path], from: '2026-11-02' });
    await rig.provider({ barsOn: (date, kind) => demo.barsOn(date, kind).filter(row => !row.includes(gone)) });
    rig.at('2026-11-20T20:00:00');
    await rig.sync({ universe: ['stocks'], from: '2026-11-20' });
    expect((await rig.sync({ universe: [path] })).asked).toEqual({});
  });

  it('of a file, of an index and of all kinds are universes', async () => {
    const file = `${rig.folder}/mine.txt`;
    writeFileSync(file, `# mine\n${stocks[0]}, ${stocks[1]}\n${stocks[2]}\n`);
    expect((await rig.plan({ universe: [file] })).codes).toBe(3);
    expect((await rig.plan({ universe: ['hs300'] })).codes).toBeGreaterThan(0);
    const all = await rig.plan({ universe: ['all'] });
    const stocksOnly = await rig.plan({ universe: ['stocks'] });
    expect(all.codes).toBeGreaterThan(stocksOnly.codes);
    await expect(rig.plan({ universe: ['nosuch'] })).rejects.toMatchObject({ kind: 'usage' });
    await expect(rig.sync({ universe: ['etf'], from: '1980', to: '1985' })).rejects.toMatchObject({
      message: expect.stringMatching(/nothing of etf that was listed from 1980-01-01 to 1985-12-31/),
    });
  });

  it('that were named and that the source does not offer are told of, and not as complete', async () => {
    const index = (await rig.value("select min(code) from instruments where kind = 'index'")) as string;
    expect(await rig.sync({ codes: [index], period: '5' })).toMatchObject({ planned: 1, ok: 0, empty: 1, asked: {} });
    expect(await rig.rows(`select from_date from meta.coverage where dataset = 'min5'`)).toEqual([]);
  });

  it('are asked for to the end of the calendar over New Year, and no further', async () => {
    await rig.fresh();
    rig.at('2027-01-04T20:00:00');
    const { plan } = await rig.plan({ codes: [stocks[0] as string], from: '2026-11-02' });
    expect(plan.upTo).toBe('2026-12-31');
    expect(plan.tasks).toMatchObject([{ kind: 'bars', to: '2026-12-31' }]);
  });
});

describe('a sync that is broken off', () => {
  it('goes on where it stopped, and ends with the same table', async () => {
    await rig.fresh();
    await rig.provider();
    rig.at('2026-11-20T20:00:00');
    const whole = await rig.sync({ from: '2026-08-03' });
    expect(whole).toMatchObject({ failed: 0, left: 0 });
    const hash = `select md5(string_agg(d::varchar, chr(10) order by code, date)) from daily d`;
    const wanted = await rig.value(hash);
    await rig.fresh();
    await rig.provider({}, { latencyMs: 100 });
    const handle = await rig.start({ from: '2026-08-03' });
    handle.on(event => {
      if (event.type === 'task') handle.cancel();
    });
    const broken = await handle.done;
    expect(broken.left).toBeGreaterThan(0);
    await rig.provider();
    const rest = await rig.sync({ from: '2026-08-03' });
    expect(rest.planned + broken.ok + broken.empty).toBeLessThanOrEqual(whole.planned + 1);
    expect(await rig.value(hash)).toBe(wanted);
  });
});
